/**
 * For how many consumers of each claim each endpoint is taken. An endpoint is taken for `limit` consumers at most, so
 * few claims have it, however many want it.
 */
export class Holdings {
  readonly #limit: number;
  /** A row of `limit` places for each position: the claims that have it, ascending. */
  readonly #claims: Int32Array;
  /** Parallel to the claims: for how many of its consumers. */
  readonly #numbers: Int32Array;
  /** How many places of each row are in use. */
  readonly #holders: Int32Array;
  /** The sum of each row. */
  readonly loads: Int32Array;
  /** For each load, 0 to `limit`: no position before this one has less. */
  readonly #firstBelow: Int32Array;
  #room: number;

  constructor(count: number, limit: number) {
    this.#limit = limit;
    this.#claims = new Int32Array(count * limit);
    this.#numbers = new Int32Array(count * limit);
    this.#holders = new Int32Array(count);
    this.loads = new Int32Array(count);
    this.#firstBelow = new Int32Array(limit + 1);
    this.#room = count * limit;
  }

  /** For how many of its consumers a claim has the endpoint. */
  of(position: number, claim: number): number {
    const start = position * this.#limit;
    const end = start + this.#holders[position]!;
    for (let at = start; at < end; at++) if (this.#claims[at] === claim) return this.#numbers[at]!;
    return 0;
  }

  /** How many claims have the endpoint. */
  holdersOf(position: number): number {
    return this.#holders[position]!;
  }

  /** @param k less than `holdersOf` */
  holder(position: number, k: number): number {
    return this.#claims[position * this.#limit + k]!;
  }

  /** Takes the endpoint for one consumer more (1) or less (-1) of the claim. */
  add(position: number, claim: number, by: 1 | -1): void {
    const load = (this.loads[position]! += by);
    this.#room -= by;
    if (by < 0) {
      for (let more = load + 1; more <= this.#limit; more++) {
        if (position < this.#firstBelow[more]!) this.#firstBelow[more] = position;
      }
    }
    this.#change(position, claim, by);
  }

  /** Lets another claim have the endpoint for one consumer. */
  move(position: number, from: number, to: number): void {
    this.#change(position, from, -1);
    this.#change(position, to, 1);
  }

  #change(position: number, claim: number, by: 1 | -1): void {
    const claims = this.#claims;
    const numbers = this.#numbers;
    const start = position * this.#limit;
    const end = start + this.#holders[position]!;
    let at = start;
    while (at < end && claims[at]! < claim) at++;
    if (at < end && claims[at] === claim) {
      numbers[at]! += by;
      if (numbers[at]! > 0) return;
      claims.copyWithin(at, at + 1, end);
      numbers.copyWithin(at, at + 1, end);
      this.#holders[position]!--;
    } else {
      claims.copyWithin(at + 1, at, end);
      numbers.copyWithin(at + 1, at, end);
      claims[at] = claim;
      numbers[at] = by;
      this.#holders[position]!++;
    }
  }

  /** How many more consumers there is room for. */
  get room(): number {
    return this.#room;
  }

  /** The first position that has less load than this; the number of positions where none has. */
  firstBelow(load: number): number {
    let position = this.#firstBelow[load]!;
    while (position < this.loads.length && this.loads[position]! >= load) position++;
    this.#firstBelow[load] = position;
    return position;
  }

  /** @returns for each claim the positions that it has, ascending, and for how many of its consumers */
  byClaim(claims: number): { readonly positions: number[]; readonly counts: number[] }[] {
    const sizes = new Int32Array(claims);
    this.#forEach((_, claim) => sizes[claim]!++);
    const all = Array.from(sizes, (size) => ({ positions: new Array<number>(size), counts: new Array<number>(size) }));
    const filled = new Int32Array(claims);
    this.#forEach((position, claim, number) => {
      const at = filled[claim]!++;
      all[claim]!.positions[at] = position;
      all[claim]!.counts[at] = number;
    });
    return all;
  }

  #forEach(use: (position: number, claim: number, number: number) => void): void {
    for (let position = 0; position < this.#holders.length; position++) {
      const start = position * this.#limit;
      const end = start + this.#holders[position]!;
      for (let at = start; at < end; at++) use(position, this.#claims[at]!, this.#numbers[at]!);
    }
  }
}
