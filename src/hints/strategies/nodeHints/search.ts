import type { NamedNodes } from './names.js';
import { MAX_NODES_PER_ENDPOINT, type NamingProblem } from './problem.js';
import { LOAD_TOLERANCE, NamingState } from './state.js';

/** A node is named only for at least so much more traffic in zone, in parts of all. */
export const LEAST_GAIN = 0.001;

/** Between steps of equal gain the one with fewer names is taken. */
const NAME_COST = 1e-6;

/** So many sizes of a node's set are tried at home, and so many elsewhere. */
const MOST_SIZES = 8;

/** What the search may spend, in visits of endpoints. */
const BUDGET = 1_500;

/** The search ends so close below what nothing can beat. */
const NEAR_BOUND = 0.01;

/** Up to so many nodes and endpoints a second start is tried, which names all nodes at first. */
const MOST_PACKED = 16;

/** It must bring so much more, in parts of all traffic, because it names more nodes. */
const PACKED_WORTH = 0.01;

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
  readonly #state = new NamingState();
  #budget = 0;
  readonly #worstNear: number[] = [];
  readonly #worstFar: number[] = [];
  /** Endpoints above their limit: see `#listOver`. */
  readonly #over: number[] = [];

  /** The nodes to name for the most traffic in zone that a bounded effort finds. */
  solve(problem: NamingProblem): NamedNodes {
    const state = this.#state;
    const { nodes, count, bound } = problem;
    this.#begin(problem);
    this.#improve(bound - NEAR_BOUND);
    const { inZone } = state;
    if (inZone < bound - PACKED_WORTH && nodes.length <= MOST_PACKED && count <= MOST_PACKED) {
      const named = state.named();
      this.#begin(problem);
      const packed = this.#pack();
      if (packed) this.#improve(bound - NEAR_BOUND);
      if (!packed || state.inZone < inZone + PACKED_WORTH) {
        this.#begin(problem);
        state.load(named);
      }
    }
    this.#prune();
    return state.named();
  }

  /** Changes one node so that every endpoint is within its limit. @returns undefined where no one node suffices */
  mend(problem: NamingProblem, named: NamedNodes): NamedNodes | undefined {
    const state = this.#state;
    this.#begin(problem);
    state.load(named);
    state.sort();
    this.#listOver();
    const { nodes } = problem;
    let best = NONE;
    const option: Option = { near: 0, far: 0, gain: -1 };
    for (let v = this.#next(NONE); v < nodes.length; v = this.#next(v)) {
      if (this.#relieves(v) && this.#choose(v, option)) best = v;
    }
    if (best === NONE) return undefined;
    this.#take(best, option);
    return state.named();
  }

  #begin(problem: NamingProblem): void {
    this.#state.begin(problem);
    this.#budget = BUDGET;
  }

  /**
   * Names every node, from the greatest share to the least, each with the most traffic at home that still fits.
   * @returns false where one fits nowhere; the state is then of no use
   */
  #pack(): boolean {
    const state = this.#state;
    const { nodes } = state.problem;
    const order = nodes.map((_, v) => v).sort((a, b) => nodes[b]!.share - nodes[a]!.share || a - b);
    for (const v of order) state.detach(v);
    for (const v of order) {
      state.sort();
      const option: Option = { near: 0, far: 0, gain: -1 };
      if (!this.#choose(v, option, true)) return false;
      const set = this.#pick(v, option.near, option.far);
      if (set === undefined) return false;
      state.attach(v, set);
    }
    return true;
  }

  /** Takes steps while they pay. @param enough in-zone share at which the search ends */
  #improve(enough: number): void {
    const state = this.#state;
    do state.sort();
    while (state.inZone < enough && this.#budget > 0 && (this.#improveOne() || this.#improveTwo()));
  }

  /** Takes names away that bring next to nothing. */
  #prune(): void {
    const state = this.#state;
    const { nodes, local } = state.problem;
    for (let v = 0; v < nodes.length; v++) {
      if (state.sets[v] === undefined) continue;
      const { zone, share } = nodes[v]!;
      const loss = share * (state.localPart(v) - local[zone]!);
      if (loss < LEAST_GAIN / 2 && state.fitsPool(v)) state.move(v, undefined);
    }
  }

  #improveOne(): boolean {
    const state = this.#state;
    const { nodes } = state.problem;
    let best = NONE;
    const option: Option = { near: 0, far: 0, gain: LEAST_GAIN };
    for (let v = this.#next(NONE); v < nodes.length; v = this.#next(v)) {
      if (state.localPart(v) < 1 && this.#choose(v, option)) best = v;
    }
    if (best === NONE) return false;
    this.#take(best, option);
    return true;
  }

  /** One node gains what passes the limit, another makes room. */
  #improveTwo(): boolean {
    const state = this.#state;
    const { nodes } = state.problem;
    let gain = LEAST_GAIN;
    let found: { v: number; first: readonly number[]; w: number; second: readonly number[] | undefined } | undefined;
    for (let v = this.#next(NONE); v < nodes.length && this.#budget > 0; v = this.#next(v)) {
      const present = state.localPart(v);
      if (present >= 1) continue;
      const { share, zone } = nodes[v]!;
      const before = state.sets[v];
      const near = state.near[zone]!;
      for (let a = 1; a <= Math.min(near.length, MOST_SIZES); a++) {
        for (let b = 0; b <= MOST_SIZES; b++) {
          const own = share * (a / (a + b) - present);
          if (own <= gain) break;
          const set = this.#pick(v, a, b);
          if (set === undefined) break;
          state.move(v, set);
          this.#listOver();
          const option: Option = { near: 0, far: 0, gain: gain - own };
          for (let w = this.#next(NONE); w < nodes.length; w = this.#next(w)) {
            if (w === v || !this.#relieves(w) || !this.#choose(w, option)) continue;
            gain = own + option.gain;
            found = { v, first: set, w, second: this.#pick(w, option.near, option.far) };
          }
          state.move(v, before);
          if (this.#budget <= 0) break;
        }
      }
    }
    if (found === undefined) return false;
    state.move(found.v, found.first);
    state.move(found.w, found.second);
    return true;
  }

  /** The next node that differs from the one before it in its zone by share or set. */
  #next(after: number): number {
    const { problem, sets } = this.#state;
    const { nodes } = problem;
    let v = after + 1;
    for (; v > 0 && v < nodes.length; v++) {
      const { zone, share } = nodes[v]!;
      const last = nodes[v - 1]!;
      if (zone !== last.zone || share !== last.share || sets[v] !== undefined || sets[v - 1] !== undefined) break;
    }
    return v;
  }

  #listOver(): void {
    const { problem, excess } = this.#state;
    const { count, caps } = problem;
    this.#over.length = 0;
    this.#budget -= count / 4;
    for (let e = 0; e < count; e++) if (excess[e]! > caps[e]! * LOAD_TOLERANCE) this.#over.push(e);
  }

  /** Whether every endpoint above its limit is within it when a node leaves what it uses now. */
  #relieves(w: number): boolean {
    const state = this.#state;
    const { nodes, caps } = state.problem;
    const piece = nodes[w]!.share / state.used(w).length;
    const { excess } = state;
    const over = this.#over;
    this.#budget -= 1;
    for (let i = 0; i < over.length; i++) {
      const e = over[i]!;
      if (!state.uses(w, e) || excess[e]! - piece > caps[e]! * LOAD_TOLERANCE) return false;
    }
    return true;
  }

  /** Finds a set for a node that gains more than `option` and keeps the limit. @returns whether there is one */
  #choose(v: number, option: Option, detached = false): boolean {
    const state = this.#state;
    const { nodes, local } = state.problem;
    const { zone, share } = nodes[v]!;
    const size = state.used(v).length;
    const isNamed = state.sets[v] !== undefined;
    const piece = detached ? 0 : share / size;
    const present = detached ? 0 : state.localPart(v);
    const cost = isNamed ? size * NAME_COST : 0;
    const home = state.near[zone]!;
    // What no set can beat.
    if (share * ((home.length > 0 ? 1 : 0) - present) + cost <= option.gain) {
      if (!isNamed || share * (local[zone]! - present) + cost <= option.gain) return false;
    }
    const worstNear = this.#worstNear;
    const worstFar = this.#worstFar;
    let found = false;
    const near = this.#gather(v, home, worstNear, piece, NONE);
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
      const gain = share * (local[zone]! - present) + cost;
      if (gain > option.gain && state.fitsPool(v)) {
        option.near = 0;
        option.far = 0;
        option.gain = gain;
        found = true;
      }
    }
    if (share * (near > 0 ? 1 - present : -present) <= option.gain) return found;
    const far = this.#gather(v, state.order, worstFar, piece, zone);
    const nearStep = Math.max(1, Math.floor(near / MOST_SIZES));
    const farStep = Math.max(1, Math.floor(far / MOST_SIZES));
    for (let a = 0; a <= near; a += nearStep) {
      if (a > 0 && worstNear[a]! > 0) break;
      for (let b = a === 0 ? 1 : farStep; b <= far; b += farStep) {
        const all = a + b;
        const gain = share * (a / all - present) + cost - all * NAME_COST;
        if (gain <= option.gain) break;
        const own = share / all;
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
    const state = this.#state;
    const { homes, caps } = state.problem;
    const isNamed = state.sets[v] !== undefined;
    this.#budget -= list.length;
    let size = 0;
    worst[0] = -Infinity;
    for (let i = 0; i < list.length; i++) {
      const e = list[i]!;
      if (homes[e] === except) continue;
      const uses = piece > 0 && state.uses(v, e);
      if (state.names[e]! - (uses && isNamed ? 1 : 0) >= MAX_NODES_PER_ENDPOINT) continue;
      const excess = state.excess[e]! - caps[e]! * LOAD_TOLERANCE - (uses ? piece : 0);
      size++;
      worst[size] = Math.max(worst[size - 1]!, excess);
    }
    return size;
  }

  /** @returns undefined when there are not so many, or none is wanted */
  #pick(v: number, near: number, far: number): readonly number[] | undefined {
    if (near + far === 0) return undefined;
    const state = this.#state;
    const { zone } = state.problem.nodes[v]!;
    const set: number[] = [];
    this.#collect(v, state.near[zone]!, near, NONE, set);
    if (set.length < near) return undefined;
    this.#collect(v, state.order, far, zone, set);
    return set.length < near + far ? undefined : set;
  }

  #collect(v: number, list: readonly number[], size: number, except: number, set: number[]): void {
    const { problem, names, sets } = this.#state;
    const own = sets[v];
    for (let i = 0, left = size; i < list.length && left > 0; i++) {
      const e = list[i]!;
      if (problem.homes[e] === except) continue;
      if (names[e]! - (own?.includes(e) === true ? 1 : 0) >= MAX_NODES_PER_ENDPOINT) continue;
      set.push(e);
      left--;
    }
  }

  #take(v: number, { near, far }: Option): void {
    this.#state.move(v, this.#pick(v, near, far));
  }
}
