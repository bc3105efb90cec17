/** The faults of the stand-in, and how they are written on a command line or as JSON. */

import { quoted } from '../../model/text/quoted.js';

const matchFields = ['resource', 'verb', 'userAgent', 'fieldManager'] as const;
const limitFields = ['rate', 'count', 'durationMs'] as const;

/** Every fault with the settings that are its own. */
const ownFields = {
  /** Answers come `ms` late, plus up to `jitterMs`. */
  latency: ['ms', 'jitterMs'],
  /** 429 with Retry-After. */
  'too-many-requests': ['retryAfterSeconds'],
  /** 500, or `status`. */
  'server-error': ['status'],
  /** The connection breaks in the middle of a body. */
  'reset-body': [],
  /** A watch stays open without further events: half-open. */
  'silent-watch': [],
  /** Ends the watches that are open; with count or duration also each new one as soon as it is open. */
  'close-watches': ['everyMs'],
  /** 410 on watches and on continue tokens. */
  gone: [],
  /** Each event of a watch comes twice. */
  'duplicate-events': [],
  /** Events of a watch come `ms` late, still in order. */
  'delay-events': ['ms'],
  /** Another writer changes each EndpointSlice `ms` after it was written: annotates it, or strips its hints. */
  'foreign-write': ['ms', 'change'],
  /** Forgets old versions; watches stay open. */
  compact: ['everyMs'],
  /** Connections are cut before a byte is answered, TLS or not. */
  'refuse-connections': [],
  /** 401, as when a token has expired. */
  unauthorized: [],
  /** 403, as when RBAC lacks a rule. */
  forbidden: [],
  /** All connections break and the watch cache is empty, so that older versions are gone. */
  restart: ['everyMs'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type FaultName = keyof typeof ownFields;

export interface FaultSpec {
  readonly name: FaultName;
  /** Only requests for this resource (plural), verb, user agent (as its beginning) or field manager. */
  readonly resource?: string;
  readonly verb?: string;
  readonly userAgent?: string;
  readonly fieldManager?: string;
  /** Share of the matching occasions, 0 to 1; by default all. */
  readonly rate?: number;
  /** Ends after so many occasions. */
  readonly count?: number;
  /** Ends after this time. */
  readonly durationMs?: number;
  readonly ms?: number;
  readonly jitterMs?: number;
  readonly retryAfterSeconds?: number;
  readonly status?: number;
  readonly everyMs?: number;
  readonly change?: string;
}

const faultNames = Object.keys(ownFields);
const textFields: readonly string[] = ['resource', 'verb', 'userAgent', 'fieldManager', 'change'];

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(ownFields, name);
}

/**
 * Reads `name` or `name:key=value,key=value`, e.g. `latency:ms=200,jitterMs=50,resource=endpointslices`.
 * @throws {Error} one sentence that names what is wrong
 */
export function parseFault(text: string): FaultSpec {
  const [name = '', ...rest] = text.trim().split(':');
  const settings = rest.join(':');
  const pairs = settings === '' ? [] : settings.split(',').map((pair) => pair.split('='));
  const fields = new Map<string, unknown>([['name', name]]);
  for (const [given = '', ...value] of pairs) {
    const key = given.trim();
    if (value.length === 0)
      throw new Error(`Expected fault settings as key=value, got ${quoted(key)} in ${quoted(text)}.`);
    const word = value.join('=').trim();
    if (!textFields.includes(key) && (word === '' || Number.isNaN(Number(word)))) {
      throw new Error(`Expected a number for ${quoted(key)} of fault ${quoted(name)}, got ${quoted(word)}.`);
    }
    if (fields.has(key)) {
      throw new Error(
        `Expected each setting of fault ${quoted(name)} once, got ${quoted(key)} again in ${quoted(text)}.`,
      );
    }
    fields.set(key, textFields.includes(key) ? word : Number(word));
  }
  return checkFault(Object.fromEntries(fields));
}

/** The form that `parseFault` reads: `latency:ms=200,resource=endpointslices`. */
export function faultText({ name, ...settings }: FaultSpec): string {
  const pairs = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? name : `${name}:${pairs.join(',')}`;
}

/**
 * Checks a fault that came as JSON.
 * @throws {Error} one sentence that names what is wrong
 */
export function checkFault(fields: Readonly<Record<string, unknown>>): FaultSpec {
  const name = fields['name'];
  if (typeof name !== 'string' || !isFaultName(name)) {
    throw new Error(
      `Expected a fault name, one of ${faultNames.join(', ')}, got ${typeof name === 'string' ? quoted(name) : (JSON.stringify(name) ?? 'nothing').slice(0, 60)}.`,
    );
  }
  const known: readonly string[] = ['name', ...matchFields, ...limitFields, ...ownFields[name]];
  for (const [key, value] of Object.entries(fields)) {
    if (!known.includes(key)) {
      throw new Error(`Expected settings of fault "${name}" among ${known.slice(1).join(', ')}, got ${quoted(key)}.`);
    }
    if (key === 'name') continue;
    if (textFields.includes(key)) {
      if (typeof value !== 'string' || value === '') throw new Error(`Expected text for "${key}" of fault "${name}".`);
    } else if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw new Error(`Expected a number of at least 0 for "${key}" of fault "${name}", got ${JSON.stringify(value)}.`);
    }
  }
  const { rate, status, change, everyMs } = fields;
  if (typeof rate === 'number' && rate > 1)
    throw new Error(`Expected "rate" of fault "${name}" between 0 and 1, got ${rate}.`);
  if (typeof status === 'number' && (status < 500 || status > 599)) {
    throw new Error(`Expected "status" of fault "${name}" between 500 and 599, got ${status}.`);
  }
  if (change !== undefined && change !== 'annotate' && change !== 'strip') {
    throw new Error(`Expected "change" of fault "${name}" to be annotate or strip, got ${JSON.stringify(change)}.`);
  }
  if (typeof everyMs === 'number' && everyMs < 1) {
    throw new Error(`Expected "everyMs" of fault "${name}" to be at least 1, got ${everyMs}.`);
  }
  return { ...fields, name };
}
