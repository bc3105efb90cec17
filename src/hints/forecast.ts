import { forecastTraffic, type Forecast } from '../kubeproxy/forecast.js';
import type { Cluster } from '../model/cluster.js';
import { compareNames } from '../model/objectKey.js';
import type { SliceRecord } from '../model/slice.js';
import { gatherEndpoints } from './endpoints.js';
import { UNROUTED_ADDRESS_TYPE } from '../model/slice.js';

/**
 * What nodes do with the hints that are in the slices of one Service now: the same replay as `Plan.forecast`, so that
 * the two can be compared. One entry per address type, sorted.
 */
export function currentForecast(slices: readonly SliceRecord[], cluster: Cluster): readonly AddressTypeForecast[] {
  const sorted = [...slices].sort(compareNames);
  return [...new Set(sorted.map((slice) => slice.addressType))].sort().map((addressType) => {
    if (addressType === UNROUTED_ADDRESS_TYPE) return { addressType, inZoneShare: 0, worstLoad: 0, byZone: [] };
    const { endpoints } = gatherEndpoints(sorted.filter((slice) => slice.addressType === addressType));
    const hints = endpoints.map((endpoint) => endpoint.hints);
    return { addressType, ...forecastTraffic(endpoints, hints, cluster) };
  });
}
export interface AddressTypeForecast extends Forecast {
  readonly addressType: string;
}
