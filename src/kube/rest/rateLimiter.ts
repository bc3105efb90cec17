import type { Clock } from '../clock.js';
import { ApiError } from './transport.js';

export interface RateLimiterOptions {
  /** Requests per second in the long run; 0 or less switches the limit off. */
  readonly qps: number;
  /** Requests that may go at once after a quiet time; at least 1. */
  readonly burst: number;
  readonly clock: Clock;
}

/**
 * Token bucket as client-go's flowcontrol (golang.org/x/time/rate): each caller takes a token at once, if need be
 * one that is due later, and waits until then, so that callers are served in order of arrival.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  #tokens: number;
  #refilledMs: number;

  constructor(options: RateLimiterOptions) {
    if (options.qps > 0 && !(options.burst >= 1)) {
      throw new RangeError(`The burst of a rate limit must be at least 1, got ${options.burst}.`);
    }
    this.#options = options;
    this.#tokens = options.burst;
    this.#refilledMs = options.clock.monotonicMs();
  }

  /** Milliseconds until a token is free; 0 when a call of `acquire` would resolve at once. */
  get waitMs(): number {
    const { qps, clock } = this.#options;
    if (!(qps > 0)) return 0;
    this.#refill(clock.monotonicMs());
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / qps) * 1000);
  }

  /** Resolves when the caller may go. @throws {ApiError} of kind `aborted` when the signal fires first */
  acquire(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(stopped());
    const { qps, clock } = this.#options;
    if (!(qps > 0)) return Promise.resolve();
    this.#refill(clock.monotonicMs());
    this.#tokens -= 1;
    if (this.#tokens >= 0) return Promise.resolve();
    const waitMs = (-this.#tokens / qps) * 1000;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        cancel();
        // The token goes back; those who wait behind keep their times, which keeps the rate.
        this.#tokens += 1;
        reject(stopped());
      };
      const cancel = clock.after(waitMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #refill(nowMs: number): void {
    const { qps, burst } = this.#options;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#refilledMs) * qps) / 1000);
    this.#refilledMs = nowMs;
  }
}

function stopped(): ApiError {
  return new ApiError('aborted', 'stopped while waiting for the client-side rate limit');
}
