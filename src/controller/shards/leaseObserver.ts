import type { Logger } from 'pino';
import { sleep, type Clock } from '../../kube/clock.js';
import { messageOf } from '../../kube/json.js';
import type { LeaderElector } from '../../kube/leaderElection/leaderElector.js';
import { LogThrottle } from '../../kube/logThrottle.js';

export interface LeaseObserverOptions {
  readonly retryPeriodMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Reads Leases that this process does not hold, so that it notes since when their records stand unchanged. */
export class LeaseObserver {
  readonly #options: LeaseObserverOptions;
  readonly #failures: LogThrottle;

  constructor(options: LeaseObserverOptions) {
    this.#options = options;
    this.#failures = new LogThrottle(options.clock);
  }

  /** Never rejects. @returns whether the Lease was read, or is not there */
  async look(elector: LeaderElector, signal: AbortSignal): Promise<boolean> {
    try {
      await elector.observe(signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const suppressed = this.#failures.pass();
      if (suppressed !== undefined) {
        this.#options.logger.warn({ error: messageOf(error), suppressed }, 'could not read a Lease');
      }
      return false;
    }
  }

  /** Reads all of them once in about a retry period. Settles when the signal fires. */
  async run(electors: readonly LeaderElector[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await Promise.all(electors.map((elector) => this.look(elector, signal)));
      await sleep(clock, this.pauseMs(), signal);
    }
  }

  /** About a retry period: replicas that were started together do not ask together for ever. */
  pauseMs(): number {
    const { random, retryPeriodMs } = this.#options;
    return retryPeriodMs * (0.75 + random() / 2);
  }
}
