import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { type LayoutGroup, inZoneBound, measure } from '../../../../src/hints/strategies/balanced/problem.js';
import { Repair } from '../../../../src/hints/strategies/balanced/repair.js';
import { assignments, groupsOf, type Assignment, type Placed } from './anyAssignment.js';

/** Whether an assignment holds by more than rounding. */
const holds = ({ problem }: Assignment, endpoints: readonly Placed[], least: number): boolean => {
  const { busiest, inZone } = measure(problem, groupsOf(endpoints, problem.shares.length));
  return busiest <= 1 + problem.overload + 0.4e-9 && inZone >= least + 1e-9;
};

/** Fewest endpoints whose zones differ, when those of a home are matched as well as can be. */
function changesBetween(before: readonly LayoutGroup[], after: readonly LayoutGroup[]): number {
  const key = ({ home, zones }: LayoutGroup): string => `${home}:${zones.join()}`;
  const left = new Map(before.filter(({ zones }) => zones.length > 0).map((group) => [key(group), group.count]));
  for (const group of after) left.set(key(group), Math.max(0, (left.get(key(group)) ?? 0) - group.count));
  return [...left.values()].reduce((a, b) => a + b, 0);
}

function mend(
  { problem, endpoints }: Assignment,
  mostChanges: number,
  least: number,
): ReturnType<Repair['run']> | undefined {
  const repair = new Repair();
  repair.begin(problem, groupsOf(endpoints, problem.shares.length));
  return repair.run(mostChanges, least);
}

describe('a repair', () => {
  test('keeps the limit, the least traffic in zone, every endpoint and the number of changes it was given', () => {
    fc.assert(
      fc.property(
        assignments({ zones: 8, endpoints: 14, leastSet: 0 }),
        fc.integer({ min: 0, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (assignment, mostChanges, part) => {
          const { problem, endpoints } = assignment;
          const least = part * inZoneBound(problem);
          const layout = mend(assignment, mostChanges, least);
          if (layout === undefined) return;
          expect(layout.busiest).toBeLessThanOrEqual(1 + problem.overload + 1e-9);
          expect(layout.inZone).toBeGreaterThanOrEqual(least);
          const homes = new Array<number>(problem.shares.length + 1).fill(0);
          for (const { home, zones, count } of layout.groups) {
            homes[home]! += count;
            expect(zones.length).toBeGreaterThan(0);
          }
          expect(homes).toEqual([...problem.counts, problem.homeless]);
          const before = groupsOf(endpoints, problem.shares.length);
          expect(changesBetween(before, layout.groups)).toBeLessThanOrEqual(mostChanges);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('by one change is found whenever there is one, up to four zones', () => {
    fc.assert(
      fc.property(
        assignments({ zones: 4, endpoints: 7, leastSet: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (assignment, part) => {
          const { problem, endpoints } = assignment;
          const least = part * inZoneBound(problem);
          const sets = Array.from({ length: 2 ** problem.shares.length - 1 }, (_, i) => i + 1);
          const possible = endpoints.some(({ home }, at) =>
            sets.some((set) => holds(assignment, endpoints.with(at, { home, set }), least)),
          );
          const layout = mend(assignment, 1, least);
          if (possible) expect(layout).toBeDefined();
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('gives a new endpoint hints without a change to others whenever some would do, up to four zones', () => {
    fc.assert(
      fc.property(
        assignments({ zones: 4, endpoints: 7, leastSet: 1 }),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ problem, endpoints }, at, part) => {
          const assignment = {
            problem,
            endpoints: endpoints.with(at % endpoints.length, { home: endpoints[at % endpoints.length]!.home, set: 0 }),
          };
          const least = part * inZoneBound(problem);
          const sets = Array.from({ length: 2 ** problem.shares.length - 1 }, (_, i) => i + 1);
          const { home } = assignment.endpoints[at % endpoints.length]!;
          const possible = sets.some((set) =>
            holds(assignment, assignment.endpoints.with(at % endpoints.length, { home, set }), least),
          );
          if (possible) expect(mend(assignment, 0, least)).toBeDefined();
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('says nothing about the order of the groups, nor about what was repaired before', () => {
    const reused = new Repair();
    fc.assert(
      fc.property(assignments({ zones: 8, endpoints: 14, leastSet: 0 }), fc.nat(), (assignment, turn) => {
        const { problem, endpoints } = assignment;
        const groups = groupsOf(endpoints, problem.shares.length);
        const turned = groups.map((_, i) => groups[(i + turn) % groups.length]!).reverse();
        const least = 0.8 * inZoneBound(problem);
        reused.begin(problem, turned);
        expect(reused.run(3, least)).toEqual(mend(assignment, 3, least));
      }),
      { numRuns: 500 },
    );
  });

  test('goes on from where it stopped when less traffic in zone will do', () => {
    fc.assert(
      fc.property(assignments({ zones: 6, endpoints: 12, leastSet: 0 }), (assignment) => {
        const { problem, endpoints } = assignment;
        const bound = inZoneBound(problem);
        const repair = new Repair();
        repair.begin(problem, groupsOf(endpoints, problem.shares.length));
        const first = repair.run(0, bound);
        if (first !== undefined) return;
        expect(repair.run(2, 0.7 * bound)).toEqual(mend(assignment, 2, 0.7 * bound));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['24 zones, 256 groups', 24, 256, true],
    ['25 zones', 25, 25, false],
    ['257 groups', 9, 257, false],
  ])('is tried up to 24 zones and 256 kinds of endpoints: %s', (_, zones, kinds, tried) => {
    const counts = new Array<number>(zones).fill(0);
    const groups = Array.from({ length: kinds }, (__, i) => {
      const home = i % zones;
      counts[home]!++;
      const also = Math.floor(i / zones);
      return {
        home,
        zones: i === 0 ? [] : [...new Set([home, also % zones, (also * 7) % zones])].sort((a, b) => a - b),
        count: 1,
      };
    });
    const problem = { shares: new Array<number>(zones).fill(1 / zones), counts, homeless: 0, overload: 10 };
    const repair = new Repair();
    // What was found for another problem before must not come up again.
    repair.begin({ shares: [1], counts: [1], homeless: 0, overload: 0.2 }, [{ home: 0, zones: [], count: 1 }]);
    repair.begin(problem, groups);
    expect(repair.run(0, 0) !== undefined).toBe(tried);
    expect(repair.run(6, 0) !== undefined).toBe(tried);
  });
});
