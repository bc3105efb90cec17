import { forecastTraffic, type Forecast } from '../kubeproxy/forecast.js';
import { unsteeredTraffic } from '../kubeproxy/steering.js';
import type { Cluster } from '../model/cluster.js';
import type { ServiceRecord } from '../model/service.js';
import { compareNames } from '../model/objectKey.js';
import { UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../model/slice.js';
import { demandFor } from './demand.js';
import { gatherEndpoints } from './endpoints.js';

export interface AddressTypeForecast extends Forecast {
  readonly addressType: string;
  /**
   * False for traffic that hints do not steer (headless Services, `internalTrafficPolicy: Local`): nothing is promised,
   * and the figures are 0. Absent otherwise.
   */
  readonly steered?: false;
}

export interface CurrentForecastInput {
  readonly service: ServiceRecord;
  /** The slices of one Service. */
  readonly slices: readonly SliceRecord[];
  readonly cluster: Cluster;
}

/**
 * What nodes do with the hints that are in the slices of one Service now: the same replay as `Plan.forecast`, so that
 * the two can be compared. One entry per address type, sorted.
 */
export function currentForecast({ service, slices, cluster }: CurrentForecastInput): readonly AddressTypeForecast[] {
  const isSteered = unsteeredTraffic(service)?.isAll !== true;
  const sorted = [...slices].sort(compareNames);
  return [...new Set(sorted.map((slice) => slice.addressType))].sort().map((addressType) => {
    if (addressType === UNROUTED_ADDRESS_TYPE) return { addressType, inZoneShare: 0, worstLoad: 0, byZone: [] };
    if (!isSteered) return unsteeredForecast(addressType);
    const { endpoints } = gatherEndpoints(sorted.filter((slice) => slice.addressType === addressType));
    const hints = endpoints.map((endpoint) => endpoint.hints);
    return { addressType, ...forecastTraffic(endpoints, hints, cluster, demandFor({ cluster, addressType })) };
  });
}

/** No promise, because hints do not steer this traffic. */
export function unsteeredForecast(addressType: string): AddressTypeForecast {
  return { addressType, steered: false, inZoneShare: 0, worstLoad: 0, byZone: [] };
}
