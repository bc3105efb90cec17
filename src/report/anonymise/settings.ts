import type { Settings } from '../../hints/settings.js';
import { compareText } from '../../model/objectKey.js';
import type { ZoneCosts } from '../../model/zones/zoneCosts.js';
import { OTHER_ZONE, type Pseudonyms, type Rename } from './pseudonyms.js';

/** The settings that name controllers or zones; networks are gone, and endpoints have their zones (`withZonesByAddress`). */
export function anonymiseSettings(settings: Settings, { manager, zone }: Pseudonyms): Settings {
  const { managedBy, ignoreManagedBy, zoneCosts, drainedZones } = settings;
  return {
    ...settings,
    zoneCidrs: undefined,
    managedBy: managedBy?.map(manager),
    ignoreManagedBy: ignoreManagedBy?.map(manager),
    ...(zoneCosts === undefined ? {} : { zoneCosts: anonymousCosts(zoneCosts, zone) }),
    ...(drainedZones === undefined ? {} : { drainedZones: drainedZones.map(zone).sort(compareText) }),
  };
}

/** Pseudonyms are in the order of the names, so that the pairs stay sorted. Zones that the cluster does not have are left out. */
function anonymousCosts(costs: ZoneCosts, zone: Rename): ZoneCosts {
  return costs.flatMap(({ zones: [a, b], cost }): ZoneCosts =>
    [a, b].some((name) => zone(name) === OTHER_ZONE) ? [] : [{ zones: [zone(a), zone(b)], cost }],
  );
}
