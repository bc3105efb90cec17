import { describe, expect, test } from 'vitest';
import { problemCosts } from '../../../../src/hints/strategies/balanced/costs.js';
import { REGION_COST } from '../../../../src/hints/strategies/balanced/problem.js';
import { DEFAULT_SETTINGS } from '../../../../src/hints/settings.js';
import { summariseCluster } from '../../../../src/model/cluster.js';
import { readNode, type NodeRecord } from '../../../../src/model/node.js';
import type { ZoneCosts } from '../../../../src/model/zones/zoneCosts.js';
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

const R = REGION_COST;

describe('what traffic costs from zone to zone, the endpoints without a zone last', () => {
  test.each<[string, NodeRecord[], ZoneCosts | undefined, number[] | undefined]>([
    ['nothing is known', [node('a'), node('b'), node('c')], undefined, undefined],
    ['one region', [node('a', 'eu'), node('b', 'eu'), node('c', 'eu')], undefined, undefined],
    ['each zone in a region of its own', [node('a', '1'), node('b', '2'), node('c', '3')], undefined, undefined],
    ['two regions', [node('a', 'eu'), node('b', 'eu'), node('c', 'us')], undefined, [0, 0, R, R, 0, 0, R, R, R, R, 0, R]], // prettier-ignore
    ['two regions, and zones without', [node('a', 'eu'), node('b', 'us'), node('c'), node('d')], undefined, undefined],
    ['two regions, and a zone without', [node('a', 'eu'), node('b', 'us'), node('c', 'us'), node('d')], undefined, [0, R, R, R, R, R, 0, 0, R, R, R, 0, 0, R, R, R, R, R, 0, R]], // prettier-ignore
    ['costs that are all alike', [node('a'), node('b')], [{ zones: ['a', 'b'], cost: 3 }], undefined],
    [
      'costs, and a zone without in another region, which is the only one that is known',
      [node('a'), node('b'), node('c', 'us')],
      [{ zones: ['a', 'b'], cost: 1 }],
      [0, 0.5, 1, 1, 0.5, 0, 1, 1, 1, 1, 0, 1],
    ],
    [
      'costs, and two regions',
      [node('a', 'eu'), node('b', 'us'), node('c', 'us')],
      [
        { zones: ['a', 'b'], cost: 1 },
        { zones: ['a', 'c'], cost: 2 },
        { zones: ['b', 'c'], cost: 4 },
      ],
      [0, R + 0.125, R + 0.25, R + 1, R + 0.125, 0, 0.5, R + 1, R + 0.25, 0.5, 0, R + 1],
    ],
  ])('%s', (_, nodes, zoneCosts, expected) => {
    expect(costs(nodes, zoneCosts)).toEqual(expected);
  });
});
