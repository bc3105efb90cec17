import type { NodeSets } from './names.js';
import { MAX_NODES_PER_ENDPOINT, type NamingProblem } from './problem.js';

/** Endpoints above their limit by less, in parts of the limit, are within it. */
const LOAD_TOLERANCE = 5e-10;

/** A node is named only for at least so much more traffic in zone, in parts of all. */
export const LEAST_GAIN = 0.001;

/** Between steps of equal gain the one with fewer names is taken. */
const NAME_COST = 1e-6;

/** So many sizes of a node's set are tried at home, and so many elsewhere. */
const MOST_SIZES = 8;

/** What the search may spend, in visits of endpoints. */
const BUDGET = 1_500;

/** A node gets the first `near` endpoints of its zone and the first `far` of the others, by load; both 0: none. */
interface Option {
  near: number;
  far: number;
  gain: number;
}

const NONE = -1;

/**
 * Names nodes: greedily the step that brings most traffic home, a node at a time and, where that ends, two at a time, so
 * that no endpoint passes its limit. Deterministic; the order of the nodes and positions decides between equals.
 */
export class NamingSearch {
  /** Share of the traffic in zone. */
  inZone = 0;
  /** For each node the endpoints that name it; undefined: it is not named. */
  sets: (readonly number[] | undefined)[] = [];

  #problem!: NamingProblem;
  #budget = 0;
  /** Load above the limit, by endpoint. */
  readonly #excess: number[] = [];
  readonly #names: number[] = [];
  /** The part of each zone's pool that lies in the zone. */
  readonly #local: number[] = [];
  /** Whether an endpoint is in a zone's pool: zone by zone. */
  readonly #pooled: boolean[] = [];
  /** All endpoints, and those of each zone, by excess. */
  #order: number[] = [];
  #near: number[][] = [];
  #isListed = false;
  readonly #worstNear: number[] = [];
  readonly #worstFar: number[] = [];

  /** Starts without names, as every other method expects. */
  begin(problem: NamingProblem): void {
    const { count, homes, shares, pools, nodes, base, caps } = problem;
    this.#problem = problem;
    this.#budget = BUDGET;
    const zones = shares.length;
    this.sets = new Array<undefined>(nodes.length).fill(undefined);
    for (let e = 0; e < count; e++) {
      this.#excess[e] = base[e]! - caps[e]!;
      this.#names[e] = 0;
    }
    this.inZone = 0;
    this.#isListed = false;
    for (let z = 0; z < zones; z++) {
      const pool = pools[z]!;
      let local = 0;
      for (let k = 0; k < pool.length; k++) if (homes[pool[k]!] === z) local++;
      this.#local[z] = local / pool.length;
      this.inZone += (shares[z]! * local) / pool.length;
    }
  }

  /** What only a search needs, and not what stands. */
  #list(): void {
    const { count, homes, shares, pools } = this.#problem;
    const zones = shares.length;
    this.#isListed = true;
    for (let i = 0; i < zones * count; i++) this.#pooled[i] = false;
    this.#near = [];
    for (let z = 0; z < zones; z++) {
      const pool = pools[z]!;
      for (let k = 0; k < pool.length; k++) this.#pooled[z * count + pool[k]!] = true;
      this.#near.push([]);
    }
    this.#order = [];
    for (let e = 0; e < count; e++) {
      this.#order.push(e);
      const home = homes[e]!;
      if (home < zones) this.#near[home]!.push(e);
    }
  }

  /** Names nodes, whatever the limit. @param sets parallel to the nodes of the problem */
  load(sets: NodeSets): void {
    for (let v = 0; v < sets.length; v++) if (sets[v] !== undefined) this.#move(v, sets[v]);
  }

  /** The load of the busiest endpoint over the mean. */
  busiest(): number {
    const { count, caps } = this.#problem;
    let most = 0;
    for (let e = 0; e < count; e++) most = Math.max(most, this.#excess[e]! + caps[e]!);
    return most * count;
  }

  /** Whether no endpoint carries more than it may where names stand. */
  holds(): boolean {
    const { count, caps, held } = this.#problem;
    for (let e = 0; e < count; e++) if (this.#excess[e]! + caps[e]! > held[e]! * (1 + LOAD_TOLERANCE)) return false;
    return true;
  }

  /**
   * Names every node, from the greatest share to the least, each with the most traffic at home that still fits.
   * @returns false where one fits nowhere; the state is then of no use
   */
  pack(): boolean {
    const { nodes, pools } = this.#problem;
    const order = nodes.map((_, v) => v).sort((a, b) => nodes[b]!.share - nodes[a]!.share || a - b);
    for (const v of order) {
      const { zone, share } = nodes[v]!;
      const pool = pools[zone]!;
      for (let i = 0; i < pool.length; i++) this.#excess[pool[i]!]! -= share / pool.length;
      this.inZone -= share * this.#local[zone]!;
    }
    for (const v of order) {
      this.#sort();
      const option: Option = { near: 0, far: 0, gain: -1 };
      if (!this.#choose(v, option, true)) return false;
      const set = this.#pick(v, option.near, option.far);
      if (set === undefined) return false;
      const { share } = nodes[v]!;
      for (let i = 0; i < set.length; i++) {
        this.#excess[set[i]!]! += share / set.length;
        this.#names[set[i]!]!++;
      }
      this.sets[v] = set;
      this.inZone += share * this.#localPart(v);
    }
    return true;
  }

  /** Takes steps while they pay. @param enough in-zone share at which the search ends */
  improve(enough: number): void {
    do this.#sort();
    while (this.inZone < enough && this.#budget > 0 && (this.#improveOne() || this.#improveTwo()));
  }

  /** Brings every endpoint within its limit by a change of one node. @returns whether one does */
  mend(): boolean {
    this.#sort();
    const { nodes } = this.#problem;
    let best = NONE;
    const option: Option = { near: 0, far: 0, gain: -1 };
    for (let v = this.#next(NONE); v < nodes.length; v = this.#next(v)) {
      if (this.#relieves(v) && this.#choose(v, option)) best = v;
    }
    if (best === NONE) return false;
    this.#take(best, option);
    return true;
  }

  /** Takes names away that bring next to nothing. */
  prune(): void {
    if (!this.#isListed) this.#list();
    const { nodes } = this.#problem;
    for (let v = 0; v < nodes.length; v++) {
      const set = this.sets[v];
      if (set === undefined) continue;
      const { zone, share } = nodes[v]!;
      const loss = share * (this.#localPart(v) - this.#local[zone]!);
      if (loss < LEAST_GAIN / 2 && this.#fitsPool(v, zone, share, share / set.length)) this.#move(v, undefined);
    }
  }

  #improveOne(): boolean {
    const { nodes } = this.#problem;
    let best = NONE;
    const option: Option = { near: 0, far: 0, gain: LEAST_GAIN };
    for (let v = this.#next(NONE); v < nodes.length; v = this.#next(v)) {
      if (this.#localPart(v) < 1 && this.#choose(v, option)) best = v;
    }
    if (best === NONE) return false;
    this.#take(best, option);
    return true;
  }

  /** One node gains what passes the limit, another makes room. */
  #improveTwo(): boolean {
    const { nodes } = this.#problem;
    let gain = LEAST_GAIN;
    let found: { v: number; first: readonly number[]; w: number; second: readonly number[] | undefined } | undefined;
    for (let v = this.#next(NONE); v < nodes.length && this.#budget > 0; v = this.#next(v)) {
      const present = this.#localPart(v);
      if (present >= 1) continue;
      const { share, zone } = nodes[v]!;
      const before = this.sets[v];
      const near = this.#near[zone]!;
      for (let a = 1; a <= Math.min(near.length, MOST_SIZES); a++) {
        for (let b = 0; b <= MOST_SIZES; b++) {
          const own = share * (a / (a + b) - present);
          if (own <= gain) break;
          const set = this.#pick(v, a, b);
          if (set === undefined) break;
          this.#move(v, set);
          const option: Option = { near: 0, far: 0, gain: gain - own };
          for (let w = this.#next(NONE); w < nodes.length; w = this.#next(w)) {
            if (w === v || !this.#relieves(w) || !this.#choose(w, option)) continue;
            gain = own + option.gain;
            found = { v, first: set, w, second: this.#pick(w, option.near, option.far) };
          }
          this.#move(v, before);
          if (this.#budget <= 0) break;
        }
      }
    }
    if (found === undefined) return false;
    this.#move(found.v, found.first);
    this.#move(found.w, found.second);
    return true;
  }

  /** The next node that differs from the one before it in its zone by share or set. */
  #next(after: number): number {
    const { nodes } = this.#problem;
    let v = after + 1;
    for (; v > 0 && v < nodes.length; v++) {
      const { zone, share } = nodes[v]!;
      const last = nodes[v - 1]!;
      if (zone !== last.zone || share !== last.share || this.sets[v] !== undefined || this.sets[v - 1] !== undefined) {
        break;
      }
    }
    return v;
  }

  /** Whether every endpoint above its limit is within it when a node leaves what it uses now. */
  #relieves(w: number): boolean {
    const { nodes, caps } = this.#problem;
    const { zone, share } = nodes[w]!;
    const used = this.#used(w);
    const piece = share / used.length;
    const order = this.#order;
    this.#budget -= 1 + order.length / 4;
    for (let i = 0; i < order.length; i++) {
      const e = order[i]!;
      if (this.#excess[e]! <= caps[e]! * LOAD_TOLERANCE) continue;
      if (!this.#uses(w, zone, e) || this.#excess[e]! - piece > caps[e]! * LOAD_TOLERANCE) return false;
    }
    return true;
  }

  #used(v: number): readonly number[] {
    return this.sets[v] ?? this.#problem.pools[this.#problem.nodes[v]!.zone]!;
  }

  #uses(v: number, zone: number, e: number): boolean {
    const set = this.sets[v];
    return set === undefined ? this.#pooled[zone * this.#problem.count + e]! : set.includes(e);
  }

  /** The part of a node's traffic that stays in its zone. */
  #localPart(v: number): number {
    const { nodes, homes } = this.#problem;
    const { zone } = nodes[v]!;
    const set = this.sets[v];
    if (set === undefined) return this.#local[zone]!;
    let local = 0;
    for (let i = 0; i < set.length; i++) if (homes[set[i]!] === zone) local++;
    return local / set.length;
  }

  /** Finds a set for a node that gains more than `option` and keeps the limit. @returns whether there is one */
  #choose(v: number, option: Option, detached = false): boolean {
    const { nodes } = this.#problem;
    const { zone, share } = nodes[v]!;
    const used = this.#used(v);
    const isNamed = this.sets[v] !== undefined;
    const piece = detached ? 0 : share / used.length;
    const present = detached ? 0 : this.#localPart(v);
    const cost = isNamed ? used.length * NAME_COST : 0;
    const worstNear = this.#worstNear;
    const worstFar = this.#worstFar;
    let found = false;
    const near = this.#gather(v, this.#near[zone]!, worstNear, piece, NONE);
    // All of its traffic at home: the fewest endpoints that can carry it.
    if (share * (1 - present) > option.gain) {
      for (let a = 1; a <= near; a++) {
        if (worstNear[a]! + share / a > 0) continue;
        const gain = share * (1 - present) + cost - a * NAME_COST;
        if (gain <= option.gain) break;
        option.near = a;
        option.far = 0;
        option.gain = gain;
        found = true;
        break;
      }
    }
    if (isNamed) {
      const gain = share * (this.#local[zone]! - present) + cost;
      if (gain > option.gain && this.#fitsPool(v, zone, share, piece)) {
        option.near = 0;
        option.far = 0;
        option.gain = gain;
        found = true;
      }
    }
    if (share * (near > 0 ? 1 - present : -present) <= option.gain) return found;
    const far = this.#gather(v, this.#order, worstFar, piece, zone);
    const nearStep = Math.max(1, Math.floor(near / MOST_SIZES));
    const farStep = Math.max(1, Math.floor(far / MOST_SIZES));
    for (let a = 0; a <= near; a += nearStep) {
      if (a > 0 && worstNear[a]! > 0) break;
      for (let b = a === 0 ? 1 : farStep; b <= far; b += farStep) {
        const size = a + b;
        const gain = share * (a / size - present) + cost - size * NAME_COST;
        if (gain <= option.gain) break;
        const own = share / size;
        if (worstFar[b]! + own > 0) {
          if (worstFar[b]! > 0) break;
          continue;
        }
        if (a > 0 && worstNear[a]! + own > 0) continue;
        option.near = a;
        option.far = b;
        option.gain = gain;
        found = true;
        break;
      }
    }
    return found;
  }

  /**
   * Collects, in order of load, the endpoints of a list that can take one more name, and for each number of them the
   * greatest excess among so many once the node has left what it uses now.
   */
  #gather(v: number, list: readonly number[], worst: number[], piece: number, except: number): number {
    const { nodes, homes, caps } = this.#problem;
    const { zone } = nodes[v]!;
    const set = this.sets[v];
    this.#budget -= list.length;
    let size = 0;
    worst[0] = -Infinity;
    for (let i = 0; i < list.length; i++) {
      const e = list[i]!;
      if (homes[e] === except) continue;
      const uses = this.#uses(v, zone, e);
      if (this.#names[e]! - (uses && set !== undefined ? 1 : 0) >= MAX_NODES_PER_ENDPOINT) continue;
      const excess = this.#excess[e]! - caps[e]! * LOAD_TOLERANCE - (uses ? piece : 0);
      size++;
      worst[size] = Math.max(worst[size - 1]!, excess);
    }
    return size;
  }

  #fitsPool(v: number, zone: number, share: number, piece: number): boolean {
    const { pools, caps } = this.#problem;
    const pool = pools[zone]!;
    for (let i = 0; i < pool.length; i++) {
      const e = pool[i]!;
      const after = this.#excess[e]! + share / pool.length - (this.#uses(v, zone, e) ? piece : 0);
      if (after > caps[e]! * LOAD_TOLERANCE) return false;
    }
    return true;
  }

  /** @returns undefined when there are not so many */
  #pick(v: number, near: number, far: number): readonly number[] | undefined {
    if (near + far === 0) return undefined;
    const { nodes } = this.#problem;
    const { zone } = nodes[v]!;
    const set: number[] = [];
    this.#collect(v, this.#near[zone]!, near, NONE, set);
    if (set.length < near) return undefined;
    this.#collect(v, this.#order, far, zone, set);
    return set.length < near + far ? undefined : set;
  }

  #collect(v: number, list: readonly number[], size: number, except: number, set: number[]): void {
    const { homes } = this.#problem;
    const own = this.sets[v];
    for (let i = 0, left = size; i < list.length && left > 0; i++) {
      const e = list[i]!;
      if (homes[e] === except) continue;
      if (this.#names[e]! - (own?.includes(e) === true ? 1 : 0) >= MAX_NODES_PER_ENDPOINT) continue;
      set.push(e);
      left--;
    }
  }

  #take(v: number, { near, far }: Option): void {
    this.#move(v, this.#pick(v, near, far));
  }

  #move(v: number, set: readonly number[] | undefined): void {
    const { nodes, pools } = this.#problem;
    const { zone, share } = nodes[v]!;
    const before = this.sets[v];
    const from = before ?? pools[zone]!;
    this.inZone -= share * this.#localPart(v);
    for (let i = 0; i < from.length; i++) this.#excess[from[i]!]! -= share / from.length;
    if (before !== undefined) for (let i = 0; i < before.length; i++) this.#names[before[i]!]!--;
    this.sets[v] = set;
    const to = set ?? pools[zone]!;
    for (let i = 0; i < to.length; i++) this.#excess[to[i]!]! += share / to.length;
    if (set !== undefined) for (let i = 0; i < set.length; i++) this.#names[set[i]!]!++;
    this.inZone += share * this.#localPart(v);
  }

  #sort(): void {
    if (!this.#isListed) this.#list();
    this.#sortList(this.#order);
    for (const list of this.#near) this.#sortList(list);
  }

  #sortList(list: number[]): void {
    const excess = this.#excess;
    for (let i = 1; i < list.length; i++) {
      const e = list[i]!;
      let at = i;
      for (; at > 0; at--) {
        const other = list[at - 1]!;
        if (excess[other]! < excess[e]! || (excess[other] === excess[e] && other < e)) break;
        list[at] = other;
      }
      list[at] = e;
    }
  }
}
