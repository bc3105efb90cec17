import { describe, expect, test } from 'vitest';
import { problemCosts } from '../../../../src/hints/strategies/balanced/costs.js';
import { DEFAULT_SETTINGS } from '../../../../src/hints/settings.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import { readNode, type NodeRecord } from '../../../../src/model/node.js';
import type { ZoneCosts } from '../../../../src/model/zoneCosts.js';
import { strategyInput } from '../../../support/strategyInput.js';

const node = (zone: string, region = ''): NodeRecord =>
  readNode({
    metadata: {
      name: zone,
      labels: { 'topology.kubernetes.io/zone': zone, 'topology.kubernetes.io/region': region },
    },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  });
const costs = (nodes: NodeRecord[], zoneCosts?: ZoneCosts): readonly number[] | undefined =>
  problemCosts(
    strategyInput({
      endpoints: [],
      cluster: summariseCluster(nodes),
      settings: { ...DEFAULT_SETTINGS, ...(zoneCosts === undefined ? {} : { zoneCosts }) },
    }),
  );

describe('what traffic costs from zone to zone, the endpoints without a zone last', () => {
  test.each<[string, NodeRecord[], ZoneCosts | undefined, number[] | undefined]>([
    ['nothing is known', [node('a'), node('b'), node('c')], undefined, undefined],
    ['one region', [node('a', 'eu'), node('b', 'eu'), node('c', 'eu')], undefined, undefined],
    ['each zone in a region of its own', [node('a', '1'), node('b', '2'), node('c', '3')], undefined, undefined],
    ['two regions', [node('a', 'eu'), node('b', 'eu'), node('c', 'us')], undefined, [0, 0.5, 1, 1, 0.5, 0, 1, 1, 1, 1, 0, 1]], // prettier-ignore
    ['costs that are all alike', [node('a'), node('b')], [{ zones: ['a', 'b'], cost: 3 }], undefined],
    [
      'costs, and a zone without in another region',
      [node('a'), node('b'), node('c', 'us')],
      [{ zones: ['a', 'b'], cost: 1 }],
      [0, 0.5, 1, 1, 0.5, 0, 1, 1, 1, 1, 0, 1],
    ],
  ])('%s', (_, nodes, zoneCosts, expected) => {
    expect(costs(nodes, zoneCosts)).toEqual(expected);
  });
});
