import type { Demand } from '../model/demand.js';
import type { Cluster } from '../model/cluster.js';
import type { ServiceRecord } from '../model/service.js';
import type { EndpointRecord } from '../model/slice.js';
import type { EndpointHints } from '../model/hints.js';
import type { Scratch } from './scratch.js';
import type { Settings } from './settings.js';
import type { Verdict } from './verdict.js';

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
  /** How the Service's traffic divides into zones. */
  readonly demand: Demand;
  /** The annotations of the Service state the demand, so that Auto goes by it, too. */
  readonly demandStated: boolean;
  readonly settings: Settings;
  readonly scratch: Scratch;
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
