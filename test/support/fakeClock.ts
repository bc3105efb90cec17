import type { Clock } from '../../src/kube/clock.js';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that stands still until a test moves it. Timers run in the order they are due; promises settle in between. */
export class FakeClock implements Clock {
  #now = 0;
  #order = 0;
  #wallOffset: number;
  readonly #timers = new Set<Timer>();

  constructor(wallStartMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = wallStartMs;
  }

  monotonicMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now + this.#wallOffset;
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** The wall clock jumps; durations do not feel it. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Moves time on by `ms`, running every timer that falls due and, before and after each, whatever promises settle. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#first();
      if (next === undefined || next.due > target) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.fn();
      await settle();
    }
    this.#now = target;
    await settle();
  }

  /** The timer that is due first; of several, the one that was set first. */
  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}

/** Lets promises that are ready, and short I/O callbacks, run. */
export async function settle(rounds = 5): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve));
}
