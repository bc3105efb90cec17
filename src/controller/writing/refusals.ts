import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kube/clock.js';

export interface RefusalsOptions {
  readonly clock: Clock;
  /** A refusal counts for this long, in ms. */
  readonly lifeMs: number;
  /** Queues a Service again when its refusals have expired. */
  readonly wake: (serviceKey: string) => void;
}

interface Refusal {
  readonly message: string;
  readonly untilMs: number;
}

/** Patches that are remembered; the least recently used go first. */
const REMEMBERED = 1000;

/**
 * Patches that the API server refused: an identical one is not sent again for a while, and the Service is tried again
 * when that time is over, because a policy or a webhook may have been repaired.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #refused = new LRUCache<string, Refusal>({ max: REMEMBERED });
  readonly #waiting = new Map<string, () => void>();

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** Number of Services with a slice that was refused at their last run. */
  get services(): number {
    return this.#waiting.size;
  }

  /** Why a patch was refused, while that counts. */
  messageOf(fingerprint: string): string | undefined {
    const refusal = this.#refused.get(fingerprint);
    if (refusal === undefined) return undefined;
    if (this.#options.clock.monotonicMs() < refusal.untilMs) return refusal.message;
    this.#refused.delete(fingerprint);
    return undefined;
  }

  note(fingerprint: string, message: string): void {
    const { clock, lifeMs } = this.#options;
    this.#refused.set(fingerprint, { message, untilMs: clock.monotonicMs() + lifeMs });
  }

  /** A run for the Service ended with a refused slice, or without one. */
  settle(serviceKey: string, refused: boolean): void {
    if (!refused) {
      this.#waiting.get(serviceKey)?.();
      this.#waiting.delete(serviceKey);
      return;
    }
    if (this.#waiting.has(serviceKey)) return;
    const { clock, lifeMs, wake } = this.#options;
    const cancel = clock.after(lifeMs, () => {
      this.#waiting.delete(serviceKey);
      wake(serviceKey);
    });
    this.#waiting.set(serviceKey, cancel);
  }

  /** Ends all timers. */
  stop(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
