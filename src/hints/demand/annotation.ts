import { objectKey } from '../../model/objectKey.js';
import { quoted } from '../../model/text/quoted.js';
import type { ServiceRecord } from '../../model/service.js';
import { isZoneName } from '../../model/zones/zoneName.js';
import { CLIENTS_ANNOTATION, DEMAND_ANNOTATION } from '../annotations.js';
import type { Settings } from '../settings.js';

/** A Service whose ready endpoints call the one that names it. */
export interface ClientReference {
  /** `namespace/name`. */
  readonly key: string;
  /** The name, with the namespace where it is another one. */
  readonly shown: string;
  /** What one endpoint of it counts. */
  readonly weight: number;
}

/** Where a Service's traffic comes from, as its annotations have it. */
export type DemandWish =
  | { readonly source: Exclude<Settings['demand'], 'measured'> }
  /** `clients`: what it is taken from while nothing is measured; undefined: the setting. */
  | { readonly source: 'measured'; readonly clients: readonly ClientReference[] | undefined }
  | { readonly source: 'clients'; readonly clients: readonly ClientReference[] }
  | { readonly source: 'zones'; readonly parts: ReadonlyMap<string, number> };

export const MAX_CLIENTS = 32;
const MAX_ZONES = 100;
const GREATEST_WEIGHT = 1_000_000;
const SOURCES: ReadonlyMap<string, Exclude<Settings['demand'], 'measured'>> = new Map(
  (['cpu', 'nodes', 'endpoints', 'equal'] as const).map((source) => [source, source]),
);
const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads `slicehints.io/demand` and `slicehints.io/clients`; the latter alone means `demand: clients`.
 * @returns undefined when the Service has neither; one sentence, without its end, when a value is not understood
 */
export function parseDemand(
  service: Pick<ServiceRecord, 'annotations' | 'namespace'>,
): DemandWish | { readonly error: string } | undefined {
  const clients = service.annotations[CLIENTS_ANNOTATION];
  const text = service.annotations[DEMAND_ANNOTATION]?.trim() ?? (clients === undefined ? undefined : 'clients');
  if (text === undefined) return undefined;
  if (text === 'clients') {
    if (clients === undefined) {
      return { error: `Annotation ${DEMAND_ANNOTATION} is "clients", but ${CLIENTS_ANNOTATION} names none` };
    }
    const parsed = parseClients(clients, service.namespace);
    if (typeof parsed !== 'string') return { source: 'clients', clients: parsed };
    return { error: `Annotation ${CLIENTS_ANNOTATION} ${parsed}` };
  }
  if (text === 'measured') {
    const parsed = clients === undefined ? undefined : parseClients(clients, service.namespace);
    if (typeof parsed !== 'string') return { source: 'measured', clients: parsed };
    return { error: `Annotation ${CLIENTS_ANNOTATION} ${parsed}` };
  }
  const source = SOURCES.get(text);
  if (source !== undefined) return { source };
  if (text.includes('=')) {
    const parts = parseParts(text);
    if (typeof parts !== 'string') return { source: 'zones', parts };
    return { error: `Annotation ${DEMAND_ANNOTATION} ${parts}` };
  }
  const known = [...SOURCES.keys(), 'clients', 'measured', 'or parts like zone-a=3,zone-b=1'].join(', ');
  return { error: `Annotation ${DEMAND_ANNOTATION} must be ${known}, but is ${quoted(text)}` };
}

/** @returns what follows "Annotation …" in a sentence, when the list is not valid */
function parseClients(value: string, ownNamespace: string): ClientReference[] | string {
  if (value.trim() === '') return 'names no Service';
  const texts = value.split(',').map((text) => text.trim());
  if (texts.length > MAX_CLIENTS) return `names ${texts.length} Services, but at most ${MAX_CLIENTS} are allowed`;
  const seen = new Set<string>();
  const clients: ClientReference[] = [];
  for (const [index, text] of texts.entries()) {
    const [path = '', weightText, ...more] = text.split('=').map((part) => part.trim());
    const [first = '', second, ...rest] = path.split('/');
    const namespace = second === undefined ? ownNamespace : first;
    const name = second ?? first;
    const isPath =
      more.length === 0 && rest.length === 0 && NAME.test(name) && (second === undefined || NAME.test(first));
    const weight = weightText === undefined ? 1 : readWeight(weightText);
    if (!isPath || weight === undefined || weight === 0) {
      return `has ${quoted(text)} at position ${index + 1}: expected NAME or NAMESPACE/NAME, with =WEIGHT above 0 where it is not 1`;
    }
    const key = objectKey({ namespace, name });
    if (seen.has(key)) return `names ${key} twice`;
    seen.add(key);
    clients.push({ key, shown: namespace === ownNamespace ? name : key, weight });
  }
  return clients;
}

function parseParts(value: string): ReadonlyMap<string, number> | string {
  const texts = value.split(',').map((text) => text.trim());
  if (texts.length > MAX_ZONES) return `has ${texts.length} parts, but at most ${MAX_ZONES} are allowed`;
  const parts = new Map<string, number>();
  let total = 0;
  for (const [index, text] of texts.entries()) {
    const [zone = '', partText = '', ...more] = text.split('=').map((part) => part.trim());
    const part = readWeight(partText);
    if (more.length > 0 || !isZoneName(zone) || part === undefined) {
      return `has ${quoted(text)} at position ${index + 1}: expected ZONE=PART with a number from 0 to ${GREATEST_WEIGHT}`;
    }
    if (parts.has(zone)) return `names zone ${zone} twice`;
    parts.set(zone, part);
    total += part;
  }
  return total > 0 ? parts : 'has no part above 0';
}

function readWeight(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  return value <= GREATEST_WEIGHT ? value : undefined;
}
