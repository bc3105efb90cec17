import type { Claim, Present } from './claim.js';
import { placeIn } from './positionSet.js';

const NONE: readonly number[] = [];

/** Which endpoints of a claim are filled before the rest, which is filled by position. */
export class FillOrder {
  readonly #present: Present;
  /** Of the claim that is looked at: how many consumers have each position now; else all 0. */
  readonly #holders: Int32Array;
  /** Room for those that they have. */
  readonly #held: Int32Array;

  /** @param present what each consumer has now */
  constructor(count: number, present: Present) {
    this.#present = present;
    this.#holders = new Int32Array(present.isEmpty ? 0 : count);
    this.#held = new Int32Array(this.#holders.length);
  }

  /** Endpoints that many consumers have now come first, so that the uneven rest of a level stays where it is. */
  firstOf({ wanted, consumers }: Claim): readonly number[] {
    const present = this.#present;
    if (present.isEmpty) return NONE;
    const holders = this.#holders;
    const held = this.#held;
    let count = 0;
    for (let i = 0; i < consumers.length; i++) {
      const size = present.sizeOf(consumers[i]!);
      for (let k = 0; k < size; k++) {
        const position = present.at(consumers[i]!, k);
        if (holders[position]!++ === 0) held[count++] = position;
      }
    }
    let first: number[] | undefined;
    for (let i = 0; i < count; i++) {
      const position = held[i]!;
      if (wanted[placeIn(wanted, position)] !== position) continue;
      if (first === undefined) first = [position];
      else first.push(position);
    }
    if (first !== undefined && first.length > 1) first.sort((a, b) => holders[b]! - holders[a]! || a - b);
    for (let i = 0; i < count; i++) holders[held[i]!] = 0;
    return first ?? NONE;
  }
}
