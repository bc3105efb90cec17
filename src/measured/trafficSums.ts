import { compareText } from '../model/objectKey.js';
import { ownValue } from '../model/ownValue.js';
import { isZoneName } from '../model/zones/zoneName.js';
import { isServiceKey, LEAST_RATE, MAX_RATE, MAX_SERVICES, MAX_ZONES } from './bounds.js';
import { isFields, type Fields } from '../model/fields.js';

/** Which labels of a series name what. */
export interface LabelMapping {
  /** The Service that is called: the label with its namespace and the one with its name. */
  readonly service: readonly [namespace: string, name: string];
  /** The zone that calls, and the zone that answers; empty where series do not tell. */
  readonly zones: readonly [source: string, destination: string];
}

/** The traffic of one Service in one answer. */
export interface ServiceTraffic {
  /** Per second, of all series with a source zone. */
  readonly rate: number;
  /** By source zone, then by destination zone, per second; the destination is empty where it is not known. */
  readonly flows: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Why a series is ignored. */
export type Unusable =
  'not-a-number' | 'negative' | 'huge' | 'duplicate' | 'no-service' | 'no-zone' | 'too-many' | 'shape';

interface Series {
  readonly metric: Fields;
  /** The rate as Prometheus writes it. */
  readonly text: string;
}

/** Adds up the series of one answer, within bounds, by Service and zones. */
export class TrafficSums {
  readonly #mapping: LabelMapping;
  readonly #traffic = new Map<string, { rate: number; flows: Map<string, Map<string, number>> }>();
  readonly #seen = new Set<string>();
  readonly #zones = new Set<string>();

  constructor(mapping: LabelMapping) {
    this.#mapping = mapping;
  }

  /** By `namespace/name`. */
  get traffic(): ReadonlyMap<string, ServiceTraffic> {
    return this.#traffic;
  }

  /** @returns why the series is ignored; undefined when it is counted */
  add(series: unknown): Unusable | undefined {
    const read = readSeries(series);
    if (read === undefined) return 'shape';
    const { metric, text } = read;
    const identity = JSON.stringify(Object.entries(metric).sort(([a], [b]) => compareText(a, b)));
    if (this.#seen.has(identity)) return 'duplicate';
    this.#seen.add(identity);
    const rate = readRate(text);
    if (typeof rate === 'string') return rate;
    const { service, zones } = this.#mapping;
    const key = `${labelOf(metric, service[0])}/${labelOf(metric, service[1])}`;
    const from = labelOf(metric, zones[0]);
    const destination = labelOf(metric, zones[1]);
    const to = isZoneName(destination) ? destination : '';
    if (!isServiceKey(key)) return 'no-service';
    if (!isZoneName(from)) return 'no-zone';
    if (this.#isFull(key, from, to)) return 'too-many';
    if ((this.#traffic.get(key)?.rate ?? 0) + rate > MAX_RATE) return 'huge';
    this.#count(key, from, to, rate);
    return undefined;
  }

  #isFull(key: string, ...zones: readonly string[]): boolean {
    if (!this.#traffic.has(key) && this.#traffic.size >= MAX_SERVICES) return true;
    const added = new Set(zones.filter((zone) => zone !== '' && !this.#zones.has(zone)));
    return this.#zones.size + added.size > MAX_ZONES;
  }

  #count(key: string, from: string, to: string, rate: number): void {
    for (const zone of [from, to]) if (zone !== '') this.#zones.add(zone);
    let known = this.#traffic.get(key);
    if (known === undefined) this.#traffic.set(key, (known = { rate: 0, flows: new Map() }));
    known.rate += rate;
    let targets = known.flows.get(from);
    if (targets === undefined) known.flows.set(from, (targets = new Map<string, number>()));
    targets.set(to, (targets.get(to) ?? 0) + rate);
  }
}

function readSeries(series: unknown): Series | undefined {
  const { metric, value } = isFields(series) ? series : {};
  if (!isFields(metric) || !Array.isArray(value)) return undefined;
  if (Object.values(metric).some((label) => typeof label !== 'string')) return undefined;
  const text: unknown = value[1];
  return typeof text === 'string' ? { metric, text } : undefined;
}

/** As Prometheus writes floats; `Number` reads more, such as 0x10. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function readRate(text: string): number | 'not-a-number' | 'negative' | 'huge' {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) return text === '+Inf' ? 'huge' : text === '-Inf' ? 'negative' : 'not-a-number';
  if (value < 0) return 'negative';
  if (value > MAX_RATE) return 'huge';
  return value < LEAST_RATE ? 0 : value;
}

/** Empty where a series lacks it. */
function labelOf(metric: Fields, label: string): string {
  const own = label === '' ? '' : ownValue(metric, label);
  return typeof own === 'string' ? own : '';
}
