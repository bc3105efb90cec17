import { describe, expect, test } from 'vitest';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import { NodeIndex } from '../../src/model/nodeIndex.js';
import { nodeManifest } from '../support/vectors.js';

const node = (name: string, zone: string | undefined, ready = 'True', more: Record<string, string> = {}): NodeRecord =>
  readNode(nodeManifest({ name, labels: { ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }), ...more }, cpu: '4', ready })); // prettier-ignore

const NODES = [
  node('b1', 'b'),
  node('a1', 'a'),
  node('b2', 'b'),
  node('b3', 'b'),
  node('sick', 'a', 'False'),
  node('control', 'c', 'True', { 'node-role.kubernetes.io/control-plane': '' }),
  node('nowhere', undefined),
];

describe('NodeIndex', () => {
  test.each([
    ['a counted node', 'b1', 'b'],
    ['a node that is not ready', 'sick', 'a'],
    ['a control-plane node', 'control', 'c'],
    ['a node without a zone', 'nowhere', ''],
    ['a node that is not there', 'other', ''],
    ['no name', '', ''],
    ['a word that every plain object has', 'constructor', ''],
  ])('the zone of %s', (_, name, zone) => {
    expect(new NodeIndex(NODES).zoneOf(name)).toBe(zone);
  });

  test.each<[string, string, Record<string, string>, boolean]>([
    ['to itself', 'a', { a: 'eu', b: 'us', c: 'us' }, false],
    ['to a zone of another region', 'b', { a: 'eu', b: 'us', c: 'us' }, true],
    ['to a zone of the same region', 'b', { a: 'eu', b: 'eu', c: 'us' }, false],
    ['to a zone whose region is not known', 'b', { a: 'eu', c: 'us' }, true],
    ['to another such zone', 'b', { c: 'us', d: 'eu' }, true],
    ['to endpoints without a zone', '', { a: 'eu', c: 'us' }, true],
    ['in a cluster with one region', 'b', { a: 'eu' }, false],
    ['in a cluster without regions', 'b', {}, false],
  ])('whether traffic from zone a %s leaves its region', (_, to, regions, leaves) => {
    const label = (zone: string): Record<string, string> =>
      regions[zone] === undefined ? {} : { 'topology.kubernetes.io/region': regions[zone] };
    const index = new NodeIndex(['a', 'b', 'c', 'd'].map((zone) => node(zone, zone, 'True', label(zone))));
    expect(index.leavesRegion('a', to)).toBe(leaves);
  });

  test('the place of a node is that among all nodes, and below 0 for any other name', () => {
    const index = new NodeIndex(NODES);
    expect(NODES.map(({ name }) => index.placeOf(name))).toEqual(NODES.map((_, i) => i));
    expect(['other', '', 'constructor'].map((name) => index.placeOf(name))).toEqual([-1, -1, -1]);
  });

  test('kinds of nodes are by zone and what reads hints, and count every node', () => {
    const old = { ...node('b4', 'b'), consumer: 'kube-proxy-1.33' as const };
    const { list, kindOf } = new NodeIndex([...NODES, old]).kinds;
    expect(list).toEqual([
      { zone: 'b', consumer: 'kube-proxy', count: 3 },
      { zone: 'a', consumer: 'kube-proxy', count: 2 },
      { zone: 'c', consumer: 'kube-proxy', count: 1 },
      { zone: '', consumer: 'kube-proxy', count: 1 },
      { zone: 'b', consumer: 'kube-proxy-1.33', count: 1 },
    ]);
    expect(kindOf).toEqual([0, 1, 0, 0, 1, 2, 3, 4]);
  });

  test('demand by number counts ready nodes with a zone, each alike, in zones sorted by name', () => {
    const demand = new NodeIndex(NODES).demandByNumber;
    expect([demand.source, demand.words]).toEqual(['nodes', 'nodes']);
    expect(demand.zones).toEqual([
      { zone: 'a', share: 0.25 },
      { zone: 'b', share: 0.75 },
    ]);
    expect(['b1', 'a1', 'sick', 'control', 'nowhere', 'other'].map((name) => demand.nodeShare?.(name))).toEqual([
      0.25, 0.25, 0, 0, 0, 0,
    ]);
  });

  test('without a counted node there is no demand', () => {
    const demand = new NodeIndex([node('sick', 'a', 'False'), node('nowhere', undefined)]).demandByNumber;
    expect([demand.zones, demand.nodeShare?.('sick')]).toEqual([[], 0]);
  });

  test('demand by number is worked out once', () => {
    const index = new NodeIndex(NODES);
    expect(index.demandByNumber).toBe(index.demandByNumber);
  });
});
