import type { EndpointHints } from '../../../model/hints.js';
import { isReady } from '../../../model/readiness.js';
import type { StrategyInput } from '../../strategy.js';
import { sortByAddress } from '../balanced/assignment.js';
import { VALUE_TOLERANCE, type BalancedProblem } from '../balanced/problem.js';
import { chooseHeirs, hasNames, namesOf, readNames, type Heirs, type NodeSets } from './names.js';
import { nodeSharesOf, type NodeShares } from './nodes.js';
import { namingBound, namingProblem, type NamingProblem } from './problem.js';
import type { NamingSearch } from './search.js';
import { writeNames } from './write.js';

/** The hints with names of nodes, and what they do where all nodes heed them. */
export interface Naming {
  readonly hints: readonly (EndpointHints | undefined)[];
  readonly inZone: number;
  readonly busiest: number;
}

/** Names are written for at least so much more traffic in zone, in parts of all. */
export const LEAST_WORTH = 0.005;

/** Zone hints and names that stand beside each other are replaced only for so many times the gain that zone hints need. */
export const STANDING_GAIN = 2;

/** The search ends so close below what nothing can beat. */
const NEAR_BOUND = 0.002;

/**
 * Adds names of nodes to the zone hints of Balanced: a node that some endpoint names uses the endpoints that name it and
 * leaves its zone's pool, so that more traffic stays in zone. No endpoint passes the limit, whether nodes heed the names
 * or not. What stands is kept while it is valid and not much better is in reach; see docs/balanced.md.
 * @param hints Balanced's, parallel to the endpoints; all have some
 * @param zonesOnly in-zone share of these hints
 * @returns undefined where names gain nothing worth while
 */
export function nameNodes(
  input: StrategyInput,
  hints: readonly (EndpointHints | undefined)[],
  balanced: BalancedProblem,
  zonesOnly: number,
): Naming | undefined {
  const { endpoints, settings, scratch } = input;
  const isNamed = hasNames(endpoints);
  if (!isNamed && namingBound(balanced) - zonesOnly < LEAST_WORTH) return undefined;
  const shares = nodeSharesOf(input);
  const ready: number[] = [];
  for (let i = 0; i < endpoints.length; i++) if (isReady(endpoints[i]!)) ready.push(i);
  sortByAddress(ready, endpoints);
  const limits = { overload: balanced.overload, hold: settings.overloadHold };
  const problem = namingProblem(input, hints, ready, shares, limits);
  const { bound } = problem;
  if (!isNamed && bound - zonesOnly < LEAST_WORTH) return undefined;
  const search = scratch.naming;
  if (isNamed) {
    const heirs = heirsOf(endpoints, shares);
    const own = readNames(endpoints, ready, shares);
    const candidates = heirs === undefined ? [own] : [readNames(endpoints, ready, shares, heirs), own];
    const standing = mend(search, problem, candidates);
    // What was mended just now must come near a fresh solution; what stood needs no change for less than twice as much.
    const gain = Math.max(settings.rebalanceGain, LEAST_WORTH) * (standing?.isNew === false ? STANDING_GAIN : 1);
    const holds = standing !== undefined && standing.inZone >= zonesOnly - VALUE_TOLERANCE;
    if (!holds || standing.inZone <= bound - gain) solve(search, problem);
    if (holds && search.inZone < standing.inZone + gain) {
      const { sets, isNew, inZone, busiest } = standing;
      return { hints: writeNames({ endpoints, hints, ready, shares, sets, heirs, isNew }), inZone, busiest };
    }
  } else solve(search, problem);
  const { sets, inZone } = search;
  if (inZone < zonesOnly + LEAST_WORTH) return undefined;
  return {
    hints: writeNames({ endpoints, hints, ready, shares, sets, heirs: undefined, isNew: true }),
    inZone,
    busiest: search.busiest(),
  };
}

/** @returns undefined where every endpoint has names */
function heirsOf(endpoints: StrategyInput['endpoints'], shares: NodeShares): Heirs | undefined {
  if (!endpoints.some((endpoint) => namesOf(endpoint).length === 0)) return undefined;
  const order = endpoints.map((_, i) => i);
  sortByAddress(order, endpoints);
  return chooseHeirs(endpoints, order, shares);
}

/** While no endpoint is ready: names stay, and endpoints without any get the placeholder. */
export function keepNames(input: StrategyInput, hints: Naming['hints']): Naming['hints'] {
  const { endpoints } = input;
  if (!hasNames(endpoints)) return hints;
  return writeNames({
    endpoints,
    hints,
    ready: [],
    shares: nodeSharesOf(input),
    sets: [],
    heirs: undefined,
    isNew: false,
  });
}

/** Up to so many nodes and endpoints a second start is tried, which names all nodes at first. */
const MOST_PACKED = 16;

/** It must bring so much more, in parts of all traffic, because it names more nodes. */
const PACKED_WORTH = 0.01;

function solve(search: NamingSearch, problem: NamingProblem): void {
  const { nodes, count, bound } = problem;
  search.begin(problem);
  search.improve(bound - NEAR_BOUND);
  const { inZone, sets } = search;
  if (inZone < bound - PACKED_WORTH && nodes.length <= MOST_PACKED && count <= MOST_PACKED) {
    search.begin(problem);
    const packed = search.pack();
    if (packed) search.improve(bound - NEAR_BOUND);
    if (!packed || search.inZone < inZone + PACKED_WORTH) {
      search.begin(problem);
      search.load(sets);
    }
  }
  search.prune();
}

interface Standing {
  readonly sets: NodeSets;
  readonly isNew: boolean;
  readonly inZone: number;
  readonly busiest: number;
}

/** The first of some sets that is within the limit and its hold; else the last one with a node changed so that it is. */
function mend(search: NamingSearch, problem: NamingProblem, candidates: readonly NodeSets[]): Standing | undefined {
  const state = (isNew: boolean): Standing => {
    const { sets, inZone } = search;
    return { sets, isNew, inZone, busiest: search.busiest() };
  };
  for (const sets of candidates) {
    search.begin(problem);
    search.load(sets);
    if (search.holds()) return state(false);
  }
  return search.mend() ? state(true) : undefined;
}
