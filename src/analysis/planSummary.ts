import { compareText, objectKey } from '../model/objectKey.js';
import type { AddressTypeForecast } from '../hints/forecast.js';
import type { PlannedService } from './planCluster.js';

/** The load of the busiest endpoint of all, in units of the mean load of its Service's endpoints. */
export interface Busiest {
  readonly load: number;
  /** `namespace/name`. */
  readonly service: string;
  readonly addressType: string;
}

/** What a plan does to all Services together. */
export interface PlanSummary {
  /** Services that were planned. */
  readonly services: number;
  /** Services that ask for hints. */
  readonly optedIn: number;
  /** Services with endpoints that take traffic which hints can steer; the forecasts below are over these. */
  readonly steered: number;
  /** Mean part of the traffic that stays in its zone, each Service counted alike; undefined without such a Service. */
  readonly inZoneShare: { readonly before: number; readonly after: number } | undefined;
  readonly busiest: { readonly before: Busiest; readonly after: Busiest } | undefined;
  /** What would be written. */
  readonly changes: { readonly services: number; readonly endpointSlices: number; readonly endpoints: number };
  /** Services by the reason of their verdict, most first; one with two address types may count under two reasons. */
  readonly reasons: readonly { readonly reason: string; readonly hinted: boolean; readonly services: number }[];
}

export function summarisePlan(services: readonly PlannedService[]): PlanSummary {
  const steered = services.filter(({ after }) => after.some(isSteered));
  const changed = services.map(({ plan }) => plan.slices.filter(({ patch }) => patch !== undefined));
  const [first] = steered;
  return {
    services: services.length,
    optedIn: services.filter(({ plan }) => plan.mode !== 'off').length,
    steered: steered.length,
    inZoneShare:
      first === undefined
        ? undefined
        : {
            before: mean(steered.map(({ before }) => inZone(before))),
            after: mean(steered.map(({ after }) => inZone(after))),
          },
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
  };
}

/** Whether there are endpoints that take traffic, and hints decide which. */
function isSteered({ steered, worstLoad }: AddressTypeForecast): boolean {
  return steered !== false && worstLoad > 0;
}

function inZone(forecast: readonly AddressTypeForecast[]): number {
  return mean(forecast.filter(isSteered).map(({ inZoneShare }) => inZoneShare));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
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
