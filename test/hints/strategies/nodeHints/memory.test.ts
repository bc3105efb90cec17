import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import { NamingMemory } from '../../../../src/hints/strategies/nodeHints/memory.js';
import { NamingSearch } from '../../../../src/hints/strategies/nodeHints/search.js';
import { measureNames } from '../../../../src/hints/strategies/nodeHints/standing.js';
import { FIVE, problemOf, sharesOf } from './problems.js';

const SHARES = sharesOf([[1]]);
const state = () => FIVE;
const LIMITS = { overload: 0.2, hold: 0.05 };
const groupsOf = (...groups: readonly (readonly [number, readonly number[], number])[]): LayoutGroup[] =>
  groups.map(([home, zones, count]) => ({ home, zones, count }));
const GROUPS = groupsOf([0, [0], 2], [1, [0, 1], 1]);

describe('the memory for problems', () => {
  test('has one for equal groups, whichever objects they are', () => {
    const memory = new NamingMemory();
    const known = memory.problemFor(SHARES, GROUPS, LIMITS, state);
    const equal = groupsOf([0, [0], 2], [1, [0, 1], 1]);
    expect(memory.problemFor(SHARES, equal, { ...LIMITS }, () => problemOf([[1]], [[0, [0], 1]]))).toBe(known);
  });

  test.each([
    ['counts', groupsOf([0, [0], 3], [1, [0, 1], 1]), LIMITS, SHARES],
    ['zones', groupsOf([0, [0], 2], [1, [1], 1]), LIMITS, SHARES],
    ['homes', groupsOf([0, [0], 2], [2, [0, 1], 1]), LIMITS, SHARES],
    ['fewer groups', groupsOf([0, [0], 2]), LIMITS, SHARES],
    ['limits', GROUPS, { overload: 0.1, hold: 0.05 }, SHARES],
    ['holds', GROUPS, { overload: 0.2, hold: 0 }, SHARES],
    ['shares of the nodes', GROUPS, LIMITS, sharesOf([[1]])],
  ])('has others for other %s', (_, groups, limits, shares) => {
    const memory = new NamingMemory();
    const known = memory.problemFor(SHARES, GROUPS, LIMITS, state);
    const other = memory.problemFor(shares, groups, limits, state);
    expect(other).not.toBe(known);
    expect(memory.problemFor(SHARES, GROUPS, LIMITS, state)).toBe(known);
    expect(memory.problemFor(shares, groups, limits, state)).toBe(other);
  });

  test('has one for each of many groups, so that equal hashes mix nothing up', () => {
    const all = fc.uniqueArray(
      fc.array(fc.tuple(fc.nat(3), fc.subarray([0, 1, 2, 3], { minLength: 1 }), fc.integer({ min: 1, max: 9 })), {
        maxLength: 4,
      }),
      { minLength: 20, maxLength: 200, selector: (groups) => JSON.stringify(groups) },
    );
    fc.assert(
      fc.property(all, (list) => {
        const memory = new NamingMemory();
        const known = list.map((groups) => memory.problemFor(SHARES, groupsOf(...groups), LIMITS, state));
        expect(new Set(known).size).toBe(list.length);
        list.forEach((groups, i) => {
          expect(memory.problemFor(SHARES, groupsOf(...groups), LIMITS, state)).toBe(known[i]);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('solves each once, and gives what the names do', () => {
    const memory = new NamingMemory();
    const known = memory.problemFor(SHARES, GROUPS, LIMITS, state);
    const solution = memory.solve(known);
    const named = new NamingSearch().solve(FIVE);
    const { inZone, busiest } = measureNames(FIVE, named);
    expect(solution).toEqual({ named, inZone, busiest });
    expect(memory.solve(memory.problemFor(SHARES, GROUPS, LIMITS, state))).toBe(solution);
  });

  test('forgets all when it has too many, and then goes on', () => {
    const memory = new NamingMemory();
    const first = memory.problemFor(SHARES, GROUPS, LIMITS, state);
    const large = problemOf([[1]], [[0, [0], 60_000]]);
    memory.problemFor(SHARES, groupsOf([0, [0], 60_000]), LIMITS, () => large);
    expect(memory.problemFor(SHARES, GROUPS, LIMITS, state)).toBe(first);
    memory.problemFor(SHARES, groupsOf([0, [0], 60_001]), LIMITS, () => large);
    const again = memory.problemFor(SHARES, GROUPS, LIMITS, state);
    expect(again).not.toBe(first);
    expect(memory.problemFor(SHARES, GROUPS, LIMITS, state)).toBe(again);
  });
});
