import { describe, expect, test } from 'vitest';
import { ALL, membersOf, stateProblem } from '../../../../src/hints/strategies/topologyKeys/problem.js';

const node = (name: string, zone: string): { name: string; zone: string } => ({ name, zone });
const NODES = [node('n0', 'b'), node('n1', 'a'), node('n2', 'b'), node('n3', 'a'), node('n4', '')];
const WANTED = [[0], [0, 1, 2], [0], [], [1, 2]];
const NONE = new Map<string, readonly number[]>();

describe('the problem of which nodes want which endpoints', () => {
  const problem = stateProblem(3, NODES, WANTED, new Map([['a', [1]]]), 8);
  const groupsOf = (zone: string): [number[], number[]][] => {
    const { groups } = problem.zones.find(({ name }) => name === zone)!;
    return [...groups].map(([target, nodes]) => [[...membersOf(problem, target)], [...nodes]]);
  };

  test('has the set of all endpoints as its first target', () => {
    expect(problem.targets[ALL]?.members).toEqual([0, 1, 2]);
  });

  test('gives equal wishes one target, that of all included', () => {
    expect(problem.targetOf).toEqual([1, ALL, 1, undefined, 2]);
    expect(problem.targets.map(({ members }) => members)).toEqual([[0, 1, 2], [0], [1, 2], [1]]);
  });

  test('groups the nodes of each zone by their wish, zones sorted by name', () => {
    expect(problem.zones.map(({ name, size, unserved }) => ({ name, size, unserved }))).toEqual([
      { name: '', size: 1, unserved: [] },
      { name: 'a', size: 2, unserved: [3] },
      { name: 'b', size: 2, unserved: [] },
    ]);
    expect(groupsOf('a')).toEqual([[[0, 1, 2], [1]]]);
    expect(groupsOf('b')).toEqual([[[0], [0, 2]]]);
    expect(groupsOf('')).toEqual([[[1, 2], [4]]]);
  });

  test('has for each zone what a new node would want, all endpoints where nothing is known', () => {
    expect(problem.zones.map(({ natural }) => membersOf(problem, natural))).toEqual([[0, 1, 2], [1], [0, 1, 2]]);
    expect(stateProblem(3, NODES, WANTED, new Map([['a', []]]), 8).zones[1]?.natural).toBe(ALL);
  });

  test('has no union where there are node hints', () => {
    expect(problem.zones.every((zone) => !('union' in zone))).toBe(true);
  });

  test.each<[string, number[][], number[]]>([
    ['what any of its nodes wants', [[2], [0]], [0, 2]],
    ['not what those want that want all', [[2], [0, 1, 2]], [2]],
    ['all where none wants less', [[0, 1, 2], []], [0, 1, 2]],
    ['all where nothing matches', [[], []], [0, 1, 2]],
    ['each endpoint once', [[1, 2], [0, 1]], [0, 1, 2]], // prettier-ignore
  ])('without node hints a zone has as its union %s', (_, wanted, union) => {
    const zonesOnly = stateProblem(3, [node('n0', 'a'), node('n1', 'a')], wanted, NONE, 8, true);
    expect(membersOf(zonesOnly, zonesOnly.zones[0]!.union!)).toEqual(union);
  });

  test('an unknown target has no members', () => {
    expect(membersOf(problem, 99)).toEqual([]);
  });
});
