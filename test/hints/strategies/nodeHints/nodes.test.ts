import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../../src/hints/scratch.js';
import {
  findNode,
  nameOfNode,
  nodeSharesOf,
  type NodeShares,
} from '../../../../src/hints/strategies/nodeHints/nodes.js';
import { READS_ALL, readingOf } from '../../../../src/kubeproxy/reading.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import { demandOf, type Demand } from '../../../../src/model/demand.js';
import type { NodeConsumer, NodeRecord } from '../../../../src/model/node.js';
import { readService } from '../../../../src/model/service.js';

function node(name: string, zone: string, cpu: number, more: Partial<NodeRecord> = {}): NodeRecord {
  return { name, zone, cpuNano: cpu * 1e9, ready: true, excluded: false, labels: {}, ...more };
}

function sharesOf(nodes: readonly NodeRecord[], demand?: Demand): NodeShares {
  const cluster = summariseCluster(nodes);
  const service = readService({ metadata: { name: 'web' } });
  const reading = readingOf(service, cluster.consumers);
  return nodeSharesOf({ cluster, demand: demand ?? cluster.demand, reading, scratch: new Scratch() });
}

const namesOf = (shares: NodeShares): string[] => shares.places.map((_, v) => nameOfNode(shares, v));
const listed = (shares: NodeShares): [string, number][] =>
  namesOf(shares).map((name, v) => [name, Math.round(shares.shares[v]! * 1000) / 1000]);

describe('the demand of a node', () => {
  test('is its part of the CPU of its zone, the greatest first, equal ones by name', () => {
    const shares = sharesOf([node('b2', 'b', 2), node('a1', 'a', 2), node('b1', 'b', 2), node('b3', 'b', 4)]);
    expect(listed(shares)).toEqual([
      ['a1', 0.2],
      ['b3', 0.4],
      ['b1', 0.2],
      ['b2', 0.2],
    ]);
    expect(shares.starts).toEqual([0, 1, 4]);
    expect(shares.ends).toEqual([1, 2, 4, 4]);
    expect(shares.zones).toEqual([0, 1, 1, 1]);
    expect(shares.places).toEqual([0, 3, 1, 2]);
    expect(shares.atPlace).toEqual([0, 2, 3, 1]);
  });

  test('orders nodes of many sizes by share, equal ones by name', () => {
    const sizes = Array.from({ length: 80 }, (_, i) => ((i * 37) % 40) + 1);
    const nodes = sizes.map((cpu, i) => node(`n${String(i).padStart(2, '0')}`, 'a', cpu));
    const sorted = [...nodes].sort((a, b) => b.cpuNano - a.cpuNano || (a.name < b.name ? -1 : 1));
    const shares = sharesOf(nodes);
    expect(namesOf(shares)).toEqual(sorted.map(({ name }) => name));
    const isEnd = (v: number) => shares.shares[v] !== shares.shares[v - 1];
    expect(shares.ends).toEqual(sorted.map((_, v) => (isEnd(v + 1) ? v + 1 : v + 2)));
  });

  test('is its part of the number of nodes in a zone of which no node tells its CPU', () => {
    expect(listed(sharesOf([node('a1', 'a', 0), node('a2', 'a', 0), node('b1', 'b', 0)]))).toEqual([
      ['a1', 0.333],
      ['a2', 0.333],
      ['b1', 0.333],
    ]);
  });

  test('is that of its clients, where these are known by node; a node without any is not named', () => {
    const zones = [
      { zone: 'a', share: 0.75 },
      { zone: 'b', share: 0.25 },
    ];
    const demand = demandOf('clients', zones, 'clients', (name) => (name === 'a2' ? 0.5 : name === 'b1' ? 0.25 : 0));
    expect(listed(sharesOf([node('a1', 'a', 8), node('a2', 'a', 1), node('b1', 'b', 1)], demand))).toEqual([
      ['a2', 0.5],
      ['b1', 0.25],
    ]);
  });

  test('is cut where others of its zone send all of it; then not every node that sends something may be named', () => {
    const zones = [{ zone: 'a', share: 1 }];
    const sends = (parts: Readonly<Record<string, number>>) =>
      demandOf('clients', zones, 'clients', (name) => parts[name]!);
    const nodes = ['a1', 'a2', 'a3'].map((name) => node(name, 'a', 1));
    const cut = sharesOf(nodes, sends({ a1: 0.75, a2: 0.5, a3: 0.125 }));
    expect([listed(cut), cut.sent, cut.isWhole]).toEqual([
      [
        ['a1', 0.75],
        ['a2', 0.25],
      ],
      [0.75, 0.5],
      false,
    ]);
    expect(sharesOf(nodes, sends({ a1: 0.75, a2: 0.25, a3: 0 })).isWhole).toBe(true);
  });

  test('counts only for nodes that are ready, carry workload and heed node hints; those that heed none are summed up', () => {
    const by = (consumer: NodeConsumer): Partial<NodeRecord> => ({ consumer });
    const shares = sharesOf([
      node('a1', 'a', 1),
      node('a2', 'a', 1, { ready: false }),
      node('a3', 'a', 1, { excluded: true }),
      node('a4', 'a', 1, by('kube-proxy-1.33')),
      node('a5', 'a', 2, by('kube-proxy-windows')),
    ]);
    expect(listed(shares)).toEqual([['a1', 0.25]]);
    expect(shares.deaf).toEqual([0.5]);
    expect(shares.isWhole).toBe(false);
  });

  test('is worked out once for the same cluster and demand', () => {
    const cluster = summariseCluster([node('a1', 'a', 1)]);
    const input = { cluster, demand: cluster.demand, reading: READS_ALL, scratch: new Scratch() };
    expect(nodeSharesOf(input)).toBe(nodeSharesOf(input));
  });
});

describe('the place of a name', () => {
  test('is found for every node that may be named, and for no other name', () => {
    const shares = sharesOf([node('a1', 'a', 1), node('b1', 'b', 3), node('b2', 'b', 1, { ready: false })]);
    expect(['a1', 'b1', 'b2', 'c', ''].map((name) => findNode(shares, name))).toEqual([0, 1, -1, -1, -1]);
  });
});

describe('what was worked out', () => {
  const cluster = summariseCluster([node('a1', 'a', 1), node('a2', 'a', 1, { consumer: 'kube-proxy-1.33' })]);
  const { consumers, demand } = cluster;
  const service = readService({ metadata: { name: 'web' } });
  const scratch = new Scratch();

  test('is kept for the cluster, the demand and what the nodes heed', () => {
    const first = nodeSharesOf({ cluster, demand, reading: readingOf(service, consumers), scratch });
    expect(nodeSharesOf({ cluster, demand, reading: readingOf(service, consumers), scratch })).toBe(first);
    expect(listed(first)).toEqual([['a1', 0.5]]);
    const all = nodeSharesOf({ cluster, demand, reading: READS_ALL, scratch });
    expect(listed(all)).toEqual([
      ['a1', 0.5],
      ['a2', 0.5],
    ]);
    expect(nodeSharesOf({ cluster, demand: { ...demand }, reading: READS_ALL, scratch })).not.toBe(all);
  });
});
