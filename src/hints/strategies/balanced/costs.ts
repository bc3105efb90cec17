import type { StrategyInput } from '../../strategy.js';
import { distanceOf, zoneCostsOf } from '../../places.js';

/**
 * What traffic costs from each zone of the demand to each other, as `BalancedProblem` has it; undefined where all zones are
 * equally far from each other.
 */
export function problemCosts(input: StrategyInput): readonly number[] | undefined {
  const { cluster, demand, scratch } = input;
  const given = zoneCostsOf(input);
  if (given === undefined && !cluster.nodeIndex.hasRegions) return undefined;
  return scratch.recall(given ?? cluster.nodeIndex, [cluster, demand], () => workOut(input));
}

function workOut(input: StrategyInput): readonly number[] | undefined {
  const distance = distanceOf(input);
  if (distance === undefined) return undefined;
  const zones = input.demand.zones.map(({ zone }) => zone);
  const between = new Set(zones.flatMap((a) => zones.filter((b) => b !== a).map((b) => distance(a, b))));
  if (between.size < 2) return undefined;
  // The last column is of endpoints whose zone is not known, which are as far as it gets.
  const costs = zones.flatMap((from) => [...zones, ''].map((to) => distance(from, to)));
  const most = Math.max(...costs);
  return costs.map((cost) => cost / most);
}
