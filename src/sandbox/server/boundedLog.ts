/** The newest entries of a kind, up to a limit; a limit of 0 keeps none. */
export class BoundedLog<T> {
  readonly #limit: number;
  #entries: T[] = [];
  #total = 0;
  readonly #listeners = new Set<(entry: T) => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(entry: T): void {
    this.#total += 1;
    for (const listener of this.#listeners) listener(entry);
    if (this.#limit <= 0) return;
    this.#entries.push(entry);
    // Trimmed in blocks, so that an entry does not move the whole log each time.
    if (this.#entries.length > this.#limit * 1.25 + 16) this.#entries = this.#entries.slice(-this.#limit);
  }

  /** Calls the listener, which must not throw, with every later entry; the value returned ends that. */
  onPush(listener: (entry: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Oldest first. */
  entries(): readonly T[] {
    return this.#entries.slice(-this.#limit);
  }

  /** How many were ever pushed. */
  get total(): number {
    return this.#total;
  }

  clear(): void {
    this.#entries = [];
  }
}
