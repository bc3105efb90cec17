import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { placeIn, PositionSet } from '../../../../src/hints/strategies/topologyKeys/positionSet.js';
import { listsOf } from './lists.js';

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

  test('counts those of some positions that are members', () => {
    const all = Array.from({ length: 100 }, (_, position) => position);
    fc.assert(
      fc.property(fc.subarray(all), fc.subarray(all), (members, positions) => {
        const common = positions.filter((position) => members.includes(position)).length;
        expect(new PositionSet(members).countOf(listsOf([positions]), 0)).toBe(common);
      }),
    );
  });

  test('comes before another by the first member that differs, and before one that goes on', () => {
    const all = Array.from({ length: 100 }, (_, position) => position);
    const byMembers = (a: readonly number[], b: readonly number[]): number => {
      const at = a.findIndex((position, i) => position !== b[i]);
      return at < 0 ? a.length - b.length : at < b.length ? a[at]! - b[at]! : 1;
    };
    const most = fc.subarray(all, { minLength: 90 });
    const seen = { before: 0, after: 0, same: 0 };
    fc.assert(
      fc.property(fc.oneof(most, fc.subarray(all)), most, fc.nat(100), fc.boolean(), (a, b, common, isPart) => {
        // Both begin alike, and the first may end there.
        const start = b.slice(0, common);
        const first = isPart ? start : [...start, ...a.filter((position) => position > (start.at(-1) ?? -1))];
        const expected = Math.sign(byMembers(first, b));
        seen[expected < 0 ? 'before' : expected > 0 ? 'after' : 'same']++;
        expect(Math.sign(new PositionSet(first).compare(new PositionSet(b)))).toBe(expected);
        expect(Math.sign(new PositionSet(b).compare(new PositionSet(first)))).toBe(-expected + 0);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.before, seen.after, seen.same)).toBeGreaterThan(5);
  });

  test.each<[string, number, number]>([
    ['the first that is not below it', 4, 1],
    ['its own where it is one', 5, 1],
    ['the end where all are below it', 9, 3],
    ['the start where none is', 0, 0],
  ])('the place of a position among its members is %s', (_, position, place) => {
    expect(placeIn([2, 5, 8], position)).toBe(place);
  });
});
