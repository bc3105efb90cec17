import type { NamedNodes } from './names.js';
import type { NodeShares } from './nodes.js';
import type { NamingProblem } from './problem.js';
import { NamingSearch } from './search.js';
import { measureNames } from './standing.js';

/** The names that a search found, and what they do. */
export interface NamingSolution {
  readonly named: NamedNodes;
  readonly inZone: number;
  readonly busiest: number;
}

/** A problem, and its solution once a plan needed that. */
export interface KnownNaming {
  readonly problem: NamingProblem;
  solution?: NamingSolution;
}

/** Of all endpoints of the problems that are kept. */
const MOST_POSITIONS = 100_000;

/**
 * Problems by what they are made from, so that Services with as many endpoints in each zone share one solution, and one
 * Service planned again needs no search. Bounded; a plan with a used one equals a plan with a new one.
 */
export class NamingMemory {
  readonly #search = new NamingSearch();
  #known = new WeakMap<NodeShares, Map<string, KnownNaming>>();
  #positions = 0;

  /** @param key stands for all that `state` reads beside the shares of the nodes */
  problemFor(shares: NodeShares, key: string, state: () => NamingProblem): KnownNaming {
    let byKey = this.#known.get(shares);
    const known = byKey?.get(key);
    if (known !== undefined) return known;
    const problem = state();
    this.#positions += problem.count + problem.nodes.length;
    if (this.#positions > MOST_POSITIONS) {
      this.#known = new WeakMap<NodeShares, Map<string, KnownNaming>>();
      this.#positions = problem.count + problem.nodes.length;
      byKey = undefined;
    }
    if (byKey === undefined) {
      byKey = new Map<string, KnownNaming>();
      this.#known.set(shares, byKey);
    }
    const added = { problem };
    byKey.set(key, added);
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
