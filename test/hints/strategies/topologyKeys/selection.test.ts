import { describe, expect, test } from 'vitest';
import { selectAnyLabel, selectV117 } from './selectAll.js';
import type { TopologyKey } from '../../../../src/hints/strategies/topologyKeys/annotation.js';
import type { NodeRecord } from '../../../../src/model/node.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import { endpoint, node, topologyKeysVectors } from '../../../support/topologyKeysVectors.js';

const ANY: TopologyKey = { kind: 'any' };
const label = (name: string, outside = false): TopologyKey => ({ kind: 'label', label: name, outside });
const keysFrom = (texts: readonly string[]): TopologyKey[] => texts.map((text) => (text === '*' ? ANY : label(text)));

function byNode(
  nodes: readonly NodeRecord[],
  endpoints: readonly EndpointRecord[],
  selected: readonly (readonly number[])[],
): Record<string, string[]> {
  return Object.fromEntries(nodes.map((n, i) => [n.name, selected[i]!.map((e) => endpoints[e]!.address).sort()]));
}

function select(keys: TopologyKey[], nodes: NodeRecord[], endpoints: EndpointRecord[]): Record<string, string[]> {
  const selections = selectAnyLabel(keys, nodes, endpoints);
  return byNode(nodes, endpoints, selections.map((selection) => selection.endpoints)); // prettier-ignore
}

describe('selection against the vectors', () => {
  const vectors = topologyKeysVectors();

  test('there are 300 of them', () => {
    expect(vectors).toHaveLength(300);
  });

  test.each(vectors)('$id: any label is a domain', ({ nodes, endpoints, topologyKeys, anyLabel }) => {
    const selections = selectAnyLabel(keysFrom(topologyKeys), nodes, endpoints);
    const selected = byNode(nodes, endpoints, selections.map((s) => s.endpoints)); // prettier-ignore
    expect(selected).toEqual(sorted(anyLabel.sel));
  });

  test.each(vectors)('$id: as Kubernetes 1.17 did', ({ nodes, endpoints, topologyKeys, v117 }) => {
    expect(byNode(nodes, endpoints, selectV117(topologyKeys, nodes, endpoints))).toEqual(sorted(v117.sel));
  });
});

function sorted(selection: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(selection).map(([name, list]) => [name, [...list].sort()]));
}

describe('edge cases', () => {
  const r1 = node('n1', { rack: 'r1' });
  const r2 = node('n2', { rack: 'r2' });
  const none = node('n3');

  test('!key selects what is known to be outside, and a node without the label skips it', () => {
    const endpoints = [endpoint('1', 'n1'), endpoint('2', 'n2'), endpoint('3', 'n3')];
    expect(select([label('rack', true)], [r1, r2, none], endpoints)).toEqual({ n1: ['2'], n2: ['1'], n3: [] });
  });

  test('an absent ready condition counts as ready, false does not', () => {
    const endpoints = [endpoint('1', 'n1', false), endpoint('2', 'n2')];
    expect(select([label('rack'), ANY], [r1, r2], endpoints)).toEqual({ n1: ['2'], n2: ['2'] });
  });

  test('an empty label value is no domain', () => {
    const nodes = [node('a', { gpu: '' }), node('b', { gpu: '' })];
    expect(select([label('gpu')], nodes, [endpoint('1', 'a')])).toEqual({ a: [], b: [] });
  });

  test('of an endpoint without a node its zone is known, and nothing else', () => {
    const nodes = [node('a', { 'topology.kubernetes.io/zone': 'z', rack: 'r' })];
    const endpoints = [endpoint('1', '', true, 'z'), endpoint('2', 'a')];
    expect(select([label('topology.kubernetes.io/zone')], nodes, endpoints)).toEqual({ a: ['1', '2'] });
    expect(select([label('rack')], nodes, endpoints)).toEqual({ a: ['2'] });
  });

  test('zones with one name in two regions are one zone, as in the original', () => {
    const zone = 'topology.kubernetes.io/zone';
    const nodes = [node('a', { [zone]: '1', region: 'x' }), node('b', { [zone]: '1', region: 'y' })];
    expect(select([label(zone)], nodes, [endpoint('1', 'b')])).toEqual({ a: ['1'], b: ['1'] });
  });

  test('OpenYurt: pools by the new label, else the old one; a node in no pool has only itself', () => {
    const nodes = [
      node('new', { 'apps.openyurt.io/nodepool': 'p', 'apps.openyurt.io/desired-nodepool': 'ignored' }),
      node('old', { 'apps.openyurt.io/desired-nodepool': 'p' }),
      node('alone1', {}),
      node('alone2', {}),
    ];
    const endpoints = [endpoint('1', 'new'), endpoint('2', 'old'), endpoint('3', 'alone1')];
    expect(select([{ kind: 'pool' }], nodes, endpoints)).toEqual({
      new: ['1', '2'],
      old: ['1', '2'],
      alone1: ['3'],
      alone2: [],
    });
    expect(select([{ kind: 'node' }], nodes, endpoints)).toMatchObject({ new: ['1'], old: ['2'], alone2: [] });
  });
});

// Kubernetes 1.17 pkg/proxy/topology_test.go TestFilterTopologyEndpoint, told again: five nodes in three zones.
describe('the cases of the original unit test', () => {
  const HOST = 'kubernetes.io/hostname';
  const ZONE = 'topology.kubernetes.io/zone';
  const nodes = Object.entries({ n1: '1', n2: '1', n3: '2', n4: '2', n5: '3' }).map(([name, zone]) =>
    node(name, { [HOST]: name, [ZONE]: zone }),
  );
  const two = (name: string): EndpointRecord[] => [endpoint(`${name}a`, name), endpoint(`${name}b`, name)];
  const of = (...names: string[]): string[] => names.flatMap((name) => [`${name}a`, `${name}b`]);

  test.each([
    ['no keys, no endpoints', [], [], 'n1', []],
    ['no keys: all', [], ['n2', 'n3'], 'n1', of('n2', 'n3')],
    ['hostname matches', [HOST], ['n1', 'n2'], 'n1', of('n1')],
    ['hostname does not match', [HOST], ['n2', 'n3'], 'n1', []],
    ['zone matches two nodes', [ZONE], ['n1', 'n2', 'n3'], 'n1', of('n1', 'n2')],
    ['hostname first', [HOST, ZONE], ['n1', 'n2', 'n3'], 'n1', of('n1')],
    ['zone when hostname does not match', [HOST, ZONE], ['n3', 'n5'], 'n4', of('n3')],
    ['neither matches', [HOST, ZONE], ['n3', 'n5'], 'n1', []],
    ['hostname before anywhere', [HOST, '*'], ['n1', 'n2'], 'n1', of('n1')],
    ['anywhere after hostname', [HOST, '*'], ['n2', 'n3'], 'n1', of('n2', 'n3')],
    ['anywhere after all', [HOST, ZONE, '*'], ['n3', 'n5'], 'n1', of('n3', 'n5')],
  ])('%s', (_, keys, on, from, expected) => {
    const endpoints = on.flatMap(two);
    expect(select(keysFrom(keys), nodes, endpoints)[from]).toEqual(expected);
    expect(byNode(nodes, endpoints, selectV117(keys, nodes, endpoints))[from]).toEqual(expected);
  });
});
