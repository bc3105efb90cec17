import { afterEach, beforeEach, expect, test } from 'vitest';
import { shardOf } from '../../../src/controller/shards/shardOf.js';
import { LiveCluster, until, type LiveController } from '../../support/liveController.js';

const SHARDS = 4;
const NAMES = Array.from({ length: 24 }, (_, i) => `svc-${i}`);
const lease = (identity: string): NonNullable<Parameters<LiveCluster['run']>[0]>['lease'] => ({
  shards: SHARDS,
  namespace: 'default',
  name: 'slicehints',
  identity,
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 100,
});

let cluster: LiveCluster;
beforeEach(async () => {
  cluster = new LiveCluster();
  await cluster.start();
  for (const name of NAMES) {
    cluster.putService(name);
    cluster.putSlice(name, ['a', 'b']);
  }
});
afterEach(() => cluster.stop());

const held = ({ controller }: LiveController): number[] =>
  Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => controller.holdsShard(shard));
const inShards = (shards: readonly number[]): string[] =>
  NAMES.filter((name) => shards.includes(shardOf(`default/${name}`, SHARDS)));

test('two replicas share the Services: each writes those of its shards, and what is left when the other stops', async () => {
  const first = cluster.run({ lease: lease('first_1') });
  await until(() => expect(NAMES.map((name) => cluster.hints(name))).toEqual(NAMES.map(() => 'a b')));
  await until(() => expect(first.counts.writes['written']).toBe(NAMES.length));
  const second = cluster.run({ lease: lease('second_1') });
  await until(() => expect([held(first).length, held(second).length]).toEqual([2, 2]));
  expect([...held(first), ...held(second)].sort()).toEqual([0, 1, 2, 3]);

  // What is in place is not written again by its new holder.
  await until(() => expect(second.controller.settled).toBe(true));
  expect(second.counts.writes['written'] ?? 0).toBe(0);
  const [ofFirst, ofSecond] = [inShards(held(first)), inShards(held(second))];
  for (const name of NAMES) cluster.putSlice(name, ['b', 'a']);
  await until(() => expect(NAMES.map((name) => cluster.hints(name))).toEqual(NAMES.map(() => 'b a')));
  const written = ({ counts }: LiveController): number | undefined => counts.writes['written'];
  await until(() =>
    expect([written(first), written(second)]).toEqual([NAMES.length + ofFirst.length, ofSecond.length]),
  );
  expect(first.controller.book.count()).toMatchObject([{ services: ofFirst.length }]);

  await first.stop();
  await until(() => expect(held(second)).toEqual([0, 1, 2, 3]));
  for (const name of NAMES) cluster.putSlice(name, ['a', 'b']);
  await until(() => expect(NAMES.map((name) => cluster.hints(name))).toEqual(NAMES.map(() => 'a b')));
  expect([first.controller.leading, second.controller.leading]).toEqual([false, true]);
});

test('a replica that gives shards away reports whose Services these are', async () => {
  const given: string[] = [];
  const onShardLost = (belongs: (key: string) => boolean): void =>
    void given.push(...NAMES.filter((name) => belongs(`default/${name}`)));
  const first = cluster.run({ lease: lease('first_1'), observer: { onShardLost } });
  await until(() => expect(held(first)).toEqual([0, 1, 2, 3]));
  const second = cluster.run({ lease: lease('second_1') });
  await until(() => expect([held(first).length, held(second).length]).toEqual([2, 2]));
  expect(given.sort()).toEqual(inShards(held(second)).sort());
});
