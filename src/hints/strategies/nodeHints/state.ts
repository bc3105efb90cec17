import { doubles, zeros } from '../balanced/problem.js';
import type { NamedNode, NamedNodes } from './names.js';
import type { NamingProblem } from './problem.js';

/** Endpoints above their limit by less, in parts of the limit, are within it. */
export const LOAD_TOLERANCE = 5e-10;

const NONE = -1;

/** Of an endpoint in the mean: inserting costs less than comparing as `sort` does, up to about so many moves. */
const MOST_SHIFTS = 16;

/** The endpoints that name a node; undefined: it is not named and uses its pool. */
export type NamingSet = readonly number[] | undefined;

/**
 * Which nodes are named while a search goes on, and what that does to the endpoints. The arrays are kept from problem to
 * problem, and are longer than needed when a larger problem came before.
 */
export class NamingState {
  problem!: NamingProblem;
  /** Share of the traffic in zone. */
  inZone = 0;
  readonly sets: NamingSet[] = [];
  /** For each node what it sends to each endpoint that it uses, in parts of all traffic, and its part that stays in zone. */
  readonly piece = doubles(1);
  readonly localPart = doubles(1);
  /** Load above the limit and its tolerance, by endpoint. */
  readonly excess = doubles(1);
  /** How many nodes an endpoint names. */
  readonly names: number[] = [];
  /** All endpoints by excess, and those of each zone from `nearStarts` on: see `sort`. */
  readonly order: number[] = [];
  readonly near: number[] = [];
  readonly nearStarts: number[] = [];
  /** For the last one of nodes that are equal in zone and share: none of them behind this place is named. */
  readonly #lastNamed: number[] = [];
  /** Where the next endpoint of each zone goes while `near` is filled. */
  readonly #nearEnds: number[] = [];
  /** Whether an endpoint is used: a row for the pool of each zone, and one for the node that `rowOf` was last asked for. */
  readonly used: boolean[] = [];
  #marked: readonly number[] = [];

  /** Starts without names. */
  begin(problem: NamingProblem): void {
    const { count, homes, pools, nodeShares, starts, base, caps, local } = problem;
    this.problem = problem;
    this.inZone = problem.inZone;
    const { sets, piece, localPart, excess, names, order, nearStarts, used } = this;
    const lastNamed = this.#lastNamed;
    for (let z = 0; z < pools.length; z++) {
      const { length } = pools[z]!;
      const part = local[z]!;
      for (let v = starts[z]!; v < starts[z + 1]!; v++) {
        sets[v] = undefined;
        lastNamed[v] = NONE;
        piece[v] = nodeShares[v]! / length;
        localPart[v] = part;
      }
    }
    for (let z = 0; z <= pools.length; z++) nearStarts[z] = 0;
    for (let e = 0; e < count; e++) {
      excess[e] = base[e]! - caps[e]! * (1 + LOAD_TOLERANCE);
      names[e] = 0;
      order[e] = e;
      if (homes[e]! < pools.length) nearStarts[homes[e]! + 1]!++;
    }
    for (let z = 0; z < pools.length; z++) nearStarts[z + 1]! += nearStarts[z]!;
    this.#marked = [];
    const rows = (pools.length + 1) * count;
    for (let i = 0; i < rows; i++) used[i] = false;
    for (let z = 0; z < pools.length; z++) {
      const pool = pools[z]!;
      for (let k = 0; k < pool.length; k++) used[z * count + pool[k]!] = true;
    }
  }

  /** Names nodes where none is named, whatever the limit. */
  load(named: NamedNodes): void {
    const { excess, problem } = this;
    const { nodeZones, nodeShares, pools } = problem;
    const gone = zeros(pools.length);
    for (let n = 0; n < named.length; n++) {
      const { node, set } = named[n]!;
      const zone = nodeZones[node]!;
      const share = nodeShares[node]!;
      gone[zone]! += share;
      this.inZone -= share * this.localPart[node]!;
      this.attach(node, set);
    }
    for (let z = 0; z < pools.length; z++) {
      const pool = pools[z]!;
      if (gone[z]! > 0) for (let k = 0; k < pool.length; k++) excess[pool[k]!]! -= gone[z]! / pool.length;
    }
  }

  /** The nodes that are named now. */
  named(): NamedNodes {
    const named: NamedNode[] = [];
    const { nodeShares } = this.problem;
    for (let v = 0; v < nodeShares.length; v++) {
      const set = this.sets[v];
      if (set !== undefined) named.push({ node: v, set });
    }
    return named;
  }

  /**
   * The first node, or the next one, that differs from the one before it by zone, share or set.
   * @param moving a node that is detached, so that it differs from all others
   */
  next(after = NONE, moving = NONE): number {
    const { sets, problem } = this;
    let v = after + 1;
    if (after === NONE) return v;
    const end = problem.ends[after]!;
    if (after > this.#lastNamed[end - 1]! && (moving < after || moving >= end)) return end;
    for (; v < end && sets[v] === undefined && sets[v - 1] === undefined; v++) if (v - 1 === moving) break;
    return v;
  }

  /** Where the endpoints that a node uses are marked in `used`, until another node is asked for. */
  rowOf(v: number): number {
    const { problem, sets, used } = this;
    const { count } = problem;
    const set = sets[v];
    if (set === undefined) return problem.nodeZones[v]! * count;
    const row = problem.pools.length * count;
    if (set === this.#marked) return row;
    for (let i = 0; i < this.#marked.length; i++) used[row + this.#marked[i]!] = false;
    for (let i = 0; i < set.length; i++) used[row + set[i]!] = true;
    this.#marked = set;
    return row;
  }

  move(v: number, set: NamingSet): void {
    this.detach(v);
    this.attach(v, set);
  }

  /** Takes a node's traffic from the endpoints that it uses; only `attach` may change it next. */
  detach(v: number): void {
    const { excess, names, problem } = this;
    const zone = problem.nodeZones[v]!;
    const share = problem.nodeShares[v]!;
    const own = this.sets[v];
    const from = own ?? problem.pools[zone]!;
    const piece = this.piece[v]!;
    this.inZone -= share * this.localPart[v]!;
    for (let i = 0; i < from.length; i++) excess[from[i]!]! -= piece;
    if (own !== undefined) for (let i = 0; i < own.length; i++) names[own[i]!]!--;
    this.sets[v] = undefined;
    this.piece[v] = 0;
    this.localPart[v] = 0;
  }

  attach(v: number, set: NamingSet): void {
    const { excess, names, problem } = this;
    const { homes, local } = problem;
    const zone = problem.nodeZones[v]!;
    const share = problem.nodeShares[v]!;
    const to = set ?? problem.pools[zone]!;
    const piece = share / to.length;
    for (let i = 0; i < to.length; i++) excess[to[i]!]! += piece;
    let part = local[zone]!;
    if (set !== undefined) {
      const last = problem.ends[v]! - 1;
      if (v > this.#lastNamed[last]!) this.#lastNamed[last] = v;
      let near = 0;
      for (let i = 0; i < set.length; i++) {
        names[set[i]!]!++;
        if (homes[set[i]!] === zone) near++;
      }
      part = near / set.length;
    }
    this.sets[v] = set;
    this.piece[v] = piece;
    this.localPart[v] = part;
    this.inZone += share * part;
  }

  /** Whether no endpoint of its pool passes its limit where a node uses that again. */
  fitsPool(v: number): boolean {
    const { problem, excess, used } = this;
    const zone = problem.nodeZones[v]!;
    const share = problem.nodeShares[v]!;
    const pool = problem.pools[zone]!;
    const piece = this.piece[v]!;
    const row = this.rowOf(v);
    for (let i = 0; i < pool.length; i++) {
      const e = pool[i]!;
      if (excess[e]! + share / pool.length - (used[row + e]! ? piece : 0) > 0) return false;
    }
    return true;
  }

  /** Orders the endpoints by load; between equals the position decides. */
  sort(): void {
    const { order, near, nearStarts, problem } = this;
    const { homes, pools, count } = problem;
    if (!this.#insert(MOST_SHIFTS * count)) {
      const { excess } = this;
      const sorted = order.slice(0, count).sort((a, b) => excess[a]! - excess[b]! || a - b);
      for (let i = 0; i < count; i++) order[i] = sorted[i]!;
    }
    const ends = this.#nearEnds;
    for (let z = 0; z < pools.length; z++) ends[z] = nearStarts[z]!;
    for (let i = 0; i < count; i++) {
      const e = order[i]!;
      const home = homes[e]!;
      if (home < pools.length) near[ends[home]!++] = e;
    }
  }

  /** Inserts one endpoint after the other among those before it. @returns false where that moves more than `most` */
  #insert(most: number): boolean {
    const { excess, order, problem } = this;
    let left = most;
    for (let i = 1; i < problem.count; i++) {
      const e = order[i]!;
      const own = excess[e]!;
      let at = i;
      for (; at > 0; at--) {
        const other = order[at - 1]!;
        if (excess[other]! < own || (excess[other] === own && other < e)) break;
        order[at] = other;
      }
      order[at] = e;
      left -= i - at;
      if (left < 0) return false;
    }
    return true;
  }
}
