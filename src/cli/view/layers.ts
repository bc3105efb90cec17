import type { ClusterRecords } from '../../analysis/clusterRecords.js';
import { currentForecast } from '../../hints/forecast.js';
import type { Settings } from '../../hints/settings.js';

/** What node hints add to the zone hints of a Service of mode Balanced, in fractions of its traffic. */
export interface ServiceLayers {
  /** `namespace/name`. */
  readonly service: string;
  readonly addressType: string;
  /** What stays in its zone by zone hints alone, and with node hints. */
  readonly inZoneByZones: number;
  readonly inZone: number;
}

/**
 * The same figures as `plan` and `explain` have, for the hints on the slices.
 * @param wanted only this Service, `namespace/name`
 * @returns sorted by Service and address type; those without node hints are left out
 */
export function layersOf(
  { cluster, clients, services }: ClusterRecords,
  settings: Settings,
  wanted: string | undefined,
): ServiceLayers[] {
  return services
    .filter(({ key }) => wanted === undefined || key === wanted)
    .flatMap(({ key, service, slices }) =>
      currentForecast({ service, slices, cluster, settings, clients }).flatMap(
        ({ addressType, inZoneShare, withoutNodeHints }) =>
          withoutNodeHints === undefined
            ? []
            : [{ service: key, addressType, inZoneByZones: withoutNodeHints.inZoneShare, inZone: inZoneShare }],
      ),
    );
}
