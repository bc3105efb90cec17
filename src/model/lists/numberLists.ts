/** Many short lists of numbers: thousands of arrays of their own take ten times the memory. */
export class NumberLists {
  readonly count: number;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #items: Int32Array;

  /**
   * Reads pairs of a list and an item; where an item comes twice in a row in one list, it counts once.
   * @param count how many lists there are
   */
  constructor(count: number, { lists, items, length }: Pairs) {
    this.count = count;
    this.#starts = new Int32Array(count + 1);
    for (let i = 0; i < length; i++) this.#starts[lists[i]! + 1]!++;
    for (let list = 0; list < count; list++) this.#starts[list + 1]! += this.#starts[list]!;
    this.#ends = this.#starts.slice(0, count);
    this.#items = new Int32Array(this.#starts[count]!);
    for (let i = 0; i < length; i++) {
      const list = lists[i]!;
      const end = this.#ends[list]!;
      if (end > this.#starts[list]! && this.#items[end - 1] === items[i]) continue;
      this.#items[end] = items[i]!;
      this.#ends[list]!++;
    }
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  sizeOf(list: number): number {
    return this.#ends[list]! - this.#starts[list]!;
  }

  /** @param place less than the size of the list */
  at(list: number, place: number): number {
    return this.#items[this.#starts[list]! + place]!;
  }

  toArray(list: number): number[] {
    return Array.from(this.#items.subarray(this.#starts[list], this.#ends[list]));
  }
}

/** Pairs of a list and an item, in the order in which each list is to have its items. */
export class Pairs {
  readonly lists: Int32Array;
  readonly items: Int32Array;
  length = 0;

  /** @param most how many there may be */
  constructor(most: number) {
    this.lists = new Int32Array(most);
    this.items = new Int32Array(most);
  }

  add(list: number, item: number): void {
    this.lists[this.length] = list;
    this.items[this.length++] = item;
  }
}
