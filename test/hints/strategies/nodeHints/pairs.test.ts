import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { PairSearch } from '../../../../src/hints/strategies/nodeHints/pairs.js';
import { Placing } from '../../../../src/hints/strategies/nodeHints/placing.js';
import { NamingState } from '../../../../src/hints/strategies/nodeHints/state.js';
import { FIVE, problemOf, someProblem } from './problems.js';

const state = new NamingState();
const placing = new Placing(state);
const pairs = new PairSearch(state, placing);

describe('two nodes that gain together', () => {
  test('the greater one of a zone goes home where the smaller one was, which goes back to its pool', () => {
    state.begin(problemOf([[0.3, 0.2], [0.5]], [[0, [0], 1], [1, [0, 1], 1], [1, [1], 1]], { overload: 0.35 })); // prettier-ignore
    state.move(1, [0]);
    state.sort();
    expect([0, 1, 2].map((v) => placing.choose(v, { near: 0, far: 0, gain: 0.001 }))).toEqual([false, false, false]);
    const pair = pairs.find(0.001);
    expect(pair).toMatchObject({ v: 0, set: [0], w: 1, option: { near: 0, far: 0 } });
    expect(pair!.option.gain).toBeCloseTo(0.3 / 2 - 0.2 / 2, 4);
  });

  test('none where nothing gains more than is asked for, and the state stays', () => {
    state.begin(FIVE);
    state.sort();
    const before = [...state.excess];
    expect(pairs.find(1)).toBeUndefined();
    expect(state.excess).toEqual(before);
  });

  test('gain what they promise and keep the limit', () => {
    let found = 0;
    fc.assert(
      fc.property(someProblem, (problem) => {
        placing.visits = 0;
        state.begin(problem);
        state.sort();
        const before = state.inZone;
        const pair = pairs.find(0.001);
        expect(state.inZone).toBeCloseTo(before, 9);
        if (pair === undefined) return;
        found++;
        state.move(pair.v, pair.set);
        state.detach(pair.w);
        const second = placing.pick(pair.w, pair.option);
        state.attach(pair.w, second);
        expect(state.inZone - before).toBeCloseTo(pair.option.gain, 4);
        problem.homes.forEach((_, e) => expect(state.excess[e]).toBeLessThan(1e-9));
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(20);
  });
});
