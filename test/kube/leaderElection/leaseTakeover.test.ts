import { describe, expect, test } from 'vitest';
import { LeaderElector, LeaderLostError } from '../../../src/kube/leaderElection/leaderElector.js';
import { takeLease } from '../../../src/kube/leaderElection/leaseTakeover.js';
import { ApiError, type Transport } from '../../../src/kube/rest/transport.js';
import { pino } from 'pino';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { startSandbox } from '../../support/sandbox.js';

const LEASE = { namespace: 'kube-system', name: 'slicehints' };
const PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/slicehints';

async function withSandbox(run: (transport: Transport) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox();
  try {
    await run(sandbox.transport);
  } finally {
    await sandbox.stop();
  }
}

const spec = async (transport: Transport): Promise<Record<string, unknown>> =>
  ((await transport.send({ method: 'GET', path: PATH })) as { spec: Record<string, unknown> }).spec;

function take(transport: Transport, clock: FakeClock, signal = new AbortController().signal) {
  const taken: (readonly [string, number])[] = [];
  const done = takeLease({
    ...LEASE,
    transport,
    identity: 'cleanup_1',
    leaseDurationMs: 120_000,
    clock,
    signal,
    onTaken: (holder, waitMs) => taken.push([holder, waitMs]),
  });
  return { done, taken };
}

function elector(transport: Transport, clock: FakeClock, identity: string): LeaderElector {
  return new LeaderElector({
    ...LEASE,
    transport,
    identity,
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2000,
    clock,
    random: () => 0,
    logger: pino({ level: 'silent' }),
    onStartedLeading: () => undefined,
  });
}

async function untilTrue(look: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !look(); i++) await settle();
  expect(look()).toBe(true);
}

describe('takeLease', () => {
  test('makes the Lease where there is none, so that no standby takes it', () =>
    withSandbox(async (transport) => {
      const { done, taken } = take(transport, new FakeClock());
      await done;
      expect(taken).toEqual([]);
      expect(await spec(transport)).toMatchObject({ holderIdentity: 'cleanup_1', leaseDurationSeconds: 120 });
    }));

  test('takes it from a leader, who steps down, and waits until he cannot believe any more that it is his', () =>
    withSandbox(async (transport) => {
      const clock = new FakeClock();
      const leader = elector(transport, clock, 'old');
      const lost = expect(leader.run(new AbortController().signal)).rejects.toThrow(LeaderLostError);
      await untilTrue(() => leader.isLeader);
      const { done, taken } = take(transport, clock);
      let settled = false;
      void done.then(() => (settled = true));
      await untilTrue(() => taken.length > 0);
      expect(taken).toEqual([['old', 15_000]]);
      await clock.advance(14_999);
      expect(settled).toBe(false);
      await clock.advance(1);
      await done;
      await lost;
      expect(leader.holdsLease()).toBe(false);
      expect(await spec(transport)).toMatchObject({ holderIdentity: 'cleanup_1', leaseTransitions: 1 });
    }));

  test('tries again when the leader renews in between', () =>
    withSandbox(async (transport) => {
      await take(transport, new FakeClock()).done;
      let races = 2;
      const racing: Transport = {
        ...transport,
        watch: (request) => transport.watch(request),
        close: () => transport.close(),
        send: (request) =>
          request.method === 'PUT' && races-- > 0
            ? Promise.reject(new ApiError('http', 'conflict', { status: 409 }))
            : transport.send(request),
      };
      await take(racing, new FakeClock()).done;
      expect(races).toBe(-1);
    }));

  test('gives up with the error of the server when it may not write', () =>
    withSandbox(async (transport) => {
      const forbidding: Transport = {
        ...transport,
        watch: (request) => transport.watch(request),
        close: () => transport.close(),
        send: (request) =>
          request.method === 'GET'
            ? transport.send(request)
            : Promise.reject(new ApiError('http', 'forbidden', { status: 403 })),
      };
      await expect(take(forbidding, new FakeClock()).done).rejects.toThrow('forbidden');
    }));
});
