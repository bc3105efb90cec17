import { describe, expect, test } from 'vitest';
import { shardOf } from '../../../src/controller/shards/shardOf.js';

describe('the shard of a Service', () => {
  // Replicas of different versions share the shards of a cluster during an upgrade, so these answers are for ever.
  test.each<[string, number, number]>([
    ['default/kubernetes', 1, 0],
    ['default/kubernetes', 2, 0],
    ['default/kubernetes', 4, 2],
    ['shop/web', 2, 0],
    ['shop/web', 3, 2],
    ['shop/web', 16, 14],
    ['bank/bank', 4, 2],
  ])('%s of %i shards is in shard %i', (key, shards, shard) => {
    expect(shardOf(key, shards)).toBe(shard);
  });

  test.each<[string, (i: number) => string]>([
    ['named by number in 100 namespaces', (i) => `team-${i % 100}/service-${i}`],
    ['named as their namespaces', (i) => `app${i}/app${i}`],
    ['of one namespace', (i) => `default/s${i}`],
  ])('Services %s are spread evenly', (_name, keyOf) => {
    for (const shards of [2, 3, 4, 8, 16]) {
      const counts = new Array<number>(shards).fill(0);
      for (let i = 0; i < 16_000; i++) counts[shardOf(keyOf(i), shards)]! += 1;
      const even = 16_000 / shards;
      for (const count of counts) expect(Math.abs(count - even) / even).toBeLessThan(0.15);
    }
  });
});
