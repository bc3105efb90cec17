import { expect, test } from 'vitest';
import { FillOrder } from '../../../../src/hints/strategies/topologyKeys/fillOrder.js';

const CLAIM = { wanted: [1, 2, 4, 5], consumers: ['p', 'q', 'r'] };

test.each<[string, Record<string, number[]>, number[]]>([
  ['none where nobody has an endpoint yet', {}, []],
  ['none where only others have some', { x: [5], y: [5] }, []],
  ['those that its consumers have now, by how many have them', { p: [4, 5], q: [5], x: [1] }, [5, 4]],
  ['by position those that as many have', { p: [2], q: [5], r: [1] }, [1, 2, 5]],
  ['none that it does not want', { p: [0, 3], q: [4] }, [4]],
])('of the endpoints of a claim are filled first %s', (_, present, first) => {
  expect(new FillOrder(6, new Map(Object.entries(present))).firstOf(CLAIM)).toEqual(first);
});

test('one claim leaves nothing behind for the next', () => {
  const fillOrder = new FillOrder(3, new Map([['p', [2]]]));
  expect(fillOrder.firstOf({ wanted: [0, 1, 2], consumers: ['p'] })).toEqual([2]);
  expect(fillOrder.firstOf({ wanted: [0, 1, 2], consumers: ['q'] })).toEqual([]);
});
