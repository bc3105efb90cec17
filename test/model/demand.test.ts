import { describe, expect, test } from 'vitest';
import { summariseCluster } from '../../src/model/cluster.js';
import { readNode, ZONE_LABEL } from '../../src/model/node.js';

function node(name: string, zone: string, cpu?: string, ready = true) {
  return readNode({
    metadata: { name, labels: zone === '' ? {} : { [ZONE_LABEL]: zone } },
    status: {
      allocatable: cpu === undefined ? {} : { cpu },
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  });
}

describe('the demand of a cluster', () => {
  test('goes by CPU, and passes over nodes that do not tell theirs', () => {
    const { demand } = summariseCluster([node('n1', 'b', '3'), node('n2', 'a', '1'), node('n3', 'c')]);
    expect(demand.source).toBe('cpu');
    expect(demand.zones).toMatchObject([
      { zone: 'a', share: 0.25 },
      { zone: 'b', share: 0.75 },
    ]);
    expect([...demand.zoneIndex].sort()).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
  });

  test('goes by the number of ready nodes with a zone where none tells its CPU', () => {
    const nodes = [
      node('n1', 'b'),
      node('n2', 'b'),
      node('n3', 'a'),
      node('n4', ''),
      node('n5', 'a', undefined, false),
    ];
    const { demand, nodeIndex } = summariseCluster(nodes);
    expect(demand).toBe(nodeIndex.demandByNumber);
    expect(demand.source).toBe('nodes');
    expect(demand.zones).toEqual([
      { zone: 'a', share: 1 / 3 },
      { zone: 'b', share: 2 / 3 },
    ]);
  });

  test('is empty without nodes that count', () => {
    expect(summariseCluster([node('n1', '', '4')]).demand.zones).toEqual([]);
  });

  test('by the number of nodes has each counted node send as much as the others, whatever its CPU', () => {
    const nodes = [
      node('n1', 'a', '1'),
      node('n2', 'a', '7'),
      node('n3', 'a'),
      node('n4', 'b'),
      node('n5', 'b', '1', false),
    ];
    const { demandByNumber } = summariseCluster(nodes).nodeIndex;
    expect(nodes.map(({ name }) => demandByNumber.nodeShare?.(name))).toEqual([0.25, 0.25, 0.25, 0.25, 0]);
  });
});
