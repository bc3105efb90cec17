import { ALL, type Problem } from './problem.js';
import { decisionOrder, type ZoneOptions } from './zoneOptions.js';

/** A zone of very many different wishes is searched among its cheapest defaults when no exact answer exists. */
const DESCENT_OPTIONS = 64;
const DESCENT_PASSES = 4;

/** What the nodes of a zone want, as plain numbers. */
interface Wishes {
  readonly targets: Int32Array;
  /** Parallel to the targets: how many nodes want it. */
  readonly nodes: Int32Array;
  readonly unserved: number;
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
  /** What is known of each pair of targets, a row for each inner one: 0 nothing, 1 it lies within, 2 it does not. */
  readonly #within: (Uint8Array | undefined)[] = [];
  #fresh: readonly number[] | undefined;

  /** @param options without those that nothing matches */
  constructor(problem: Problem, options: ZoneOptions) {
    this.#problem = problem;
    this.#options = options;
    this.#wishes = problem.zones.map(({ groups, unserved }) => ({
      targets: Int32Array.from(groups.keys()),
      nodes: Int32Array.from(groups.values(), (nodes) => nodes.length),
      unserved: unserved.length,
    }));
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
        let lowest = this.#price(demand, zone, before);
        for (const { target } of options[zone]!) {
          const value = this.#price(demand, zone, target);
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
    const row = this.#rowOf(base);
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!;
      if (this.#claims(row, base, target)) demand[target]! += by * nodes[i]!;
    }
  }

  /** @param demand without that of the zone */
  #price(demand: Float64Array, zone: number, base: number): number {
    const { targets, nodes, unserved } = this.#wishes[zone]!;
    const row = this.#rowOf(base);
    const { limit } = this.#problem;
    let leaking = 0;
    let narrowed = 0;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!;
      const claimed = this.#claims(row, base, target);
      const total = claimed ? demand[target]! + nodes[i]! : demand[target]!;
      if (total > this.#room[target]!) leaking += total - this.#room[target]!;
      if (total > limit) narrowed += total;
      if (!claimed && target !== base) narrowed += nodes[i]!;
    }
    return leaking * 1e10 + narrowed * 1e5 + (base === ALL ? 0 : unserved);
  }

  /** Whether a node that wants the target needs to be named: its zone's default is something else, and not within it. */
  #claims(row: Uint8Array, base: number, target: number): boolean {
    if (target === base || target === ALL) return false;
    if (base === ALL) return true;
    if (row[target] === 0) {
      const { targets } = this.#problem;
      // Targets differ, so that none lies within one of the same size.
      const [inner, outer] = [targets[base]!, targets[target]!];
      row[target] = inner.members.length < outer.members.length && inner.isWithin(outer) ? 1 : 2;
    }
    return row[target] === 2;
  }

  #rowOf(base: number): Uint8Array {
    return (this.#within[base] ??= new Uint8Array(this.#room.length));
  }
}
