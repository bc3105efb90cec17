import type { NamingState } from './state.js';

/** Endpoints above their limit, and whether a node makes room on all of them. */
export class OverLimit {
  readonly #state: NamingState;
  readonly #list: number[] = [];
  #size = 0;
  /** How far the worst one is above its limit, in parts of all traffic; 0: none is. */
  worst = 0;

  constructor(state: NamingState) {
    this.#state = state;
  }

  clear(): void {
    this.#size = 0;
    this.worst = 0;
  }

  /** Adds those of the first `size` endpoints of a list that are above their limit with `more` traffic. */
  add(list: readonly number[], size: number, more: number): void {
    const { excess } = this.#state;
    for (let i = 0; i < size; i++) {
      const e = list[i]!;
      const after = excess[e]! + more;
      if (after <= 0) continue;
      this.#list[this.#size++] = e;
      if (after > this.worst) this.worst = after;
    }
  }

  /** Whether each of them is within its limit when a node leaves what it uses. */
  isRelievedBy(v: number): boolean {
    const state = this.#state;
    if (state.piece[v]! < this.worst) return false;
    const row = state.rowOf(v);
    for (let i = 0; i < this.#size; i++) if (!state.used[row + this.#list[i]!]!) return false;
    return true;
  }
}
