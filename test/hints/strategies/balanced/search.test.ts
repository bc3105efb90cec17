import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { type BalancedProblem, inZoneBound } from '../../../../src/hints/strategies/balanced/problem.js';
import { Scratch } from '../../../../src/hints/scratch.js';
import { solveBalanced } from '../../../../src/hints/strategies/balanced/search.js';
import { expectSound, fractions, problems, weights } from './anyProblem.js';
import { bestByBruteForce } from './exhaustive.js';

interface Vector {
  readonly id: string;
  readonly cpu: Readonly<Record<string, number>>;
  readonly endpoints: Readonly<Record<string, number>>;
  readonly overload: number;
  readonly optimum: { readonly inZone: number; readonly worstLoad: number };
}

const fixture = new URL('../../../../../test/fixtures/balanced-optimum.jsonl', import.meta.url);
const vectors = readFileSync(fixture, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

function problemOf(vector: Vector): BalancedProblem {
  const zones = Object.keys(vector.cpu).sort();
  return {
    shares: fractions(zones.map((zone) => vector.cpu[zone]!)),
    counts: zones.map((zone) => vector.endpoints[zone]!),
    homeless: 0,
    overload: vector.overload,
  };
}

describe('solveBalanced', () => {
  test('reaches the known optimum of the vectors, and never a busiest load above the one known for it', () => {
    let sum = 0;
    for (const vector of vectors) {
      const problem = problemOf(vector);
      const layout = solveBalanced(problem, new Scratch());
      expectSound(problem, layout);
      const quality = layout.inZone / vector.optimum.inZone;
      expect({ id: vector.id, good: quality >= 0.97 }).toEqual({ id: vector.id, good: true });
      expect(quality).toBeLessThan(1 + 1e-5);
      if (quality > 1 - 1e-5) expect(layout.busiest).toBeLessThan(vector.optimum.worstLoad + 1e-5);
      sum += quality;
    }
    expect(sum / vectors.length).toBeGreaterThanOrEqual(0.9995);
  });

  test('is optimal for up to six endpoints in up to three zones, checked by brute force', () => {
    const small = fc
      .record({
        weights: weights(1, 3),
        places: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 }),
        overload: fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
      })
      .map(({ weights, places, overload }) => {
        const homes = places.map((place) => Math.min(place, weights.length)).sort((a, b) => a - b);
        return { shares: fractions(weights), homes, overload };
      });
    fc.assert(
      fc.property(small, ({ shares, homes, overload }) => {
        const zones = shares.length;
        const counts = shares.map((_, z) => homes.filter((home) => home === z).length);
        const problem = { shares, counts, homeless: homes.filter((home) => home === zones).length, overload };
        const best = bestByBruteForce(shares, homes, overload);
        const layout = solveBalanced(problem, new Scratch());
        expectSound(problem, layout);
        expect(layout.inZone).toBeCloseTo(best.inZone, 8);
        expect(layout.busiest).toBeCloseTo(best.busiest, 8);
      }),
      { numRuns: 150 },
    );
  });

  test('stays within the limit for any number of zones and endpoints', () => {
    fc.assert(
      fc.property(problems({ zones: 8, endpoints: 12 }), (problem) =>
        expectSound(problem, solveBalanced(problem, new Scratch())),
      ),
      { numRuns: 150 },
    );
    fc.assert(
      fc.property(problems({ zones: 50, endpoints: 40 }), (problem) =>
        expectSound(problem, solveBalanced(problem, new Scratch())),
      ),
      { numRuns: 25 },
    );
    fc.assert(
      fc.property(problems({ zones: 9, endpoints: 1 }), (problem) =>
        expectSound(problem, solveBalanced(problem, new Scratch())),
      ),
      { numRuns: 60 },
    );
  });

  test('comes close to the bound with many endpoints', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 50, max: 2000 })), {
          minLength: 2,
          maxLength: 8,
        }),
        (zones) => {
          const problem = {
            shares: fractions(zones.map(([weight]) => weight)),
            counts: zones.map(([, count]) => count),
            homeless: 0,
            overload: 0.2,
          };
          expect(solveBalanced(problem, new Scratch()).inZone / inZoneBound(problem)).toBeGreaterThan(0.97);
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ['one zone with all endpoints', [1], [5], 0, 0.2, 1, 1],
    ['one zone and one endpoint elsewhere', [1], [0], 1, 0.2, 0, 1],
    ['each zone its own endpoint', [0.5, 0.5], [1, 1], 0, 0, 1, 1],
    ['a zone without endpoints', [0.5, 0.5], [2, 0], 0, 0.2, 0.5, 1],
    ['all demand in one of three zones', [1, 0, 0], [2, 2, 2], 0, 0.2, 0.4, 1.2],
    ['all demand in a zone that has too many endpoints', [1, 0], [9, 1], 0, 0.2, 1, 1.1],
    ['2/1/1 of the research', [1 / 3, 1 / 3, 1 / 3], [2, 1, 1], 0, 0.2, 11 / 18, 10 / 9],
    ['2/2/1 of the research', [1 / 3, 1 / 3, 1 / 3], [2, 2, 1], 0, 0.2, 11 / 15, 7 / 6],
  ])('solves %s', (_, shares, counts, homeless, overload, inZone, busiest) => {
    const layout = solveBalanced({ shares, counts, homeless, overload }, new Scratch());
    expect(layout.inZone).toBeCloseTo(inZone, 2);
    expect(layout.busiest).toBeCloseTo(busiest, 1);
  });

  test('finds the example of docs/balanced.md, which no assignment beats', () => {
    const shares = [1 / 3, 1 / 3, 1 / 3];
    const layout = solveBalanced({ shares, counts: [2, 2, 1], homeless: 0, overload: 0.2 }, new Scratch());
    expect(layout.groups).toEqual([
      { home: 0, zones: [0, 2], count: 2 },
      { home: 1, zones: [1, 2], count: 2 },
      { home: 2, zones: [2], count: 1 },
    ]);
    const best = bestByBruteForce(shares, [0, 0, 1, 1, 2], 0.2);
    expect(layout.inZone).toBeCloseTo(best.inZone, 9);
    expect(layout.busiest).toBeCloseTo(best.busiest, 9);
  });
});
