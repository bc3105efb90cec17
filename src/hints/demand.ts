import type { Cluster } from '../model/cluster.js';
import type { Demand } from '../model/demand.js';

/** What the demand of one address type of a Service may depend on. */
export interface DemandInput {
  readonly cluster: Cluster;
  /** IPv4 or IPv6. */
  readonly addressType: string;
}

/**
 * The demand of one address type of a Service: the one place from which strategies and forecasts take the shares of
 * zones. (Auto's shares are upstream's rule and come from the cluster.) Today it is that of the cluster.
 */
export function demandFor({ cluster }: DemandInput): Demand {
  return cluster.demand;
}
