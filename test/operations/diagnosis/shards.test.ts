import { describe, expect, test } from 'vitest';
import { aboutShards } from '../../../src/operations/diagnosis/shards.js';
import type { FoundLease } from '../../../src/operations/leases.js';

const lease = (name: string, holder = 'pod-a', isLive = true, shards?: number): FoundLease => ({
  namespace: 'system',
  name,
  holder,
  isLive,
  shards,
});
const base = lease('hints', '2-shards', true, 2);
const lines = (first: FoundLease, ...others: FoundLease[]): string[] =>
  aboutShards(first, [first, ...others]).map(({ level, code, message }) => `${level} ${code}: ${message}`);

describe('the shards of an installation', () => {
  test('are listed by their holders', () => {
    expect(lines(base, lease('hints-shard-0', 'pod-a'), lease('hints-shard-1', 'pod-b'))).toEqual([
      'ok ShardsHeld: pod-a holds shard 0; pod-b holds shard 1, of 2 (Leases system/hints-shard-0 to 1).',
    ]);
    expect(lines(base, lease('hints-shard-0'), lease('hints-shard-1'))).toEqual([
      'ok ShardsHeld: pod-a holds shards 0, 1, of 2 (Leases system/hints-shard-0 to 1).',
    ]);
  });

  test('are a problem where nobody renews the Lease of one, or there is none', () => {
    expect(lines(base, lease('hints-shard-0'), lease('hints-shard-1', 'pod-b', false))).toEqual([
      'problem ShardsNotHeld: No controller holds shard 1 of 2 (Leases system/hints-shard-0 to 1), so the hints of their Services stand still; pod-a holds shard 0.',
    ]);
    expect(lines(base, lease('hints-member-0'))).toEqual([
      'problem ShardsNotHeld: No controller holds shards 0, 1 of 2 (Leases system/hints-shard-0 to 1), so the hints of their Services stand still.',
    ]);
  });

  test.each<[string, FoundLease, FoundLease[]]>([
    ['there are no shards', lease('hints'), []],
    ['their Leases could not be read', base, []],
    ['there are only Leases of another installation', base, [lease('other-shard-0'), lease('hints-shard-0-x')]],
  ])('nothing is found where %s', (_name, first, others) => {
    expect(lines(first, ...others)).toEqual([]);
  });
});
