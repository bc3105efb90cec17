import { sameElements } from '../../../model/lists/sameElements.js';
import type { LayoutGroup } from '../balanced/problem.js';
import { NameReader, type NamedNodes } from './names.js';
import type { NodeShares } from './nodes.js';
import type { NamingLimits, NamingProblem } from './problem.js';
import { NamingSearch } from './search.js';
import { measureNames } from './standing.js';

/** The names that a search found, and what they do. */
export interface NamingSolution {
  readonly named: NamedNodes;
  readonly inZone: number;
  readonly busiest: number;
}

/** A problem, what it was made from, and its solution once a plan needed that. */
export interface KnownNaming {
  readonly problem: NamingProblem;
  readonly groups: readonly LayoutGroup[];
  readonly limits: NamingLimits;
  /** Another one with the same hash. */
  readonly next: KnownNaming | undefined;
  solution?: NamingSolution;
}

/** Of all endpoints of the problems that are kept. */
const MOST_POSITIONS = 100_000;

/**
 * Problems by what they are made from, so that Services with as many endpoints in each zone share one solution, and one
 * Service planned again needs no search. Bounded; a plan with a used one equals a plan with a new one.
 */
export class NamingMemory {
  /** Looks up what endpoints name. */
  readonly names = new NameReader();
  readonly #search = new NamingSearch();
  /** By the shares of the nodes, then by a hash of the groups: a text of them would take as long as measuring the names. */
  #known = new WeakMap<NodeShares, Map<number, KnownNaming>>();
  #positions = 0;

  /** @param state makes the problem, from the shares, groups and limits only */
  problemFor(
    shares: NodeShares,
    groups: readonly LayoutGroup[],
    limits: NamingLimits,
    state: () => NamingProblem,
  ): KnownNaming {
    const hash = hashOf(groups);
    let byHash = this.#known.get(shares);
    for (let known = byHash?.get(hash); known !== undefined; known = known.next) {
      if (isOf(known, groups, limits)) return known;
    }
    const problem = state();
    this.#positions += problem.count + problem.nodeShares.length;
    if (this.#positions > MOST_POSITIONS) {
      this.#known = new WeakMap<NodeShares, Map<number, KnownNaming>>();
      this.#positions = problem.count + problem.nodeShares.length;
      byHash = undefined;
    }
    if (byHash === undefined) {
      byHash = new Map<number, KnownNaming>();
      this.#known.set(shares, byHash);
    }
    const added = { problem, groups, limits, next: byHash.get(hash) };
    byHash.set(hash, added);
    return added;
  }

  solve(known: KnownNaming): NamingSolution {
    if (known.solution !== undefined) return known.solution;
    const { problem } = known;
    const named = this.#search.solve(problem);
    const { inZone, busiest } = measureNames(problem, named);
    return (known.solution = { named, inZone, busiest });
  }

  /** As `NamingSearch.mend`. */
  mend({ problem }: KnownNaming, named: NamedNodes): NamedNodes | undefined {
    return this.#search.mend(problem, named);
  }
}

function hashOf(groups: readonly LayoutGroup[]): number {
  let hash = 0;
  for (let g = 0; g < groups.length; g++) {
    const { home, zones, count } = groups[g]!;
    hash = mix(mix(hash, home), count);
    for (let k = 0; k < zones.length; k++) hash = mix(hash, zones[k]!);
  }
  return hash;
}

function mix(hash: number, value: number): number {
  return (Math.imul(hash ^ value, 0x01000193) + 1) | 0;
}

function isOf(known: KnownNaming, groups: readonly LayoutGroup[], { overload, hold }: NamingLimits): boolean {
  if (known.limits.overload !== overload || known.limits.hold !== hold) return false;
  if (known.groups.length !== groups.length) return false;
  for (let g = 0; g < groups.length; g++) if (!isSameGroup(known.groups[g]!, groups[g]!)) return false;
  return true;
}

function isSameGroup(one: LayoutGroup, other: LayoutGroup): boolean {
  return one.home === other.home && one.count === other.count && sameElements(one.zones, other.zones);
}
