import type { Clock } from './clock.js';

/** Lets a repeated message through once in a while and counts the others, so that a fault of hours is not a full disk. */
export class LogThrottle {
  readonly #clock: Clock;
  readonly #periodMs: number;
  #lastMs = -Infinity;
  #suppressed = 0;

  constructor(clock: Clock, periodMs = 60_000) {
    this.#clock = clock;
    this.#periodMs = periodMs;
  }

  /** How many calls were held back since the last one that passed, or undefined when this one is to be held back too. */
  pass(): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastMs < this.#periodMs) {
      this.#suppressed += 1;
      return undefined;
    }
    const suppressed = this.#suppressed;
    this.#lastMs = nowMs;
    this.#suppressed = 0;
    return suppressed;
  }
}
