import type { DemandSource } from '../model/demand.js';
import { compareText, objectKey } from '../model/objectKey.js';
import type { AddressTypeForecast } from '../hints/forecast.js';
import type { PlannedService } from './planCluster.js';
import { groupPlan, type PlanGroup } from './planGroups.js';
import { costPerMonth, type MeasuredTraffic } from './measuredTraffic.js';

/** The load of the busiest endpoint of all, in units of the mean load of its Service's endpoints. */
export interface Busiest {
  readonly load: number;
  /** `namespace/name`. */
  readonly service: string;
  readonly addressType: string;
}

export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

/** What was measured of the Services behind the forecasts. */
export interface TrafficSummary {
  readonly unit: MeasuredTraffic['unit'];
  /** Services that hints can steer with a measurement, and without one, which count for nothing. */
  readonly measured: number;
  readonly unmeasured: number;
  /** What they receive in all. */
  readonly perSecond: number;
  /** How much of it crosses zones. */
  readonly crossZonePerSecond: BeforeAfter;
  /** What that costs in a month of 730 hours, in the unit of the price; only with bytes and a price. */
  readonly costPerMonth?: BeforeAfter & { readonly pricePerGb: number };
}

/** What a plan does to all Services together. */
export interface PlanSummary {
  /** Services that were planned. */
  readonly services: number;
  /** Services that ask for hints. */
  readonly optedIn: number;
  /** Services with endpoints that take traffic which hints can steer; the forecasts below are over these. */
  readonly steered: number;
  /**
   * Mean part of the traffic that stays in its zone; each Service counts alike, or by its measured traffic. Undefined
   * without such a Service, or without traffic.
   */
  readonly inZoneShare: BeforeAfter | undefined;
  readonly busiest: { readonly before: Busiest; readonly after: Busiest } | undefined;
  /** What would be written. */
  readonly changes: { readonly services: number; readonly endpointSlices: number; readonly endpoints: number };
  /** Services by the reason of their verdict, most first; one with two address types may count under two reasons. */
  readonly reasons: readonly { readonly reason: string; readonly hinted: boolean; readonly services: number }[];
  /** Services by cause, with the way out. */
  readonly groups: readonly PlanGroup[];
  /** Where the traffic of the steered Services is taken to come from, most first; one with two address types may count twice. */
  readonly demand: readonly { readonly source: DemandSource; readonly services: number }[];
  readonly traffic?: TrafficSummary;
}

export interface SummaryOptions {
  /** Counted nodes without a zone or CPU: `Cluster.oddNodes`. */
  readonly oddNodes?: readonly string[];
  /** `Settings.demand`: what Services go by that do not opt in; they are in the forecasts, too. */
  readonly demand?: DemandSource;
  /** What weighs Services; by default each counts alike. */
  readonly traffic?: MeasuredTraffic | undefined;
  /** The price of a GB that crosses zones; needs traffic in bytes. */
  readonly pricePerGb?: number | undefined;
}

export function summarisePlan(services: readonly PlannedService[], options: SummaryOptions = {}): PlanSummary {
  const { oddNodes = [], traffic } = options;
  const steered = services.filter(isSteeredService);
  const changed = services.map(({ plan }) => plan.slices.filter(({ patch }) => patch !== undefined));
  const [first] = steered;
  const weightOf = (service: PlannedService): number =>
    traffic === undefined ? 1 : (traffic.perSecond.get(objectKey(service)) ?? 0);
  return {
    services: services.length,
    optedIn: services.filter(({ plan }) => plan.mode !== 'off').length,
    steered: steered.length,
    inZoneShare: weightedMeans(steered, weightOf),
    busiest:
      first === undefined
        ? undefined
        : { before: busiestOf(steered, ({ before }) => before), after: busiestOf(steered, ({ after }) => after) },
    changes: {
      services: changed.filter((slices) => slices.length > 0).length,
      endpointSlices: changed.flat().length,
      endpoints: changed.flat().reduce((sum, { moved }) => sum + moved, 0),
    },
    reasons: countReasons(services),
    groups: groupPlan(services, { oddNodes }),
    demand: countDemand(steered, options.demand),
    ...(traffic === undefined ? {} : { traffic: summariseTraffic(steered, traffic, weightOf, options.pricePerGb) }),
  };
}

/** Whether there are endpoints that take traffic, and hints decide which. */
function isSteered({ steered, worstLoad }: AddressTypeForecast): boolean {
  return steered !== false && worstLoad > 0;
}

/** Whether a Service has traffic that hints can steer. */
export function isSteeredService({ after }: Pick<PlannedService, 'after'>): boolean {
  return after.some(isSteered);
}

/** The part of a Service's traffic that stays in its zone; its address types count alike. */
export function inZoneOf(forecast: readonly AddressTypeForecast[]): number {
  const shares = forecast.filter(isSteered).map(({ inZoneShare }) => inZoneShare);
  return shares.length === 0 ? 0 : sum(shares) / shares.length;
}

/** The load of a Service's busiest endpoint; 0 where hints steer nothing. */
export function busiestLoad(forecast: readonly AddressTypeForecast[]): number {
  return Math.max(0, ...forecast.filter(isSteered).map(({ worstLoad }) => worstLoad));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function weightedMeans(
  services: readonly PlannedService[],
  weightOf: (service: PlannedService) => number,
): BeforeAfter | undefined {
  const total = sum(services.map(weightOf));
  if (total === 0) return undefined;
  const mean = (share: (service: PlannedService) => number): number =>
    sum(services.map((service) => weightOf(service) * share(service))) / total;
  return { before: mean(({ before }) => inZoneOf(before)), after: mean(({ after }) => inZoneOf(after)) };
}

function summariseTraffic(
  steered: readonly PlannedService[],
  { unit, perSecond }: MeasuredTraffic,
  weightOf: (service: PlannedService) => number,
  pricePerGb: number | undefined,
): TrafficSummary {
  const measured = steered.filter((service) => perSecond.has(objectKey(service))).length;
  const crossing = (forecastOf: (service: PlannedService) => readonly AddressTypeForecast[]): number =>
    sum(steered.map((service) => weightOf(service) * (1 - inZoneOf(forecastOf(service)))));
  const crossZonePerSecond = { before: crossing(({ before }) => before), after: crossing(({ after }) => after) };
  return {
    unit,
    measured,
    unmeasured: steered.length - measured,
    perSecond: sum(steered.map(weightOf)),
    crossZonePerSecond,
    ...(pricePerGb === undefined || unit !== 'bytes'
      ? {}
      : {
          costPerMonth: {
            pricePerGb,
            before: costPerMonth(crossZonePerSecond.before, pricePerGb),
            after: costPerMonth(crossZonePerSecond.after, pricePerGb),
          },
        }),
  };
}

function busiestOf(
  services: readonly PlannedService[],
  forecastOf: (service: PlannedService) => readonly AddressTypeForecast[],
): Busiest {
  let busiest: Busiest = { load: 0, service: '', addressType: '' };
  for (const service of services) {
    for (const { addressType, worstLoad, steered } of forecastOf(service)) {
      if (steered !== false && worstLoad > busiest.load) {
        busiest = { load: worstLoad, service: objectKey(service), addressType };
      }
    }
  }
  return busiest;
}

function countReasons(services: readonly PlannedService[]): PlanSummary['reasons'] {
  const counts = new Map<string, { reason: string; hinted: boolean; services: number }>();
  for (const { plan } of services) {
    const own = new Map(plan.verdicts.map(({ reason, hinted }) => [`${reason} ${hinted}`, { reason, hinted }]));
    for (const [key, verdict] of own) {
      const count = counts.get(key) ?? { ...verdict, services: 0 };
      count.services += 1;
      counts.set(key, count);
    }
  }
  return [...counts.values()].sort((a, b) => b.services - a.services || compareText(a.reason, b.reason));
}

function countDemand(services: readonly PlannedService[], byDefault: DemandSource | undefined): PlanSummary['demand'] {
  const counts = new Map<DemandSource, number>();
  for (const { plan } of services) {
    const own = new Set(plan.demand.map(({ demand }) => demand.source));
    if (own.size === 0 && byDefault !== undefined) own.add(byDefault);
    for (const source of own) counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  return [...counts]
    .map(([source, count]) => ({ source, services: count }))
    .sort((a, b) => b.services - a.services || compareText(a.source, b.source));
}
