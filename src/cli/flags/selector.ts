import type { LabelSelector } from '../../model/labelSelector.js';
import { parseLabelSelector, parseRequirements, type LabelMatcher } from '../../sandbox/server/labelSelector.js';
import type { Kind } from './kinds.js';
import { quoted } from './usageError.js';

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

/** A label selector without comparisons of numbers, as a selector in a manifest can have it. */
export const LABEL_SELECTOR: Kind<LabelSelector> = {
  expected: 'a label selector, such as pool=web or pool in (web,api)',
  read: (text) => {
    if (parseSelector(text) === undefined) return undefined;
    return parseRequirements(text).map(({ key, operator, values }) => {
      if (operator === 'Gt' || operator === 'Lt') {
        throw new RangeError(`expected a label selector without < and >, got ${quoted(text)}`);
      }
      return { key, operator, values };
    });
  },
};
