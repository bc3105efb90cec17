import { describe, expect, test } from 'vitest';
import { ZoneOptions, decisionOrder } from '../../../../src/hints/strategies/topologyKeys/zoneOptions.js';
import { membersOf } from '../../../../src/hints/strategies/topologyKeys/problem.js';
import { problemOf, times } from './wishes.js';

describe('the defaults that a zone may get', () => {
  const problem = problemOf(4, { a: [...times(3, [0]), ...times(2, [1, 2]), []], b: [[3]] }, { natural: { a: [1] } });
  const options = (countUnserved: boolean, preferred?: number): unknown =>
    new ZoneOptions(problem, countUnserved)
      .of(0, preferred)
      .map(({ target, served }) => [membersOf(problem, target).join(), served]);

  test('those that cost the fewest names come first; of equals what a new node would want, then all', () => {
    expect(options(false)).toEqual([['0', 3], ['1,2', 2], ['1', 0], ['0,1,2,3', 0]]); // prettier-ignore
  });

  test('all endpoints serve those that nothing matches, where these are counted', () => {
    expect(options(true)).toEqual([['0,1,2,3', 1], ['0', 3], ['1,2', 2], ['1', 0]]); // prettier-ignore
  });

  test('the one that is preferred goes before all, the others keep their order', () => {
    const last = problem.zones[0]!.natural;
    expect(options(false, last)).toEqual([['1', 0], ['0', 3], ['1,2', 2], ['0,1,2,3', 0]]); // prettier-ignore
  });

  test('one that is no option changes nothing', () => {
    expect(options(false, problem.targetOf[6])).toEqual(options(false));
  });
});

test('the largest zones are decided first', () => {
  expect(decisionOrder(problemOf(2, { a: [[0]], b: times(3, [0]), c: [[1]] }))).toEqual([1, 0, 2]);
});
