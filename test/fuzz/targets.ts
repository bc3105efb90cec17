import * as admissionReviews from './targets/admissionReviews.js';
import * as annotations from './targets/annotations.js';
import * as manifests from './targets/manifests.js';
import * as quantities from './targets/quantities.js';
import * as watchLines from './targets/watchLines.js';

/** What reads one kind of foreign input. */
export interface FuzzTarget {
  /** Throws, or rejects, for a finding. */
  readonly fuzz: (input: Uint8Array) => void | Promise<void>;
  /** Words of the format, which random bytes do not hit. */
  readonly words: readonly string[];
}

/** By the name of its module, and of its folder in `test/fixtures/fuzz`. */
export const TARGETS: ReadonlyMap<string, FuzzTarget> = new Map<string, FuzzTarget>(
  Object.entries({ manifests, annotations, quantities, admissionReviews, watchLines }),
);
