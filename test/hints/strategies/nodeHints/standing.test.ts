import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { NamingSearch } from '../../../../src/hints/strategies/nodeHints/search.js';
import { mayBeMended, measureNames } from '../../../../src/hints/strategies/nodeHints/standing.js';
import { LOAD_TOLERANCE, NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import type { NamedNodes } from '../../../../src/hints/strategies/nodeHints/names.js';
import type { NamingProblem } from '../../../../src/hints/strategies/nodeHints/problem.js';
import { FIVE, problemOf } from './problems.js';

describe('what named nodes do', () => {
  test.each<[string, Parameters<typeof measureNames>[1], number, number, boolean]>([
    ['no node: the zone hints', [], 11 / 15, 7 / 6, true],
    [
      'the worked example',
      [
        { node: 4, set: [4] },
        { node: 5, set: [0, 1, 4] },
      ],
      8 / 9,
      10 / 9,
      true,
    ],
    [
      'both nodes of c at home: over the limit',
      [
        { node: 4, set: [4] },
        { node: 5, set: [4] },
      ],
      1,
      5 / 3,
      false,
    ],
    ['a node elsewhere', [{ node: 0, set: [2, 3] }], 11 / 15 - 1 / 6, 19 / 12, false],
  ])('%s', (_, named, inZone, busiest, holds) => {
    const figures = measureNames(FIVE, named);
    expect(figures.inZone).toBeCloseTo(inZone, 9);
    expect(figures.busiest).toBeCloseTo(busiest, 9);
    expect(figures.holds).toBe(holds);
  });

  test('is the same as a search finds step by step', () => {
    const sets = fc.array(fc.option(fc.uniqueArray(fc.nat(4), { minLength: 1 })), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(sets, (chosen) => {
        const named = chosen.flatMap((set, node) => (set === null ? [] : [{ node, set }]));
        const state = new NamingState();
        state.begin(FIVE);
        state.load(named);
        const { inZone, busiest } = measureNames(FIVE, named);
        expect(state.inZone).toBeCloseTo(inZone, 9);
        const loads = FIVE.caps.map((cap, e) => cap * (1 + LOAD_TOLERANCE) + state.excess[e]!);
        expect(Math.max(...loads) * FIVE.count).toBeCloseTo(busiest, 9);
        expect(state.named()).toEqual(named);
      }),
    );
  });
});

describe('names that pass the limit', () => {
  /** Each endpoint may carry 0.3. */
  const small = problemOf([[0.4], [0.1, 0.1, 0.1, 0.1, 0.1, 0.1]], [[0, [0], 2], [1, [1], 2]]); // prettier-ignore
  const onOne = (count: number) => Array.from({ length: count }, (_, i) => ({ node: i + 1, set: [2] }));

  test('have a worst endpoint', () => {
    const { holds, worst, excess } = measureNames(small, onOne(4));
    expect([holds, worst]).toEqual([false, 2]);
    expect(excess).toBeCloseTo(0.2, 9);
  });

  /** The first node of zone b sends half of what an endpoint carries without names. */
  const uneven = problemOf([[0.4], [0.4, 0.05, 0.05, 0.05, 0.05]], [[0, [0], 2], [1, [1], 2]]); // prettier-ignore
  const three = [2, 3, 4].map((node) => ({ node, set: [2] }));

  test.each<[string, NamingProblem, NamedNodes, boolean]>([
    ['may be mended where one of its nodes sends enough', small, onOne(2), true],
    ['may not where each of its nodes sends too little', small, onOne(4), false],
    ['may where a node of the pool does', uneven, three, true],
  ])('%s', (_, problem, named, expected) => {
    expect(mayBeMended(problem, named, measureNames(problem, named))).toBe(expected);
  });

  test('may be mended wherever a search mends them', () => {
    const node = fc.option(fc.uniqueArray(fc.nat(4), { minLength: 1 }), { freq: 2 });
    const part = fc.constantFrom(0.02, 0.05, 0.1, 0.2);
    const seen = { mended: 0, not: 0 };
    const sample = fc.tuple(
      fc.array(part, { minLength: 6, maxLength: 6 }),
      fc.array(node, { minLength: 6, maxLength: 6 }),
    );
    fc.assert(
      fc.property(sample, ([parts, chosen]) => {
        const total = parts.reduce((sum, one) => sum + one, 0);
        const zones = [parts.slice(0, 2), parts.slice(2, 4), parts.slice(4)].map((zone) =>
          zone.map((one) => one / total).sort((a, b) => b - a),
        );
        const problem = problemOf(zones, [[0, [0, 2], 2], [1, [1, 2], 2], [2, [2], 1]]); // prettier-ignore
        const named = chosen.flatMap((set, v) => (set === null ? [] : [{ node: v, set }]));
        const figures = measureNames(problem, named);
        fc.pre(!figures.holds);
        const may = mayBeMended(problem, named, figures);
        if (!may) seen.not++;
        if (new NamingSearch().mend(problem, named) === undefined) return;
        seen.mended++;
        expect(may).toBe(true);
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(seen.mended, seen.not)).toBeGreaterThan(10);
  });
});
