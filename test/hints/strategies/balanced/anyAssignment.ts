import fc from 'fast-check';
import type { BalancedProblem, LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';

/** One endpoint by its home and the zones that it serves, as bits; the last home is that of the homeless. */
export interface Placed {
  readonly home: number;
  readonly set: number;
}

export interface Assignment {
  readonly problem: BalancedProblem;
  readonly endpoints: readonly Placed[];
}

const zonesOf = (set: number, zones: number): number[] =>
  Array.from({ length: zones }, (_, z) => z).filter((z) => (set & (1 << z)) !== 0);

export function groupsOf(endpoints: readonly Placed[], zones: number): LayoutGroup[] {
  const groups = new Map<string, { home: number; zones: number[]; count: number }>();
  for (const { home, set } of endpoints) {
    const key = `${home}:${set}`;
    const group = groups.get(key) ?? { home, zones: zonesOf(set, zones), count: 0 };
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Any hints at all, so mostly far above the limit. */
export const assignments = (most: { zones: number; endpoints: number; leastSet: number }): fc.Arbitrary<Assignment> =>
  fc.integer({ min: 1, max: most.zones }).chain((zones) =>
    fc
      .record({
        weights: fc.array(fc.integer({ min: 1, max: 16 }), { minLength: zones, maxLength: zones }),
        overload: fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
        endpoints: fc.array(
          fc.record({
            home: fc.integer({ min: 0, max: zones }),
            set: fc.integer({ min: most.leastSet, max: 2 ** zones - 1 }),
          }),
          { minLength: 1, maxLength: most.endpoints },
        ),
      })
      .map(({ weights, overload, endpoints }) => {
        const total = weights.reduce((a, b) => a + b, 0);
        const counts = weights.map((_, z) => endpoints.filter(({ home }) => home === z).length);
        const homeless = endpoints.filter(({ home }) => home === zones).length;
        return { problem: { shares: weights.map((weight) => weight / total), counts, homeless, overload }, endpoints };
      }),
  );
