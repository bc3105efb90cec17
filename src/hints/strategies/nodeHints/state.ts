import type { NamedNode, NamedNodes } from './names.js';
import type { NamingProblem } from './problem.js';

/** Endpoints above their limit by less, in parts of the limit, are within it. */
export const LOAD_TOLERANCE = 5e-10;

/** Which nodes are named while a search goes on, and what that does to the endpoints. */
export class NamingState {
  problem!: NamingProblem;
  /** Share of the traffic in zone. */
  inZone = 0;
  /** For each node the endpoints that name it; undefined: it is not named. */
  sets: (readonly number[] | undefined)[] = [];
  /** Load above the limit, by endpoint. */
  readonly excess: number[] = [];
  /** How many nodes an endpoint names. */
  readonly names: number[] = [];
  /** All endpoints, and those of each zone, by excess: see `sort`. */
  readonly order: number[] = [];
  readonly near: number[][] = [];
  /** How many of a zone's endpoints are in order. */
  readonly #filled: number[] = [];
  /** Whether an endpoint is in a zone's pool: zone by zone. */
  readonly #pooled: boolean[] = [];

  /** Starts without names. */
  begin(problem: NamingProblem): void {
    const { count, homes, pools, nodes, base, caps, inZone } = problem;
    this.problem = problem;
    this.inZone = inZone;
    const { excess, names, order, near } = this;
    this.sets = new Array<undefined>(nodes.length).fill(undefined);
    if (order.length > count) order.length = count;
    for (let e = 0; e < count; e++) {
      excess[e] = base[e]! - caps[e]!;
      names[e] = 0;
      order[e] = e;
    }
    if (near.length > pools.length) near.length = pools.length;
    for (let i = 0; i < pools.length * count; i++) this.#pooled[i] = false;
    for (let z = 0; z < pools.length; z++) {
      const pool = pools[z]!;
      for (let k = 0; k < pool.length; k++) this.#pooled[z * count + pool[k]!] = true;
      near[z] = [];
    }
    for (let e = 0; e < count; e++) if (homes[e]! < pools.length) near[homes[e]!]!.push(e);
  }

  /** Names nodes, whatever the limit. */
  load(named: NamedNodes): void {
    for (const { node, set } of named) this.move(node, set);
  }

  /** The nodes that are named now. */
  named(): NamedNodes {
    const named: NamedNode[] = [];
    for (let v = 0; v < this.sets.length; v++) {
      const set = this.sets[v];
      if (set !== undefined) named.push({ node: v, set });
    }
    return named;
  }

  /** The endpoints that a node uses. */
  used(v: number): readonly number[] {
    return this.sets[v] ?? this.problem.pools[this.problem.nodes[v]!.zone]!;
  }

  uses(v: number, e: number): boolean {
    const set = this.sets[v];
    const { problem } = this;
    return set === undefined ? this.#pooled[problem.nodes[v]!.zone * problem.count + e]! : set.includes(e);
  }

  /** The part of a node's traffic that stays in its zone. */
  localPart(v: number): number {
    const { nodes, homes, local } = this.problem;
    const { zone } = nodes[v]!;
    const set = this.sets[v];
    if (set === undefined) return local[zone]!;
    let near = 0;
    for (let i = 0; i < set.length; i++) if (homes[set[i]!] === zone) near++;
    return near / set.length;
  }

  /** @param set undefined: the node uses its pool */
  move(v: number, set: readonly number[] | undefined): void {
    this.detach(v);
    this.attach(v, set);
  }

  /** Takes a node's traffic from the endpoints that it uses; only `attach` may follow. */
  detach(v: number): void {
    const { share } = this.problem.nodes[v]!;
    const own = this.sets[v];
    const from = this.used(v);
    this.inZone -= share * this.localPart(v);
    for (let i = 0; i < from.length; i++) this.excess[from[i]!]! -= share / from.length;
    if (own !== undefined) for (let i = 0; i < own.length; i++) this.names[own[i]!]!--;
  }

  attach(v: number, set: readonly number[] | undefined): void {
    const { share } = this.problem.nodes[v]!;
    this.sets[v] = set;
    const to = this.used(v);
    for (let i = 0; i < to.length; i++) this.excess[to[i]!]! += share / to.length;
    if (set !== undefined) for (let i = 0; i < set.length; i++) this.names[set[i]!]!++;
    this.inZone += share * this.localPart(v);
  }

  /** Whether no endpoint of its pool passes its limit where a node uses that again. */
  fitsPool(v: number): boolean {
    const { nodes, pools, caps } = this.problem;
    const { zone, share } = nodes[v]!;
    const pool = pools[zone]!;
    const piece = share / this.used(v).length;
    for (let i = 0; i < pool.length; i++) {
      const e = pool[i]!;
      const after = this.excess[e]! + share / pool.length - (this.uses(v, e) ? piece : 0);
      if (after > caps[e]! * LOAD_TOLERANCE) return false;
    }
    return true;
  }

  /** Orders the endpoints by load; between equals the position decides. */
  sort(): void {
    const { excess, order, near } = this;
    const { homes } = this.problem;
    for (let i = 1; i < order.length; i++) {
      const e = order[i]!;
      let at = i;
      for (; at > 0; at--) {
        const other = order[at - 1]!;
        if (excess[other]! < excess[e]! || (excess[other] === excess[e] && other < e)) break;
        order[at] = other;
      }
      order[at] = e;
    }
    for (let z = 0; z < near.length; z++) this.#filled[z] = 0;
    for (let i = 0; i < order.length; i++) {
      const e = order[i]!;
      const home = homes[e]!;
      if (home < near.length) near[home]![this.#filled[home]!++] = e;
    }
  }
}
