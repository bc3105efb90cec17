import { beforeEach, describe, expect, test } from 'vitest';
import { Candidates } from '../../../../src/hints/strategies/nodeHints/candidates.js';
import { MAX_NODES_PER_ENDPOINT } from '../../../../src/hints/strategies/nodeHints/problem.js';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE, problemOf } from './problems.js';

const C1 = 4;
const C2 = 5;

describe('the endpoints that a node may use', () => {
  const state = new NamingState();
  const candidates = new Candidates();
  const listed = (): readonly number[] => candidates.list.slice(0, candidates.size);
  beforeEach(() => {
    state.begin(FIVE);
    state.sort();
  });

  test('are those of its zone, and all others, the least loaded first', () => {
    expect(candidates.gatherNear(state, 0)).toBe(2);
    expect(listed()).toEqual([0, 1]);
    expect(candidates.gatherFar(state, 0)).toBe(5);
    expect(listed()).toEqual([4, 2, 3]);
  });

  test('come with the greatest excess among the first ones, without what the node sends there now', () => {
    state.move(C1, [4]);
    state.sort();
    candidates.gatherFar(state, C2);
    const piece = state.piece[C2]!;
    expect(listed()).toEqual([0, 1, 2, 3]);
    candidates.gatherNear(state, C1);
    expect(candidates.worst[0]).toBeCloseTo(state.excess[4]! - state.piece[C1]!, 12);
    candidates.gatherNear(state, C2);
    expect(candidates.worst[0]).toBeCloseTo(state.excess[4]! - piece, 12);
    candidates.gatherNear(state, 0);
    state.move(2, [1]);
    candidates.gatherNear(state, 0);
    expect(candidates.worst.slice(0, 2)).toEqual([0, 1].map((e) => state.excess[e]! - state.piece[0]!));
  });

  test('can take one more name, or have that of the node', () => {
    const nodes = Array.from({ length: MAX_NODES_PER_ENDPOINT + 1 }, () => 0.05);
    state.begin(problemOf([nodes, [0.55]], [[0, [0, 1], 2], [1, [0, 1], 1]])); // prettier-ignore
    for (let v = 0; v < MAX_NODES_PER_ENDPOINT; v++) state.move(v, [0]);
    state.sort();
    candidates.gatherNear(state, MAX_NODES_PER_ENDPOINT);
    expect(listed()).toEqual([1]);
    candidates.gatherNear(state, 3);
    expect(listed()).toEqual([1, 0]);
  });
});
