import { Candidates } from './candidates.js';
import { OverLimit } from './overLimit.js';
import { firstOf, MOST_SIZES, type Option, type Placing } from './placing.js';
import type { NamingState } from './state.js';

/** The first of two nodes gets so many endpoints elsewhere at most: more of them make next to no difference. */
const MOST_FAR = 2;

/** Two nodes that gain together: one gets endpoints that it overloads, the other one makes room on them. */
export interface Pair {
  readonly v: number;
  readonly set: readonly number[];
  readonly w: number;
  readonly option: Option;
}

/** Finds two nodes to move where moving one alone gains nothing. */
export class PairSearch {
  readonly #state: NamingState;
  readonly #placing: Placing;
  readonly #near = new Candidates();
  readonly #far = new Candidates();
  readonly #over: OverLimit;
  /** The most that an endpoint gets of one node: no node makes more room. */
  #greatest = 0;

  constructor(state: NamingState, placing: Placing) {
    this.#state = state;
    this.#placing = placing;
    this.#over = new OverLimit(state);
  }

  /** The two nodes that gain most; undefined where none gain more than `least`, in parts of all traffic. */
  find(least: number): Pair | undefined {
    const state = this.#state;
    const { nodeShares } = state.problem;
    this.#greatest = greatestPiece(state);
    let best: Pair | undefined;
    let gain = least;
    for (let v = state.next(); v < nodeShares.length && !this.#placing.isSpent; v = state.next(v)) {
      const present = state.localPart[v]!;
      // No set gains more than one at home.
      if (nodeShares[v]! * (1 - present) <= gain) continue;
      const before = state.sets[v];
      state.detach(v);
      const pair = this.#findWith(v, present, gain);
      state.attach(v, before);
      if (pair === undefined) continue;
      best = pair;
      gain = pair.option.gain;
    }
    return best;
  }

  /**
   * @param v a node that is detached
   * @param present the part of its traffic that stayed in its zone
   * @returns the two with their gain together
   */
  #findWith(v: number, present: number, least: number): Pair | undefined {
    const state = this.#state;
    const { nodeShares } = state.problem;
    const share = nodeShares[v]!;
    const near = this.#near;
    const far = this.#far;
    this.#placing.visits += near.gatherNear(state, v) + far.gatherFar(state, v);
    let best: Pair | undefined;
    let gain = least;
    for (let a = 1; a <= near.size && a <= MOST_SIZES; a++) {
      for (let b = 0; b <= far.size && b <= MOST_FAR && !this.#placing.isSpent; b++) {
        const own = share * (a / (a + b) - present);
        if (own <= gain) break;
        this.#over.clear();
        this.#over.add(near.list, a, share / (a + b));
        this.#over.add(far.list, b, share / (a + b));
        this.#placing.visits += a + b;
        if (this.#over.worst > this.#greatest) continue;
        const set = firstOf(near, a, far, b);
        const second = this.#findSecond(v, set, gain - own);
        if (second === undefined) continue;
        gain = own + second.option.gain;
        best = { v, set, w: second.w, option: { ...second.option, gain } };
      }
    }
    return best;
  }

  /** @param v a node that is detached and gets this set */
  #findSecond(
    v: number,
    set: readonly number[],
    least: number,
  ): { readonly w: number; readonly option: Option } | undefined {
    const state = this.#state;
    const { nodeShares } = state.problem;
    const option: Option = { near: 0, far: 0, gain: least };
    let best = -1;
    let isAttached = false;
    for (let w = state.next(-1, v); w < nodeShares.length; w = state.next(w, v)) {
      this.#placing.visits++;
      if (w === v || !this.#over.isRelievedBy(w)) continue;
      if (!isAttached) state.attach(v, set);
      isAttached = true;
      if (this.#placing.choose(w, option)) best = w;
    }
    if (isAttached) state.detach(v);
    return best < 0 ? undefined : { w: best, option };
  }
}

function greatestPiece({ piece, problem }: NamingState): number {
  let greatest = 0;
  for (let v = 0; v < problem.nodeShares.length; v++) greatest = Math.max(greatest, piece[v]!);
  return greatest;
}
