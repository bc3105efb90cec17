import { forecastTraffic, type Forecast } from '../kubeproxy/forecast.js';
import { unsteeredTraffic } from '../kubeproxy/steering.js';
import { compareNames } from '../model/objectKey.js';
import { UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../model/slice.js';
import { demandFor, type DemandInput } from './demand/demandFor.js';
import { gatherEndpoints, locateEndpoints } from './endpoints.js';

export interface AddressTypeForecast extends Forecast {
  readonly addressType: string;
  /**
   * False for traffic that hints do not steer (headless Services, `internalTrafficPolicy: Local`): nothing is promised,
   * and the figures are 0. Absent otherwise.
   */
  readonly steered?: false;
}

export interface CurrentForecastInput extends DemandInput {
  /** The slices of one Service. */
  readonly slices: readonly SliceRecord[];
}

/**
 * What nodes do with the hints that are in the slices of one Service now: the same replay as `Plan.forecast`, so that
 * the two can be compared. One entry per address type, sorted.
 */
export function currentForecast(input: CurrentForecastInput): readonly AddressTypeForecast[] {
  const { service, slices, cluster } = input;
  const isSteered = unsteeredTraffic(service)?.isAll !== true;
  const sorted = [...slices].sort(compareNames);
  return [...new Set(sorted.map((slice) => slice.addressType))].sort().map((addressType) => {
    if (addressType === UNROUTED_ADDRESS_TYPE) return { addressType, inZoneShare: 0, worstLoad: 0, byZone: [] };
    if (!isSteered) return unsteeredForecast(addressType);
    const { endpoints } = gatherEndpoints(sorted.filter((slice) => slice.addressType === addressType));
    const hints = endpoints.map((endpoint) => endpoint.hints);
    const located = locateEndpoints(endpoints, cluster.nodeIndex);
    const { demand } = demandFor(input, addressType);
    return { addressType, ...forecastTraffic(located, hints, cluster, demand) };
  });
}

/** No promise, because hints do not steer this traffic. */
export function unsteeredForecast(addressType: string): AddressTypeForecast {
  return { addressType, steered: false, inZoneShare: 0, worstLoad: 0, byZone: [] };
}
