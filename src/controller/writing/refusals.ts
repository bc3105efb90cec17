import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SlicePlan } from '../../hints/plan.js';
import type { Clock } from '../../kube/clock.js';

export type Patch = NonNullable<SlicePlan['patch']>;

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

  /** Why this patch of the slice `key` was refused, while that counts. */
  messageOf(key: string, patch: Patch): string | undefined {
    // Hardly ever is anything refused, and the text of a large patch takes its time.
    if (this.#refused.size === 0) return undefined;
    const fingerprint = fingerprintOf(key, patch);
    const refusal = this.#refused.get(fingerprint);
    if (refusal === undefined) return undefined;
    if (this.#options.clock.monotonicMs() < refusal.untilMs) return refusal.message;
    this.#refused.delete(fingerprint);
    return undefined;
  }

  note(key: string, patch: Patch, message: string): void {
    const { clock, lifeMs } = this.#options;
    this.#refused.set(fingerprintOf(key, patch), { message, untilMs: clock.monotonicMs() + lifeMs });
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

/**
 * A digest: the text of a patch with node hints is half a megabyte. The version, which is in metadata too, changes while the rest
 * stays refused.
 */
function fingerprintOf(key: string, patch: Patch): string {
  const refusable = patch.map((operation) => (operation.path.startsWith('/metadata/') ? operation.path : operation));
  return createHash('sha256')
    .update(`${key} ${JSON.stringify(refusable)}`)
    .digest('base64');
}
