import { Candidates } from './candidates.js';
import type { NamingState } from './state.js';

/** Between steps of equal gain the one with fewer names is taken. */
const NAME_COST = 1e-6;

/** So many sizes of a node's set are tried at home, and so many elsewhere. */
export const MOST_SIZES = 8;

/** What a search may spend, in visits of endpoints and nodes. */
const MOST_VISITS = 1_500;

/** What rounding may add to a gain. */
const ROUNDING = 1e-12;

/** A node gets the first `near` endpoints of its zone and the first `far` of the others, by load; both 0: none. */
export interface Option {
  near: number;
  far: number;
  gain: number;
}

/** Where the traffic of one node may go while that of the others stays as it is. */
export class Placing {
  /** How many endpoints and nodes were looked at. */
  visits = 0;
  readonly #state: NamingState;
  readonly #near = new Candidates();
  readonly #far = new Candidates();

  constructor(state: NamingState) {
    this.#state = state;
  }

  /** Whether the search has looked at as many as it may. */
  get isSpent(): boolean {
    return this.visits >= MOST_VISITS;
  }

  /** Finds a set for a node that gains more than `option` and keeps the limit. @returns whether there is one */
  choose(v: number, option: Option): boolean {
    const state = this.#state;
    const { nodeZones, nodeShares, local } = state.problem;
    const zone = nodeZones[v]!;
    const share = nodeShares[v]!;
    const set = state.sets[v];
    const present = state.localPart[v]!;
    const cost = set === undefined ? 0 : set.length * NAME_COST;
    const hasHome = state.nearStarts[zone]! < state.nearStarts[zone + 1]!;
    const ofPool = set === undefined ? -Infinity : share * (local[zone]! - present) + cost;
    // What no set can beat.
    if (share * ((hasHome ? 1 : 0) - present) + cost <= option.gain && ofPool <= option.gain) return false;
    let found = false;
    this.visits += this.#near.gatherNear(state, v);
    const { size, worst } = this.#near;
    /** The most traffic that endpoints at home can take. */
    let most = 0;
    for (let a = 1; a <= size; a++) {
      most = Math.max(most, -worst[a - 1]! * a);
      if (worst[a - 1]! + share / a > 0) continue;
      // All of its traffic at home: the fewest endpoints that can carry it.
      const gain = share * (1 - present) + cost - a * NAME_COST;
      if (gain > option.gain) {
        option.near = a;
        option.far = 0;
        option.gain = gain;
        found = true;
      }
      break;
    }
    if (ofPool > option.gain && state.fitsPool(v)) {
      option.near = 0;
      option.far = 0;
      option.gain = ofPool;
      found = true;
    }
    // With an endpoint elsewhere it keeps less at home.
    const kept = Math.min(most, share * (size / (size + 1)));
    if (kept - share * present + cost + ROUNDING <= option.gain) return found;
    return this.#chooseMixed(v, present, cost, option) || found;
  }

  /** The same with endpoints elsewhere, too. */
  #chooseMixed(v: number, present: number, cost: number, option: Option): boolean {
    const share = this.#state.problem.nodeShares[v]!;
    this.visits += this.#far.gatherFar(this.#state, v);
    const { size: near, worst: worstNear } = this.#near;
    const { size: far, worst: worstFar } = this.#far;
    const nearStep = Math.max(1, Math.floor(near / MOST_SIZES));
    const farStep = Math.max(1, Math.floor(far / MOST_SIZES));
    let found = false;
    for (let a = 0; a <= near; a += nearStep) {
      const atHome = a > 0 ? worstNear[a - 1]! : -Infinity;
      if (atHome > 0) break;
      for (let b = a === 0 ? 1 : farStep; b <= far; b += farStep) {
        const all = a + b;
        const own = share / all;
        const gain = share * (a / all - present) + cost - all * NAME_COST;
        if (gain <= option.gain) break;
        const elsewhere = worstFar[b - 1]!;
        if (elsewhere > 0) break;
        if (elsewhere + own > 0 || atHome + own > 0) continue;
        option.near = a;
        option.far = b;
        option.gain = gain;
        found = true;
        break;
      }
    }
    return found;
  }

  /** The endpoints of an option for a node that is detached. @returns undefined when there are not so many, or none is wanted */
  pick(v: number, { near, far }: Pick<Option, 'near' | 'far'>): readonly number[] | undefined {
    if (near + far === 0) return undefined;
    this.#near.gatherNear(this.#state, v);
    this.#far.gatherFar(this.#state, v);
    if (this.#near.size < near || this.#far.size < far) return undefined;
    return firstOf(this.#near, near, this.#far, far);
  }
}

export function firstOf(near: Candidates, a: number, far: Candidates, b: number): readonly number[] {
  const set = new Array<number>(a + b);
  for (let i = 0; i < a; i++) set[i] = near.list[i]!;
  for (let i = 0; i < b; i++) set[a + i] = far.list[i]!;
  return set;
}
