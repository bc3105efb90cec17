import { expect, test } from 'vitest';
import fc from 'fast-check';
import { firstOf, sizeOf, zonesOf } from '../../../../src/hints/strategies/balanced/zoneSet.js';

const ZONES = fc.uniqueArray(fc.nat(30), { maxLength: 31 });
const setOf = (zones: readonly number[]): number => zones.reduce((set, zone) => set | (1 << zone), 0);

test('a set of zones gives them back, ascending, with their number and the first of them', () => {
  fc.assert(
    fc.property(ZONES, (zones) => {
      const set = setOf(zones);
      const sorted = [...zones].sort((a, b) => a - b);
      expect([zonesOf(set), sizeOf(set)]).toEqual([sorted, zones.length]);
      if (zones.length > 0) expect(firstOf(set)).toBe(sorted[0]);
    }),
  );
});

test('a set without its first zone holds the others', () => {
  const set = setOf([1, 4, 9]);
  expect(zonesOf(set & (set - 1))).toEqual([4, 9]);
});
