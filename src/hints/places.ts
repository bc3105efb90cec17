import type { Cluster } from '../model/cluster.js';
import type { ServiceRecord } from '../model/service.js';
import type { ZoneCidr } from '../model/zoneCidrs.js';
import { distanceBy, type ZoneCosts, type ZoneDistance } from '../model/zoneCosts.js';
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

/** How far the zones are from each other for a Service; undefined: all alike. */
export function distanceOf(
  input: PlacesInput & { readonly cluster: Pick<Cluster, 'nodeIndex'> },
): ZoneDistance | undefined {
  const { nodeIndex } = input.cluster;
  const costs = zoneCostsOf(input);
  if (costs === undefined && !nodeIndex.hasRegions) return undefined;
  return distanceBy((zone) => nodeIndex.regionOf(zone), costs);
}
