import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { fairShare } from '../../../src/controller/shards/fairShare.js';

/** `ab.?`: shard 0 is held by a, 1 by b, 2 is free, 3 is not known. */
function holders(text: string): (string | undefined)[] {
  return [...text].map((one) => (one === '.' ? '' : one === '?' ? undefined : one));
}

describe('what replica a does', () => {
  test.each<[string, string, string, number[], number | undefined]>([
    ['alone, it takes all', 'a', '....', [0, 1, 2, 3], undefined],
    ['of two, it takes the half that begins at its rank', 'ab', '....', [0, 1], undefined],
    ['the other half is the other one’s', 'ab', 'aa..', [], undefined],
    ['of three, it takes its share and the one that is over', 'abc', '....', [0, 1], undefined],
    ['what is over is taken where each has its share', 'abc', 'abc.', [3], undefined],
    ['what is over is not taken twice', 'abc', 'aabc', [], undefined],
    ['what is over is left to one that has less than its share', 'abc', 'abb.', [], undefined],
    ['it takes what an ended replica held', 'ab', 'a.b.', [1], undefined],
    ['what is not known is nobody’s to take', 'ab', 'a???', [], undefined],
    ['it gives one away when it holds more than a share', 'ab', 'aaab', [], 2],
    ['it gives one away for a new replica that has nothing', 'ab', 'aaaa', [], 3],
    ['one at a time: what is free is enough for the new one', 'abc', 'aab.', [], undefined],
    ['of two that could give one away, the first by name does', 'abc', 'aabb', [], 1],
    ['of two that could give one away, the larger one does', 'abc', 'aabbb', [], undefined],
    ['it keeps what it has where shares are as equal as can be', 'ab', 'aab', [], undefined],
    ['more replicas than shards: it gives nothing away', 'abcd', 'abc', [], undefined],
    ['a holder that is not a member counts as one', 'a', 'aaxx', [], undefined],
    ['not a member, it takes nothing', 'bc', '....', [], undefined],
    ['there is nobody yet', '', '..', [], undefined],
  ])('%s (members %s, shards %s)', (_name, members, shards, take, release) => {
    const seen = { self: 'a', members: [...members], holders: holders(shards), overdue: new Set<number>() };
    expect(fairShare(seen)).toEqual({ take, release });
  });

  test('two that take what a third one held begin at different shards', () => {
    const seen = { members: ['a', 'b'], holders: holders('a..b'), overdue: new Set<number>() };
    expect(['a', 'b'].map((self) => fairShare({ self, ...seen }).take)).toEqual([[1], [2]]);
  });

  test('a shard that nobody takes for long is taken whatever the shares are', () => {
    const seen = { members: ['a', 'b'], holders: holders('aa.b'), overdue: new Set([2]) };
    expect(fairShare({ self: 'a', ...seen })).toEqual({ take: [2], release: undefined });
    expect(fairShare({ self: 'z', ...seen })).toEqual({ take: [2], release: undefined });
  });
});

const situation = fc.integer({ min: 1, max: 12 }).chain((shards) =>
  fc.integer({ min: 1, max: 8 }).chain((members) =>
    fc.record({
      members: fc.constant(Array.from({ length: members }, (_, i) => `m${i}`)),
      holders: fc.array(fc.integer({ min: -1, max: members - 1 }), { minLength: shards, maxLength: shards }),
      order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
    }),
  ),
);

test('from any distribution, in any order of turns, all shards are held in equal shares, and then nothing moves', () => {
  fc.assert(
    fc.property(situation, ({ members, holders: start, order }) => {
      const held = start.map((i) => (i < 0 ? '' : (members[i] ?? '')));
      const move = (self: string): boolean => {
        const { take, release } = fairShare({ self, members, holders: held, overdue: new Set() });
        for (const shard of take) {
          expect(held[shard]).toBe('');
          held[shard] = self;
        }
        if (release !== undefined) {
          expect(held[release]).toBe(self);
          held[release] = '';
        }
        return take.length > 0 || release !== undefined;
      };
      for (const n of order) move(members[n % members.length] ?? '');
      // Each a number of times in turn, as replicas with one period do.
      for (let round = 0; round < 40; round++) for (const member of members) move(member);
      expect(members.filter((member) => move(member))).toEqual([]);
      const counts = members.map((member) => held.filter((holder) => holder === member).length);
      expect(held).not.toContain('');
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('all replicas deciding at once come to equal shares too, where the Lease decides who was first', () => {
  fc.assert(
    fc.property(situation, ({ members, holders: start }) => {
      const held = start.map((i) => (i < 0 ? '' : (members[i] ?? '')));
      for (let round = 0; round < 60; round++) {
        const before = [...held];
        const moves = members.map((self) => ({
          self,
          ...fairShare({ self, members, holders: before, overdue: new Set() }),
        }));
        for (const { release } of moves) if (release !== undefined) held[release] = '';
        for (const { self, take } of moves) for (const shard of take) if (held[shard] === '') held[shard] = self;
      }
      const counts = members.map((member) => held.filter((holder) => holder === member).length);
      expect(held).not.toContain('');
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});
