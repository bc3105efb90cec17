import type { ClusterRecords } from '../../analysis/clusterRecords.js';
import { leavingFlows, trafficOf, type ZoneFlow } from '../../analysis/traffic.js';
import { zoneCostsOf } from '../../hints/places.js';
import type { Settings } from '../../hints/settings.js';

/** What leaves the zones of a Service, and what that costs. */
export interface ServiceCosts {
  /** `namespace/name`. */
  readonly service: string;
  readonly addressType: string;
  /** With their costs; at least one. */
  readonly leaving: readonly ZoneFlow[];
  /** Of a unit of all traffic. */
  readonly meanCost: number;
}

/**
 * By the hints on the slices, with the figures that `explain` has.
 * @param wanted only this Service, `namespace/name`
 * @returns sorted by Service and address type; those without costs, or of which nothing leaves its zone, are left out
 */
export function costsOf(
  { cluster, clients, services }: ClusterRecords,
  settings: Settings,
  wanted: string | undefined,
): ServiceCosts[] {
  return (
    services
      .filter(({ key }) => wanted === undefined || key === wanted)
      // Mostly nobody states costs: then no traffic is followed.
      .filter(({ service }) => zoneCostsOf({ service, settings }) !== undefined)
      .flatMap(({ key, service, slices }) =>
        trafficOf({ service, slices, cluster, settings, clients }).flatMap((traffic) => {
          const { addressType, meanCost } = traffic;
          const leaving = leavingFlows(traffic);
          if (meanCost === undefined || leaving.length === 0) return [];
          return [{ service: key, addressType, leaving, meanCost }];
        }),
      )
  );
}
