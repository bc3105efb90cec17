import { compareText } from '../model/objectKey.js';
import type { ZoneDemand } from '../model/demand.js';
import { MAX_SERVICES, MAX_SHARES, MAX_ZONES } from './bounds.js';
import { isSettled, wholeOf, type MeasuredFigures, type MeasuredService } from './figures.js';

/** Figures within the bounds that their reader has. */
export interface KeptFigures {
  readonly figures: MeasuredFigures;
  /** How many zones and Services were left out. */
  readonly leftOut: { readonly zones: number; readonly services: number };
}

/**
 * Leaves out the zones, then the Services, with the least traffic beyond what a reader takes. Answers that name other zones or
 * Services each time are within bounds one by one, and what is learned of them together is not.
 */
export function keepMost(figures: MeasuredFigures): KeptFigures {
  const { services, leftOut } = keepZones(figures.services);
  const kept = keepServices(services);
  return {
    figures: { ...figures, services: kept },
    leftOut: { zones: leftOut, services: services.length - kept.length },
  };
}

function keepZones(services: readonly MeasuredService[]): {
  readonly services: readonly MeasuredService[];
  readonly leftOut: number;
} {
  const traffic = new Map<string, number>();
  for (const { rate, demand, latest, recent = [] } of services) {
    for (const { zone, share } of latest) traffic.set(zone, (traffic.get(zone) ?? 0) + rate * share);
    for (const { zone } of [...demand, ...recent]) if (!traffic.has(zone)) traffic.set(zone, 0);
  }
  const leftOut = traffic.size - MAX_ZONES;
  if (leftOut <= 0) return { services, leftOut: 0 };
  const sorted = [...traffic].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  const zones = new Set(sorted.slice(0, MAX_ZONES).map(([zone]) => zone));
  const within = (shares: readonly ZoneDemand[]): readonly ZoneDemand[] => {
    // Shares may have shrunk to nothing, and parts of nothing are no numbers.
    const kept = shares.filter(({ zone, share }) => share > 0 && zones.has(zone));
    return kept.length === shares.length ? shares : wholeOf(kept);
  };
  return {
    services: services.map((service) => ({
      ...service,
      demand: within(service.demand),
      latest: within(service.latest),
      ...(service.recent === undefined ? {} : { recent: within(service.recent) }),
    })),
    leftOut,
  };
}

function keepServices(services: readonly MeasuredService[]): readonly MeasuredService[] {
  const total = services.reduce((sum, service) => sum + countShares(service), 0);
  if (services.length <= MAX_SERVICES && total <= MAX_SHARES) return services;
  const kept = new Set<MeasuredService>();
  let shares = 0;
  for (const service of [...services].sort((a, b) => b.rate - a.rate || compareText(a.key, b.key))) {
    shares += countShares(service);
    if (kept.size >= MAX_SERVICES || shares > MAX_SHARES) break;
    kept.add(service);
  }
  return services.filter((service) => kept.has(service));
}

/** What the text has of a Service at most: the last minutes are in it only while traffic moves. */
function countShares(service: MeasuredService): number {
  const { demand, latest, recent = [] } = service;
  return demand.length + latest.length + (isSettled(service) ? 0 : recent.length);
}
