import { LOAD_TOLERANCE } from './state.js';
import type { NamedNodes } from './names.js';
import type { NamingProblem } from './problem.js';

/** What named nodes do where all nodes heed the names. */
export interface NamingFigures {
  /** Share of the traffic in zone. */
  readonly inZone: number;
  /** The load of the busiest endpoint over the mean. */
  readonly busiest: number;
  /** Whether no endpoint carries more than it may where names stand. */
  readonly holds: boolean;
  /** The position of the endpoint that carries most above what it may where names are new, and how much that is. */
  readonly worst: number;
  readonly excess: number;
}

/** Sums up the traffic with these names, without a search. */
export function measureNames(problem: NamingProblem, named: NamedNodes): NamingFigures {
  const { count, homes, nodeShares, pools, local, base, caps, held, starts } = problem;
  const load = base.slice();
  let { inZone } = problem;
  let at = 0;
  for (let z = 0; z < pools.length && at < named.length; z++) {
    let gone = 0;
    for (; at < named.length && named[at]!.node < starts[z + 1]!; at++) {
      const { node, set } = named[at]!;
      const share = nodeShares[node]!;
      gone += share;
      let near = 0;
      for (let k = 0; k < set.length; k++) {
        load[set[k]!]! += share / set.length;
        if (homes[set[k]!] === z) near++;
      }
      inZone += share * (near / set.length - local[z]!);
    }
    const pool = pools[z]!;
    if (gone > 0) for (let k = 0; k < pool.length; k++) load[pool[k]!]! -= gone / pool.length;
  }
  let most = 0;
  let holds = true;
  let worst = -1;
  let excess = -Infinity;
  for (let p = 0; p < count; p++) {
    if (load[p]! > most) most = load[p]!;
    if (load[p]! - caps[p]! > excess) {
      excess = load[p]! - caps[p]!;
      worst = p;
    }
    if (load[p]! > held[p]! * (1 + LOAD_TOLERANCE)) holds = false;
  }
  return { inZone, busiest: most * count, holds, worst, excess };
}

/**
 * Whether one node may send enough to the worst endpoint that this is within its limit without it; no search finds one
 * where that is false.
 */
export function mayBeMended(
  { nodeShares, pools, starts, caps }: NamingProblem,
  named: NamedNodes,
  { worst, excess }: NamingFigures,
): boolean {
  const least = excess - 2 * LOAD_TOLERANCE * caps[worst]!;
  for (let n = 0; n < named.length; n++) {
    const { node, set } = named[n]!;
    if (nodeShares[node]! / set.length >= least && set.includes(worst)) return true;
  }
  for (let z = 0; z < pools.length; z++) {
    const pool = pools[z]!;
    // The greatest share of the zone comes first.
    const greatest = starts[z]! < starts[z + 1]! ? nodeShares[starts[z]!]! : 0;
    if (greatest / pool.length >= least && pool.includes(worst)) return true;
  }
  return false;
}
