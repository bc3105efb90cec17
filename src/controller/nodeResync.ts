import type { Logger } from 'pino';
import { sleep, type Clock } from '../kube/clock.js';

export interface NodeResyncOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nodes change in bursts (a rollout, a zone that fails): a pass starts when changes pause for this long. */
  readonly pauseMs: number;
  /** A burst that does not pause is followed by a pass after this long. */
  readonly maxWaitMs: number;
  /** Keys of all Services that take part. */
  readonly keys: () => Iterable<string>;
  /** Whether a reconcile of the Service would change anything now. */
  readonly needsWork: (key: string) => boolean;
  readonly enqueue: (key: string) => void;
  /** Lets other work of the process run; called each time a stretch of planning has taken `STRETCH_MS`. */
  readonly yieldToEventLoop: () => Promise<void>;
  readonly onFailed?: () => void;
}

const STRETCH_MS = 5;

/**
 * After nodes changed, checks every Service that takes part and queues those whose plan is another one now. Upstream
 * checks only Services that have hints, and so never gives hints back to one that lost them (kubernetes #114215).
 *
 * Nothing that a check throws ends `run` or stops later passes: it is logged and counted, and the Service is queued, so
 * that its own reconcile reports the failure.
 */
export class NodeResync {
  readonly #options: NodeResyncOptions;
  /** Times of the first and the last change that no pass has started for; undefined when there is none. */
  #pending: { readonly firstMs: number; readonly lastMs: number } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: NodeResyncOptions) {
    this.#options = options;
  }

  /** Nodes have changed. What is scheduled during a pass is followed by another pass. */
  schedule(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#pending = { firstMs: this.#pending?.firstMs ?? nowMs, lastMs: nowMs };
    this.#wake?.();
  }

  /** Settles when the signal fires; never rejects. Changes before it runs need no pass: its caller plans all Services. */
  async run(signal: AbortSignal): Promise<void> {
    this.#pending = undefined;
    try {
      while (!signal.aborted) {
        await this.#untilPause(signal);
        if (signal.aborted) return;
        this.#pending = undefined;
        await this.#pass(signal);
      }
    } finally {
      this.#pending = undefined;
    }
  }

  /** Settles when changes were scheduled and have paused, or after the maximum wait. */
  async #untilPause(signal: AbortSignal): Promise<void> {
    const { clock, pauseMs, maxWaitMs } = this.#options;
    while (!signal.aborted) {
      if (this.#pending === undefined) {
        await this.#untilScheduled(signal);
        continue;
      }
      const { firstMs, lastMs } = this.#pending;
      const waitMs = Math.min(lastMs + pauseMs, firstMs + maxWaitMs) - clock.monotonicMs();
      if (waitMs <= 0) return;
      await sleep(clock, waitMs, signal);
    }
  }

  #untilScheduled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const { clock, keys, yieldToEventLoop } = this.#options;
    try {
      let stretchMs = clock.monotonicMs();
      for (const key of [...keys()]) {
        this.#check(key);
        if (clock.monotonicMs() - stretchMs < STRETCH_MS) continue;
        await yieldToEventLoop();
        if (signal.aborted) return;
        stretchMs = clock.monotonicMs();
      }
    } catch (error) {
      this.#failed(error, {}, 'the pass over all Services after a change of nodes failed');
    }
  }

  #check(key: string): void {
    const { needsWork, enqueue } = this.#options;
    try {
      if (!needsWork(key)) return;
    } catch (error) {
      this.#failed(error, { service: key }, 'the check of a Service after a change of nodes failed');
    }
    enqueue(key);
  }

  #failed(error: unknown, context: object, message: string): void {
    this.#options.onFailed?.();
    this.#options.logger.error({ ...context, err: error }, message);
  }
}
