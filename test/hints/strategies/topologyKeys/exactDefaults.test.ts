import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { ExactDefaults, isBeyondReach } from '../../../../src/hints/strategies/topologyKeys/exactDefaults.js';
import { ALL, membersOf, type Problem } from '../../../../src/hints/strategies/topologyKeys/problem.js';
import { ZoneOptions } from '../../../../src/hints/strategies/topologyKeys/zoneOptions.js';
import { NOTHING, problemOf, shown, times } from './wishes.js';

const find = (problem: Problem, countUnserved: boolean, preferred = NOTHING): readonly number[] | string =>
  new ExactDefaults(problem, new ZoneOptions(problem, countUnserved)).find(preferred);
const exactly = (problem: Problem, countUnserved = false, preferred = NOTHING): unknown =>
  shown(problem, find(problem, countUnserved, preferred));

describe('defaults of zones under which the hints are exact', () => {
  test.each<[string, Problem, unknown]>([
    ['all endpoints, where nobody wants less', problemOf(2, { a: [[0, 1]], b: [[0, 1]] }), [[0, 1], [0, 1]]], // prettier-ignore
    ['what the nodes of a zone want, which costs fewer names', problemOf(3, { a: times(5, [0]) }), [[0]]],
    ['all, where most of a zone want that and the rest can be named', problemOf(3, { a: [...times(9, [0, 1, 2]), [0]] }), [[0, 1, 2]]], // prettier-ignore
    ['none where more nodes than an endpoint can name want it, beside others', problemOf(3, { a: [...times(9, [0]), ...times(9, [1]), ...times(9, [2])] }), 'impossible'], // prettier-ignore
    ['none where an endpoint would be the default of too many zones', problemOf(2, { a: times(2, [0]), b: times(2, [0]), c: times(2, [0]) }, { limit: 1 }), 'impossible'], // prettier-ignore
  ])('%s', (_, problem, expected) => {
    expect(exactly(problem)).toEqual(expected);
  });

  test('what a new node would want is free, and goes before what costs as much', () => {
    const wishes = { a: [[0], [1]] };
    expect(exactly(problemOf(3, wishes, { natural: { a: [1] } }))).toEqual([[1]]);
    expect(exactly(problemOf(3, wishes, { natural: { a: [0] } }))).toEqual([[0]]);
  });

  test('the hints there are come first', () => {
    const problem = problemOf(3, { a: [[0], [1]] });
    const second = problem.targetOf[1]!;
    expect(exactly(problem, false, new Map([[0, second]]))).toEqual([[1]]);
  });

  test('nodes that nothing matches get all, where they are counted', () => {
    const problem = problemOf(2, { a: [[0], ...times(9, [])] }, { natural: { a: [0] } });
    expect(exactly(problem)).toEqual([[0]]);
    expect(exactly(problem, true)).toEqual([[0, 1]]);
  });

  /** The theorem, checked for every combination of what the nodes of a zone want, all, and what a new node would. */
  function someAreExact(problem: Problem, countUnserved: boolean): boolean {
    const { zones, count, limit } = problem;
    const options = zones.map(({ groups, natural }) => [...new Set([ALL, natural, ...groups.keys()])]);
    const tried = (zone: number, chosen: readonly number[]): boolean => {
      if (zone < zones.length) return options[zone]!.some((target) => tried(zone + 1, [...chosen, target]));
      return Array.from({ length: count }, (_, p) => p).every((position) => {
        const within = (target: number): boolean => membersOf(problem, target).includes(position);
        const defaults = chosen.filter((target) => target !== ALL && within(target)).length;
        const named = zones.reduce((sum, { groups, unserved }, z) => {
          const byName = [...groups].filter(([target]) => target !== chosen[z] && within(target));
          const lost = countUnserved && chosen[z] !== ALL ? unserved.length : 0;
          return sum + lost + byName.reduce((nodes, [, members]) => nodes + members.length, 0);
        }, 0);
        return defaults <= limit && named <= limit;
      });
    };
    return tried(0, []);
  }

  test('are found whenever there are some, and are exact by the theorem', () => {
    const wish = fc.subarray([0, 1, 2]).map((members) => [...members]);
    const zone = fc.array(wish, { minLength: 1, maxLength: 5 });
    let possible = 0;
    fc.assert(
      fc.property(
        fc.record({ a: zone, b: zone, c: zone }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), wish),
        (wishes, limit, countUnserved, natural) => {
          const problem = problemOf(3, wishes, { limit, natural });
          const found = find(problem, countUnserved);
          if (found !== 'impossible') possible++;
          expect(found !== 'impossible').toBe(someAreExact(problem, countUnserved));
          if (typeof found === 'string') return;
          const only = {
            ...problem,
            zones: problem.zones.map((one, z) => ({ ...one, natural: found[z]!, groups: one.groups })),
          };
          expect(someAreExact(only, countUnserved)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
    expect(possible).toBeGreaterThan(50);
    expect(possible).toBeLessThan(390);
  });

  test('are not searched where nodes want far too much, and then there are none', () => {
    const wish = fc.subarray([0, 1, 2, 3], { minLength: 2 }).map((members) => [...members]);
    const zone = fc.array(wish, { minLength: 1, maxLength: 8 });
    const seen = { beyond: 0, within: 0 };
    fc.assert(
      fc.property(
        fc.record({ a: zone, b: zone }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (wishes, limit, counted) => {
          const problem = problemOf(4, wishes, { limit });
          const isBeyond = isBeyondReach(problem, new ZoneOptions(problem, counted));
          seen[isBeyond ? 'beyond' : 'within']++;
          if (isBeyond) expect(find(problem, counted)).toBe('impossible');
        },
      ),
      { numRuns: 400 },
    );
    expect(Math.min(seen.beyond, seen.within)).toBeGreaterThan(20);
  });

  test('does not depend on what was searched before', () => {
    const wish = fc.subarray([0, 1, 2]).map((members) => [...members]);
    const zone = fc.array(wish, { minLength: 1, maxLength: 5 });
    const preference = fc.array(fc.nat(8), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.record({ a: zone, b: zone, c: zone }), fc.boolean(), preference, (wishes, unserved, wanted) => {
        const problem = problemOf(3, wishes, { limit: 2 });
        const preferred = new Map(wanted.entries());
        const search = new ExactDefaults(problem, new ZoneOptions(problem, unserved));
        const found = search.find(preferred);
        expect(search.find(NOTHING)).toEqual(find(problem, unserved));
        expect(search.find(preferred)).toEqual(found);
        expect(typeof found).toBe(typeof find(problem, unserved));
      }),
    );
  });
});
