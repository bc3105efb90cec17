import type { Clock } from '../clock.js';
import { ApiError } from './transport.js';

export interface AdaptiveBoundOptions {
  /** Requests that may be in flight at a server that keeps up; at least 1. The bound starts here. */
  readonly ceiling: number;
  readonly clock: Clock;
  /** The limit is another one now. */
  readonly onChange?: (limit: number) => void;
}

/** An answer that takes longer than this is slow. */
const SLOW_MS = 1000;
/** Two slow answers among this many put their 95th percentile over `SLOW_MS`. */
const WINDOW = 20;
const SLOW_IN_WINDOW = 2;
/** One more request in flight for each time this has passed without a sign of overload. */
const RECOVERY_MS = 1000;

/**
 * How many requests may be in flight, by additive increase and multiplicative decrease: the limit halves on an answer of
 * 429 or 503, and when the 95th percentile of the last answers exceeds a second; it grows by one a second while answers
 * are good. A request that was sent before the limit last fell does not reflect the new limit and is not counted.
 */
export class AdaptiveLimit {
  readonly #options: AdaptiveBoundOptions;
  #limit: number;
  #changedMs = -Infinity;
  #fellMs = -Infinity;
  /** Whether each of the last answers was slow, oldest first. */
  #slow: boolean[] = [];

  constructor(options: AdaptiveBoundOptions) {
    if (!(options.ceiling >= 1)) {
      throw new RangeError(`The ceiling of requests in flight must be at least 1, got ${options.ceiling}.`);
    }
    this.#options = options;
    this.#limit = options.ceiling;
  }

  get current(): number {
    return this.#limit;
  }

  /** Takes in one answer, or the failure, of a request that was sent at `sentMs` of the monotonic clock. */
  answered(sentMs: number, isRefused: boolean): void {
    if (sentMs < this.#fellMs) return;
    const nowMs = this.#options.clock.monotonicMs();
    const isSlow = nowMs - sentMs > SLOW_MS;
    this.#slow.push(isSlow);
    if (this.#slow.length > WINDOW) this.#slow.shift();
    if (isRefused || this.#slow.filter(Boolean).length >= SLOW_IN_WINDOW) {
      this.#fellMs = nowMs;
      this.#slow = [];
      this.#set(Math.max(1, Math.floor(this.#limit / 2)), nowMs);
    } else if (!isSlow && nowMs - this.#changedMs >= RECOVERY_MS) {
      this.#set(Math.min(this.#options.ceiling, this.#limit + 1), nowMs);
    }
  }

  #set(limit: number, nowMs: number): void {
    this.#changedMs = nowMs;
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#options.onChange?.(limit);
  }
}

/** Lets requests through, in the order in which they come, while fewer are in flight than an `AdaptiveLimit` allows. */
export class AdaptiveBound {
  readonly #clock: Clock;
  readonly #limit: AdaptiveLimit;
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

  constructor(options: AdaptiveBoundOptions) {
    this.#clock = options.clock;
    this.#limit = new AdaptiveLimit(options);
  }

  /** Requests that may be in flight now. */
  get limit(): number {
    return this.#limit.current;
  }

  /**
   * Calls `send` when there is room. `send` calls `onSent` when the request leaves, so that a wait before that is not
   * taken for a slow answer.
   * @throws {ApiError} of kind `aborted` when the signal fires first; otherwise what `send` throws
   */
  async run<T>(send: (onSent: () => void) => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#admit(signal);
    let sentMs: number | undefined;
    let error: unknown;
    try {
      return await send(() => (sentMs = this.#clock.monotonicMs()));
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      this.#inFlight--;
      if (sentMs !== undefined && isAnswer(error)) this.#limit.answered(sentMs, isRefusal(error));
      this.#letIn();
    }
  }

  async #admit(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw stopped();
    if (this.#waiting.size === 0 && this.#inFlight < this.limit) {
      this.#inFlight++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(enter);
        reject(stopped());
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #letIn(): void {
    for (const enter of this.#waiting) {
      if (this.#inFlight >= this.limit) return;
      this.#waiting.delete(enter);
      this.#inFlight++;
      enter();
    }
  }
}

/** An answer, or none within the deadline; a request that was stopped or withheld is no measure of the server. */
function isAnswer(error: unknown): boolean {
  return !(error instanceof ApiError && (error.kind === 'aborted' || error.kind === 'withheld'));
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 429 || error.status === 503);
}

function stopped(): ApiError {
  return new ApiError('aborted', 'stopped while waiting for other requests in flight');
}
