import type { NamedTraffic } from '../kubeproxy/forecast.js';
import type { Reading } from '../kubeproxy/reading.js';
import type { Demand } from '../model/demand.js';
import type { Cluster } from '../model/cluster.js';
import type { ServiceRecord } from '../model/service.js';
import type { EndpointRecord } from '../model/slice.js';
import type { EndpointHints } from '../model/hints.js';
import type { Scratch } from './scratch.js';
import type { Settings } from './settings.js';
import type { TopologyKeys } from './strategies/topologyKeys/annotation.js';
import type { Verdict } from './verdict.js';

export interface StrategyInput {
  readonly service: ServiceRecord;
  /** What it requests in mode `topology-keys`; in other modes there is no constraint. */
  readonly keys: TopologyKeys;
  readonly addressType: string;
  /**
   * The endpoints of slices that are planned together, each address once. They come slice after slice (slices sorted
   * by name) in the order they have there; a strategy must not let that order decide between equals: it compares
   * addresses instead.
   */
  readonly endpoints: readonly EndpointRecord[];
  /**
   * For each endpoint a number for the slice it lies in: a strategy that must move hints moves them in few slices. May be
   * longer than `endpoints`.
   */
  readonly sliceOf: readonly number[];
  readonly cluster: Cluster;
  /** How the Service's traffic divides into zones. */
  readonly demand: Demand;
  /** The annotations of the Service state the demand, so that Auto goes by it, too. */
  readonly demandStated: boolean;
  /** Kubernetes writes these slices too, and keeps what its own rule of Auto allows. */
  readonly inTreeBound: boolean;
  /** Which of this Service's hints the nodes heed. */
  readonly reading: Reading;
  readonly settings: Settings;
  /**
   * The hints were written a moment ago: where nodes are named, those that hold are left alone whatever there is to gain.
   * By default false.
   */
  readonly settling?: boolean | undefined;
  readonly scratch: Scratch;
}

/** How hints serve the nodes. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Compares judgements of one strategy on several sets of endpoints: the highest is the worst. */
  readonly badness: number;
  /** There shall be no hints: then no slice of the address type gets any, because a Service is hinted entirely or not. */
  readonly refused?: boolean;
}

export interface Decision extends Judgement {
  /** Parallel to `endpoints`. undefined: no hints on this endpoint. An endpoint's own object where nothing changes. */
  readonly hints: readonly (EndpointHints | undefined)[];
  /** The nodes that `hints` name, where they are looked up already and the endpoints are ready as they were given. */
  readonly named?: NamedTraffic | undefined;
  /** Further findings beside the verdict, such as bad values of annotations. */
  readonly warnings?: readonly Verdict[] | undefined;
}

/** How one mode decides. Pure; throws for no input. */
export interface Strategy {
  /** Decides the hints of some slices of one address type of one Service. */
  decide(input: StrategyInput): Decision;
  /**
   * Replays given hints on the endpoints of one port: slices that are planned together need not all serve it, and may
   * serve it beside slices that others write. Absent: what was decided holds for every port.
   * @param hints parallel to `input.endpoints`, whose own hints do not matter
   */
  judge?(input: StrategyInput, hints: readonly (EndpointHints | undefined)[]): Judgement;
}
