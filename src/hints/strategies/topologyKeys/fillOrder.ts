import type { Claim } from './claim.js';

/** The order in which the endpoints of claims are filled. */
export class FillOrder {
  readonly #present: ReadonlyMap<string, readonly number[]>;
  /** 0, 1, 2 …: what claims share whose endpoints nobody has now. */
  readonly #inOrder: Int32Array;
  /** Of the claim that is looked at: how many consumers have each position now; else all 0. */
  readonly #holders: Int32Array;

  constructor(count: number, present: ReadonlyMap<string, readonly number[]>) {
    this.#present = present;
    this.#inOrder = new Int32Array(count);
    for (let i = 0; i < count; i++) this.#inOrder[i] = i;
    this.#holders = new Int32Array(present.size === 0 ? 0 : count);
  }

  /** Endpoints that many consumers have now come first, so that the uneven rest of a level stays where it is. */
  of({ wanted, consumers }: Claim): Int32Array {
    const inOrder = this.#inOrder.subarray(0, wanted.length);
    if (this.#present.size === 0) return inOrder;
    const holders = this.#holders;
    const held: number[] = [];
    let most = 0;
    for (let i = 0; i < consumers.length; i++) {
      const positions = this.#present.get(consumers[i]!);
      if (positions === undefined) continue;
      for (let k = 0; k < positions.length; k++) {
        const number = ++holders[positions[k]!]!;
        if (number === 1) held.push(positions[k]!);
        if (number > most) most = number;
      }
    }
    if (held.length === 0) return inOrder;
    // How many endpoints have how many holders, then where those with as many start, most holders first.
    const starts = new Int32Array(most + 1);
    for (let i = 0; i < wanted.length; i++) starts[holders[wanted[i]!]!]!++;
    for (let start = 0, number = most; number >= 0; number--) {
      const alike = starts[number]!;
      starts[number] = start;
      start += alike;
    }
    const order = new Int32Array(wanted.length);
    for (let i = 0; i < wanted.length; i++) order[starts[holders[wanted[i]!]!]!++] = i;
    for (let i = 0; i < held.length; i++) holders[held[i]!] = 0;
    return order;
  }
}
