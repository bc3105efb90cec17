import type { Logger } from 'pino';
import { sleep, type Clock } from '../kube/clock.js';
import { Waker } from '../kube/waker.js';
import { parseObjectKey } from '../model/objectKey.js';
import { NamespaceTurns } from './namespaceTurns.js';
import type { WorkStretches } from './workStretches.js';

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
  /** In which the checks take place. */
  readonly stretches: Pick<WorkStretches, 'run'>;
  readonly onFailed?: () => void;
}

/**
 * After nodes changed, checks every Service that takes part and queues those whose plan is another one now. Upstream
 * checks only Services that have hints, and so never gives hints back to one that lost them (kubernetes #114215).
 * Namespaces take turns, also when nodes change again during a long pass: the Services that it has checked wait for
 * their turn once more, beside those that it has not come to.
 *
 * Nothing that a check throws ends `run` or stops later passes: it is logged and counted, and the Service is queued, so
 * that its own reconcile reports the failure.
 */
export class NodeResync {
  readonly #options: NodeResyncOptions;
  readonly #waker: Waker;
  /** Times of the first and the last change that no pass has started for; undefined when there is none. */
  #pending: { readonly firstMs: number; readonly lastMs: number } | undefined;

  constructor(options: NodeResyncOptions) {
    this.#options = options;
    this.#waker = new Waker(options.clock);
  }

  /** Nodes have changed. What is scheduled during a pass has every Service checked again. */
  schedule(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#pending = { firstMs: this.#pending?.firstMs ?? nowMs, lastMs: nowMs };
    this.#waker.wake();
  }

  /** Settles when the signal fires; never rejects. Changes before it runs need no pass: its caller plans all Services. */
  async run(signal: AbortSignal): Promise<void> {
    this.#pending = undefined;
    const waiting = new Set<string>();
    const turns = new NamespaceTurns<string>();
    try {
      while (!signal.aborted) {
        if (this.#dueInMs() <= 0) this.#callAll(waiting, turns);
        const next = turns.take();
        if (next === undefined) {
          await this.#untilPause(signal);
          continue;
        }
        waiting.delete(next.item);
        const ms = await this.#options.stretches.run(() => this.#check(next.item));
        turns.charge(next.namespace, ms);
      }
    } finally {
      this.#pending = undefined;
    }
  }

  /** How long until the changes have paused, or the maximum wait is over; Infinity when there are none. */
  #dueInMs(): number {
    if (this.#pending === undefined) return Infinity;
    const { clock, pauseMs, maxWaitMs } = this.#options;
    const { firstMs, lastMs } = this.#pending;
    return Math.min(lastMs + pauseMs, firstMs + maxWaitMs) - clock.monotonicMs();
  }

  #callAll(waiting: Set<string>, turns: NamespaceTurns<string>): void {
    this.#pending = undefined;
    try {
      for (const key of this.#options.keys()) {
        if (waiting.has(key)) continue;
        waiting.add(key);
        turns.push(parseObjectKey(key).namespace, key);
      }
    } catch (error) {
      this.#failed(error, {}, 'the pass over all Services after a change of nodes failed');
    }
  }

  /** Settles when changes were scheduled and have paused, or after the maximum wait. */
  async #untilPause(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.#dueInMs();
      if (waitMs <= 0) return;
      if (waitMs === Infinity) await this.#waker.sleep(waitMs, signal);
      else await sleep(this.#options.clock, waitMs, signal);
    }
  }

  /** @returns how long it took */
  #check(key: string): number {
    const { clock, needsWork, enqueue } = this.#options;
    const startMs = clock.monotonicMs();
    let isNeeded = true;
    try {
      isNeeded = needsWork(key);
    } catch (error) {
      this.#failed(error, { service: key }, 'the check of a Service after a change of nodes failed');
    }
    if (isNeeded) enqueue(key);
    return clock.monotonicMs() - startMs;
  }

  #failed(error: unknown, context: object, message: string): void {
    this.#options.onFailed?.();
    this.#options.logger.error({ ...context, err: error }, message);
  }
}
