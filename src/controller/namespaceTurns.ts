/** Even an item that takes no time counts as this much, so that namespaces of cheap items take turns one by one. */
const LEAST_MS = 1;

interface Line<T> {
  /** The time that the namespace has had, with those that joined later placed beside the ones already waiting. */
  timeMs: number;
  /** Items in order of arrival: `leaving` from its end, then `arriving` from its beginning. */
  leaving: T[];
  arriving: T[];
}

/**
 * Items that wait, by namespace: first come, first served within a namespace, and between namespaces the one that has
 * had the least time. A namespace with a thousand expensive Services delays the others by one of them, not by all.
 */
export class NamespaceTurns<T> {
  readonly #lines = new Map<string, Line<T>>();
  /** Namespaces with items, by the time that they have had; among equals by arrival. */
  readonly #order: string[] = [];
  /** The time of the namespace that was last served: one that comes now is not owed what it did not ask for. */
  #nowMs = 0;

  get isEmpty(): boolean {
    return this.#order.length === 0;
  }

  push(namespace: string, item: T): void {
    let line = this.#lines.get(namespace);
    if (line === undefined) {
      line = { timeMs: 0, leaving: [], arriving: [] };
      this.#lines.set(namespace, line);
    }
    line.arriving.push(item);
    if (line.leaving.length + line.arriving.length > 1) return;
    line.timeMs = Math.max(line.timeMs, this.#nowMs);
    this.#insert(namespace, line);
  }

  /** @returns undefined when nothing waits */
  take(): { readonly namespace: string; readonly item: T } | undefined {
    const namespace = this.#order.shift();
    const line = namespace === undefined ? undefined : this.#lines.get(namespace);
    if (namespace === undefined || line === undefined) {
      // Nobody waits who could be overtaken.
      this.#lines.clear();
      this.#nowMs = 0;
      return undefined;
    }
    if (line.leaving.length === 0) {
      line.leaving = line.arriving.reverse();
      line.arriving = [];
    }
    const item = line.leaving.pop()!;
    this.#nowMs = line.timeMs;
    line.timeMs += LEAST_MS;
    if (line.leaving.length + line.arriving.length > 0) this.#insert(namespace, line);
    return { namespace, item };
  }

  /** An item of the namespace that was taken has used this much time. */
  charge(namespace: string, ms: number): void {
    const line = this.#lines.get(namespace);
    if (line === undefined || ms <= LEAST_MS) return;
    line.timeMs += ms - LEAST_MS;
    if (line.leaving.length + line.arriving.length === 0) return;
    this.#order.splice(this.#order.indexOf(namespace), 1);
    this.#insert(namespace, line);
  }

  /** Behind all that have had as much time or less. */
  #insert(namespace: string, { timeMs }: Line<T>): void {
    let low = 0;
    for (let high = this.#order.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#lines.get(this.#order[middle]!)!.timeMs <= timeMs) low = middle + 1;
      else high = middle;
    }
    this.#order.splice(low, 0, namespace);
  }
}
