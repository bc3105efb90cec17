import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { measureNames } from '../../../../src/hints/strategies/nodeHints/standing.js';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE } from './problems.js';

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
        const loads = FIVE.caps.map((cap, e) => cap + state.excess[e]!);
        expect(Math.max(...loads) * FIVE.count).toBeCloseTo(busiest, 9);
        expect(state.named()).toEqual(named);
      }),
    );
  });
});
