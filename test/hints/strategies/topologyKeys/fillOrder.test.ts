import { expect, test } from 'vitest';
import { listsOf } from './lists.js';
import { FillOrder } from '../../../../src/hints/strategies/topologyKeys/fillOrder.js';

const CLAIM = { wanted: [1, 2, 4, 5], consumers: [1, 2, 3] };

test.each<[string, number[][], number[]]>([
  ['none where nobody has an endpoint yet', [[], [], [], []], []],
  ['none where only others have some', [[5], [], [], [], [5]], []],
  ['those that its consumers have now, by how many have them', [[1], [4, 5], [5], []], [5, 4]],
  ['by position those that as many have', [[], [2], [5], [1]], [1, 2, 5]],
  ['none that it does not want', [[], [0, 3], [4], []], [4]],
])('of the endpoints of a claim are filled first %s', (_, present, first) => {
  expect(new FillOrder(6, listsOf(present)).firstOf(CLAIM)).toEqual(first);
});

test('one claim leaves nothing behind for the next', () => {
  const fillOrder = new FillOrder(3, listsOf([[2], []]));
  expect(fillOrder.firstOf({ wanted: [0, 1, 2], consumers: [0] })).toEqual([2]);
  expect(fillOrder.firstOf({ wanted: [0, 1, 2], consumers: [1] })).toEqual([]);
});
