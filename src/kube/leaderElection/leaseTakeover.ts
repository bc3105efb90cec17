import { sleep, type Clock } from '../clock.js';
import { microTime } from '../metaTime.js';
import { readLease, shownHolder, type ObservedLease } from './leaseRecord.js';
import { leasePath, leasesPath } from '../rest/paths.js';
import { ApiError, type Transport } from '../rest/transport.js';

export interface LeaseTakeoverOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  /** How long others keep off after the record last changed. */
  readonly leaseDurationMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether a holder writes nothing, so that its last writes need not be waited for. */
  readonly isHarmless?: (holder: string) => boolean;
  /** Called with the previous holder and the time until its lease must have expired. */
  readonly onTaken?: (holder: string, waitMs: number) => void;
}

const TRIES = 10;
const DEFAULT_DURATION_MS = 15_000;

/**
 * Takes a Lease from its holder, and waits until the old holder's lease must have expired. Election never
 * does this; it is for the end of an installation, which cleans up while a controller still runs. A leader steps down
 * when it reads another name in its lease, and a standby waits until this claim expires.
 * @throws {ApiError} when the Lease can be neither read nor written
 */
export async function takeLease(options: LeaseTakeoverOptions): Promise<void> {
  const { clock, signal, onTaken } = options;
  for (let tries = 1; ; tries++) {
    try {
      const { holder, durationMs } = await claim(options);
      if (holder === '' || holder === options.identity || options.isHarmless?.(holder) === true) return;
      const waitMs = durationMs ?? DEFAULT_DURATION_MS;
      onTaken?.(shownHolder(holder), waitMs);
      await sleep(clock, waitMs, signal);
      return;
    } catch (error) {
      // The leader renews every few seconds, and the lease may be created or deleted in between.
      const raced = error instanceof ApiError && (error.status === 409 || error.status === 404);
      if (!raced || tries === TRIES || signal.aborted) throw error;
    }
  }
}

/** Returns the record before the claim. */
async function claim(options: LeaseTakeoverOptions): Promise<ObservedLease['record']> {
  const { transport, namespace, name, identity, leaseDurationMs, clock, signal } = options;
  const path = leasePath(namespace, name);
  const now = microTime(clock.wallMs());
  const ours = {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
    acquireTime: now,
    renewTime: now,
  };
  let lease: ObservedLease | undefined;
  try {
    lease = readLease(await transport.send({ method: 'GET', path, signal }));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    const metadata = { namespace, name };
    const spec = { ...ours, leaseTransitions: 0 };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    await transport.send({ method: 'POST', path: leasesPath(namespace), body, signal });
    return { holder: '', durationMs: undefined, acquireTime: undefined, transitions: 0 };
  }
  if (lease === undefined) throw new ApiError('malformed', `The answer for the lease ${name} is not a Lease.`);
  const spec = { ...lease.spec, ...ours, leaseTransitions: lease.record.transitions + 1 };
  const body = { ...lease.raw, spec };
  await transport.send({ method: 'PUT', path, body, signal });
  return lease.record;
}
