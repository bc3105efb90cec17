import { beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Candidates } from '../../../../src/hints/strategies/nodeHints/candidates.js';
import { firstOf, Placing, type Option } from '../../../../src/hints/strategies/nodeHints/placing.js';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE, someProblem } from './problems.js';

const C1 = 4;
const C2 = 5;

describe('where the traffic of one node may go', () => {
  const state = new NamingState();
  const placing = new Placing(state);
  const chosen = (v: number, gain = 0): Option | undefined => {
    const option = { near: 0, far: 0, gain };
    return placing.choose(v, option) ? option : undefined;
  };
  beforeEach(() => {
    placing.visits = 0;
    state.begin(FIVE);
    state.sort();
  });

  test('home, to the fewest endpoints that can carry it', () => {
    expect(chosen(C1)).toMatchObject({ near: 1, far: 0 });
    expect(chosen(C1)!.gain).toBeCloseTo((1 / 6) * 0.8, 5);
  });

  test('partly elsewhere where home cannot carry all of it', () => {
    state.move(C1, [4]);
    state.sort();
    expect(chosen(C2)).toMatchObject({ near: 1, far: 2 });
  });

  test('back to the pool of its zone, which costs no name', () => {
    state.move(0, [0, 1]);
    expect(chosen(0)).toEqual({ near: 0, far: 0, gain: expect.closeTo(2e-6, 12) as number });
  });

  test('nowhere, where nothing gains more than is asked for', () => {
    expect([chosen(0), chosen(C1, 0.2)]).toEqual([undefined, undefined]);
    expect(placing.visits).toBe(0);
  });

  test('the endpoints of an option are the least loaded ones, undefined where there are not so many', () => {
    state.detach(C1);
    expect(placing.pick(C1, { near: 1, far: 2 })).toEqual([4, 0, 1]);
    expect(placing.pick(C1, { near: 2, far: 0 })).toBeUndefined();
    expect(placing.pick(C1, { near: 0, far: 0 })).toBeUndefined();
  });

  test('is the best among the sizes that fit', () => {
    fc.assert(
      fc.property(someProblem, fc.nat(), fc.integer({ min: 0, max: 30 }), (problem, which, percent) => {
        state.begin(problem);
        state.sort();
        const v = which % problem.nodeShares.length;
        const share = problem.nodeShares[v]!;
        const least = (percent / 100) * share;
        const option = { near: 0, far: 0, gain: least };
        const present = state.localPart[v]!;
        const isFound = placing.choose(v, option);
        const near = new Candidates();
        const far = new Candidates();
        near.gatherNear(state, v);
        far.gatherFar(state, v);
        state.detach(v);
        let best = least;
        for (let a = 0; a <= near.size; a++) {
          for (let b = 0; b <= far.size; b++) {
            if (a + b === 0) continue;
            const fits = firstOf(near, a, far, b).every((e) => state.excess[e]! + share / (a + b) <= 1e-12);
            if (fits) best = Math.max(best, share * (a / (a + b) - present) - (a + b) * 1e-6);
          }
        }
        expect(isFound).toBe(best > least);
        expect(option.gain).toBeCloseTo(best, 9);
      }),
      { numRuns: 300 },
    );
  });
});
