import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { planCluster, type ClusterObjects } from '../../src/analysis/planCluster.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import type { WhatIf } from '../../src/analysis/whatIf/whatIf.js';
import { anonymiseChanges, anonymiseCluster, anonymiseSettings, pseudonymsOf } from '../../src/report/anonymise.js';
import { neededFields } from '../../src/report/neededFields.js';
import { anyCluster } from './anyCluster.js';

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

test('drained zones have their pseudonyms, and a hint for no zone still names none', () => {
  const objects = {
    nodes: ['west', 'east'].map((zone) => ({
      metadata: { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
    })),
    services: [],
    endpointSlices: [
      {
        metadata: { name: 's', namespace: 'n' },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], zone: 'west', hints: { forZones: [{ name: 'placeholder.invalid' }] } }],
      },
    ],
  };
  const names = pseudonymsOf(objects);
  const settings = { ...DEFAULT_SETTINGS, drainedZones: ['east', 'west'] };
  expect(anonymiseSettings(settings, names).drainedZones).toEqual(['zone-1', 'zone-2']);
  const [slice] = anonymiseCluster(objects, names).endpointSlices;
  expect(slice?.endpoints?.[0]?.hints?.forZones).toEqual([{ name: 'placeholder.invalid' }]);
});

describe('what flags of the report imagine', () => {
  const names = pseudonymsOf({
    nodes: [{ metadata: { name: 'node-x', labels: { 'topology.kubernetes.io/zone': 'west' } } }],
    services: [{ metadata: { namespace: 'shop', name: 'web' } }],
    endpointSlices: [],
  });

  test.each<[string, WhatIf, WhatIf]>([
    ['zones that are gone', { withoutZones: ['west'] }, { withoutZones: ['zone-1'] }],
    ['a zone that the cluster does not have', { withoutZones: ['east'] }, { withoutZones: ['zone-other'] }],
    ['nodes that are gone', { withoutNodes: ['node-x', 'y'] }, { withoutNodes: ['node-1', 'node-other'] }],
    ['a number of pods', { scale: [{ service: 'shop/web', replicas: 3 }] }, { scale: [{ service: 'namespace-1/service-1', replicas: 3 }] }], // prettier-ignore
    [
      'pods by zone',
      { scale: [{ service: 'shop/web', replicas: new Map([['west', 2]]) }] },
      { scale: [{ service: 'namespace-1/service-1', replicas: new Map([['zone-1', 2]]) }] },
    ],
    [
      'an annotation that names a zone',
      { set: [{ service: 'shop/web', annotation: 'slicehints.io/demand', value: 'west=1' }] },
      { set: [{ service: 'namespace-1/service-1', annotation: 'slicehints.io/demand', value: 'zone-1=1' }] },
    ],
    [
      'an annotation that goes',
      { set: [{ service: 'shop/web', annotation: 'slicehints.io/mode', value: '' }] },
      { set: [{ service: 'namespace-1/service-1', annotation: 'slicehints.io/mode', value: '' }] },
    ],
    ['a mode', { mode: 'balanced' }, { mode: 'balanced' }],
  ])('%s', (_, changes, expected) => {
    const none = { withoutZones: [], withoutNodes: [], scale: [], set: [], mode: undefined };
    expect(anonymiseChanges(changes, names)).toEqual({ ...none, ...expected });
  });
});

describe('annotations that are not understood', () => {
  const valueOf = (annotation: string, value: string): Record<string, string> | null | undefined =>
    anonymiseCluster({
      nodes: [],
      services: [{ metadata: { namespace: 'shop', name: 'web', annotations: { [annotation]: value } } }],
      endpointSlices: [],
    }).services[0]?.metadata?.annotations;

  test.each([
    ['slicehints.io/mode', 'secret', 'not understood'],
    ['slicehints.io/mode', 'off', 'off'],
    ['service.kubernetes.io/topology-mode', 'secret.io/words', 'example.com/other'],
    ['service.kubernetes.io/topology-mode', 'Disabled', 'Disabled'],
    ['slicehints.io/overload-threshold', '0.25', '0.25'],
    ['slicehints.io/overload-threshold', 'secret', 'not understood'],
    ['slicehints.io/node-hints', 'true', 'true'],
    ['slicehints.io/node-hints', 'secret', 'not understood'],
    ['slicehints.io/demand', 'clients', 'clients'],
    ['slicehints.io/demand', 'nodes', 'nodes'],
    ['slicehints.io/demand', 'secret=x', 'not understood'],
    ['slicehints.io/clients', 'Secret?', 'not understood'],
    ['slicehints.io/topology-keys', 'secret?', 'not understood'],
    ['slicehints.io/topology-keys', '!secret.io/rack,*', '!example.com/label-1,*'],
    ['openyurt.io/topologyKeys', 'openyurt.io/nodepool', 'openyurt.io/nodepool'],
  ])('%s: %s becomes %s', (annotation, value, expected) => {
    expect(valueOf(annotation, value)).toEqual({ [annotation]: expected });
  });

  test('an unknown one is counted, without its name', () => {
    expect(valueOf('slicehints.io/secret', 'words')).toEqual({ 'slicehints.io/unknown-1': 'not understood' });
  });
});
