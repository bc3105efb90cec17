import { describe, expect, test } from 'vitest';
import {
  buildHints,
  fitOf,
  presentHints,
  withNames,
} from '../../../../src/hints/strategies/topologyKeys/assignment.js';
import { PLACEHOLDER, type EndpointHints } from '../../../../src/model/hints.js';
import { PositionSet } from '../../../../src/hints/strategies/topologyKeys/positionSet.js';
import { ALL, stateProblem } from '../../../../src/hints/strategies/topologyKeys/problem.js';
import { endpoint } from '../../../support/topologyKeysVectors.js';
import { arraysOf } from './lists.js';

const hinted = (hints: EndpointHints | undefined) => ({ ...endpoint('10.0.0.1'), hints });

describe('how a node fares', () => {
  test.each<[string, readonly number[] | undefined, number[], ReturnType<typeof fitOf>]>([
    ['that uses just what it wants', [0, 2], [0, 2], 'exact'],
    ['that uses all and wants all', undefined, [0, 1, 2], 'exact'],
    ['that uses all and wants less', undefined, [0, 1], 'leaking'],
    ['that uses a part of what it wants', [1], [0, 1, 2], 'narrowed'],
    ['that uses the last of what it wants', [2], [0, 1, 2], 'narrowed'],
    ['that uses one that it does not want', [0, 1], [0, 2], 'leaking'],
    ['that uses one before all that it wants', [0], [1, 2], 'leaking'],
    ['that uses one after all that it wants', [0, 2], [0, 1], 'leaking'],
  ])('%s', (_, used, wanted, fit) => {
    expect(fitOf(used && new PositionSet(used), new PositionSet(wanted), 3)).toBe(fit);
  });
});

describe('the hints of an endpoint', () => {
  test.each<[string, string[] | undefined, string[] | undefined, EndpointHints | undefined]>([
    ['are sorted by name', ['b', 'a'], ['n2', 'n1'], { forZones: ['a', 'b'], forNodes: ['n1', 'n2'] }],
    ['have no kind that is not used', ['a'], undefined, { forZones: ['a'] }],
    ['have the placeholder where nobody is named', [], ['n1'], { forZones: [PLACEHOLDER], forNodes: ['n1'] }],
    ['are none where no kind is used', undefined, undefined, undefined],
  ])('%s', (_, zones, nodes, expected) => {
    expect(withNames(hinted(undefined), zones, nodes)).toStrictEqual(expected);
  });

  test.each<[string, EndpointHints, boolean]>([
    ['is kept where it names the same, in any order', { forZones: ['b', 'a'], forNodes: ['n1'] }, true],
    ['is not kept where it names a zone more', { forZones: ['a', 'b', 'c'], forNodes: ['n1'] }, false],
    ['is not kept where it names another zone', { forZones: ['a', 'c'], forNodes: ['n1'] }, false],
    ['is not kept where it names no node', { forZones: ['a', 'b'] }, false],
  ])('the object that is there %s', (_, own, kept) => {
    expect(withNames(hinted(own), ['a', 'b'], ['n1']) === own).toBe(kept);
  });

  test('are found by the names in them, each position once', () => {
    const hints = [{ forZones: ['a', 'a'], forNodes: ['n1'] }, undefined, { forZones: ['a', 'b'] }];
    const nodes = [{ name: 'n0', zone: 'a' }, { name: 'n1', zone: 'c' }]; // prettier-ignore
    const problem = stateProblem(3, nodes, [[0], [0]], new Map(), 8);
    const { byZone, byNode, zonesAreNamed } = presentHints(problem, hints.map(hinted));
    expect([arraysOf(byZone), arraysOf(byNode), zonesAreNamed]).toEqual([[[0, 2], []], [[], [0]], true]);
  });

  test.each<[string, EndpointHints, boolean]>([
    ['is one where no node is', { forZones: ['elsewhere'] }, true],
    ['is none where nodes are named only', { forNodes: ['n0'] }, false],
  ])('of the zones that are named there %s', (_, hints, named) => {
    const problem = stateProblem(1, [{ name: 'n0', zone: 'a' }], [[0]], new Map(), 8);
    expect(presentHints(problem, [hinted(hints)]).zonesAreNamed).toBe(named);
  });
});

describe('buildHints', () => {
  /** Nodes as `name: zone`, each with the endpoints that it wants; `defaults` are endpoints by zone. */
  function build(
    count: number,
    nodes: readonly [string, string, number[]][],
    natural: Readonly<Record<string, number[]>>,
    { limit = 8, zonesOnly = false } = {},
  ): string[] {
    const problem = stateProblem(
      count,
      nodes.map(([name, zone]) => ({ name, zone })),
      nodes.map(([, , wanted]) => wanted),
      new Map(Object.entries(natural)),
      limit,
      zonesOnly,
    );
    const endpoints = Array.from({ length: count }, (_, i) => endpoint(`10.0.0.${i}`));
    const defaults = problem.zones.map(({ name, natural: target }) => (name in natural ? target : ALL));
    return buildHints(problem, endpoints, defaults, presentHints(problem, endpoints)).map((hints) =>
      hints === undefined ? '-' : `${hints.forZones?.join('+') ?? ''}|${hints.forNodes?.join('+') ?? ''}`,
    );
  }

  test('names the zones whose default is not all', () => {
    expect(build(2, [['n1', 'a', [0]], ['n2', 'b', [1]]], { a: [0], b: [1] })).toEqual(['a|', 'b|']); // prettier-ignore
  });

  test('names no one where all use all', () => {
    expect(build(2, [['n1', 'a', [0, 1]]], {})).toEqual(['-', '-']);
  });

  test('names the nodes that want something else than their zone', () => {
    expect(build(2, [['n1', 'a', [0]], ['n2', 'a', [1]]], { a: [0] })).toEqual([`a|${PLACEHOLDER}`, `${PLACEHOLDER}|n2`]); // prettier-ignore
  });

  test('names the nodes that want more than their zone gives, on all of what they want', () => {
    expect(build(2, [['n1', 'a', [0]], ['n2', 'a', [0, 1]]], { a: [0] })).toEqual(['a|n2', `${PLACEHOLDER}|n2`]); // prettier-ignore
  });

  test('names the nodes for which nothing matches on all endpoints, where their zone would give them fewer', () => {
    expect(build(2, [['n1', 'a', [0]], ['n2', 'a', []]], { a: [0] })).toEqual(['a|n2', `${PLACEHOLDER}|n2`]); // prettier-ignore
  });

  test('names no nodes where the API server does not store their names', () => {
    expect(build(2, [['n1', 'a', [0]], ['n2', 'a', [1]]], { a: [0] }, { zonesOnly: true })).toEqual(['a|', `${PLACEHOLDER}|`]); // prettier-ignore
  });

  test('grants wishes for more as far as there is room: first to those that something matches', () => {
    const nodes: [string, string, number[]][] = [
      ['n1', 'a', [0]],
      ['n2', 'a', []],
      ['n3', 'a', [0, 1]],
    ];
    expect(build(2, nodes, { a: [0] }, { limit: 1 })).toEqual(['a|n3', `${PLACEHOLDER}|n3`]);
  });
});
