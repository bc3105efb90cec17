import { compareText } from '../model/objectKey.js';
import { ownValue } from '../model/ownValue.js';
import { quoted } from '../model/text/quoted.js';
import { isServiceKey, isZoneName, MAX_RATE, MAX_SERVICES, MAX_ZONES } from './bounds.js';

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

/** Series that are ignored for one reason. */
export interface IgnoredSeries {
  readonly reason: 'not-a-number' | 'negative' | 'huge' | 'duplicate' | 'no-service' | 'no-zone' | 'too-many' | 'shape';
  readonly count: number;
  /** The labels of the first one, bounded. */
  readonly example: string;
}

export interface ReadAnswer {
  /** By `namespace/name`. */
  readonly traffic: ReadonlyMap<string, ServiceTraffic>;
  /** Sorted by reason. */
  readonly ignored: readonly IgnoredSeries[];
  /** Why nothing of the answer is used, one sentence without its end; absent when it is used. */
  readonly problem?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const NOTHING: ReadonlyMap<string, ServiceTraffic> = new Map<string, ServiceTraffic>();

/**
 * Reads the answer of Prometheus' `GET /api/v1/query`: an instant vector of rates per second, one per Service and pair of
 * zones; further labels are summed over. An answer with warnings is partial, and none of it is used. Never throws.
 * @param body the parsed JSON
 */
export function readAnswer(body: unknown, { service: [namespaceLabel, nameLabel], zones }: LabelMapping): ReadAnswer {
  const unusable = (problem: string): ReadAnswer => ({ traffic: NOTHING, ignored: [], problem });
  if (!isFields(body)) return unusable('the answer is no JSON object');
  const { status, data, warnings, error } = body;
  if (status !== 'success')
    return unusable(`the answer has status ${shown(status)}${error ? `: ${shown(error)}` : ''}`);
  if (Array.isArray(warnings) && warnings.length > 0) return unusable(`the answer is partial: ${shown(warnings[0])}`);
  const { resultType, result } = isFields(data) ? data : {};
  if (resultType !== 'vector' || !Array.isArray(result)) {
    return unusable(`the query must give an instant vector, but gives ${shown(resultType)}`);
  }
  if (result.length === 0) return unusable('the answer has no series');
  const ignored = new Map<IgnoredSeries['reason'], { count: number; example: string }>();
  const traffic = new Map<string, { rate: number; flows: Map<string, Map<string, number>> }>();
  const seen = new Set<string>();
  const allZones = new Set<string>();
  for (const series of result as readonly unknown[]) {
    const { metric, value } = isFields(series) ? series : {};
    const ignore = (reason: IgnoredSeries['reason']): void => {
      const entry = ignored.get(reason);
      if (entry === undefined)
        ignored.set(reason, { count: 1, example: quoted(JSON.stringify(metric) ?? 'nothing', 200) });
      else entry.count++;
    };
    if (!isFields(metric) || !Array.isArray(value) || typeof value[1] !== 'string') {
      ignore('shape');
      continue;
    }
    const identity = JSON.stringify(Object.entries(metric).sort(([a], [b]) => compareText(a, b)));
    if (seen.has(identity)) {
      ignore('duplicate');
      continue;
    }
    seen.add(identity);
    const rate = readRate(value[1]);
    if (typeof rate === 'string') {
      ignore(rate);
      continue;
    }
    const text = (label: string): string => {
      const own = label === '' ? '' : ownValue(metric, label);
      return typeof own === 'string' ? own : '';
    };
    const key = `${text(namespaceLabel)}/${text(nameLabel)}`;
    const from = text(zones[0]);
    const to = text(zones[1]);
    if (!isServiceKey(key)) ignore('no-service');
    else if (!isZoneName(from)) ignore('no-zone');
    else if (isFull(allZones, from) || isFull(allZones, to) || (!traffic.has(key) && traffic.size >= MAX_SERVICES)) {
      ignore('too-many');
    } else {
      const destination = isZoneName(to) ? to : '';
      allZones.add(from).add(destination);
      let known = traffic.get(key);
      if (known === undefined) traffic.set(key, (known = { rate: 0, flows: new Map() }));
      known.rate += rate;
      let targets = known.flows.get(from);
      if (targets === undefined) known.flows.set(from, (targets = new Map<string, number>()));
      targets.set(destination, (targets.get(destination) ?? 0) + rate);
    }
  }
  const list = [...ignored].map(([reason, entry]): IgnoredSeries => ({ reason, ...entry }));
  list.sort((a, b) => compareText(a.reason, b.reason));
  if (traffic.size > 0) return { traffic, ignored: list };
  const [first] = list;
  const why = first === undefined ? '' : `: ${first.count} ${REASON_WORDS[first.reason]}, such as ${first.example}`;
  return { traffic, ignored: list, problem: `no series of the answer can be used${why}` };
}

/** What is the matter with ignored series, after their number. */
export const REASON_WORDS: Readonly<Record<IgnoredSeries['reason'], string>> = Object.freeze({
  'not-a-number': 'without a finite number',
  negative: 'with a negative rate',
  huge: `with a rate above ${MAX_RATE}`,
  duplicate: 'given twice',
  'no-service': 'whose labels name no Service',
  'no-zone': 'whose labels name no source zone',
  'too-many': `beyond ${MAX_ZONES} zones or ${MAX_SERVICES} Services`,
  shape: 'of another shape',
});

function readRate(text: string): number | 'not-a-number' | 'negative' | 'huge' {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isNaN(value)) return text === '+Inf' ? 'huge' : text === '-Inf' ? 'negative' : 'not-a-number';
  if (value < 0) return 'negative';
  return value > MAX_RATE ? 'huge' : value;
}

function isFull(zones: ReadonlySet<string>, zone: string): boolean {
  return zones.size > MAX_ZONES && !zones.has(zone);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Foreign text of an answer, bounded. */
function shown(value: unknown): string {
  return typeof value === 'string'
    ? quoted(value, 200)
    : value === undefined
      ? 'nothing'
      : quoted(JSON.stringify(value), 200);
}
