import { pino } from 'pino';
import { expect, test } from 'vitest';
import { chooseShards } from '../../../src/controller/shards/chooseShards.js';
import { OneShard } from '../../../src/controller/shards/oneShard.js';
import { ShardLeases } from '../../../src/controller/shards/shardLeases.js';
import { FakeClock } from '../../support/fakeClock.js';
import { LEASE_TIMES, LeaseConnection, LeaseStore } from '../../support/leaseStore.js';

const lease = {
  namespace: 'kube-system',
  name: 'slicehints',
  identity: 'a_1',
  ...LEASE_TIMES,
};

test.each<[string, number | undefined, boolean, typeof OneShard | typeof ShardLeases, string, string[]]>([
  ['without an election, this process writes all', undefined, false, OneShard, 'no leader election', []],
  ['with one shard, by one Lease', 1, false, OneShard, 'leading', ['slicehints']],
  [
    'with several, by a Lease of each',
    2,
    false,
    ShardLeases,
    'holds shards 0, 1 of 2',
    ['slicehints', 'slicehints-member-0', 'slicehints-shard-0', 'slicehints-shard-1'],
  ],
  ['in a dry run, without writing a Lease', 2, true, OneShard, 'dry run: reads the Lease only', []],
])('%s', async (_, shards, dryRun, kind, note, leases) => {
  const [store, clock, stop] = [new LeaseStore(), new FakeClock(), new AbortController()];
  const lines: object[] = [];
  const chosen = chooseShards(
    {
      lease: shards === undefined ? undefined : { ...lease, shards },
      leaseTransport: new LeaseConnection(store, clock, () => 0.5),
      clock,
      random: () => 0.5,
      dryRun,
    },
    pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) }),
  );
  expect(chosen).toBeInstanceOf(kind);
  const gained: number[] = [];
  const running = chosen.run(
    { gained: (shard) => void gained.push(shard), lost: () => undefined, drained: () => Promise.resolve() },
    stop.signal,
  );
  await clock.advance(30_000);
  if (leases.length > 0) expect(lines[0]).toMatchObject({ component: 'election' });
  expect(gained.sort()).toEqual(Array.from({ length: chosen.count }, (__, shard) => shard));
  expect(chosen.describe()).toEqual({ note });
  expect([...store.leases.keys()].sort()).toEqual(leases);
  for (const { metadata } of store.leases.values()) {
    expect(metadata.labels?.['slicehints.io/component']).toBe('controller');
  }
  stop.abort();
  await running;
});
