import { compareText } from '../model/objectKey.js';
import { quotedValue } from '../model/text/quoted.js';
import { MAX_RATE, MAX_SERVICES, MAX_ZONES } from './bounds.js';
import { isFields } from '../model/fields.js';
import { TrafficSums, type LabelMapping, type ServiceTraffic, type Unusable } from './trafficSums.js';

/** Series that are ignored for one reason. */
export interface IgnoredSeries {
  readonly reason: Unusable;
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

const NOTHING: ReadonlyMap<string, ServiceTraffic> = new Map<string, ServiceTraffic>();

/**
 * Reads the answer of Prometheus' `GET /api/v1/query`: an instant vector of rates per second, one per Service and pair of
 * zones; further labels are summed over. An answer with warnings is partial, and none of it is used. Never throws.
 * @param body the parsed JSON
 */
export function readAnswer(body: unknown, mapping: LabelMapping): ReadAnswer {
  const vector = vectorOf(body);
  if (typeof vector === 'string') return { traffic: NOTHING, ignored: [], problem: vector };
  const ignored = new Map<Unusable, { count: number; example: string }>();
  const sums = new TrafficSums(mapping);
  for (const series of vector) {
    const reason = sums.add(series);
    if (reason === undefined) continue;
    const entry = ignored.get(reason);
    if (entry === undefined) ignored.set(reason, { count: 1, example: exampleOf(series) });
    else entry.count++;
  }
  const list = [...ignored].map(([reason, entry]): IgnoredSeries => ({ reason, ...entry }));
  list.sort((a, b) => compareText(a.reason, b.reason));
  const { traffic } = sums;
  if (traffic.size > 0) return { traffic, ignored: list };
  const [first] = list;
  const why = first === undefined ? '' : `: ${first.count} ${REASON_WORDS[first.reason]}, such as ${first.example}`;
  return { traffic, ignored: list, problem: `no series of the answer can be used${why}` };
}

/** The series of an answer; or why there are none, one sentence without its end. */
function vectorOf(body: unknown): readonly unknown[] | string {
  if (!isFields(body)) return 'the answer is no JSON object';
  const { status, data, warnings, error } = body;
  if (status !== 'success') return `the answer has status ${shown(status)}${error ? `: ${shown(error)}` : ''}`;
  if (Array.isArray(warnings) && warnings.length > 0) return `the answer is partial: ${shown(warnings[0])}`;
  const { resultType, result } = isFields(data) ? data : {};
  if (resultType === 'vector' && !Array.isArray(result))
    return 'the answer has an instant vector without a list of series';
  if (resultType !== 'vector' || !Array.isArray(result)) {
    return `the query must give an instant vector, but gives ${shown(resultType)}`;
  }
  return result.length === 0 ? 'the answer has no series' : (result as readonly unknown[]);
}

/** What is the matter with ignored series, after their number. */
export const REASON_WORDS: Readonly<Record<Unusable, string>> = Object.freeze({
  'not-a-number': 'without a finite number',
  negative: 'with a negative rate',
  huge: `with a rate above ${MAX_RATE}, alone or with others of the Service`,
  duplicate: 'given twice',
  'no-service': 'whose labels name no Service',
  'no-zone': 'whose labels name no source zone',
  'too-many': `beyond ${MAX_ZONES} zones or ${MAX_SERVICES} Services`,
  shape: 'of another shape',
});

/** The labels of a series, bounded. */
function exampleOf(series: unknown): string {
  return shown(isFields(series) ? series['metric'] : undefined);
}

/** Foreign text of an answer, bounded. */
function shown(value: unknown): string {
  return quotedValue(value, 200);
}
