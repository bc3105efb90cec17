import type { Logger } from 'pino';
import { sleep, type Clock } from '../kube/clock.js';
import { messageOf } from '../kube/json.js';
import { readLeaseHolder } from '../kube/leaderElection/leaseHolder.js';
import { LogThrottle } from '../kube/logThrottle.js';
import type { Transport } from '../kube/rest/transport.js';

export interface LeaseFollowerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly name: string;
  readonly pollMs: number;
}

/** For a dry run: reads the Lease without taking part in the election, and logs who leads, first and at each change. */
export class LeaseFollower {
  readonly #options: LeaseFollowerOptions;
  readonly #failures: LogThrottle;
  #holder: string | undefined;

  constructor(options: LeaseFollowerOptions) {
    this.#options = options;
    this.#failures = new LogThrottle(options.clock);
  }

  /** Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs } = this.#options;
    while (!signal.aborted) {
      await this.#read(signal);
      await sleep(clock, pollMs, signal);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { transport, logger, namespace, name } = this.#options;
    const lease = `${namespace}/${name}`;
    try {
      const holder = await readLeaseHolder(transport, namespace, name, signal);
      if (holder === this.#holder) return;
      this.#holder = holder;
      if (holder === '') logger.info({ lease }, 'no controller leads now');
      else logger.info({ lease, holder }, 'another controller leads now');
    } catch (error) {
      if (signal.aborted) return;
      const suppressed = this.#failures.pass();
      if (suppressed !== undefined) {
        logger.warn({ lease, error: messageOf(error), suppressed }, 'could not read the current leader');
      }
    }
  }
}
