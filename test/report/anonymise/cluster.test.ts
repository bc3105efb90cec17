import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planCluster, type ClusterObjects } from '../../../src/analysis/planCluster.js';
import { anonymiseCluster } from '../../../src/report/anonymise/cluster.js';
import { neededFields } from '../../../src/report/neededFields.js';
import { anyCluster } from '../anyCluster.js';

/** What a reader sees of a plan, without names. */
function figures(objects: ClusterObjects): unknown {
  return planCluster(objects, { settings: { guard: true } }).services.map(({ before, after, plan }) => ({
    mode: plan.mode,
    verdicts: plan.verdicts.map(({ reason, hinted }) => [reason, hinted]),
    warnings: plan.warnings.map(({ reason }) => reason),
    moved: plan.slices.map(({ moved }) => moved),
    forecast: [...before, ...after].map(({ inZoneShare, worstLoad }) =>
      [inZoneShare, worstLoad].map((x) => x.toFixed(9)),
    ),
  }));
}

describe('an anonymised cluster', () => {
  test('has the figures of the cluster, and none of its names', () => {
    fc.assert(
      fc.property(anyCluster, (objects) => {
        const needed = neededFields(objects);
        const anonymous = anonymiseCluster(needed);
        expect(figures(anonymous)).toEqual(figures(objects));
        const text = JSON.stringify(anonymous);
        expect(text).not.toMatch(
          /secret|"(shop|other|web|api|cart|db|svc|[a-d]|gone|n\d+|odd|10\.\d+\.\d+\.\d+|http)"/,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('has the same pseudonym for a name wherever it stands, and from run to run', () => {
    const objects = neededFields({
      nodes: [{ metadata: { name: 'node-x', labels: { 'topology.kubernetes.io/zone': 'west' } } }],
      services: [
        { metadata: { namespace: 'shop', name: 'web', annotations: { 'slicehints.io/clients': 'cart=2, bank/api' } } },
        { metadata: { namespace: 'shop', name: 'cart', annotations: { 'slicehints.io/demand': 'west=1' } } },
      ],
      endpointSlices: [
        {
          metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
          addressType: 'IPv4',
          endpoints: [
            { addresses: ['10.0.0.1'], zone: 'west', nodeName: 'node-x', hints: { forZones: [{ name: 'west' }] } },
          ],
        },
      ],
    });
    const anonymous = anonymiseCluster(objects);
    expect(anonymous).toEqual(anonymiseCluster(objects));
    expect(anonymous.services.map(({ metadata }) => metadata)).toEqual([
      {
        namespace: 'namespace-2',
        name: 'service-3',
        annotations: { 'slicehints.io/clients': 'service-2=2,namespace-1/service-1' },
      },
      { namespace: 'namespace-2', name: 'service-2', annotations: { 'slicehints.io/demand': 'zone-1=1' } },
    ]);
    expect(anonymous.nodes[0]?.metadata).toEqual({
      name: 'node-1',
      labels: { 'topology.kubernetes.io/zone': 'zone-1' },
    });
    expect(anonymous.endpointSlices[0]).toMatchObject({
      metadata: { namespace: 'namespace-2', name: 'slice-1', labels: { 'kubernetes.io/service-name': 'service-3' } },
      endpoints: [
        {
          addresses: ['address-1-00000000'],
          zone: 'zone-1',
          nodeName: 'node-1',
          hints: { forZones: [{ name: 'zone-1' }] },
        },
      ],
    });
  });
});
