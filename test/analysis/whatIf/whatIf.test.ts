import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planCluster, type ClusterObjects } from '../../../src/analysis/planCluster.js';
import { applyWhatIf, isWhatIf, type WhatIf } from '../../../src/analysis/whatIf/whatIf.js';
import { WhatIfError } from '../../../src/analysis/whatIf/whatIfError.js';
import { nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';

function node(name: string, zone: string): ReturnType<typeof nodeManifest> {
  return nodeManifest({ name, labels: zone === '' ? {} : { [ZONE]: zone }, cpu: '4', ready: 'True' });
}

function cluster(endpoints: VectorEndpoint[], annotations: Record<string, string> = {}): ClusterObjects {
  return {
    nodes: [node('a1', 'a'), node('a2', 'a'), node('b1', 'b'), node('c1', 'c')],
    services: [
      { metadata: { namespace: 'default', name: 'svc', annotations }, spec: { selector: { app: 'svc' } } },
      { metadata: { namespace: 'default', name: 'other' }, spec: { selector: { app: 'other' } } },
    ],
    endpointSlices: [
      sliceManifest({ name: 'svc-1', endpoints }),
      sliceManifest({ name: 'other-1', endpoints }, 'other'),
    ],
    clientSlices: [sliceManifest({ name: 'client-1', endpoints }, 'client')],
  };
}

const THREE: VectorEndpoint[] = [
  { address: '10.0.0.1', zone: 'a', node: 'a1', ready: true, forZones: ['a'] },
  { address: '10.0.0.2', zone: 'b', node: 'b1', ready: true, forZones: ['b'] },
  { address: '10.0.0.3', zone: 'c', node: 'c1', ready: true, forZones: ['c'] },
];

const addresses = (objects: ClusterObjects, i = 0): string[] =>
  (objects.endpointSlices[i]?.endpoints ?? []).map((endpoint) => endpoint.addresses?.[0] ?? '');
const annotationsOf = (objects: ClusterObjects, i = 0): unknown => objects.services[i]?.metadata?.annotations;

describe('what goes with a zone or a node', () => {
  test.each<[string, VectorEndpoint[], WhatIf, string[]]>([
    ['a zone takes its nodes and their endpoints', THREE, { withoutZones: ['b'] }, ['10.0.0.1', '10.0.0.3']],
    [
      'an endpoint without a zone goes with its node',
      [{ address: '10.0.0.1', node: 'a2' }, ...THREE.slice(1)],
      { withoutZones: ['a'] },
      ['10.0.0.2', '10.0.0.3'],
    ],
    [
      'an endpoint without a node goes with its zone',
      [{ address: '10.0.0.1', zone: 'a' }, ...THREE.slice(1)],
      { withoutZones: ['a'] },
      ['10.0.0.2', '10.0.0.3'],
    ],
    ['a node takes only its own', THREE, { withoutNodes: ['a1'] }, ['10.0.0.2', '10.0.0.3']],
    ['a node without endpoints takes none', THREE, { withoutNodes: ['a2'] }, ['10.0.0.1', '10.0.0.2', '10.0.0.3']],
    ['several go together', THREE, { withoutZones: ['a'], withoutNodes: ['c1'] }, ['10.0.0.2']],
  ])('%s', (_, endpoints, changes, left) => {
    const changed = applyWhatIf(cluster(endpoints), changes);
    expect(addresses(changed)).toEqual(left);
    expect(addresses(changed, 1)).toEqual(left);
    expect(changed.clientSlices?.[0]?.endpoints).toHaveLength(left.length);
  });

  test('the nodes of the zone are gone, and hints that stand stay', () => {
    const changed = applyWhatIf(cluster(THREE), { withoutZones: ['a'] });
    expect(changed.nodes.map(({ metadata }) => metadata?.name)).toEqual(['b1', 'c1']);
    expect(changed.endpointSlices[0]?.endpoints?.map(({ hints }) => hints?.forZones)).toEqual([
      [{ name: 'b' }],
      [{ name: 'c' }],
    ]);
  });

  test('empty endpoints of files that people wrote stay where they are', () => {
    const objects = cluster(THREE);
    const [slice] = objects.endpointSlices;
    const withEmpty = { ...slice, endpoints: [null, ...(slice?.endpoints ?? [])] as never };
    const changed = applyWhatIf({ ...objects, endpointSlices: [withEmpty] }, { withoutZones: ['a'] });
    expect(changed.endpointSlices[0]?.endpoints?.[0]).toBeNull();
  });
});

describe('annotations', () => {
  test.each<[string, Record<string, string>, WhatIf, Record<string, string>]>([
    [
      'set adds',
      {},
      { set: [{ service: 'default/svc', annotation: 'slicehints.io/mode', value: 'balanced' }] },
      { 'slicehints.io/mode': 'balanced' },
    ],
    [
      'an empty value removes',
      { [MODE]: 'Auto', note: 'kept' },
      { set: [{ service: 'default/svc', annotation: MODE, value: '' }] },
      { note: 'kept' },
    ],
    [
      'mode takes the place of every annotation that chooses one',
      {
        [MODE]: 'Auto',
        'slicehints.io/mode': 'off',
        'slicehints.io/topology-keys': '*',
        'slicehints.io/overload-threshold': '0.5',
      },
      { mode: 'balanced' },
      { 'slicehints.io/overload-threshold': '0.5', [MODE]: 'slicehints.io/balanced' },
    ],
    [
      'off is stated, or trafficDistribution would choose',
      { [MODE]: 'Auto' },
      { mode: 'off' },
      { 'slicehints.io/mode': 'off' },
    ],
    [
      'set goes before mode',
      {},
      { mode: 'balanced', set: [{ service: 'default/svc', annotation: MODE, value: 'Auto' }] },
      { [MODE]: 'Auto' },
    ],
  ])('%s', (_, before, changes, after) => {
    expect(annotationsOf(applyWhatIf(cluster(THREE, before), changes))).toEqual(after);
  });

  test.each(['auto', 'balanced', 'same-zone', 'same-node', 'off'] as const)(
    'mode %s is what every Service asks for then',
    (mode) => {
      const objects = cluster(THREE, { 'slicehints.io/mode': 'nonsense', [MODE]: 'Auto' });
      const [first] = objects.services;
      const distributing = { ...first, spec: { ...first?.spec, trafficDistribution: 'PreferClose' } };
      const changed = applyWhatIf({ ...objects, services: [distributing, ...objects.services.slice(1)] }, { mode });
      const { services } = planCluster(changed);
      expect(services.map(({ result }) => result.mode)).toEqual([mode, mode]);
      expect(services.flatMap(({ result }) => result.warnings)).toEqual([]);
    },
  );
});

test.each<[string, WhatIf, string]>([
  ['a zone without nodes', { withoutZones: ['d'] }, 'no Node is in zone "d"; there are a, b, c'],
  ['a zone without a name', { withoutZones: [''] }, 'no Node is in zone ""; there are a, b, c'],
  ['an unknown node', { withoutNodes: ['x'] }, 'there is no Node "x"; there are a1, a2, b1, c1'],
  [
    'an unknown Service to scale',
    { scale: [{ service: 'shop/web', replicas: 2 }] },
    'there is no Service "shop/web" among the 2 given',
  ],
  [
    'an unknown Service to annotate',
    { set: [{ service: 'shop/web', annotation: MODE, value: 'Auto' }] },
    'there is no Service "shop/web" among the 2 given',
  ],
])('%s is refused', (_, changes, message) => {
  const attempt = (): unknown => applyWhatIf(cluster(THREE), changes);
  expect(attempt).toThrow(WhatIfError);
  expect(attempt).toThrow(message);
});

test.each<[string, WhatIf, boolean]>([
  ['nothing', {}, false],
  ['empty lists', { withoutZones: [], set: [] }, false],
  ['a mode', { mode: 'off' }, true],
  ['a node', { withoutNodes: ['a1'] }, true],
])('whether anything is asked: %s', (_, changes, asked) => {
  expect(isWhatIf(changes)).toBe(asked);
});

const arbitraryChanges: fc.Arbitrary<WhatIf> = fc.record(
  {
    withoutZones: fc.subarray(['a', 'b'], { maxLength: 1 }),
    withoutNodes: fc.subarray(['a1', 'c1']),
    scale: fc.array(fc.record({ service: fc.constant('default/svc'), replicas: fc.nat(12) }), { maxLength: 2 }),
    mode: fc.constantFrom('auto' as const, 'off' as const),
  },
  { requiredKeys: [] },
);

test('inputs are never changed, and what does not change stays the same object', () => {
  fc.assert(
    fc.property(arbitraryChanges, (changes) => {
      // b1 stays in any case, so that pods have a node.
      fc.pre(changes.withoutZones?.includes('b') !== true || (changes.withoutNodes ?? []).length === 0);
      const objects = cluster(THREE);
      const before = structuredClone(objects);
      const changed = applyWhatIf(objects, changes);
      expect(objects).toEqual(before);
      if (!isWhatIf(changes)) expect(changed).toBe(objects);
      if ((changes.withoutZones ?? []).length + (changes.withoutNodes ?? []).length === 0) {
        expect(changed.endpointSlices[1]).toBe(objects.endpointSlices[1]);
      }
    }),
  );
});
