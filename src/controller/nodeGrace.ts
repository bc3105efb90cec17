import type { Clock } from '../kube/clock.js';
import type { NodeRecord } from '../model/node.js';
import { graceEndsMs } from '../model/nodeStanding.js';

export interface NodeGraceOptions {
  readonly clock: Clock;
  /** When a node next ceases to count, as far as the nodes are known now (`Cluster.expiresMs`). */
  readonly expiresMs: () => number | undefined;
  /** A node has ceased to count. */
  readonly onExpired: () => void;
}

/**
 * A node that is not ready counts for five minutes more, and nothing arrives from the API server when they are over. This
 * waits for that moment, by the wall clock, which the times of the API server are compared with.
 */
export class NodeGrace {
  readonly #options: NodeGraceOptions;
  #nextMs = Infinity;
  #wake: (() => void) | undefined;

  constructor(options: NodeGraceOptions) {
    this.#options = options;
  }

  nodeChanged(next: NodeRecord | undefined): void {
    if (next === undefined || next.ready) return;
    const endsMs = graceEndsMs(next);
    if (endsMs <= this.#options.clock.wallMs() || endsMs >= this.#nextMs) return;
    this.#nextMs = endsMs;
    this.#wake?.();
  }

  /** Settles when the signal fires; never rejects for anything but what `onExpired` throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, expiresMs, onExpired } = this.#options;
    while (!signal.aborted) {
      if (this.#nextMs <= clock.wallMs()) {
        this.#nextMs = expiresMs() ?? Infinity;
        onExpired();
      } else await this.#untilNext(signal);
    }
  }

  #untilNext(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = this.#nextMs === Infinity ? undefined : clock.after(this.#nextMs - clock.wallMs(), () => done());
      const done = (): void => {
        cancel?.();
        this.#wake = undefined;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
