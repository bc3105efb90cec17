import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { nearer } from '../../../../src/hints/strategies/balanced/nearer.js';
import {
  type BalancedProblem,
  expenseBound,
  inZoneBound,
  measure,
  REGION_COST,
  weigh,
} from '../../../../src/hints/strategies/balanced/problem.js';
import { solveBalanced } from '../../../../src/hints/strategies/balanced/search.js';
import { Scratch } from '../../../../src/hints/scratch.js';
import { expectSound, fractions, problems, weights } from './anyProblem.js';
import { bestByBruteForce, cheapestByCounts } from './exhaustive.js';

/**
 * Symmetric costs of pairs of zones, with 1 for the homeless and nothing at home.
 * @param regions by zone, as far as there are some; the homeless lie in none
 */
function costsOf(zones: number, pairs: readonly number[], regions: readonly number[] = []): number[] {
  const isAlone = regions.length === 0;
  const costs = new Array<number>(zones * (zones + 1)).fill(isAlone ? 1 : REGION_COST + 1);
  let at = 0;
  for (let a = 0; a < zones; a++) {
    costs[a * (zones + 1) + a] = 0;
    for (let b = a + 1; b < zones; b++) {
      const leaves = regions[a] !== regions[b];
      const cost = pairs[at++ % pairs.length]! + (leaves ? REGION_COST : 0);
      costs[a * (zones + 1) + b] = cost;
      costs[b * (zones + 1) + a] = cost;
    }
  }
  return costs;
}
const pairs = fc.array(fc.constantFrom(0, 0.1, 0.1, 0.25, 0.5, 1), { minLength: 6, maxLength: 6 });
/** Of up to eight zones in one, two or three regions; or none is known. */
const regions = fc.oneof(fc.constant([]), fc.array(fc.nat({ max: 2 }), { minLength: 8, maxLength: 8 }));

const small = (mostZones: number, mostEndpoints: number) =>
  fc
    .record({
      weights: weights(1, mostZones),
      places: fc.array(fc.nat({ max: mostZones }), { minLength: 1, maxLength: mostEndpoints }),
      overload: fc.constantFrom(0.1, 0.2, 0.2, 0.5, 1),
      pairs,
      regions,
    })
    .map(({ weights: given, places, overload, pairs: each, regions: where }) => {
      const shares = fractions(given);
      const zones = shares.length;
      const homes = places.map((place) => Math.min(place, zones)).sort((a, b) => a - b);
      const costs = costsOf(zones, each, where);
      const counts = shares.map((_, z) => homes.filter((home) => home === z).length);
      const homeless = homes.filter((home) => home === zones).length;
      const problem: BalancedProblem = { shares, counts, homeless, overload, costs };
      const costAt = (z: number, home: number): { leaves: boolean; cost: number } => {
        const entry = costs[z * (zones + 1) + home]!;
        return { leaves: entry >= REGION_COST, cost: entry % REGION_COST };
      };
      return { problem, homes, costAt };
    });

describe('with costs', () => {
  test('the best of every choice of numbers is that of every assignment', () => {
    fc.assert(
      fc.property(small(3, 5), ({ problem: { shares, overload }, homes, costAt }) => {
        const { inZone } = bestByBruteForce(shares, homes, overload);
        expect(cheapestByCounts(shares, homes, overload, costAt).inZone).toBeCloseTo(inZone, 8);
      }),
      { numRuns: 60 },
    );
  });

  test('what leaves its zone stays in its region, and then goes where it costs least, for up to eight endpoints in up to four zones', () => {
    fc.assert(
      fc.property(small(4, 8), ({ problem, homes, costAt }) => {
        const best = cheapestByCounts(problem.shares, homes, problem.overload, costAt);
        const layout = solveBalanced(problem, new Scratch());
        expectSound(problem, layout);
        expect(layout.inZone).toBeCloseTo(best.inZone, 8);
        expect(layout.crossing).toBeCloseTo(best.crossing, 8);
        expect(layout.cost).toBeCloseTo(best.cost, 7);
      }),
      { numRuns: 80 },
    );
  });

  test('with many endpoints nothing is lost in zone, the limit is kept, and the cost is no higher than without exchanges', () => {
    fc.assert(
      fc.property(problems({ zones: 8, endpoints: 12 }), pairs, regions, (plain, each, where) => {
        const costs = costsOf(plain.shares.length, each, where);
        const problem = { ...plain, costs };
        const layout = solveBalanced(problem, new Scratch());
        expectSound(problem, layout);
        const before = solveBalanced(plain, new Scratch());
        expect(layout.inZone).toBeGreaterThan(before.inZone - 1e-9);
        const ready = plain.counts.reduce((sum, count) => sum + count, plain.homeless);
        if (ready > 12) expect(weigh(layout)).toBeLessThanOrEqual(weigh(measure(problem, before.groups)) + 1e-8);
        expect(weigh(layout)).toBeGreaterThanOrEqual(
          inZoneBound(problem) > layout.inZone + 1e-9 ? 0 : weigh(expenseBound(problem)) - 1e-8,
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('nearer', () => {
  // Zone a borrows ten endpoints from c, though b is nearer and has room, too.
  const problem: BalancedProblem = {
    shares: [0.2, 0.4, 0.4],
    counts: [4, 23, 23],
    homeless: 0,
    overload: 1,
    costs: costsOf(3, [0.1, 1, 1]),
  };
  const far = measure(problem, [
    { home: 0, zones: [0], count: 4 },
    { home: 1, zones: [1], count: 23 },
    { home: 2, zones: [0, 2], count: 10 },
    { home: 2, zones: [2], count: 13 },
  ]);

  test('leaves a layout alone that has no costs', () => {
    expect(nearer({ ...problem, costs: undefined }, far)).toBe(far);
  });

  test('has zones exchange endpoints for nearer ones, each with as many as before', () => {
    const layout = nearer(problem, far);
    expect(layout.cost).toBeLessThan(far.cost);
    expect(layout.inZone).toBeCloseTo(far.inZone, 12);
    const users = (z: number): number =>
      layout.groups.reduce((sum, { zones, count }) => sum + (zones.includes(z) ? count : 0), 0);
    expect([0, 1, 2].map(users)).toEqual([14, 23, 23]);
    expect(layout.groups).toContainEqual({ home: 1, zones: [0, 1], count: 10 });
  });

  test('has zones exchange endpoints for those of their own region, whatever these cost', () => {
    const costly = { ...problem, costs: costsOf(3, [1, 0.1, 1], [0, 0, 1]) };
    const layout = nearer(costly, measure(costly, far.groups));
    expect(layout.crossing).toBe(0);
    expect(layout.groups).toContainEqual({ home: 1, zones: [0, 1], count: 10 });
  });

  test('leaves a layout alone in which nothing is nearer', () => {
    const near = nearer(problem, far);
    expect(nearer(problem, near)).toBe(near);
  });
});
