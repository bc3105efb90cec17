export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly baseMs: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Exponential back-off with full jitter: the n-th wait is uniform in [0, min(max, base * 2^n)), so that clients that
 * lost the same server at the same moment do not come back together.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next wait; with `retryAfterMs` it starts at the wait that the server requested. */
  nextMs(retryAfterMs = 0): number {
    const { baseMs, maxMs, random } = this.#options;
    const bound = Math.min(maxMs, baseMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt += 1;
    return retryAfterMs + random() * bound;
  }

  /** Makes the next wait short again. */
  reset(): void {
    this.#attempt = 0;
  }
}
