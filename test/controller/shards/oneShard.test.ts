import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { OneShard } from '../../../src/controller/shards/oneShard.js';
import { LeaderLostError } from '../../../src/kube/leaderElection/leaderElector.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { LEASE_TIMES, LeaseConnection, LeaseStore } from '../../support/leaseStore.js';

const events = (seen: string[]): Parameters<OneShard['run']>[0] => ({
  gained: (shard) => void seen.push(`+${shard}`),
  lost: (shard) => void seen.push(`-${shard}`),
  drained: () => Promise.resolve(),
});

describe('one shard without an election', () => {
  test('is held from the start until it is released', async () => {
    const shard = new OneShard('no leader election');
    const [seen, stop] = [[] as string[], new AbortController()];
    expect([shard.has(), shard.holds(), shard.count]).toEqual([false, false, 1]);
    const running = shard.run(events(seen), stop.signal);
    expect([seen, shard.has(), shard.holds(), shard.describe()]).toEqual([
      ['+0'],
      true,
      true,
      { note: 'no leader election' },
    ]);
    stop.abort();
    await running;
    expect(shard.holds()).toBe(true);
    await shard.release();
    expect([shard.has(), shard.holds()]).toEqual([false, false]);
  });
});

describe('one shard with an election', () => {
  const start = (identity: string, store: LeaseStore, clock: FakeClock): OneShard =>
    new OneShard({
      transport: new LeaseConnection(store, clock, () => 0.5),
      namespace: 'kube-system',
      name: 'slicehints',
      identity,
      ...LEASE_TIMES,
      clock,
      random: () => 0.5,
      logger: pino({ level: 'silent' }),
    });

  test('is held while the Lease is, and the others stand by', async () => {
    const [store, clock] = [new LeaseStore(), new FakeClock()];
    const [first, second] = [start('a_1', store, clock), start('b_1', store, clock)];
    const [seen, stop] = [[] as string[], new AbortController()];
    const running = first.run(events(seen), stop.signal);
    await clock.advance(1000);
    void second.run(events(seen), new AbortController().signal);
    await clock.advance(1000);
    expect([seen, first.holds(), second.holds()]).toEqual([['+0'], true, false]);
    expect([first.describe(), second.describe()]).toEqual([{ note: 'leading' }, { note: 'standby; leader is a_1' }]);
    stop.abort();
    await running;
    const released = first.release();
    await clock.advance(1000);
    await released;
    await clock.advance(5000);
    expect([seen, first.has(), second.holds()]).toEqual([['+0', '+0'], false, true]);
  });

  test('a lost Lease ends the process, and is described before that is noticed', async () => {
    const [store, clock] = [new LeaseStore(), new FakeClock()];
    const shard = start('a_1', store, clock);
    let outcome: unknown;
    shard.run(events([]), new AbortController().signal).catch((error: unknown) => (outcome = error));
    await clock.advance(1000);
    const lease = store.leases.get('slicehints')!;
    const spec = { ...lease.spec, holderIdentity: 'b_1' };
    store.serve({ method: 'PUT', path: '/slicehints', body: { ...lease, spec } });
    await clock.advance(3000);
    await settle();
    expect(outcome).toBeInstanceOf(LeaderLostError);
    expect([shard.has(), shard.holds()]).toEqual([false, false]);
  });
});
