import type { Claim } from './claim.js';
import { placeIn } from './positionSet.js';

/** Which endpoints of a claim are filled before the rest, which is filled by position. */
export class FillOrder {
  readonly #present: ReadonlyMap<string, readonly number[]>;
  /** Of the claim that is looked at: how many consumers have each position now; else all 0. */
  readonly #holders: Int32Array;

  /** @param present what each consumer has now */
  constructor(count: number, present: ReadonlyMap<string, readonly number[]>) {
    this.#present = present;
    this.#holders = new Int32Array(present.size === 0 ? 0 : count);
  }

  /** Endpoints that many consumers have now come first, so that the uneven rest of a level stays where it is. */
  firstOf({ wanted, consumers }: Claim): readonly number[] {
    const held: number[] = [];
    if (this.#present.size === 0) return held;
    const holders = this.#holders;
    for (let i = 0; i < consumers.length; i++) {
      const positions = this.#present.get(consumers[i]!);
      if (positions === undefined) continue;
      for (let k = 0; k < positions.length; k++) if (holders[positions[k]!]!++ === 0) held.push(positions[k]!);
    }
    const first: number[] = [];
    for (let i = 0; i < held.length; i++) if (wanted[placeIn(wanted, held[i]!)] === held[i]) first.push(held[i]!);
    first.sort((a, b) => holders[b]! - holders[a]! || a - b);
    for (let i = 0; i < held.length; i++) holders[held[i]!] = 0;
    return first;
  }
}
