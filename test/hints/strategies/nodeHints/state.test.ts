import { beforeEach, describe, expect, test } from 'vitest';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE, problemOf } from './problems.js';

const C1 = 4;
const C2 = 5;

describe('while a search goes on', () => {
  const state = new NamingState();
  beforeEach(() => state.begin(FIVE));

  test('a node without names uses the pool of its zone', () => {
    expect(state.used(C1)).toEqual([0, 1, 2, 3, 4]);
    expect([state.uses(C1, 3), state.uses(0, 3)]).toEqual([true, false]);
    expect(state.localPart(C1)).toBeCloseTo(0.2, 9);
  });

  test('a named node uses the endpoints that name it, and they count their names', () => {
    state.move(C1, [2, 4]);
    expect([state.used(C1), state.uses(C1, 3), state.localPart(C1)]).toEqual([[2, 4], false, 0.5]);
    expect(state.names).toEqual([0, 0, 1, 0, 1]);
    expect(state.named()).toEqual([{ node: C1, set: [2, 4] }]);
  });

  test('a move back leaves what was there before', () => {
    const before = [...state.excess];
    state.move(C1, [4]);
    state.move(C1, undefined);
    expect(state.named()).toEqual([]);
    state.excess.forEach((excess, e) => expect(excess).toBeCloseTo(before[e]!, 12));
    expect(state.inZone).toBeCloseTo(FIVE.inZone, 12);
  });

  test('endpoints are ordered by load, equal ones by position', () => {
    state.sort();
    expect([state.order, state.near]).toEqual([[4, 0, 1, 2, 3], [[0, 1], [2, 3], [4]]]); // prettier-ignore
    state.move(C1, [2]);
    state.sort();
    expect(state.order).toEqual([4, 0, 1, 3, 2]);
  });

  test('a node fits its pool again only where no endpoint of it passes the limit then', () => {
    state.move(C1, [4]);
    expect(state.fitsPool(C1)).toBe(true);
    state.move(C2, [0]);
    expect(state.fitsPool(C1)).toBe(false);
  });

  test('a new problem starts without names', () => {
    state.move(C1, [4]);
    state.begin(FIVE);
    expect([state.named(), state.inZone, state.names]).toEqual([[], FIVE.inZone, [0, 0, 0, 0, 0]]);
  });

  test('a problem with fewer endpoints and zones has just these in order', () => {
    state.sort();
    state.begin(problemOf([[0.6], [0.4]], [[0, [0], 1], [1, [1], 2]])); // prettier-ignore
    state.sort();
    expect([state.order, state.near]).toEqual([[1, 2, 0], [[0], [1, 2]]]); // prettier-ignore
  });
});
