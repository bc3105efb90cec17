import { ALL, membersOf, type Problem } from './problem.js';
import { decisionOrder, type ZoneOptions } from './zoneOptions.js';

/** A zone of very many different wishes is searched among its cheapest defaults when no exact answer exists. */
const DESCENT_OPTIONS = 64;
const DESCENT_PASSES = 4;

/** What the nodes of a zone want, as plain numbers. */
interface Wishes {
  /** The largest first. */
  readonly targets: Int32Array;
  /** Parallel to the targets: how many nodes want it. */
  readonly nodes: Int32Array;
  readonly unserved: number;
  /** By a default: see `#content`. */
  readonly content: Map<number, readonly number[]>;
}

/** What a default costs. */
interface Price {
  /** Nodes that leak out of their domain. */
  readonly leaking: number;
  /** Nodes that use less than they want. */
  readonly narrowed: number;
}

/**
 * Defaults for when hints cannot be exact: starts from those preferred, else from the cheapest default of each zone, and
 * changes one zone at a time while that lets fewer nodes leak out of their domain, or else narrows fewer. The estimate
 * takes targets as disjoint; the caller replays what comes out.
 */
export class Descent {
  readonly #problem: Problem;
  readonly #options: ZoneOptions;
  readonly #wishes: readonly Wishes[];
  /** For each target how many nodes its endpoints can name. */
  readonly #room: Float64Array;
  #fresh: readonly number[] | undefined;

  /** @param options without those that nothing matches */
  constructor(problem: Problem, options: ZoneOptions) {
    this.#problem = problem;
    this.#options = options;
    const sizeOf = (target: number): number => membersOf(problem, target).length;
    this.#wishes = problem.zones.map(({ groups, unserved }) => {
      const sorted = [...groups].sort(([a], [b]) => sizeOf(b) - sizeOf(a));
      return {
        targets: Int32Array.from(sorted, ([target]) => target),
        nodes: Int32Array.from(sorted, ([, nodes]) => nodes.length),
        unserved: unserved.length,
        content: new Map<number, readonly number[]>(),
      };
    });
    this.#room = Float64Array.from(problem.targets, ({ members }) => problem.limit * members.length);
  }

  /** The same from nothing, which is done once. */
  fresh(): readonly number[] {
    return (this.#fresh ??= this.from(new Map()));
  }

  /** @param preferred where it starts: the target of a zone, by the zone's index */
  from(preferred: ReadonlyMap<number, number>): readonly number[] {
    if (preferred.size === 0 && this.#fresh !== undefined) return this.#fresh;
    const { zones } = this.#problem;
    const options = zones.map((_, zone) => this.#options.of(zone, preferred.get(zone)).slice(0, DESCENT_OPTIONS));
    const defaults = options.map((list) => list[0]?.target ?? ALL);
    const demand = new Float64Array(this.#room.length);
    defaults.forEach((base, zone) => {
      this.#demand(demand, zone, base, 1);
    });
    const order = decisionOrder(this.#problem);
    for (let pass = 0, changed = true; pass < DESCENT_PASSES && changed; pass++) {
      changed = false;
      for (const zone of order) {
        const before = defaults[zone]!;
        this.#demand(demand, zone, before, -1);
        let best = before;
        const named = this.#priceOfNaming(demand, zone);
        let lowest = this.#price(demand, zone, before, named);
        for (const { target } of options[zone]!) {
          const value = this.#price(demand, zone, target, named);
          if (value < lowest) [best, lowest] = [target, value];
        }
        this.#demand(demand, zone, best, 1);
        defaults[zone] = best;
        changed ||= best !== before;
      }
    }
    return defaults;
  }

  /** Adds the nodes of a zone that need names where this is its default. */
  #demand(demand: Float64Array, zone: number, base: number, by: number): void {
    const { targets, nodes } = this.#wishes[zone]!;
    for (let i = 0; i < targets.length; i++) demand[targets[i]!]! += by * nodes[i]!;
    for (const i of this.#content(zone, base)) demand[targets[i]!]! -= by * nodes[i]!;
  }

  /** @param demand without that of the zone */
  #price(demand: Float64Array, zone: number, base: number, named: Price): number {
    const { targets, nodes, unserved } = this.#wishes[zone]!;
    let { leaking, narrowed } = named;
    for (const i of this.#content(zone, base)) {
      const [target, own] = [targets[i]!, nodes[i]!];
      leaking += this.#leaking(target, demand[target]!) - this.#leaking(target, demand[target]! + own);
      narrowed += this.#narrowed(demand[target]!) - this.#narrowed(demand[target]! + own);
      if (target !== base) narrowed += own;
    }
    return leaking * 1e10 + narrowed * 1e5 + (base === ALL ? 0 : unserved);
  }

  /** What it comes to when all nodes of the zone need names. @param demand without that of the zone */
  #priceOfNaming(demand: Float64Array, zone: number): Price {
    const { targets, nodes } = this.#wishes[zone]!;
    let [leaking, narrowed] = [0, 0];
    for (let i = 0; i < targets.length; i++) {
      const total = demand[targets[i]!]! + nodes[i]!;
      leaking += this.#leaking(targets[i]!, total);
      narrowed += this.#narrowed(total);
    }
    return { leaking, narrowed };
  }

  /** Of so many nodes that are to be named for a target, those that cannot be. */
  #leaking(target: number, nodes: number): number {
    return Math.max(0, nodes - this.#room[target]!);
  }

  /** Of so many nodes that are to be named for one target, those that must share it. */
  #narrowed(nodes: number): number {
    return nodes > this.#problem.limit ? nodes : 0;
  }

  /**
   * Which wishes of a zone need no names where this is its default, by their places among them: those for just that, and
   * those that it lies within.
   */
  #content(zone: number, base: number): readonly number[] {
    const { targets, content } = this.#wishes[zone]!;
    const known = content.get(base);
    if (known !== undefined) return known;
    const found: number[] = [];
    const set = this.#problem.targets[base]!;
    // Targets differ, so that it lies within none of the same size.
    for (let i = 0; i < targets.length; i++) {
      const wanted = this.#problem.targets[targets[i]!]!;
      if (wanted.members.length <= set.members.length) break;
      if (set.isWithin(wanted)) found.push(i);
    }
    const own = targets.indexOf(base);
    if (own >= 0) found.push(own);
    content.set(base, found);
    return found;
  }
}
