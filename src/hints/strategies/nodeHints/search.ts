import type { NamedNodes } from './names.js';
import { OverLimit } from './overLimit.js';
import { PairSearch } from './pairs.js';
import { Placing, type Option } from './placing.js';
import type { NamingProblem } from './problem.js';
import { NamingState } from './state.js';

/** A node is named only for at least so much more traffic in zone, in parts of all. */
export const LEAST_GAIN = 0.001;

/**
 * The search ends so close below what nothing can beat: the last steps cost the most and bring the least. Sooner with
 * fewer than `FEW` endpoints, where a plan of Balanced costs less and two nodes must move for most of these steps.
 */
const NEAR_BOUND = 0.012;
const NEAR_BOUND_OF_FEW = 0.02;
const FEW = 20;

/** Up to so many nodes and endpoints a second start is tried, which names all nodes at first. */
const MOST_PACKED = 16;

/** It must bring so much more, in parts of all traffic, because it names more nodes. */
const PACKED_WORTH = 0.01;

/** It is tried where so much is missing from what nothing can beat: it rarely brings enough where there is less. */
const MISSING_TO_PACK = 3 * PACKED_WORTH;

const NONE = -1;

/**
 * Names nodes: greedily the step that brings most traffic home, a node at a time and, where that ends, two at a time, so
 * that no endpoint passes its limit. Deterministic; the order of the nodes and positions decides between equals.
 */
export class NamingSearch {
  readonly #state = new NamingState();
  readonly #placing = new Placing(this.#state);
  readonly #pairs = new PairSearch(this.#state, this.#placing);
  readonly #over = new OverLimit(this.#state);

  /** The nodes to name for the most traffic in zone that a bounded effort finds. */
  solve(problem: NamingProblem): NamedNodes {
    const state = this.#state;
    const { nodeShares, count, bound } = problem;
    const enough = bound - (count < FEW ? NEAR_BOUND_OF_FEW : NEAR_BOUND);
    this.#begin(problem);
    this.#improve(enough);
    const { inZone } = state;
    if (inZone < bound - MISSING_TO_PACK && nodeShares.length <= MOST_PACKED && count <= MOST_PACKED) {
      const named = state.named();
      this.#begin(problem);
      const packed = this.#pack();
      if (packed) this.#improve(enough);
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
    this.#over.clear();
    this.#over.add(state.order, problem.count, 0);
    const { nodeShares } = problem;
    let best = NONE;
    const option: Option = { near: 0, far: 0, gain: -1 };
    for (let v = state.next(); v < nodeShares.length; v = state.next(v)) {
      if (this.#over.isRelievedBy(v) && this.#placing.choose(v, option)) best = v;
    }
    if (best === NONE) return undefined;
    this.#take(best, option);
    return state.named();
  }

  #begin(problem: NamingProblem): void {
    this.#state.begin(problem);
    this.#placing.visits = 0;
  }

  /**
   * Names every node, from the greatest share to the least, each with the most traffic at home that still fits.
   * @returns false where one fits nowhere; the state is then of no use
   */
  #pack(): boolean {
    const state = this.#state;
    const { nodeShares } = state.problem;
    const order = nodeShares.map((_, v) => v).sort((a, b) => nodeShares[b]! - nodeShares[a]! || a - b);
    for (const v of order) state.detach(v);
    for (const v of order) {
      state.sort();
      const option: Option = { near: 0, far: 0, gain: -1 };
      if (!this.#placing.choose(v, option)) return false;
      const set = this.#placing.pick(v, option);
      if (set === undefined) return false;
      state.attach(v, set);
    }
    return true;
  }

  /** Takes steps while they pay. @param enough in-zone share at which the search ends */
  #improve(enough: number): void {
    const state = this.#state;
    do state.sort();
    while (state.inZone < enough && !this.#placing.isSpent && (this.#improveOne() || this.#improveTwo()));
  }

  /** Takes names away that bring next to nothing. */
  #prune(): void {
    const state = this.#state;
    const { nodeZones, nodeShares, local } = state.problem;
    for (let v = 0; v < nodeShares.length; v++) {
      if (state.sets[v] === undefined) continue;
      const loss = nodeShares[v]! * (state.localPart[v]! - local[nodeZones[v]!]!);
      if (loss < LEAST_GAIN / 2 && state.fitsPool(v)) state.move(v, undefined);
    }
  }

  #improveOne(): boolean {
    const state = this.#state;
    const { nodeShares } = state.problem;
    let best = NONE;
    const option: Option = { near: 0, far: 0, gain: LEAST_GAIN };
    for (let v = state.next(); v < nodeShares.length; v = state.next(v)) {
      if (state.localPart[v]! < 1 && this.#placing.choose(v, option)) best = v;
    }
    if (best === NONE) return false;
    this.#take(best, option);
    return true;
  }

  /** One node gains what passes the limit, another makes room. */
  #improveTwo(): boolean {
    const pair = this.#pairs.find(LEAST_GAIN);
    if (pair === undefined) return false;
    this.#state.move(pair.v, pair.set);
    this.#take(pair.w, pair.option);
    return true;
  }

  #take(v: number, option: Pick<Option, 'near' | 'far'>): void {
    this.#state.detach(v);
    this.#state.attach(v, this.#placing.pick(v, option));
  }
}
