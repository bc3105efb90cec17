import type { PlannedService } from '../../analysis/planCluster.js';
import { busiestLoad, inZoneOf, isSteeredService } from '../../analysis/planSummary.js';
import type { MeasuredTraffic } from '../../analysis/measuredTraffic.js';
import { objectKey } from '../../model/objectKey.js';

export const SORTS = ['name', 'cross-zone', 'busiest'] as const;
export type Sort = (typeof SORTS)[number];

export interface Choice {
  readonly onlyChanges: boolean;
  readonly sort: Sort;
  /** What weighs Services; by default each counts alike. */
  readonly traffic?: MeasuredTraffic | undefined;
  /** The same Services in the cluster as it is, where changes are imagined. */
  readonly today?: ReadonlyMap<string, PlannedService> | undefined;
}

/** The Services that a plan lists, in order; of equals the first by name. */
export function chooseServices(
  services: readonly PlannedService[],
  { onlyChanges, sort, traffic, today }: Choice,
): readonly PlannedService[] {
  const chosen = onlyChanges
    ? services.filter((service) => isChanged(service, today?.get(objectKey(service))))
    : [...services];
  if (sort === 'name') return chosen;
  const weightOf = (key: string): number => (traffic === undefined ? 1 : (traffic.perSecond.get(key) ?? 0));
  const rankOf = (service: PlannedService): number => {
    if (!isSteeredService(service)) return -1;
    return sort === 'busiest'
      ? busiestLoad(service.after)
      : weightOf(objectKey(service)) * (1 - inZoneOf(service.after));
  };
  const ranks = new Map(chosen.map((service) => [service, rankOf(service)]));
  return chosen.sort((a, b) => ranks.get(b)! - ranks.get(a)!);
}

/** Whether something would be written, or would be another plan than today's. */
export function isChanged(service: PlannedService, today?: PlannedService): boolean {
  if (service.plan.slices.some(({ patch }) => patch !== undefined)) return true;
  if (today === undefined) return false;
  const outcome = ({ plan: { mode, verdicts }, after }: PlannedService): string =>
    JSON.stringify([mode, verdicts, after]);
  return outcome(service) !== outcome(today);
}
