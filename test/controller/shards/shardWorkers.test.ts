import { describe, expect, test } from 'vitest';
import type { ShardWorker } from '../../../src/controller/shards/shardWorker.js';
import { ShardWorkers } from '../../../src/controller/shards/shardWorkers.js';
import type { SliceRecord } from '../../../src/model/slice.js';

/** shop/web is in shard 0 of 2 and bank/app in shard 1 (see shardOf). */
const [WEB, OTHER] = ['shop/web', 'bank/app'];

function rig(): { workers: ShardWorkers; seen: string[] } {
  const seen: string[] = [];
  const workers = new ShardWorkers(2, (shard) => {
    const note = (what: string): void => void seen.push(`${shard} ${what}`);
    return {
      stop: () => note('stop'),
      abortWrites: () => note('abort'),
      book: {
        has: () => true,
        count: () => [
          { mode: 'auto', reason: 'HintsSet', services: shard + 1 },
          { mode: 'auto', reason: `Only${shard}`, services: 1 },
        ],
      },
      refusals: { services: 10 },
      contention: {
        contended: shard + 1,
        reset: () => note('reset'),
        serviceChanged: (key: string) => note(`service ${key}`),
        observed: (next?: SliceRecord, previous?: SliceRecord) =>
          note(`slice ${next?.serviceName ?? '-'} before ${previous?.serviceName ?? '-'}`),
      },
    } as unknown as ShardWorker;
  });
  return { workers, seen };
}

const slice = (key: string): SliceRecord => {
  const [namespace = '', serviceName = ''] = key.split('/');
  return { namespace, serviceName } as SliceRecord;
};

describe('the workers of the shards that are held', () => {
  test('the two keys of this test are of different shards', () => {
    const { workers } = rig();
    expect([WEB, OTHER].map(workers.belongsTo(0))).toEqual([true, false]);
    expect([WEB, OTHER].map(workers.belongsTo(1))).toEqual([false, true]);
  });

  test('a Service has a worker while its shard is held', () => {
    const { workers, seen } = rig();
    expect([workers.of(WEB), workers.has(WEB)]).toEqual([undefined, false]);
    workers.start(0);
    expect([workers.of(WEB) === undefined, workers.has(WEB), workers.of(OTHER)]).toEqual([false, true, undefined]);
    workers.stop(0);
    expect([workers.of(WEB), seen]).toEqual([undefined, ['0 stop']]);
  });

  test('a shard that is gained again gets a new worker: what is remembered is of the time before', () => {
    const { workers } = rig();
    workers.start(0);
    const before = workers.of(WEB);
    workers.stop(0);
    workers.start(0);
    expect(workers.of(WEB)).not.toBe(before);
  });

  test.each<[string, SliceRecord | undefined, SliceRecord | undefined, string[]]>([
    ['a change goes to its worker', slice(WEB), slice(WEB), ['0 slice web before web']],
    ['a new slice too', slice(OTHER), undefined, ['1 slice app before -']],
    ['one that is deleted too', undefined, slice(WEB), ['0 slice - before web']],
    [
      'one that moves to a Service of another shard is taken from the first',
      slice(OTHER),
      slice(WEB),
      ['0 slice - before web', '1 slice app before web'],
    ],
  ])('slices: %s', (_name, next, previous, expected) => {
    const { workers, seen } = rig();
    workers.start(0);
    workers.start(1);
    workers.observed(next, previous);
    expect(seen).toEqual(expected);
  });

  test('changes of what other replicas hold go nowhere', () => {
    const { workers, seen } = rig();
    workers.start(1);
    workers.observed(slice(WEB), slice(WEB));
    workers.serviceChanged(WEB, undefined, undefined);
    workers.serviceChanged(OTHER, undefined, undefined);
    expect(seen).toEqual(['1 service bank/app']);
  });

  test('figures are summed over the shards', () => {
    const { workers } = rig();
    workers.start(0);
    workers.start(1);
    expect([workers.contended, workers.refused]).toEqual([3, 20]);
    expect(workers.count()).toEqual([
      { mode: 'auto', reason: 'HintsSet', services: 3 },
      { mode: 'auto', reason: 'Only0', services: 1 },
      { mode: 'auto', reason: 'Only1', services: 1 },
    ]);
  });

  test('all are reset, aborted and stopped', () => {
    const { workers, seen } = rig();
    workers.start(0);
    workers.start(1);
    workers.resetContention();
    workers.abortWrites();
    workers.stopAll();
    expect(seen).toEqual(['0 reset', '1 reset', '0 abort', '1 abort', '0 stop', '1 stop']);
    expect([workers.of(WEB), workers.of(OTHER)]).toEqual([undefined, undefined]);
  });
});
