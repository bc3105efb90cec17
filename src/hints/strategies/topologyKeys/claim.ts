/** Consumers (nodes, or zones) that all want the same endpoints, each of which can be given to `limit` consumers only. */
export interface Claim {
  /** Positions of the endpoints wanted, ascending. */
  readonly wanted: readonly number[];
  /** Sorted names. */
  readonly consumers: readonly string[];
}
