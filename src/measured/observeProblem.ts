import { isFields } from '../model/fields.js';
import { ownValue } from '../model/ownValue.js';
import { oneLine } from '../model/text/oneLine.js';
import { readTime, writeTime } from '../model/time.js';

/** Of the ConfigMap with the figures: a time, a space and a sentence; there while no answer of Prometheus can be used. */
export const OBSERVE_PROBLEM_ANNOTATION = 'slicehints.io/observe-problem';

/** Why `slicehints observe` can use no answer of Prometheus. */
export interface ObserveProblem {
  /** Without its end, one line, bounded. */
  readonly sentence: string;
  /** Unix time, whole seconds: since when there is no answer that can be used; absent where that is not understood. */
  readonly sinceSeconds?: number;
}

/** UTF-16 code units: more than any sentence of `observe` has, whose foreign words are cut at 200. */
const LONGEST = 500;

/** The value of the annotation. */
export function writeObserveProblem({ sentence, sinceSeconds }: Required<ObserveProblem>): string {
  return `${writeTime(sinceSeconds)} ${oneLine(sentence, LONGEST)}`;
}

/** Reads the annotation of an object, which may be anything: undefined where it has none. Never throws. */
export function observeProblemOf(configMap: unknown): ObserveProblem | undefined {
  const { metadata } = isFields(configMap) ? configMap : {};
  const { annotations } = isFields(metadata) ? metadata : {};
  const text = isFields(annotations) ? ownValue(annotations, OBSERVE_PROBLEM_ANNOTATION) : undefined;
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  const [, time, sentence = ''] = /^(\S{1,40}) (.+)$/s.exec(text) ?? [];
  const ms = readTime(time);
  if (ms === undefined) return { sentence: oneLine(text, LONGEST) };
  return { sentence: oneLine(sentence, LONGEST), sinceSeconds: Math.floor(ms / 1000) };
}

/** The whole of it, one sentence without its end. */
export function tellObserveProblem({ sentence, sinceSeconds }: ObserveProblem): string {
  const since = sinceSeconds === undefined ? '' : ` since ${writeTime(sinceSeconds)}`;
  return `slicehints observe can use no answer of Prometheus${since}: ${sentence}`;
}
