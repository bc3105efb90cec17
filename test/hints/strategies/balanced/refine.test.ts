import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { measure, type BalancedProblem, type Layout, type LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js'; // prettier-ignore
import { refine, Refinement } from '../../../../src/hints/strategies/balanced/refine.js';
import { expectSound, fractions, weights } from './anyProblem.js';
import { bestByBruteForce } from './exhaustive.js';

const refined = (problem: BalancedProblem, from: Layout): Layout | undefined =>
  refine(problem, from, { refinement: new Refinement() });

/** Every endpoint serves every zone: the layout that anything beats. */
function shared({ shares, counts, homeless }: BalancedProblem): LayoutGroup[] {
  const zones = shares.map((_, z) => z);
  return [...counts, homeless].flatMap((count, home) => (count === 0 ? [] : [{ home, zones, count }]));
}

const TWO_TWO_ONE: BalancedProblem = { shares: [1 / 3, 1 / 3, 1 / 3], counts: [2, 2, 1], homeless: 0, overload: 0.2 };

describe('a layout is refined', () => {
  test('to the example of docs/balanced.md, from endpoints that serve all', () => {
    const layout = refined(TWO_TWO_ONE, measure(TWO_TWO_ONE, shared(TWO_TWO_ONE)));
    expect(layout?.inZone).toBeCloseTo(11 / 15, 9);
    expect(layout?.busiest).toBeCloseTo(7 / 6, 2);
  });

  test('not when it is the best already', () => {
    const best = refined(TWO_TWO_ONE, measure(TWO_TWO_ONE, shared(TWO_TWO_ONE)))!;
    expect(refined(TWO_TWO_ONE, best)).toBeUndefined();
  });

  test('to as much in zone with a smaller busiest load', () => {
    const problem = { shares: [1, 0], counts: [1, 2], homeless: 0, overload: 2 };
    // All traffic on the one endpoint at home, or two endpoints with a third of it elsewhere: in zone first.
    const crowded = measure(problem, [
      { home: 0, zones: [0], count: 1 },
      { home: 1, zones: [1], count: 2 },
    ]);
    expect([crowded.inZone, crowded.busiest]).toEqual([1, 3]);
    expect(refined(problem, crowded)).toBeUndefined();
    const wide = measure(problem, [
      { home: 0, zones: [0], count: 1 },
      { home: 1, zones: [0], count: 2 },
    ]);
    expect(refined(problem, wide)?.inZone).toBeCloseTo(1, 9);
  });

  test.each<[string, BalancedProblem]>([
    ['more than twelve endpoints', { shares: [0.5, 0.5], counts: [10, 3], homeless: 0, overload: 0.2 }],
    [
      'more than eight zones',
      { shares: Array.from({ length: 9 }, () => 1 / 9), counts: Array.from({ length: 9 }, () => 1), homeless: 0, overload: 0 }, // prettier-ignore
    ],
    ['ten endpoints in four zones with room', { shares: [0.4, 0.3, 0.2, 0.1], counts: [4, 3, 2, 1], homeless: 0, overload: 0.2 }], // prettier-ignore
  ])('never where it costs too much: %s', (_, problem) => {
    expect(refined(problem, measure(problem, shared(problem)))).toBeUndefined();
  });

  test('not within no steps, and not past those it is given', () => {
    const from = measure(TWO_TWO_ONE, shared(TWO_TWO_ONE));
    expect(new Refinement().solve(TWO_TWO_ONE, from, 0)).toBeUndefined();
    expect(new Refinement().solve(TWO_TWO_ONE, from, 20_000)).toBeDefined();
  });
});

test('with little room for load the refinement is the best there is, also in arrays of an earlier problem', () => {
  const memory = { refinement: new Refinement() };
  const small = fc.record({
    weights: weights(1, 3),
    places: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 }),
    overload: fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
  });
  fc.assert(
    fc.property(small, ({ weights: parts, places, overload }) => {
      const shares = fractions(parts);
      const homes = places.map((place) => Math.min(place, shares.length)).sort((a, b) => a - b);
      const counts = shares.map((_, z) => homes.filter((home) => home === z).length);
      const problem = { shares, counts, homeless: homes.filter((home) => home === shares.length).length, overload };
      const from = measure(problem, shared(problem));
      const layout = refine(problem, from, memory) ?? from;
      expectSound(problem, layout);
      const best = bestByBruteForce(shares, homes, overload);
      expect(layout.inZone).toBeCloseTo(best.inZone, 8);
      expect(layout.busiest).toBeCloseTo(best.busiest, 8);
    }),
    { numRuns: 150 },
  );
});
