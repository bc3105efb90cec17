import type { Clock } from '../../kube/clock.js';
import { parseObjectKey } from '../../model/objectKey.js';
import { NamespaceTurns } from '../namespaceTurns.js';

export interface WriteBudgetOptions {
  /** Writes of slices in any 60 seconds; 0: no limit. */
  readonly perMinute: number;
  readonly clock: Clock;
  /** It is the turn of a Service that waits. */
  readonly wake: (key: string) => void;
}

const WINDOW_MS = 60_000;
/** A Service that was woken uses its turn within this time, or the next one gets it. */
const TURN_MS = 10_000;

interface Reservation {
  writes: number;
  /** Infinity while its run is under way. */
  untilMs: number;
}

/**
 * At most so many writes in any 60 seconds. A Service writes when there is enough for all of its slices, so that none is left
 * half-written; one with more slices than a minute allows writes as many as it may. The others wait in line, in which
 * namespaces take turns, and none is passed by a later one.
 */
export class WriteBudget {
  readonly #options: WriteBudgetOptions;
  /** When the writes of the last minute were sent, oldest first. */
  #sentMs: number[] = [];
  readonly #reserved = new Map<string, Reservation>();
  /** Those in line and how many writes each needs. */
  readonly #waiting = new Map<string, number>();
  readonly #turns = new NamespaceTurns<string>();
  /** Taken out of `#turns`, and first in line. */
  #first: string | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: WriteBudgetOptions) {
    this.#options = options;
  }

  /** Writes that may be sent now; Infinity without a limit. */
  get left(): number {
    const { perMinute, clock } = this.#options;
    if (perMinute === 0) return Infinity;
    const nowMs = clock.monotonicMs();
    while (nowMs - (this.#sentMs[0] ?? nowMs) >= WINDOW_MS) this.#sentMs.shift();
    let reserved = 0;
    for (const [key, { writes, untilMs }] of this.#reserved) {
      if (untilMs <= nowMs) this.#reserved.delete(key);
      else reserved += writes;
    }
    return Math.max(0, perMinute - this.#sentMs.length - reserved);
  }

  /** Whether a Service may write now. If not, it is in line, and is woken when it is its turn. */
  admit(key: string, writes: number): boolean {
    const { perMinute } = this.#options;
    if (perMinute === 0 || writes === 0) return true;
    const need = Math.min(writes, perMinute);
    const { left } = this;
    const own = this.#reserved.get(key);
    const isFree = this.#waiting.size === 0 && left >= need;
    if (own === undefined && !isFree) {
      this.#join(key, need);
      return false;
    }
    // Between its turn and its run a Service may have come to need more; what there is no room for waits for the next turn.
    const mine = own === undefined ? need : Math.min(need, own.writes + left);
    this.#reserved.set(key, { writes: mine, untilMs: Infinity });
    return true;
  }

  /** Asked right before a slice is sent. If not, the Service is in line again. */
  take(key: string): boolean {
    const { perMinute, clock } = this.#options;
    if (perMinute === 0) return true;
    const own = this.#reserved.get(key);
    if (own === undefined || own.writes === 0) {
      this.#join(key, 1);
      return false;
    }
    own.writes -= 1;
    this.#sentMs.push(clock.monotonicMs());
    return true;
  }

  /** The run of a Service has ended: what it did not use is free. */
  settle(key: string): void {
    if (this.#reserved.delete(key)) this.#advance();
  }

  /** Takes a Service out of line. */
  forget(key: string): void {
    this.#waiting.delete(key);
    this.settle(key);
  }

  drop(isDropped: (key: string) => boolean): void {
    for (const key of [...this.#waiting.keys(), ...this.#reserved.keys()]) if (isDropped(key)) this.forget(key);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #join(key: string, need: number): void {
    const isNew = !this.#waiting.has(key);
    this.#waiting.set(key, need);
    if (isNew) this.#turns.push(parseObjectKey(key).namespace, key);
    this.#advance();
  }

  /** Wakes as many of the first in line as there is budget for, and sets the time at which there is more. */
  #advance(): void {
    this.stop();
    const { clock, wake } = this.#options;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const need = this.#waiting.get(next) ?? 0;
      if (this.left < need) break;
      this.#first = undefined;
      this.#waiting.delete(next);
      this.#reserved.set(next, { writes: need, untilMs: clock.monotonicMs() + TURN_MS });
      wake(next);
    }
    if (this.#waiting.size === 0) return;
    const nowMs = clock.monotonicMs();
    const ends = [...this.#reserved.values()].map(({ untilMs }) => untilMs - nowMs);
    const waitMs = Math.min((this.#sentMs[0] ?? Infinity) + WINDOW_MS - nowMs, ...ends);
    if (waitMs < Infinity) this.#cancel = clock.after(Math.max(1, waitMs), () => this.#advance());
  }

  /** The first in line that has not left it. */
  #next(): string | undefined {
    while (this.#first === undefined || !this.#waiting.has(this.#first)) {
      const taken = this.#turns.take();
      if (taken === undefined) return (this.#first = undefined);
      this.#first = taken.item;
    }
    return this.#first;
  }
}
