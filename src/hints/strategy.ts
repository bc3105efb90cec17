import type { Cluster } from '../topology/cluster.js';
import type { ServiceRecord } from '../topology/service.js';
import type { EndpointHints, EndpointRecord } from '../topology/slice.js';
import type { Settings } from './settings.js';

/** What a Service is told: one per address type, at any moment. `reason` is stable and CamelCase, as Event reasons are. */
export interface Verdict {
  /** IPv4, IPv6 or FQDN. */
  readonly addressType: string;
  /** Whether the endpoints of this address type carry hints after this plan. */
  readonly hinted: boolean;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** One sentence that ends in `, addressType: <type>`. */
  readonly message: string;
}

export interface StrategyInput {
  readonly service: ServiceRecord;
  readonly addressType: string;
  /**
   * The endpoints of this address type over all slices, each address once. They come slice after slice (slices sorted
   * by name) in the order they have there; a strategy must not let that order decide between equals: it compares
   * addresses instead.
   */
  readonly endpoints: readonly EndpointRecord[];
  /** For each endpoint a number for the slice it lies in: a strategy that must move hints moves them in few slices. */
  readonly sliceOf: readonly number[];
  readonly cluster: Cluster;
  readonly settings: Settings;
}

export interface Decision {
  readonly verdict: Verdict;
  /** Parallel to `endpoints`. undefined: no hints on this endpoint. An endpoint's own object where nothing changes. */
  readonly hints: readonly (EndpointHints | undefined)[];
  /** Further things the user must hear (bad values of annotations), beside the verdict. */
  readonly warnings?: readonly Verdict[] | undefined;
}

/** Decides the hints of one address type of one Service. Pure; never throws for any input. */
export type Strategy = (input: StrategyInput) => Decision;
