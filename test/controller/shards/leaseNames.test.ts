import { expect, test } from 'vitest';
import { layoutIdentity, layoutOf, leaseNames } from '../../../src/controller/shards/leaseNames.js';

test('one shard has the Lease that installations without shards have', () => {
  expect(leaseNames('slicehints', 1)).toEqual(['slicehints']);
});

test('several shards have a Lease each, and as many for members', () => {
  expect(leaseNames('hints', 2)).toEqual([
    'hints',
    'hints-shard-0',
    'hints-shard-1',
    'hints-member-0',
    'hints-member-1',
  ]);
});

test.each<[string, number | undefined]>([
  [layoutIdentity(4), 4],
  ['4-shards_0e8a', undefined],
  ['node-4-shards', undefined],
  ['', undefined],
])('the identity "%s" stands for %s shards', (identity, shards) => {
  expect(layoutOf(identity)).toBe(shards);
});
