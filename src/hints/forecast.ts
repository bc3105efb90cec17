import { forecastTraffic, type Forecast, type ForecastFigures } from '../kubeproxy/forecast.js';
import { readingOf, withoutNodeHints, type Reading } from '../kubeproxy/reading.js';
import { unsteeredTraffic } from '../kubeproxy/steering.js';
import type { Cluster } from '../model/cluster.js';
import type { Demand } from '../model/demand.js';
import { compareNames } from '../model/objectKey.js';
import { UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../model/slice.js';
import { demandFor, type DemandInput } from './demand/demandFor.js';
import { gatherEndpoints, gatherHints, locateEndpoints, NOTHING_PLANNED, type PlannedHints } from './endpoints.js';
import { chooseMode } from './mode.js';
import { zoneCidrsOf, type PlacesInput } from './places.js';
import { portSets } from './ports.js';
import type { Settings } from './settings.js';

export interface AddressTypeForecast extends Forecast {
  readonly addressType: string;
  /**
   * False for traffic that hints do not steer (headless Services, `internalTrafficPolicy: Local`): nothing is promised,
   * and the figures are 0. Absent otherwise.
   */
  readonly steered?: false;
  /**
   * Where Balanced names nodes beside zones: what nodes do that heed zone hints only. The figures above are those with
   * node hints. Absent otherwise.
   */
  readonly withoutNodeHints?: ForecastFigures;
}

export interface CurrentForecastInput extends DemandInput {
  /** The slices of one Service. */
  readonly slices: readonly SliceRecord[];
  readonly settings: Pick<Settings, 'demand' | 'measuredFactor' | 'consumer' | 'zoneCosts' | 'zoneCidrs'>;
}

/**
 * What nodes do with the hints that are in the slices of one Service now: the same replay as `Plan.forecast`, so that
 * the two can be compared. One entry per address type, sorted.
 */
export function currentForecast(input: CurrentForecastInput): readonly AddressTypeForecast[] {
  const { service, slices, cluster, settings } = input;
  const reading = readingOf(service, cluster.consumers, settings.consumer);
  const isSteered = unsteeredTraffic(service)?.isAll !== true;
  const { mode } = chooseMode(service);
  // Auto, too, is Balanced where the operator sets it so; by its own rule no endpoint names a node.
  const isBalanced = mode === 'balanced' || mode === 'auto';
  const sorted = [...slices].sort(compareNames);
  return [...new Set(sorted.map((slice) => slice.addressType))].sort().map((addressType) => {
    if (addressType === UNROUTED_ADDRESS_TYPE) return { addressType, ...NO_TRAFFIC };
    if (!isSteered) return unsteeredForecast(addressType);
    const group = sorted.filter((slice) => slice.addressType === addressType);
    const { demand } = demandFor(input, addressType);
    const context = { service, settings, cluster, demand, reading };
    const forecast = forecastSlices(group, NOTHING_PLANNED, context);
    const { inZoneShare, worstLoad, byZone } = forecast;
    const layer = isBalanced ? zoneLayer(group, NOTHING_PLANNED, forecast, context) : {};
    return { addressType, inZoneShare, worstLoad, byZone, ...layer };
  });
}

/**
 * The figures without node hints, where there are some and nodes heed them.
 * @param planned as for `forecastSlices`
 * @param forecast with the node hints
 */
export function zoneLayer(
  slices: readonly SliceRecord[],
  planned: PlannedHints,
  forecast: Forecast,
  context: ForecastContext,
): Pick<AddressTypeForecast, 'withoutNodeHints'> {
  const { reading } = context;
  if (reading.uniform !== undefined) {
    const { withoutNodeHints: figures } = forecast;
    return figures === undefined ? {} : { withoutNodeHints: figures };
  }
  const isNamed = slices.some((slice) => {
    const hints = planned.get(slice);
    // Every endpoint of a slice has names, or none has.
    return ((hints === undefined ? slice.endpoints[0]?.hints : hints[0])?.forNodes?.length ?? 0) > 0;
  });
  if (!isNamed) return {};
  const { inZoneShare, worstLoad } = forecastSlices(slices, planned, {
    ...context,
    reading: withoutNodeHints(reading),
  });
  return { withoutNodeHints: { inZoneShare, worstLoad } };
}

/** No promise, because hints do not steer this traffic. */
export function unsteeredForecast(addressType: string): AddressTypeForecast {
  return { addressType, steered: false, ...NO_TRAFFIC };
}

/** There is no traffic, or nothing is known of it. */
export const NO_TRAFFIC: Forecast = Object.freeze({ inZoneShare: 0, worstLoad: 0, byZone: [] });

interface ForecastContext extends PlacesInput {
  readonly cluster: Cluster;
  readonly demand: Demand;
  readonly reading: Reading;
}

/**
 * What nodes do with the slices of one address type. kube-proxy decides for each port by itself, and how much traffic
 * each gets is not known: the lowest share in zone and the highest load of all ports are promised, and the zones are
 * those of the port with the lowest share.
 * @param planned what slices will have; those that are not in it keep what they have
 */
export function forecastSlices(
  slices: readonly SliceRecord[],
  planned: PlannedHints,
  context: ForecastContext,
): Forecast {
  const { cluster, demand, reading } = context;
  const forecasts = portSets(slices).map((set) => {
    const gathered = gatherEndpoints(set.slices);
    const located = locateEndpoints(gathered.endpoints, cluster.nodeIndex, zoneCidrsOf(context));
    return forecastTraffic(located, gatherHints(gathered, set.slices, planned), cluster, demand, reading);
  });
  // A port without endpoints has no traffic that could leave its zone.
  const used = forecasts.filter(({ worstLoad }) => worstLoad > 0);
  const [first = NO_TRAFFIC, ...others] = used.length > 0 ? used : forecasts;
  if (others.length === 0) return first;
  let lowest = first;
  let worstLoad = 0;
  let lowestByZones = 1;
  let worstByZones = 0;
  for (const forecast of [first, ...others]) {
    const byZones = forecast.withoutNodeHints ?? forecast;
    if (forecast.inZoneShare < lowest.inZoneShare) lowest = forecast;
    worstLoad = Math.max(worstLoad, forecast.worstLoad);
    lowestByZones = Math.min(lowestByZones, byZones.inZoneShare);
    worstByZones = Math.max(worstByZones, byZones.worstLoad);
  }
  const { inZoneShare, byZone } = lowest;
  const isNamed = used.some((forecast) => forecast.withoutNodeHints !== undefined);
  const figures = { inZoneShare: lowestByZones, worstLoad: worstByZones };
  return { inZoneShare, worstLoad, byZone, ...(isNamed ? { withoutNodeHints: figures } : {}) };
}
