import type { Cluster } from '../model/cluster.js';
import type { ServiceRecord } from '../model/service.js';
import type { ZoneCidr } from '../model/zones/zoneCidrs.js';
import { costsBetween, type ZoneCostOf, type ZoneCosts } from '../model/zones/zoneCosts.js';
import type { Settings } from './settings.js';

/** What decides where the endpoints of a Service are, and how far zones are from each other. */
export interface PlacesInput {
  readonly service: Pick<ServiceRecord, 'policy'>;
  readonly settings: Pick<Settings, 'zoneCosts' | 'zoneCidrs'>;
}

const NO_CIDRS: readonly ZoneCidr[] = Object.freeze([]);

/** The networks by which endpoints of a Service get zones: those of a policy, or of the settings. */
export function zoneCidrsOf({ service, settings }: PlacesInput): readonly ZoneCidr[] {
  return service.policy?.zoneCidrs ?? settings.zoneCidrs ?? NO_CIDRS;
}

/** What traffic of a Service costs from zone to zone: by a policy, or by the settings. */
export function zoneCostsOf({ service, settings }: PlacesInput): ZoneCosts | undefined {
  return service.policy?.zoneCosts ?? settings.zoneCosts;
}

/** What a unit of traffic of a Service costs from one zone to another; undefined where no costs are given. */
export function costBetweenZones(
  input: PlacesInput & { readonly cluster: Pick<Cluster, 'nodeIndex'> },
): ZoneCostOf | undefined {
  const costs = zoneCostsOf(input);
  return costs === undefined ? undefined : costsBetween((zone) => input.cluster.nodeIndex.regionOf(zone), costs);
}
