import type { StrategyInput } from '../../strategy.js';
import { costBetweenZones, zoneCostsOf } from '../../places.js';
import { REGION_COST } from './problem.js';

/**
 * What traffic costs from each zone of the demand to each other, as `BalancedProblem` has it; undefined where all zones are
 * equally near to each other.
 */
export function problemCosts(input: StrategyInput): readonly number[] | undefined {
  const { cluster, demand, scratch } = input;
  const given = zoneCostsOf(input);
  if (given === undefined && !cluster.nodeIndex.hasRegions) return undefined;
  return scratch.recall(given ?? cluster.nodeIndex, [cluster, demand], () => workOut(input));
}

function workOut(input: StrategyInput): readonly number[] | undefined {
  const { nodeIndex } = input.cluster;
  const zones = input.demand.zones.map(({ zone }) => zone);
  // The last column is of endpoints whose zone is not known.
  const columns = [...zones, ''];
  const costOf = costBetweenZones(input) ?? (() => 0);
  const plain = zones.flatMap((from) => columns.map((to) => costOf(from, to)));
  const most = Math.max(...plain) || 1;
  const costs = zones.flatMap((from, row) =>
    columns.map((to, column) => {
      const cost = plain[row * columns.length + column]! / most;
      return nodeIndex.leavesRegion(from, to) ? REGION_COST + cost : cost;
    }),
  );
  const between = zones.flatMap((_, a) => zones.flatMap((_, b) => (a === b ? [] : [costs[a * columns.length + b]])));
  return new Set(between).size < 2 ? undefined : costs;
}
