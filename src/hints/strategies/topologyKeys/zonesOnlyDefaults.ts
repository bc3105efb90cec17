import { fitOf } from './assignment.js';
import { ALL, type Problem, type ZoneDemand } from './problem.js';
import type { ZoneOptions } from './zoneOptions.js';

/**
 * The default of each zone where all of its nodes follow it, because there are no node hints: first, no node that uses
 * other endpoints than it wants is to miss some of its own (all of them would crowd onto those of one node); then few
 * nodes are to use others, and few others; then few are to use less than they want.
 */
export function bestZoneDefaults(
  problem: Problem,
  zoneOptions: ZoneOptions,
  preferred: ReadonlyMap<number, number>,
): number[] {
  return problem.zones.map((zone, index) => {
    const { union = ALL } = zone;
    const options = zoneOptions.of(index, preferred.get(index)).map(({ target }) => target);
    let best = ALL;
    let lowest = Infinity;
    for (const target of new Set([...options, union])) {
      const price = priceOfZoneDefault(problem, zone, target);
      if (price < lowest) [best, lowest] = [target, price];
    }
    return best;
  });
}

function priceOfZoneDefault(problem: Problem, zone: ZoneDemand, target: number): number {
  const { targets, count } = problem;
  const used = targets[target]!;
  let price = target === ALL ? 0 : zone.unserved.length * 1e-3;
  for (const [wish, nodes] of zone.groups) {
    const wanted = targets[wish]!;
    const fit = fitOf(used, wanted, count);
    if (fit === 'leaking') {
      price += nodes.length * ((wanted.isWithin(used) ? 1e5 : 1e10) + used.members.length / count);
    }
    if (fit === 'narrowed') price += nodes.length * (1 - used.members.length / wanted.members.length);
  }
  return price;
}
