import type { Clock } from '../kube/clock.js';
import { Waker } from '../kube/waker.js';
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
  readonly #waker: Waker;
  #nextMs = Infinity;

  constructor(options: NodeGraceOptions) {
    this.#options = options;
    this.#waker = new Waker(options.clock);
  }

  nodeChanged(next: NodeRecord | undefined): void {
    if (next === undefined) return;
    const endsMs = graceEndsMs(next);
    if (endsMs <= this.#options.clock.wallMs() || endsMs >= this.#nextMs) return;
    this.#nextMs = endsMs;
    this.#waker.wake();
  }

  /** Settles when the signal fires; never rejects for anything but what `onExpired` throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, expiresMs, onExpired } = this.#options;
    while (!signal.aborted) {
      if (this.#nextMs <= clock.wallMs()) {
        this.#nextMs = expiresMs() ?? Infinity;
        onExpired();
      } else await this.#waker.sleep(this.#nextMs - clock.wallMs(), signal);
    }
  }
}
