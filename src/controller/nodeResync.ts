import type { Clock } from '../kube/clock.js';

export interface NodeResyncOptions {
  readonly clock: Clock;
  /** Node changes come in swarms (a rollout, a zone that goes): the review waits until they pause for this long. */
  readonly pauseMs: number;
  readonly maxWaitMs: number;
  /** Keys of all Services that take part. */
  readonly keys: () => Iterable<string>;
  /** Whether the Service's plan is another one now. */
  readonly needsWork: (key: string) => boolean;
  readonly queue: (key: string) => void;
  /** Lets other work of the process run; called each time a stretch of planning has taken `STRETCH_MS`. */
  readonly yieldToEventLoop: () => Promise<void>;
}

const STRETCH_MS = 5;

/**
 * Looks at every Service that takes part after nodes changed, and queues those whose plan is another one now. Upstream
 * looks only at Services that have hints, and so never gives hints back to one that lost them (kubernetes #114215).
 */
export class NodeResync {
  readonly #options: NodeResyncOptions;
  #cancel: (() => void) | undefined;
  #firstScheduledMs = 0;
  #running = false;
  #again = false;

  constructor(options: NodeResyncOptions) {
    this.#options = options;
  }

  schedule(): void {
    const { clock, pauseMs, maxWaitMs } = this.#options;
    const now = clock.monotonicMs();
    if (this.#cancel === undefined) this.#firstScheduledMs = now;
    else this.#cancel();
    const waitMs = Math.max(0, Math.min(pauseMs, this.#firstScheduledMs + maxWaitMs - now));
    this.#cancel = clock.after(waitMs, () => {
      this.#cancel = undefined;
      void this.#review();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#again = false;
  }

  async #review(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    const { clock, keys, needsWork, queue, yieldToEventLoop } = this.#options;
    do {
      this.#again = false;
      let stretchMs = clock.monotonicMs();
      for (const key of [...keys()]) {
        if (needsWork(key)) queue(key);
        if (clock.monotonicMs() - stretchMs < STRETCH_MS) continue;
        await yieldToEventLoop();
        stretchMs = clock.monotonicMs();
      }
    } while (this.#again);
    this.#running = false;
  }
}
