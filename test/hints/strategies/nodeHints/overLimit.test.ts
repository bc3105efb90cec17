import { beforeEach, describe, expect, test } from 'vitest';
import { OverLimit } from '../../../../src/hints/strategies/nodeHints/overLimit.js';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE } from './problems.js';

const C1 = 4;
const C2 = 5;
const ALL = [0, 1, 2, 3, 4];

describe('endpoints above their limit', () => {
  const state = new NamingState();
  const over = new OverLimit(state);
  beforeEach(() => {
    state.begin(FIVE);
    over.clear();
  });

  test('within the limit there are none, and every node makes room', () => {
    over.add(ALL, 5, 0);
    expect([over.worst, over.isRelievedBy(0)]).toEqual([0, true]);
  });

  test('a node makes room that uses all of them and sends enough', () => {
    state.move(C1, [4]);
    state.move(C2, [4]);
    over.add(ALL, 5, 0);
    expect(over.worst).toBeCloseTo(state.excess[4]!, 12);
    expect([0, C1, C2].map((v) => over.isRelievedBy(v))).toEqual([false, true, true]);
    state.move(0, [3]);
    state.move(1, [3]);
    over.clear();
    over.add(ALL, 5, 0);
    expect([0, C1].map((v) => over.isRelievedBy(v))).toEqual([false, false]);
  });

  test('a node that sends too little makes no room, though it uses them', () => {
    over.add([4], 1, 1);
    expect(over.worst).toBeCloseTo(1 + state.excess[4]!, 12);
    expect(over.isRelievedBy(C1)).toBe(false);
  });

  test('only the first ones of a list count', () => {
    over.add([0, 4], 1, 1);
    expect(over.worst).toBeCloseTo(1 + state.excess[0]!, 12);
    over.clear();
    expect(over.worst).toBe(0);
  });
});
