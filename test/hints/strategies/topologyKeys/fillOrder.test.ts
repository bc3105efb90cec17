import { expect, test } from 'vitest';
import { FillOrder } from '../../../../src/hints/strategies/topologyKeys/fillOrder.js';

const CLAIM = { wanted: [1, 2, 4, 5], consumers: ['p', 'q', 'r'] };

test.each<[string, Record<string, number[]>, number[]]>([
  ['by position where nobody has an endpoint yet', {}, [0, 1, 2, 3]],
  ['by position where only others have some', { x: [5], y: [5] }, [0, 1, 2, 3]],
  ['those first that most consumers have now', { p: [4, 5], q: [5], x: [1] }, [3, 2, 0, 1]],
  ['by position among those that as many have', { p: [2], q: [5], r: [1] }, [0, 1, 3, 2]],
  ['whatever else its consumers have', { p: [0, 3], q: [4] }, [2, 0, 1, 3]],
])('endpoints are filled %s', (_, present, order) => {
  expect([...new FillOrder(6, new Map(Object.entries(present))).of(CLAIM)]).toEqual(order);
});

test('one claim leaves nothing behind for the next', () => {
  const fillOrder = new FillOrder(3, new Map([['p', [2]]]));
  expect([...fillOrder.of({ wanted: [0, 1, 2], consumers: ['p'] })]).toEqual([2, 0, 1]);
  expect([...fillOrder.of({ wanted: [0, 1, 2], consumers: ['q'] })]).toEqual([0, 1, 2]);
});
