import { describe, expect, test } from 'vitest';
import { Descent } from '../../../../src/hints/strategies/topologyKeys/descent.js';
import type { Problem } from '../../../../src/hints/strategies/topologyKeys/problem.js';
import { ZoneOptions } from '../../../../src/hints/strategies/topologyKeys/zoneOptions.js';
import { NOTHING, problemOf, shown, times } from './wishes.js';

const descend = (problem: Problem, preferred = NOTHING): readonly number[] =>
  new Descent(problem, new ZoneOptions(problem, false)).from(preferred);

describe('defaults where no hints are exact', () => {
  const descended = (problem: Problem, preferred = NOTHING): unknown => shown(problem, descend(problem, preferred)); // prettier-ignore

  test.each<[string, Problem, unknown]>([
    ['a zone keeps to what more of its nodes want than can be named', problemOf(4, { a: [...times(20, [0]), ...times(9, [1])] }), [[0]]], // prettier-ignore
    ['nodes whose wish holds the default stay in their domain without a name', problemOf(4, { a: [...times(20, [0, 1]), ...times(9, [0])] }), [[0]]], // prettier-ignore
    ['each zone by itself', problemOf(4, { a: times(9, [0]), b: times(9, [1]) }), [[0], [1]]], // prettier-ignore
    ['all, where nothing matches', problemOf(4, { a: [[], []] }), [[0, 1, 2, 3]]],
  ])('%s', (_, problem, expected) => {
    expect(descended(problem)).toEqual(expected);
  });

  test('the hints there are stay where others are no better', () => {
    const problem = problemOf(4, { a: [...times(9, [0]), ...times(9, [1])] });
    for (const target of [problem.targetOf[0]!, problem.targetOf[9]!]) {
      expect(descend(problem, new Map([[0, target]]))).toEqual([target]);
    }
  });

  test('what it finds from nothing does not depend on what it was asked before', () => {
    const problem = problemOf(4, { a: [...times(9, [0]), ...times(9, [1])] });
    const other = problem.targetOf[9]!;
    const descent = new Descent(problem, new ZoneOptions(problem, false));
    expect(descent.from(new Map([[0, other]]))).toEqual([other]);
    expect(descent.fresh()).toEqual(descend(problem));
    expect(descent.from(new Map([[0, other]]))).toEqual([other]);
  });
});
