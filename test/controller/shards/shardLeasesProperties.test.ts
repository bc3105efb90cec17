import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { settle } from '../../support/fakeClock.js';
import { ShardCluster, sizes } from '../../support/shardCluster.js';
import { LEASE_TIMES } from '../../support/leaseStore.js';

type Step =
  | { readonly kind: 'start'; readonly count: number }
  | { readonly kind: 'stop' | 'cut' | 'heal'; readonly index: number }
  | { readonly kind: 'fail'; readonly index: number; readonly share: number }
  | { readonly kind: 'pass'; readonly ms: number };

const index = fc.nat({ max: 5 });
const step = (counts: readonly number[]): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), count: fc.constantFrom(...counts) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('stop', 'cut', 'heal'), index }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('fail' as const), index, share: fc.constantFrom(0.2, 0.6, 0) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 50, max: 12_000 }) }),
    },
  );

async function play(cluster: ShardCluster, steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    const running = cluster.replicas.filter(({ outcome }) => outcome === 'running');
    if (one.kind === 'pass') await cluster.pass(one.ms);
    else if (one.kind === 'start') {
      if (running.length < 5) cluster.start(one.count);
    } else {
      const replica = running[one.index % Math.max(1, running.length)];
      if (replica === undefined) continue;
      if (one.kind === 'stop') replica.stop();
      else if (one.kind === 'fail') replica.connection.failing = one.share;
      else replica.connection.isCut = one.kind === 'cut';
    }
    cluster.check();
  }
}

describe('whatever happens', () => {
  test('no Service ever has two writers, replicas with different numbers of shards included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step([1, 2, 4]), { maxLength: 16 }), async (seed, steps) => {
        await play(new ShardCluster(seed), steps);
      }),
      { numRuns: 6 },
    );
  }, 300_000);

  test('after trouble, the replicas that are left hold all shards in equal parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step([4]), { maxLength: 12 }), async (seed, steps) => {
        const cluster = new ShardCluster(seed);
        await play(cluster, steps);
        for (const replica of cluster.replicas) replica.connection.failing = 0;
        for (const replica of cluster.replicas) if (replica.connection.isCut) replica.stop();
        cluster.start(4);
        // Whoever took an overdue shard gives none away for four lease durations.
        await cluster.pass(4 * LEASE_TIMES.leaseDurationMs);
        await cluster.pass(60_000);
        await cluster.pass(60_000, () => cluster.served(4) === 4);
        const left = cluster.replicas.filter(({ outcome }) => outcome === 'running');
        expect(cluster.served(4)).toBe(4);
        const parts = sizes(left).slice(-4);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
        await settle();
      }),
      {
        numRuns: 4,
        examples: [
          // The first replica ends before the second is a member: the second takes its shards when they are overdue.
          [
            394157926,
            [
              { kind: 'start', count: 4 },
              { kind: 'start', count: 4 },
              { kind: 'pass', ms: 201 },
              { kind: 'stop', index: 0 },
              { kind: 'pass', ms: 8301 },
            ],
          ],
        ],
      },
    );
  }, 300_000);
});
