import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupEqualNodes } from '../../../../src/hints/strategies/nodeHints/equalNodes.js';

describe('equal nodes', () => {
  test('are grouped by share, the greatest first, and keep their order', () => {
    expect(groupEqualNodes([1, 2, 4, 5], [0.9, 0.1, 0.3, 0.9, 0.1, 0.3])).toEqual([
      { share: 0.3, places: [2, 5] },
      { share: 0.1, places: [1, 4] },
    ]);
  });

  test('are none in a zone without nodes', () => {
    expect(groupEqualNodes([], [0.5])).toEqual([]);
  });

  test('are in one group each, however many sizes there are', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 });
    fc.assert(
      fc.property(sizes, (shares) => {
        const groups = groupEqualNodes([...shares.keys()], shares);
        const expected = [...new Set(shares)]
          .sort((a, b) => b - a)
          .map((share) => ({
            share,
            places: shares.flatMap((own, place) => (own === share ? [place] : [])),
          }));
        expect(groups).toEqual(expected);
      }),
    );
  });
});
