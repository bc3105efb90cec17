import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planCluster, type ClusterObjects } from '../../src/analysis/planCluster.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { anonymiseCluster, anonymiseSettings, pseudonymsOf } from '../../src/report/anonymise.js';
import { neededFields } from '../../src/report/neededFields.js';
import { packCluster, unpackCluster } from '../../src/report/packedCluster.js';
import { clusterObjects, loadManifests } from '../../src/cli/input/manifests.js';
import { EXAMPLES } from '../cli/runPlan.js';
import { anyCluster } from './anyCluster.js';

/** What a reader of the report sees of a plan. */
function outcome(objects: ClusterObjects): unknown {
  const { services, notes } = planCluster(objects, { settings: { guard: true } });
  return {
    notes,
    services: services.map(({ namespace, name, before, after, reading, plan }) => {
      const slices = plan.slices.map(({ slice, hints, moved }) => [slice.name, hints, moved]);
      return { namespace, name, before, after, reading, verdicts: plan.verdicts, warnings: plan.warnings, slices };
    }),
  };
}

/** The same without names. */
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

describe('the needed fields of a cluster', () => {
  test('give the same plans, also packed and unpacked through JSON', () => {
    fc.assert(
      fc.property(anyCluster, (objects) => {
        const needed = neededFields(objects);
        const unpacked = unpackCluster(
          JSON.parse(JSON.stringify(packCluster(needed))) as ReturnType<typeof packCluster>,
        );
        expect(outcome(needed)).toEqual(outcome(objects));
        expect(outcome(unpacked)).toEqual(outcome(objects));
        expect(neededFields(unpacked)).toEqual({ ...needed, clientSlices: [] });
      }),
      { numRuns: 60 },
    );
  });

  test('give the same plans of the examples', async () => {
    const objects = clusterObjects(await loadManifests([EXAMPLES]));
    expect(outcome(unpackCluster(packCluster(neededFields(objects))))).toEqual(outcome(objects));
  });

  test('have no uid, label, annotation or address that no plan reads', () => {
    fc.assert(
      fc.property(anyCluster, (objects) => {
        expect(JSON.stringify(neededFields(objects))).not.toMatch(/secret-(uid|team|owner|app|ip|x)/);
      }),
      { numRuns: 50 },
    );
  });
});

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

  test('names no controller of the settings but those of Kubernetes', () => {
    const names = pseudonymsOf({ nodes: [], services: [], endpointSlices: [] });
    const settings = { ...DEFAULT_SETTINGS, managedBy: ['secret-controller', 'endpointslice-controller.k8s.io', ''] };
    expect(anonymiseSettings(settings, names).managedBy).toEqual([
      'manager-other',
      'endpointslice-controller.k8s.io',
      '',
    ]);
  });
});
