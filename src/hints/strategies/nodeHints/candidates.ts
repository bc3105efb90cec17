import { doubles } from '../balanced/problem.js';
import { MAX_NODES_PER_ENDPOINT } from './problem.js';
import type { NamingState } from './state.js';

/** Endpoints that one node may use, of its zone or of all others: those that can take one more name, in order of load. */
export class Candidates {
  size = 0;
  readonly list: number[] = [];
  /** The greatest excess among the first one, two and so on, once the node has left what it uses now. */
  readonly worst = doubles(1);

  /** @returns how many endpoints it looked at */
  gatherNear(state: NamingState, v: number): number {
    const { near, nearStarts, problem } = state;
    const zone = problem.nodeZones[v]!;
    return this.#gather(state, v, near, nearStarts[zone]!, nearStarts[zone + 1]!, -1);
  }

  /** @returns how many endpoints it looked at */
  gatherFar(state: NamingState, v: number): number {
    const { nodeZones, count } = state.problem;
    return this.#gather(state, v, state.order, 0, count, nodeZones[v]!);
  }

  #gather(state: NamingState, v: number, order: readonly number[], start: number, end: number, except: number): number {
    const { excess, used, names, problem } = state;
    const { homes } = problem;
    const { list, worst } = this;
    const own = state.piece[v]!;
    const isNamed = state.sets[v] !== undefined;
    const row = state.rowOf(v);
    let size = 0;
    let most = -Infinity;
    for (let i = start; i < end; i++) {
      const e = order[i]!;
      if (homes[e] === except) continue;
      const uses = used[row + e]!;
      if (names[e]! - (uses && isNamed ? 1 : 0) >= MAX_NODES_PER_ENDPOINT) continue;
      const left = uses ? excess[e]! - own : excess[e]!;
      if (left > most) most = left;
      list[size] = e;
      worst[size] = most;
      size++;
    }
    this.size = size;
    return end - start;
  }
}
