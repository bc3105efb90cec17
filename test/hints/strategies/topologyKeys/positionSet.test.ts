import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { PositionSet } from '../../../../src/hints/strategies/topologyKeys/positionSet.js';

describe('a set of positions', () => {
  test('is within another exactly when that has all of its members', () => {
    const all = Array.from({ length: 100 }, (_, position) => position);
    let within = 0;
    fc.assert(
      fc.property(fc.subarray(all), fc.subarray(all), fc.boolean(), (some, others, isPart) => {
        const inner = isPart ? some.filter((position) => others.includes(position)) : some;
        const expected = inner.every((position) => others.includes(position));
        if (expected) within++;
        expect(new PositionSet(inner).isWithin(new PositionSet(others))).toBe(expected);
      }),
      { numRuns: 500 },
    );
    expect(within).toBeGreaterThan(100);
    expect(within).toBeLessThan(450);
  });

  test.each<[string, number[], number[], boolean]>([
    ['itself', [3, 40], [3, 40], true],
    ['nothing in anything', [], [1], true],
    ['nothing in nothing', [], [], true],
    ['something in nothing', [1], [], false],
    ['what lies beyond the last', [64], [1, 2], false],
    ['bit 31', [31], [30, 31], true],
    ['bit 31 that is missing', [31], [30, 32], false],
  ])('%s', (_, inner, outer, expected) => {
    expect(new PositionSet(inner).isWithin(new PositionSet(outer))).toBe(expected);
  });
});
