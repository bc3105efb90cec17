import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { Transport } from '../rest/transport.js';

export interface LeaderElectorOptions {
  /** One of its own: a lease that waits behind other requests is a lease lost. */
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  /** Put on the Lease, beside the labels that it has. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Unique to this process, e.g. `<host>_<uuid>`. */
  readonly identity: string;
  /**
   * Several processes hold the lease together under the same identity: a renewal by any of them counts for all. Such a
   * lease must not be released while others may hold it. By default false.
   */
  readonly isShared?: boolean;
  /** Others may take the lease this long after its record last changed. */
  readonly leaseDurationMs: number;
  /** The leader gives up when it could not renew for this long. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly onStartedLeading: () => void;
}

/** Spreads the tries of several standbys, as client-go's JitterFactor. */
export const JITTER_FACTOR = 1.2;

/** @throws {RangeError} one sentence on what is wrong */
export function checkOptions(options: LeaderElectorOptions): void {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, identity } = options;
  if (identity === '') throw new RangeError('The identity of a leader elector must not be empty.');
  if (!(retryPeriodMs >= 1)) throw new RangeError(`The retry period must be positive, got ${retryPeriodMs} ms.`);
  if (!(renewDeadlineMs > retryPeriodMs * JITTER_FACTOR)) {
    throw new RangeError(
      `The renew deadline (${renewDeadlineMs} ms) must be more than ${JITTER_FACTOR} times the retry period (${retryPeriodMs} ms).`,
    );
  }
  if (!(leaseDurationMs > renewDeadlineMs)) {
    throw new RangeError(
      `The lease duration (${leaseDurationMs} ms) must be longer than the renew deadline (${renewDeadlineMs} ms).`,
    );
  }
  if (!(leaseDurationMs >= 1000)) {
    throw new RangeError(`The lease duration must be at least 1 s, got ${leaseDurationMs} ms.`);
  }
}
