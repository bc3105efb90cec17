import type { NumberLists } from '../../../model/lists/numberLists.js';

/** Consumers (nodes, or zones) that all want the same endpoints, each of which can be given to `limit` consumers only. */
export interface Claim {
  /** Positions of the endpoints wanted, ascending. */
  readonly wanted: readonly number[];
  /** Indexes of nodes or of zones, which are in the order of their names; ascending. */
  readonly consumers: readonly number[];
}

/** By the index of a consumer: the positions that it has now, ascending. */
export type Present = NumberLists;
