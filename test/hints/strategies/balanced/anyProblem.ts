import { expect } from 'vitest';
import fc from 'fast-check';
import {
  type BalancedProblem,
  type Layout,
  inZoneBound,
  measure,
} from '../../../../src/hints/strategies/balanced/problem.js';

export function fractions(weights: readonly number[]): number[] {
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** The layout has every endpoint once, at most eight zones on each, and keeps the limit with the figures that it gives. */
export function expectSound(problem: BalancedProblem, layout: Layout): void {
  const zones = problem.shares.length;
  const homes = new Array<number>(zones + 1).fill(0);
  for (const group of layout.groups) {
    homes[group.home]! += group.count;
    expect(group.count).toBeGreaterThan(0);
    expect(group.zones.length).toBeGreaterThanOrEqual(1);
    expect(group.zones.length).toBeLessThanOrEqual(8);
    expect(group.zones).toEqual([...new Set(group.zones)].sort((a, b) => a - b));
  }
  expect(homes).toEqual([...problem.counts, problem.homeless]);
  const felt = measure(problem, layout.groups);
  expect(felt.busiest).toBeLessThanOrEqual(1 + problem.overload + 1e-9);
  expect(layout.inZone).toBeCloseTo(felt.inZone, 9);
  expect(layout.busiest).toBeCloseTo(felt.busiest, 9);
  expect(layout.inZone).toBeLessThanOrEqual(inZoneBound(problem) + 1e-9);
}

/** Of zones, some of which may have no demand. */
export const weights = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 16 }) }, fc.constant(0)), {
      minLength,
      maxLength,
    })
    .filter((list) => list.some((weight) => weight > 0));

export const problems = (most: { zones: number; endpoints: number }): fc.Arbitrary<BalancedProblem> =>
  fc
    .integer({ min: 1, max: most.zones })
    .chain((zones) =>
      fc.record({
        weights: weights(zones, zones),
        counts: fc.array(fc.integer({ min: 0, max: most.endpoints }), { minLength: zones, maxLength: zones }),
        homeless: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 })),
        overload: fc.constantFrom(0, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 10),
      }),
    )
    .filter(({ counts, homeless }) => counts.some((count) => count > 0) || homeless > 0)
    .map(({ weights, counts, homeless, overload }) => ({ shares: fractions(weights), counts, homeless, overload }));
