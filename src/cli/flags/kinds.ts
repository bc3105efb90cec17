import { parseBindAddress, type BindAddress } from '../../server/bindAddress.js';
import { dnsLabelProblems, labelValueProblems, subdomainProblems } from '../../sandbox/schema/nameRules.js';
import { parseDurationMs } from './duration.js';
import { quoted } from './usageError.js';

/** What the text of a flag may be, and what it means. */
export interface Kind<T> {
  /** For a message: `expected …`. */
  readonly expected: string;
  /**
   * The meaning of a text; undefined when it has none.
   * @throws {RangeError} with one sentence where `expected` does not tell what is wrong
   */
  readonly read: (text: string) => T | undefined;
  /** What the flag means without a value; a kind that has this takes a value only behind `=`. */
  readonly bare?: string;
  /** All texts, where there are few: for completion and suggestions. */
  readonly values?: readonly string[];
  /** Whether it is the path of a file or folder: for completion. */
  readonly isPath?: boolean;
}

/** strconv.ParseBool. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

export const BOOLEAN: Kind<boolean> = {
  expected: 'true or false',
  read: (text) => BOOLEANS.get(text),
  bare: 'true',
  values: ['true', 'false'],
};

/** A boolean that also takes kubectl's words. Nothing is written under `client` and `server` alike. */
export const DRY_RUN: Kind<boolean> = {
  expected: 'true, false, none, client or server',
  read: (text) => (text === 'none' ? false : text === 'client' || text === 'server' ? true : BOOLEANS.get(text)),
  bare: 'true',
  values: ['true', 'false', 'none', 'client', 'server'],
};

/** Whether something is so, or `auto` to find it out; `look`, `yes` and `no` are older spellings. */
export const BOOLEAN_OR_AUTO: Kind<boolean | 'auto'> = {
  expected: 'auto, true or false',
  read: (text) => {
    if (text === 'auto' || text === 'look') return 'auto';
    if (text === 'yes' || text === 'no') return text === 'yes';
    return BOOLEANS.get(text);
  },
  values: ['auto', 'true', 'false'],
};

export interface NumberRange {
  readonly low: number;
  readonly high?: number;
  readonly whole?: boolean;
}

export function number({ low, high = Infinity, whole = false }: NumberRange): Kind<number> {
  const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`;
  return {
    expected: `a ${whole ? 'whole ' : ''}number ${range}`,
    read: (text) => {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
      const value = Number(text);
      return Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value))
        ? value
        : undefined;
    },
  };
}

/** Node.js fires a timer that is set for longer at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** In milliseconds. */
export const DURATION: Kind<number> = {
  expected: 'a duration such as 15s, 500ms or 1m30s',
  read: (text) => {
    const ms = orUndefined(() => parseDurationMs(text));
    if (ms !== undefined && ms > LONGEST_MS) throw new RangeError(`expected at most 596h, got ${quoted(text)}`);
    return ms;
  },
};

/** In milliseconds, longer than 0. */
export const POSITIVE_DURATION: Kind<number> = {
  expected: 'a duration longer than 0, such as 15s, 500ms or 1m30s',
  read: (text) => DURATION.read(text) || undefined,
};

/** `off` for `0`, which switches the server off. */
export const ADDRESS: Kind<BindAddress | 'off'> = {
  expected: 'host:port, :port or 0',
  read: (text) => orUndefined(() => parseBindAddress(text) ?? 'off'),
};

export function oneOf<const T extends string>(values: readonly T[]): Kind<T> {
  return { expected: values.join(', '), read: (text) => values.find((value) => value === text), values };
}

/** Any text but none. */
export function text(expected: string): Kind<string> {
  return { expected, read: (value) => (value === '' ? undefined : value) };
}

/** The path of a file or folder. */
export function path(expected: string): Kind<string> {
  return { ...text(expected), isPath: true };
}

/** Any text; an empty one has a meaning of its own, which the flag's description gives. */
export function textOrEmpty(expected: string): Kind<string> {
  return { expected, read: (value) => value };
}

/** A DNS label (RFC 1123), as a namespace is. */
export const NAMESPACE: Kind<string> = {
  expected: 'the name of a namespace',
  read: (value) => (dnsLabelProblems(value).length === 0 ? value : undefined),
};

/** The same or nothing, which means all. */
export const NAMESPACE_OR_ALL: Kind<string> = {
  expected: 'the name of a namespace, or nothing for all',
  read: (value) => (value === '' ? value : NAMESPACE.read(value)),
};

/** A DNS subdomain (RFC 1123), as most names of objects are. */
export const OBJECT_NAME: Kind<string> = {
  expected: 'the name of an object',
  read: (value) => (subdomainProblems(value).length === 0 ? value : undefined),
};

/** `namespace/name`. */
export const SERVICE_KEY: Kind<string> = {
  expected: 'namespace/name',
  read: (value) => {
    const [namespace, name, rest] = value.split('/');
    const ok = rest === undefined && NAMESPACE.read(namespace ?? '') !== undefined;
    return ok && OBJECT_NAME.read(name ?? '') !== undefined ? value : undefined;
  },
};

/** Values of a label, separated by commas; an empty one means that the label is not there. */
export const LABEL_VALUES: Kind<readonly string[]> = {
  expected: 'values of a label',
  read: (value) => {
    const values = value.split(',');
    return values.every((one) => labelValueProblems(one).length === 0) ? values : undefined;
  },
};

/** A text that a parser of its own reads; the message of what it throws names what is wrong. */
export function parsedBy<T>(parse: (text: string) => T): Kind<T> {
  return {
    expected: 'a value',
    read: (value) => {
      try {
        return parse(value);
      } catch (error) {
        throw new RangeError(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
  };
}

function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
