import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { summariseCluster } from '../../src/model/cluster.js';
import type { NodeManifest } from '../../src/model/manifest.js';
import { readNode } from '../../src/model/node.js';
import { nodeManifest, type VectorNode } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const node = (name: string, zone: string | undefined, more: Partial<VectorNode> = {}): VectorNode => ({
  name,
  labels: zone === undefined ? {} : { [ZONE]: zone },
  cpu: '4',
  ready: 'True',
  ...more,
});
const summary = (nodes: VectorNode[]): ReturnType<typeof summariseCluster> =>
  summariseCluster(nodes.map((given) => readNode(nodeManifest(given))));
const pair = [node('n1', 'a'), node('n2', 'b')];

describe('the nodes of a cluster', () => {
  test.each<[string, VectorNode[], Record<string, number> | undefined]>([
    ['two equal nodes share evenly', pair, { a: 0.5, b: 0.5 }],
    ['CPU decides, not the number of nodes', [node('n1', 'a', { cpu: '12' }), node('n2', 'b')], { a: 0.75, b: 0.25 }],
    [
      'a control-plane node is not counted, whatever the label says',
      [...pair, node('cp', 'a', { labels: { [ZONE]: 'a', 'node-role.kubernetes.io/control-plane': 'no' } })],
      { a: 0.5, b: 0.5 },
    ],
    [
      'nor is one with the old label',
      [...pair, node('cp', 'a', { labels: { [ZONE]: 'a', 'node-role.kubernetes.io/master': '' } })],
      { a: 0.5, b: 0.5 },
    ],
    ['a node that is not ready is not counted', [...pair, node('n3', 'a', { ready: 'False' })], { a: 0.5, b: 0.5 }],
    ['nor one whose kubelet is silent', [...pair, node('n3', undefined, { ready: 'Unknown' })], { a: 0.5, b: 0.5 }],
    ['nor one without a Ready condition', [...pair, node('n3', 'a', { ready: '' })], { a: 0.5, b: 0.5 }],
    ['one ready node without a zone spoils all', [...pair, node('n3', undefined)], undefined],
    ['an empty zone is none', [...pair, node('n3', '')], undefined],
    ['one ready node with no CPU spoils all', [...pair, node('n3', 'a', { cpu: '0' })], undefined],
    ['CPU that cannot be read is none', [...pair, node('n3', 'a', { cpu: 'four' })], undefined],
    ['a single zone is too few', [node('n1', 'a'), node('n2', 'a')], undefined],
    ['no nodes at all are too few', [], undefined],
  ])('%s', (_, nodes, shares) => {
    const { strictShares } = summary(nodes);
    expect(strictShares && Object.fromEntries(strictShares.map(({ zone, share }) => [zone, share]))).toEqual(shares);
  });

  // As AKS shows them: the virtual node tells the version with which virtual-kubelet was built.
  test('what reads hints is asked of nodes that are no virtual ones', () => {
    const versioned = (name: string, kubeletVersion: string, labels: Record<string, string>): NodeManifest => ({
      metadata: { name, labels },
      status: { nodeInfo: { kubeletVersion } },
    });
    const nodes = [
      versioned('aks-nodepool1-vmss000000', 'v1.34.1', {}),
      versioned('virtual-node-aci-linux', 'v1.19.10-vk-azure-aci-1.4.8', { type: 'virtual-kubelet' }),
    ];
    expect(summariseCluster(nodes.map(readNode)).consumers).toEqual(['kube-proxy']);
  });

  test('odd nodes are named, and passed over by the tolerant shares', () => {
    const { oddNodes, shares } = summary([node('odd', undefined), ...pair]);
    expect(oddNodes).toEqual(['odd']);
    expect(shares.map(({ zone, share }) => [zone, share])).toEqual([
      ['a', 0.5],
      ['b', 0.5],
    ]);
  });

  test('only the first Ready condition counts', () => {
    const twice = {
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Ready', status: 'True' },
        ],
      },
    };
    expect(readNode(twice).ready).toBe(false);
  });

  test('the shares add up to 1 and do not depend on the order of the nodes', () => {
    const nodes = fc.array(
      fc.record({ zone: fc.constantFrom('a', 'b', 'c'), cpu: fc.constantFrom('2', '3920m', '0.5', '100u', '96') }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(nodes, (list) => {
        const named = list.map(({ zone, cpu }, i) => node(`n${i}`, zone, { cpu }));
        const one = summary(named);
        expect(one.shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
        expect([...one.demand.zoneIndex].sort()).toEqual(one.shares.map(({ zone }, place) => [zone, place]).sort());
        expect(summary([...named].reverse())).toEqual(one);
      }),
    );
  });
});
