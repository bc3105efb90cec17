import type { Claim, Present } from './claim.js';

/** How much of a claim is met. */
export interface Dealt extends Pick<Claim, 'consumers'> {
  /** The endpoints that they get, ascending, and parallel to them how many consumers get each: 1 or more. */
  readonly positions: readonly number[];
  readonly counts: readonly number[];
  /** The sum of the counts. */
  readonly got: number;
  /** Endpoints for each consumer. */
  readonly each: number;
}

/** Room for what is remembered of positions while a claim is dealt out: made once for all claims. */
export class DealingTable {
  /** How often each position is left; all 0 between two claims. */
  readonly left: Int32Array;
  /** Whose turn it was when the position was last taken. */
  readonly takenIn: Int32Array;
  /** Of the consumer that chooses now; never the same twice. */
  turn = 0;

  constructor(count: number) {
    this.left = new Int32Array(count);
    this.takenIn = new Int32Array(count);
  }
}

const NONE = -1;

/**
 * Turns the counts of a claim into what each consumer gets.
 * @returns parallel to the consumers, positions ascending
 */
export function distribute(dealt: Dealt, present: Present, table: DealingTable): (readonly number[])[] {
  const { consumers, positions, counts, got } = dealt;
  const { left } = table;
  if (consumers.length === 1) return [positions];
  for (let i = 0; i < positions.length; i++) left[positions[i]!] = counts[i]!;
  const rows = keepPresent(dealt, present, left);
  if (got < consumers.length) giveRest(dealt, rows, left);
  else if (!complete(dealt, rows, table)) wrapAround(dealt, rows);
  for (let i = 0; i < positions.length; i++) left[positions[i]!] = 0;
  return rows.toArrays();
}

/** What consumers have now and may keep; it is taken from what is left. */
function keepPresent({ consumers, each }: Dealt, present: Present, left: Int32Array): Rows {
  const rows = new Rows(consumers.length, each);
  for (let i = 0; i < consumers.length; i++) {
    const size = present.sizeOf(consumers[i]!);
    for (let k = 0; k < size && rows.sizes[i]! < each; k++) {
      const position = present.at(consumers[i]!, k);
      if (left[position] === 0) continue;
      left[position]!--;
      rows.push(i, position);
    }
  }
  return rows;
}

/** Not enough for all: consumers without an endpoint take what is left, in their order. */
function giveRest({ consumers, positions }: Dealt, rows: Rows, left: Int32Array): void {
  let next = 0;
  for (let i = 0; i < consumers.length; i++) {
    if (rows.sizes[i]! > 0) continue;
    while (next < positions.length && left[positions[next]!] === 0) next++;
    if (next === positions.length) return;
    left[positions[next]!]!--;
    rows.push(i, positions[next]!);
  }
}

/**
 * Those with the fewest choose first, each time the endpoint of which most is left: of equals the first.
 * @returns false where one would need the same endpoint twice
 */
function complete({ consumers, positions, each }: Dealt, rows: Rows, table: DealingTable): boolean {
  const { left, takenIn } = table;
  const open = positions.filter((position) => left[position]! > 0);
  let most = open.reduce((greatest, position) => Math.max(greatest, left[position]!), 0);
  // Of what comes before this place nothing has as much as `most`: what is left only shrinks.
  let from = 0;
  const next = (): number => {
    for (; most > 0; most--, from = 0) {
      while (from < open.length && left[open[from]!]! < most) from++;
      if (from < open.length) break;
    }
    for (let amount = most; amount > 0; amount--) {
      for (let k = amount === most ? from : 0; k < open.length; k++) {
        const position = open[k]!;
        if (left[position] === amount && takenIn[position] !== table.turn) return position;
      }
    }
    return NONE;
  };
  for (let size = 0; size < each; size++) {
    for (let i = 0; i < consumers.length; i++) {
      if (rows.sizes[i] !== size) continue;
      table.turn++;
      for (let k = 0; k < size; k++) takenIn[rows.at(i, k)] = table.turn;
      while (rows.sizes[i]! < each) {
        const position = next();
        if (position === NONE) return false;
        takenIn[position] = table.turn;
        left[position]!--;
        rows.push(i, position);
      }
    }
  }
  return true;
}

/** Deals the endpoints out like cards: no count exceeds the consumers, so no consumer gets the same one twice. */
function wrapAround({ consumers, positions, counts }: Dealt, rows: Rows): void {
  rows.sizes.fill(0);
  let next = 0;
  for (let k = 0; k < positions.length; k++) {
    for (let i = 0; i < counts[k]!; i++) rows.push(next++ % consumers.length, positions[k]!);
  }
}

/** What each consumer of a claim is given. Thousands have one or two endpoints, for which arrays of their own are large. */
class Rows {
  readonly #each: number;
  readonly #positions: Int32Array;
  readonly sizes: Int32Array;

  /** @param each what a consumer gets at most */
  constructor(consumers: number, each: number) {
    this.#each = each;
    this.#positions = new Int32Array(consumers * each);
    this.sizes = new Int32Array(consumers);
  }

  push(consumer: number, position: number): void {
    this.#positions[consumer * this.#each + this.sizes[consumer]!++] = position;
  }

  at(consumer: number, k: number): number {
    return this.#positions[consumer * this.#each + k]!;
  }

  /** For each consumer what it is given, ascending. */
  toArrays(): number[][] {
    const arrays: number[][] = [];
    for (let consumer = 0; consumer < this.sizes.length; consumer++) {
      const start = consumer * this.#each;
      const size = this.sizes[consumer]!;
      if (size === 1) {
        arrays.push([this.#positions[start]!]);
        continue;
      }
      const row = this.#positions.subarray(start, start + size).sort();
      const own = new Array<number>(size);
      for (let i = 0; i < size; i++) own[i] = row[i]!;
      arrays.push(own);
    }
    return arrays;
  }
}
