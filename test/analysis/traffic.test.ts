import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  planCluster,
  plannedSlices,
  type ClusterObjects,
  type PlannedCluster,
} from '../../src/analysis/planCluster.js';
import { trafficOf, type Traffic } from '../../src/analysis/traffic.js';
import { usableEndpoints } from '../../src/kubeproxy/rule.js';
import type { NodeManifest, ServiceManifest } from '../../src/model/manifest.js';
import { readNode } from '../../src/model/node.js';
import { clusters } from '../support/arbitraryCluster.js';
import { autoService, nodeManifest, sliceManifest } from '../support/vectors.js';

function serviceIn(mode: string): ServiceManifest {
  const service = autoService();
  return { ...service, metadata: { ...service.metadata, annotations: { 'slicehints.io/mode': mode } } };
}

function follow(planned: PlannedCluster): { before: readonly Traffic[]; after: readonly Traffic[] } {
  const [one] = planned.services;
  const { cluster, clients, settings } = planned;
  const input = { service: one!.service, cluster, clients, settings };
  const slices = one!.plan.slices.map(({ slice }) => slice);
  return {
    before: trafficOf({ ...input, slices }),
    after: trafficOf({ ...input, slices: plannedSlices(one!.plan) }),
  };
}

const inZone = ({ flows }: Traffic): number =>
  flows.reduce((sum, { from, to, share }) => (from === to ? sum + share : sum), 0);
const busiest = ({ endpoints }: Traffic): number => Math.max(0, ...endpoints.map(({ load }) => load));
const KUBELET_1_30 = { kubeletVersion: 'v1.30.2' };
const withKubelet = (node: NodeManifest): NodeManifest => ({
  ...node,
  status: { ...node.status, nodeInfo: KUBELET_1_30 },
});

describe('the traffic of a Service', () => {
  const inputs = fc.record({
    cluster: clusters,
    mode: fc.constantFrom('auto', 'balanced', 'same-zone', 'same-node', 'off'),
    demand: fc.constantFrom('cpu' as const, 'nodes' as const, 'endpoints' as const, 'equal' as const),
    old: fc.nat(3),
  });

  test('gives the figures of the forecast, now and planned', () => {
    fc.assert(
      fc.property(inputs, ({ cluster: { nodes, slices }, mode, demand, old }) => {
        const objects: ClusterObjects = {
          nodes: nodes.map((node, n) => (n < old ? withKubelet(node) : node)),
          services: [serviceIn(mode)],
          endpointSlices: slices,
        };
        const planned = planCluster(objects, { settings: { demand } });
        const followed = follow(planned);
        for (const time of ['before', 'after'] as const) {
          const forecast = planned.services[0]![time];
          expect(followed[time].map(({ addressType }) => addressType)).toEqual(
            forecast.map(({ addressType }) => addressType),
          );
          forecast.forEach(({ inZoneShare, worstLoad }, i) => {
            expect(inZone(followed[time][i]!)).toBeCloseTo(inZoneShare, 9);
            // Without zones nothing is known of the load.
            if (followed[time][i]!.demand.zones.length > 0) {
              expect(busiest(followed[time][i]!)).toBeCloseTo(worstLoad, 9);
            }
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('reaches the endpoints that each node uses, in proportion to its CPU', () => {
    fc.assert(
      fc.property(clusters, ({ nodes, slices }) => {
        const sending = nodes.map(readNode).filter(({ ready, excluded, zone }) => ready && !excluded && zone !== '');
        const total = sending.reduce((sum, { cpuNano }) => sum + cpuNano, 0);
        const planned = planCluster({ nodes, services: [serviceIn('off')], endpointSlices: slices });
        const { before } = follow(planned);
        const zoneOf = new Map(
          slices.flatMap(({ endpoints }) =>
            (endpoints ?? []).map(({ addresses, zone, nodeName }) => [
              addresses?.[0] ?? '',
              zone ?? planned.cluster.nodeIndex.zoneOf(nodeName ?? ''),
            ]),
          ),
        );
        const replayed = new Map<string, number>();
        for (const { name, zone, cpuNano } of sending) {
          const used = usableEndpoints({ slices, node: nodes.find(({ metadata }) => metadata?.name === name)! });
          for (const address of used) {
            const flow = `${zone} ${zoneOf.get(address)}`;
            replayed.set(flow, (replayed.get(flow) ?? 0) + cpuNano / total / used.length);
          }
        }
        for (const { from, to, share } of before[0]?.flows ?? []) {
          expect(share).toBeCloseTo(replayed.get(`${from} ${to}`) ?? 0, 9);
          replayed.delete(`${from} ${to}`);
        }
        for (const share of replayed.values()) expect(share).toBeCloseTo(0, 9);
      }),
      { numRuns: 200 },
    );
  });

  test('is followed from zone to zone and endpoint to endpoint', () => {
    const zone = (name: string): Record<string, string> => ({ 'topology.kubernetes.io/zone': name });
    const nodes = ['a', 'b', 'b'].map((name, n) =>
      nodeManifest({ name: `n${n}`, labels: zone(name), cpu: '2', ready: 'True' }),
    );
    const endpoints = [
      { address: '10.0.0.1', zone: 'a', node: 'n0', forZones: ['a'] },
      { address: '10.0.0.2', zone: 'a', node: 'n0', forZones: ['b'] },
      { address: '10.0.0.3', zone: 'b', node: 'n1', forZones: ['b'] },
    ];
    const planned = planCluster({
      nodes,
      services: [serviceIn('off')],
      endpointSlices: [sliceManifest({ name: 's', endpoints })],
    });
    const [traffic] = follow(planned).before;
    expect(traffic?.flows).toEqual([
      { from: 'a', to: 'a', share: 1 / 3 },
      { from: 'b', to: 'a', share: 1 / 3 },
      { from: 'b', to: 'b', share: 1 / 3 },
    ]);
    expect(traffic?.endpoints.map(({ endpoint, load, usedBy }) => [endpoint.address, load, usedBy])).toEqual([
      ['10.0.0.1', 1, ['a']],
      ['10.0.0.2', 1, ['b']],
      ['10.0.0.3', 1, ['b']],
    ]);
  });

  test.each([
    ['a headless Service', { clusterIP: 'None' }],
    ['internalTrafficPolicy Local', { internalTrafficPolicy: 'Local' }],
  ])('that hints do not steer is not followed: %s', (_, spec) => {
    const service = { ...serviceIn('auto'), spec };
    const slices = [sliceManifest({ name: 's', endpoints: [{ address: '10.0.0.1', zone: 'a' }] })];
    const planned = planCluster({ nodes: [], services: [service], endpointSlices: slices });
    expect(follow(planned).before).toEqual([]);
  });
});
