import { parseLabelSelector, type LabelMatcher } from '../../sandbox/server/labelSelector.js';

/** A label selector, to be sent to a server or applied here. */
export interface Selector {
  readonly text: string;
  readonly matches: LabelMatcher;
}

/** As kubectl's `-l`. @returns undefined for a text that is no selector, or one that selects everything */
export function parseSelector(text: string): Selector | undefined {
  if (text.trim() === '') return undefined;
  try {
    return { text, matches: parseLabelSelector(text) };
  } catch {
    return undefined;
  }
}
