import { ALL, membersOf, type Problem } from './problem.js';
import { decisionOrder, type Option, type ZoneOptions } from './zoneOptions.js';

/**
 * Positions that a search looks at before it gives up, each option that is tried counted with all it touches. A plan makes
 * few searches: two from each of two starts, and more from the hints there are only where one of those found something.
 */
const SEARCH_WORK = 300_000;

/** What the defaults of one zone can relieve of nodes that need node hints, at most. */
interface Relief {
  /** By "all": every position. */
  readonly base: number;
  /** By a better default: these positions of more than the base. */
  readonly positions: Int32Array;
  readonly extras: Int32Array;
}

/**
 * Searches for a default of every zone under which the hints are exact. By the theorem of docs/topology-keys.md they are
 * when (a) every endpoint is wanted by at most `limit` nodes whose zone does not give them just what they want, and
 * (b) every endpoint is in the defaults (other than "all") of at most `limit` zones. Choosing a default relieves its
 * endpoints of the nodes it serves; the search cuts a branch when even the greatest relief left would not do.
 */
export class ExactDefaults {
  readonly #problem: Problem;
  readonly #options: ZoneOptions;
  /** Zones as they are decided. */
  readonly #order: readonly number[];
  /** Parallel to the order. */
  readonly #reliefs: readonly Relief[];
  /** For each position how many more nodes it could name, given the greatest relief of every zone. */
  readonly #slack: Int32Array;

  constructor(problem: Problem, options: ZoneOptions) {
    this.#problem = problem;
    this.#options = options;
    this.#order = decisionOrder(problem);
    const slack = new Int32Array(problem.count).fill(problem.limit);
    const most = new Int32Array(problem.count);
    this.#reliefs = this.#order.map((zone) => {
      const list = options.of(zone, undefined);
      const relief = greatestRelief(problem, list, most);
      for (const { target, served } of list) add(slack, membersOf(problem, target), -served);
      if (relief.base > 0) for (let p = 0; p < slack.length; p++) slack[p]! += relief.base;
      change(slack, relief, 1);
      return relief;
    });
    this.#slack = slack;
  }

  /**
   * @param preferred the defaults of the hints there are, which are tried first
   * @returns target of each zone; else whether there is none, or none was found within the work allowed
   */
  find(preferred: ReadonlyMap<number, number>): readonly number[] | 'impossible' | 'gave up' {
    const problem = this.#problem;
    const { count, zones } = problem;
    const order = this.#order;
    const slack = this.#slack.slice();
    const uses = new Int32Array(count);
    if (slack.some((value) => value < 0)) return 'impossible';

    const options = order.map((zone) => this.#options.of(zone, preferred.get(zone)));
    const chosen = new Int32Array(order.length).fill(-1);
    // Of a zone that is being decided: the positions that its default must relieve, if that is "all" or any other.
    const shortByAll = new Int32Array(order.length);
    const shortByOther = new Int32Array(order.length);
    let work = 0;
    let depth = 0;
    while (depth < order.length) {
      const list = options[depth]!;
      const relief = this.#reliefs[depth]!;
      const { base } = relief;
      const workOf = ({ target }: Option): number =>
        relief.positions.length + 1 + (target === ALL ? 0 : membersOf(problem, target).length + (base > 0 ? count : 0));
      if (chosen[depth] === -1) {
        // What "all" and the others have in common is taken once for all of them.
        change(slack, relief, -1);
        shortByAll[depth] = shortBelow(slack, relief, 0);
        shortByOther[depth] = base > 0 ? shortBelow(slack, undefined, base) : shortByAll[depth]!;
      } else {
        const current = list[chosen[depth]!]!;
        work += workOf(current);
        this.#choose(slack, uses, current, base, -1);
      }
      let next = chosen[depth]! + 1;
      for (; next < list.length; next++) {
        const option = list[next]!;
        work += workOf(option);
        if (
          option.target === ALL ? shortByAll[depth] === 0 : this.#fits(slack, uses, option, base, shortByOther[depth]!)
        ) {
          break;
        }
        work += workOf(option);
      }
      const found = next < list.length;
      if (work > SEARCH_WORK) return 'gave up';
      if (found) {
        chosen[depth] = next;
        this.#choose(slack, uses, list[next]!, base, 1);
        depth++;
      } else {
        change(slack, relief, 1);
        chosen[depth] = -1;
        if (depth-- === 0) return 'impossible';
      }
    }
    const defaults = new Array<number>(zones.length).fill(ALL);
    order.forEach((zone, d) => (defaults[zone] = options[d]![chosen[d]!]!.target));
    return defaults;
  }

  /** Whether a default other than "all" relieves each of the positions that are short without it, and is allowed. */
  #fits(slack: Int32Array, uses: Int32Array, { target, served }: Option, base: number, short: number): boolean {
    const { limit } = this.#problem;
    const members = membersOf(this.#problem, target);
    if (members.length < short) return false;
    let relieved = 0;
    for (let i = 0; i < members.length; i++) {
      const position = members[i]!;
      if (uses[position]! >= limit) return false;
      const left = slack[position]! - base;
      if (left >= 0) continue;
      if (left + served < 0) return false;
      relieved++;
    }
    return relieved === short;
  }

  /** Takes (sign 1) or gives back (sign -1) an option. */
  #choose(slack: Int32Array, uses: Int32Array, { target, served }: Option, base: number, sign: number): void {
    if (target === ALL) return;
    if (base > 0) for (let p = 0; p < slack.length; p++) slack[p]! -= sign * base;
    const members = membersOf(this.#problem, target);
    for (let i = 0; i < members.length; i++) {
      slack[members[i]!]! += sign * served;
      uses[members[i]!]! += sign;
    }
  }
}

/**
 * Whether nodes want so much that a search is bound to find nothing: by the sums over all endpoints of what is wanted, of
 * what the defaults that serve the most nodes would relieve them of if they had all endpoints, and of the room for names.
 */
export function isBeyondReach(problem: Problem, options: ZoneOptions): boolean {
  let excess = -problem.count * problem.limit;
  problem.zones.forEach((_, zone) => {
    let most = 0;
    for (const { target, served } of options.inAnyOrder(zone)) {
      excess += served * membersOf(problem, target).length;
      most = Math.max(most, served);
    }
    excess -= most * problem.count;
  });
  return excess > 0;
}

function add(values: Int32Array, positions: readonly number[], by: number): void {
  if (by !== 0) for (let i = 0; i < positions.length; i++) values[positions[i]!]! += by;
}

function change(slack: Int32Array, { positions, extras }: Relief, sign: number): void {
  for (let i = 0; i < positions.length; i++) slack[positions[i]!]! += sign * extras[i]!;
}

/** How many positions (of the relief, or of all) have less slack than this. */
function shortBelow(slack: Int32Array, relief: Relief | undefined, least: number): number {
  let short = 0;
  if (relief === undefined) {
    for (let p = 0; p < slack.length; p++) if (slack[p]! < least) short++;
  } else {
    for (let i = 0; i < relief.positions.length; i++) if (slack[relief.positions[i]!]! < least) short++;
  }
  return short;
}

/** @param most room for a number for each position; all 0, before and after */
function greatestRelief(problem: Problem, options: readonly Option[], most: Int32Array): Relief {
  const base = options.find(({ target }) => target === ALL)?.served ?? 0;
  const touched: number[] = [];
  for (const { target, served } of options) {
    if (target === ALL || served <= base) continue;
    const members = membersOf(problem, target);
    for (let i = 0; i < members.length; i++) {
      const position = members[i]!;
      if (most[position] === 0) touched.push(position);
      most[position] = Math.max(most[position]!, served - base);
    }
  }
  const positions = Int32Array.from(touched);
  const extras = positions.map((position) => most[position]!);
  for (const position of touched) most[position] = 0;
  return { base, positions, extras };
}
