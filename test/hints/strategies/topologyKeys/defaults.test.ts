import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  bestZoneDefaults,
  descendDefaults,
  findExactDefaults,
} from '../../../../src/hints/strategies/topologyKeys/defaults.js';
import { ALL, membersOf, stateProblem, type Problem } from '../../../../src/hints/strategies/topologyKeys/problem.js';

/** What the nodes of each zone want: for each node the endpoints, none where nothing matches. */
type Wishes = Readonly<Record<string, readonly (readonly number[])[]>>;

function problemOf(
  count: number,
  wishes: Wishes,
  { limit = 8, natural = {}, zonesOnly = false }: { limit?: number; natural?: Record<string, number[]>; zonesOnly?: boolean } = {}, // prettier-ignore
): Problem {
  const nodes = Object.entries(wishes).flatMap(([zone, wanted]) =>
    wanted.map((_, i) => ({ name: `${zone}${i}`, zone })),
  );
  return stateProblem(count, nodes, Object.values(wishes).flat(), new Map(Object.entries(natural)), limit, zonesOnly);
}

/** The endpoints that each zone gets by default, in the order of the zones. */
const shown = (problem: Problem, defaults: readonly number[] | string): unknown =>
  typeof defaults === 'string' ? defaults : defaults.map((target) => membersOf(problem, target));

const NOTHING = new Map<number, number>();
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const exactly = (problem: Problem, countUnserved = false, preferred = NOTHING): unknown =>
  shown(problem, findExactDefaults(problem, countUnserved, preferred));

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
          const found = findExactDefaults(problem, countUnserved, NOTHING);
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
});

describe('defaults where no hints are exact', () => {
  const descended = (problem: Problem, preferred = NOTHING): unknown => shown(problem, descendDefaults(problem, preferred)); // prettier-ignore

  test.each<[string, Problem, unknown]>([
    ['a zone keeps to what more of its nodes want than can be named', problemOf(4, { a: [...times(20, [0]), ...times(9, [1])] }), [[0]]], // prettier-ignore
    ['nodes whose wish holds the default stay in their domain without a name', problemOf(4, { a: [...times(20, [0, 1]), ...times(9, [0])] }), [[0]]], // prettier-ignore
    ['each zone by itself', problemOf(4, { a: times(9, [0]), b: times(9, [1]) }), [[0], [1]]], // prettier-ignore
    ['all, where nothing matches', problemOf(4, { a: [[], []] }), [[0, 1, 2, 3]]],
  ])('%s', (_, problem, expected) => {
    expect(descended(problem)).toEqual(expected);
  });

  test('the hints there are stay where others are no better', () => {
    const problem = problemOf(4, { a: [...times(9, [0]), ...times(9, [1])] });
    for (const target of [problem.targetOf[0]!, problem.targetOf[9]!]) {
      expect(descendDefaults(problem, new Map([[0, target]]))).toEqual([target]);
    }
  });
});

describe('defaults without node hints', () => {
  const best = (count: number, wanted: readonly (readonly number[])[]): unknown => {
    const problem = problemOf(count, { a: wanted }, { zonesOnly: true });
    return shown(problem, bestZoneDefaults(problem, NOTHING));
  };

  test.each<[string, number, number[][], number[]]>([
    ['what all nodes want', 3, [[0], [0]], [0]],
    ['the part that all of them want, before what one of them does not', 3, [[0, 1], [0]], [0]],
    ['what any of them wants, so that none misses its own', 4, [[0], [1]], [0, 1]],
    ['all, where nothing matches any of them', 3, [[], []], [0, 1, 2]],
    ['what some want, though nothing matches others', 3, [[0], [], []], [0]],
  ])('%s', (_, count, wanted, expected) => {
    expect(best(count, wanted)).toEqual([expected]);
  });
});
