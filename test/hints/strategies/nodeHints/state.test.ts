import { beforeEach, describe, expect, test } from 'vitest';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE, nearOf, problemOf, usedBy } from './problems.js';

const C1 = 4;
const C2 = 5;

describe('while a search goes on', () => {
  const state = new NamingState();
  beforeEach(() => state.begin(FIVE));

  test('a node without names uses the pool of its zone', () => {
    expect([usedBy(state, C1), usedBy(state, 0)]).toEqual([[0, 1, 2, 3, 4], [0, 1]]); // prettier-ignore
    expect(state.localPart[C1]).toBeCloseTo(0.2, 9);
    expect(state.piece[C1]).toBeCloseTo(FIVE.nodeShares[C1]! / 5, 12);
  });

  test('a named node uses the endpoints that name it, and they count their names', () => {
    state.move(C1, [2, 4]);
    expect([usedBy(state, C1), state.localPart[C1]]).toEqual([[2, 4], 0.5]);
    expect(state.piece[C1]).toBeCloseTo(FIVE.nodeShares[C1]! / 2, 12);
    expect(state.names).toEqual([0, 0, 1, 0, 1]);
    expect(state.named()).toEqual([{ node: C1, set: [2, 4] }]);
  });

  test('marks of one named node are gone when another one is asked for', () => {
    state.move(C1, [2, 4]);
    state.move(C2, [0, 4]);
    expect([usedBy(state, C1), usedBy(state, C2), usedBy(state, 0), usedBy(state, C2)]).toEqual([[2, 4], [0, 4], [0, 1], [0, 4]]); // prettier-ignore
    state.begin(FIVE);
    state.move(C1, [1]);
    expect(usedBy(state, C1)).toEqual([1]);
  });

  test('a node that is detached sends nothing', () => {
    state.move(C1, [4]);
    state.detach(C1);
    expect([state.sets[C1], state.piece[C1], state.localPart[C1], state.names]).toEqual([undefined, 0, 0, [0, 0, 0, 0, 0]]); // prettier-ignore
    const sum = state.excess.slice(0, 5).reduce((all, one, e) => all + one + FIVE.caps[e]!, 0);
    expect(sum).toBeCloseTo(1 - FIVE.nodeShares[C1]!, 6);
  });

  test('of equal nodes that are not named only the first one is looked at', () => {
    const nodes = (): number[] => {
      const list: number[] = [];
      for (let v = state.next(); v < FIVE.nodeShares.length; v = state.next(v)) list.push(v);
      return list;
    };
    expect(nodes()).toEqual([0, 2, C1]);
    state.move(C1, [4]);
    expect(nodes()).toEqual([0, 2, C1, C2]);
    expect([state.next(0), state.next(0, 0)]).toEqual([2, 1]);
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
    expect([state.order, nearOf(state)]).toEqual([[4, 0, 1, 2, 3], [[0, 1], [2, 3], [4]]]); // prettier-ignore
    state.move(C1, [2]);
    state.sort();
    expect(state.order).toEqual([4, 0, 1, 3, 2]);
  });

  test('many endpoints are ordered the same, whatever their order before', () => {
    const count = 600;
    const many = problemOf([[0.5], [0.5]], [[0, [0], count / 2], [1, [1], count / 2]]); // prettier-ignore
    const large = new NamingState();
    large.begin(many);
    const { excess, order } = large;
    const expected = order.slice();
    const byLoad = (a: number, b: number): number => excess[a]! - excess[b]! || a - b;
    for (let e = 0; e < count; e++) excess[e] = ((count - e) * 7) % 100;
    large.sort();
    expect(order).toEqual(expected.sort(byLoad));
    excess[order[0]!] = 50.5;
    large.sort();
    expect(order).toEqual(expected.sort(byLoad));
  });

  test('names that are loaded do what moving one node after the other does', () => {
    const moved = new NamingState();
    moved.begin(FIVE);
    const named = [{ node: 0, set: [0] }, { node: C1, set: [4] }, { node: C2, set: [2, 4] }]; // prettier-ignore
    for (const { node, set } of named) moved.move(node, set);
    state.load(named);
    expect([state.named(), state.names.slice(0, 5)]).toEqual([named, moved.names]);
    FIVE.caps.forEach((_, e) => expect(state.excess[e]).toBeCloseTo(moved.excess[e]!, 12));
    expect(state.inZone).toBeCloseTo(moved.inZone, 12);
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
    expect([state.order.slice(0, 3), nearOf(state)]).toEqual([[1, 2, 0], [[0], [1, 2]]]); // prettier-ignore
  });
});
