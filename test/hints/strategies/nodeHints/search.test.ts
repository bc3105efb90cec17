import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { NamingSearch } from '../../../../src/hints/strategies/nodeHints/search.js';
import type { NamedNodes } from '../../../../src/hints/strategies/nodeHints/names.js';
import { MAX_NODES_PER_ENDPOINT, type NamingProblem } from '../../../../src/hints/strategies/nodeHints/problem.js';
import { measureNames } from '../../../../src/hints/strategies/nodeHints/standing.js';
import { FIVE, problemOf, someProblem } from './problems.js';

const search = new NamingSearch();

/** Whether every endpoint is within its limit, and names no more nodes than the API allows. */
function isValid(problem: NamingProblem, named: NamedNodes): boolean {
  const { count, base, caps, nodeZones, nodeShares, pools } = problem;
  const loads = [...base];
  const names = new Array<number>(count).fill(0);
  for (const { node, set } of named) {
    const share = nodeShares[node]!;
    const pool = pools[nodeZones[node]!]!;
    for (const e of pool) loads[e]! -= share / pool.length;
    for (const e of set) {
      loads[e]! += share / set.length;
      names[e]!++;
    }
  }
  return loads.every((load, e) => load <= caps[e]! * (1 + 1e-8)) && names.every((n) => n <= MAX_NODES_PER_ENDPOINT);
}

describe('the search', () => {
  test('finds the worked example of the docs', () => {
    const named = search.solve(FIVE);
    const [c1, c2] = [4, 5];
    expect(named.map(({ node, set }) => [node, [...set].sort()])).toEqual([[c1, [4]], [c2, [0, 1, 4]]]); // prettier-ignore
  });

  test('names nobody where zone hints keep all traffic at home', () => {
    expect(search.solve(problemOf([[0.5], [0.5]], [[0, [0], 1], [1, [1], 1]]))).toEqual([]); // prettier-ignore
  });

  test('keeps the limits, never loses traffic to other zones, and depends on no search before', () => {
    fc.assert(
      fc.property(someProblem, someProblem, (problem, other) => {
        const named = search.solve(problem);
        expect(isValid(problem, named)).toBe(true);
        expect(measureNames(problem, named).inZone).toBeGreaterThanOrEqual(problem.inZone - 1e-9);
        search.solve(other);
        expect(search.solve(problem)).toEqual(named);
        expect(new NamingSearch().solve(problem)).toEqual(named);
      }),
      { numRuns: 300 },
    );
  });

  test('names of nodes of equal size as many as it takes, at most eight an endpoint', () => {
    const nodes = Array.from({ length: 30 }, () => 0.5 / 30);
    const problem = problemOf([nodes, [0.5]], [[0, [0, 1], 2], [1, [0, 1], 2]], { overload: 0.4 }); // prettier-ignore
    const named = search.solve(problem);
    expect(isValid(problem, named)).toBe(true);
    expect(named.length).toBeGreaterThan(8);
  });
});

describe('mending', () => {
  test('changes one node so that every endpoint is within its limit', () => {
    const over: NamedNodes = [{ node: 4, set: [4] }, { node: 5, set: [4] }]; // prettier-ignore
    const named = search.mend(FIVE, over);
    expect(named).toBeDefined();
    expect(isValid(FIVE, named!)).toBe(true);
    const changed = FIVE.nodeShares.filter((_, v) => setOf(over, v) !== setOf(named!, v));
    expect(changed).toHaveLength(1);
  });

  test('gives up where no one node suffices', () => {
    const over: NamedNodes = [0, 2, 4, 5].map((node) => ({ node, set: [4] }));
    expect(search.mend(FIVE, over)).toBeUndefined();
  });
});

function setOf(named: NamedNodes, v: number): string {
  return named.find(({ node }) => node === v)?.set.join() ?? '-';
}
