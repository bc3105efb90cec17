import type { Clock } from '../kube/clock.js';

export interface WorkStretchesOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Lets other work of the process run: timers, answers and watch events. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** Work of this length or more is followed by other work of the process. */
const STRETCH_MS = 5;

/**
 * Planning of all kinds, one piece after the other: however many Services wait and however many may be worked on at a
 * time, the event loop is not blocked for longer than a stretch and one plan.
 */
export class WorkStretches {
  readonly #options: WorkStretchesOptions;
  #usedMs = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WorkStretchesOptions) {
    this.#options = options;
  }

  /** Runs synchronous work after the pieces before it; rejects with what it throws. */
  run<T>(work: () => T): Promise<T> {
    const result = this.#last.then(() => this.#turn(work));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #turn<T>(work: () => T): Promise<T> {
    const { clock, yieldToEventLoop } = this.#options;
    if (this.#usedMs >= STRETCH_MS) {
      await yieldToEventLoop();
      this.#usedMs = 0;
    }
    const startMs = clock.monotonicMs();
    try {
      return work();
    } finally {
      this.#usedMs += clock.monotonicMs() - startMs;
    }
  }
}
