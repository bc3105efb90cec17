import { describe, expect, test } from 'vitest';
import { planService, type PlanServiceInput, type ServicePlan } from '../../src/index.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { nodeManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';

function node(name: string, zone: string, cpu?: string, labels: Record<string, string> = {}): NodeManifest {
  const all = { 'kubernetes.io/hostname': name, ...(zone === '' ? {} : { [ZONE]: zone }), ...labels };
  return nodeManifest({ name, labels: all, cpu: cpu ?? '0', ready: 'True' });
}
const n1 = node('n1', 'a', '4');
const n2 = node('n2', 'b', '4');

let made = 0;
/** So many endpoints in a zone, each with an address of its own; ready unless the conditions say otherwise. */
function ep(zone: string, count = 1, more: Partial<EndpointManifest> = {}): EndpointManifest[] {
  return Array.from({ length: count }, () => ({
    addresses: [`10.0.${(++made >> 8) & 255}.${made & 255}`],
    conditions: { ready: true },
    nodeName: zone === 'a' ? 'n1' : 'n2',
    zone,
    ...more,
  }));
}
function slice(name: string, endpoints: EndpointManifest[], ports = ['http'], managedBy = ''): EndpointSliceManifest {
  return {
    metadata: {
      name,
      namespace: 'ns',
      resourceVersion: '1',
      labels: {
        'kubernetes.io/service-name': 'svc',
        ...(managedBy === '' ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy }),
      },
    },
    addressType: 'IPv4',
    ports: ports.map((port, i) => ({ name: port, port: 80 + i })),
    endpoints,
  };
}
function planOf(
  annotations: Record<string, string>,
  slices: EndpointSliceManifest[],
  more: Partial<PlanServiceInput> & { trafficDistribution?: string } = {},
): ServicePlan {
  const { trafficDistribution, ...rest } = more;
  const service = { metadata: { name: 'svc', namespace: 'ns', annotations }, spec: { trafficDistribution } };
  return planService({ service, slices, nodes: [n1, n2], ...rest });
}
const mode = (name: string): Record<string, string> => ({ [MODE]: name === 'Auto' ? name : `slicehints.io/${name}` });

describe('the demand', () => {
  test('of nodes that do not tell their CPU is their number, in the verdict and in the forecast', () => {
    const nodes = [node('n1', 'a'), node('n2', 'b'), node('n3', 'b')];
    const planned = planOf(mode('balanced'), [slice('x', [...ep('a'), ...ep('b')])], { nodes });
    const share = (planned.forecast[0]?.inZoneShare ?? 0) * 100;
    expect(planned.verdicts[0]?.message).toContain(`${Math.round(share)}% in zone`);
    expect(planned.forecast[0]?.byZone.map(({ zone, share: part }) => [zone, part])).toEqual([
      ['a', 1 / 3],
      ['b', 2 / 3],
    ]);
  });
});

describe('the conditions of endpoints', () => {
  test('an endpoint without conditions is ready: Balanced plans as if it said so', () => {
    const bare = [...ep('a', 5, { conditions: {} }), ...ep('b', 1, { conditions: {} })];
    const said = bare.map((endpoint) => ({ ...endpoint, conditions: { ready: true } }));
    const [one, two] = [bare, said].map((endpoints) => planOf(mode('balanced'), [slice('x', endpoints)]));
    expect(one).toEqual(two);
    expect(one?.verdicts[0]).toMatchObject({ reason: 'BalancedHintsSet' });
    expect(one?.forecast[0]?.worstLoad).toBeLessThanOrEqual(1.2 + 1e-9);
  });

  test('Auto counts only endpoints that say so, by the rule of Kubernetes, and hints the others too', () => {
    const endpoints = [...ep('a', 1), ...ep('b', 1), ...ep('b', 1, { conditions: {} })];
    const planned = planOf(mode('Auto'), [slice('x', endpoints)]);
    expect(planned.verdicts[0]?.reason).toBe('TopologyAwareHintsEnabled');
    expect(planned.slices[0]?.endpoints.every(({ hints }) => hints?.forZones?.length === 1)).toBe(true);
    const few = planOf(mode('Auto'), [slice('x', [...ep('a', 1), ...ep('b', 3, { conditions: {} })])]);
    expect(few.verdicts[0]?.message).toContain('Insufficient number of endpoints (1 endpoints, 2 zones)');
  });

  test.each(['balanced', 'same-zone'])(
    '%s: hints say nothing about endpoints that terminate, in the forecast too',
    (name) => {
      const nodes = [node('n1', 'a', '31'), node('n2', 'b', '1')];
      const leaving = { conditions: { ready: false, serving: true, terminating: true } };
      const planned = planOf(mode(name), [slice('x', [...ep('a', 1, leaving), ...ep('b', 1, leaving)])], { nodes });
      expect(planned.forecast[0]).toMatchObject({ inZoneShare: 0.5, worstLoad: 1 });
      expect(planned.verdicts[0]).toMatchObject({
        reason: 'NoReadyEndpoints',
        message:
          'None of the 2 endpoints is ready; every node uses the 2 that still serve while terminating, addressType: IPv4',
      });
    },
  );

  test('topology keys: endpoints that still serve while terminating are used, and the Service is told', () => {
    const leaving = { conditions: { ready: false, serving: true, terminating: true } };
    const keys = { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,*' };
    const gone = { conditions: { ready: false } };
    const planned = planOf(keys, [slice('x', [...ep('a', 1, leaving), ...ep('b', 1, gone)])]);
    expect(planned.verdicts[0]?.message).toBe(
      'None of the 2 endpoints is ready; every node uses the 1 that still serves while terminating, addressType: IPv4',
    );
  });

  test.each(['same-zone', 'same-node', 'balanced'])('%s without any endpoint sets no hints and says so', (name) => {
    const [verdict] = planOf(mode(name), [slice('x', [])]).verdicts;
    expect(verdict).toMatchObject({
      hinted: false,
      reason: 'NoReadyEndpoints',
      message: 'There is no endpoint, addressType: IPv4',
    });
  });
});

describe('an address in two slices', () => {
  const [twice] = ep('a');
  const others = [...ep('a', 2), ...ep('b', 3)];

  test.each(['Auto', 'balanced'])('%s: of equal ports is one endpoint', (name) => {
    const once = planOf(mode(name), [slice('x', [twice!, ...others]), slice('y', [])]);
    const doubled = planOf(mode(name), [slice('x', [twice!, ...others]), slice('y', [twice!])]);
    expect(doubled.verdicts).toEqual(once.verdicts);
    expect(doubled.forecast).toEqual(once.forecast);
    expect(doubled.slices[1]?.endpoints[0]?.hints).toEqual(once.slices[0]?.endpoints[0]?.hints);
  });

  test.each([
    ['the zone', { zone: null, nodeName: null }, { zone: 'a', nodeName: null }],
    ['the node', { zone: null, nodeName: null }, { zone: null, nodeName: 'n1' }],
  ])('may have %s in one of them only, whatever their order', (_what, bare, placed) => {
    const [x, y] = [bare, placed].map((place) => ({ ...twice, ...place }));
    for (const [first, second] of [
      [x!, y!],
      [y!, x!],
    ] as const) {
      const planned = planOf(mode('same-zone'), [slice('x', [first]), slice('y', [second, ...others])]);
      expect(planned.verdicts).toMatchObject([{ reason: 'SameZoneHintsSet', type: 'Normal' }]);
      for (const { endpoints } of planned.slices) expect(endpoints[0]?.hints).toEqual({ forZones: [{ name: 'a' }] });
    }
  });

  test('is ready when one of them says so or says nothing, whatever their order', () => {
    const says = (conditions: EndpointManifest['conditions']): EndpointManifest => ({ ...twice, conditions });
    const both = [
      [says({ ready: false }), says({})],
      [says({}), says({ ready: false })],
    ].map(([x, y]) => planOf(mode('balanced'), [slice('x', [x!, ...others]), slice('y', [y!])]));
    expect(both[0]?.verdicts).toEqual(both[1]?.verdicts);
    expect(both[0]?.verdicts[0]?.message).toContain('6 endpoints');
  });
});

describe('topology keys', () => {
  test('the numbers of a sentence hold for each node that it names', () => {
    const names = Array.from({ length: 11 }, (_, i) => `n${String(i).padStart(2, '0')}`);
    const nodes = names.map((name) => node(name, '', '4'));
    const endpoints = [...names, 'n00'].flatMap((nodeName) => ep('a', 1, { nodeName, zone: null }));
    const { verdicts } = planOf(
      { 'slicehints.io/topology-keys': '!kubernetes.io/hostname,*' },
      [slice('x', endpoints)],
      { nodes },
    );
    const message = verdicts[0]?.message ?? '';
    expect(message).toMatch(/node n00 uses \d+ of 10 endpoints/);
    expect(message).toMatch(/nodes n01.* of 11 endpoints/);
  });
});

describe('hand-written files', () => {
  test('may leave entries, annotations and conditions empty', () => {
    const odd = {
      metadata: { name: 'x', namespace: 'ns', annotations: null, managedFields: [null] },
      addressType: 'IPv4',
      ports: [null],
      endpoints: [
        null,
        {},
        { addresses: null, conditions: null, hints: { forZones: [null], forNodes: [null] } },
        ...ep('a'),
        ...ep('b'),
      ],
    } as unknown as EndpointSliceManifest;
    const nodes = [n1, n2, { metadata: { name: 'n3' }, status: { conditions: [null] } } as unknown as NodeManifest];
    const annotations = {
      [MODE]: 'slicehints.io/balanced',
      'slicehints.io/overload-threshold': null,
    } as unknown as Record<string, string>;
    for (const name of ['Auto', 'slicehints.io/balanced', 'slicehints.io/same-node']) {
      expect(planOf({ ...annotations, [MODE]: name }, [odd], { nodes }).verdicts).toHaveLength(1);
    }
    expect(planOf({ 'slicehints.io/topology-keys': 'rack,*' }, [odd], { nodes }).verdicts).toHaveLength(1);
  });
});

const IN_TREE = 'endpointslice-controller.k8s.io';
const hintsOf = (planned: ServicePlan): unknown[] =>
  planned.slices.flatMap(({ endpoints }) => endpoints.map(({ hints }) => hints));

describe('kube-proxy decides for each port by itself', () => {
  test('topology keys: the port that leaks gives the verdict, not one that needs no hints', () => {
    const racks = Array.from({ length: 20 }, (_, i) => node(`n${i}`, '', '4', { rack: `r${i % 2}` }));
    const wanderer = ep('', 1, { nodeName: null, zone: null });
    const inRacks = [...ep('', 1, { nodeName: 'n0', zone: null }), ...ep('', 1, { nodeName: 'n1', zone: null })];
    const slices = [slice('x', wanderer), slice('y', inRacks, ['metrics'])];
    const [verdict] = planOf({ 'slicehints.io/topology-keys': 'rack,*' }, slices, { nodes: racks }).verdicts;
    expect(verdict).toMatchObject({ hinted: true, type: 'Warning', reason: 'TopologyKeysLeaking' });
    expect(verdict?.message).toMatch(/ \(port "metrics"\), addressType: IPv4$/);
  });

  test('strict topology keys: a port that some slices serve alone is replayed alone', () => {
    const keys = { 'slicehints.io/topology-keys': ZONE, 'slicehints.io/topology-keys-strict': 'true' };
    const slices = [slice('x', ep('a')), slice('y', ep('b'), ['http', 'm'])];
    const planned = planOf(keys, slices);
    expect(planned.verdicts[0]).toMatchObject({ hinted: false, reason: 'TopologyKeysNotExact' });
    expect(planned.verdicts[0]?.message).toContain('(port "m")');
    expect(hintsOf(planned)).toEqual([undefined, undefined]);
    // Both ports for themselves can be exact.
    const both = planOf(keys, [slice('x', ep('a'), ['http', 'm']), slice('y', ep('b'), ['http', 'm'])]);
    expect(both.verdicts[0]).toMatchObject({ hinted: true, reason: 'TopologyKeysExact' });
  });

  test('Balanced keeps the limit on each port, and promises what the worst port keeps', () => {
    const slices = [slice('x', ep('a', 6)), slice('y', [...ep('a', 1), ...ep('b', 5)], ['metrics'])];
    const planned = planOf(mode('balanced'), slices);
    expect(planned.forecast[0]?.worstLoad).toBeLessThanOrEqual(1.2 + 1e-9);
    const apart = slices.map((each) => planOf(mode('balanced'), [each]));
    expect(planned.forecast[0]?.inZoneShare).toBe(
      Math.min(...apart.map(({ forecast }) => forecast[0]?.inZoneShare ?? 0)),
    );
    expect(planned.slices).toEqual(apart.flatMap((each) => each.slices));
    expect(planned.verdicts[0]?.message).toMatch(/50% in zone.* \(port "http"\), addressType/);
  });

  test('Balanced tells of a port that goes above the limit, because its slices serve other ports too', () => {
    const slices = [slice('x', ep('a', 6)), slice('y', [...ep('a', 1), ...ep('b', 5)], ['http', 'metrics'])];
    const planned = planOf(mode('balanced'), slices);
    const [, percent = '', busiest = ''] =
      /: (\d+)% in zone, busiest endpoint ([\d.]+)x/.exec(planned.verdicts[0]?.message ?? '') ?? [];
    expect(Number(busiest)).toBeCloseTo(planned.forecast[0]?.worstLoad ?? 0, 1);
    expect(Number(percent)).toBeGreaterThanOrEqual(Math.round((planned.forecast[0]?.inZoneShare ?? 0) * 100));
    expect(planned.verdicts[0]?.message).toContain('(port ');
  });

  test('ports that fare alike are not named', () => {
    const slices = [slice('x', [...ep('a'), ...ep('b')]), slice('y', [...ep('a'), ...ep('b')], ['metrics'])];
    expect(planOf(mode('balanced'), slices).verdicts[0]?.message).not.toContain('port');
  });

  test('same-zone: slices of different ports do not spoil each other, and the spoilt port is told', () => {
    const slices = [
      slice('x', ep('', 1, { zone: null, nodeName: null })),
      slice('y', [...ep('a'), ...ep('b')], ['metrics']),
    ];
    const planned = planOf(mode('same-zone'), slices);
    expect(planned.verdicts[0]).toMatchObject({ hinted: true, reason: 'SameZoneHintsIgnored' });
    expect(planned.verdicts[0]?.message).toContain('(port "http")');
    expect(planned.forecast[0]?.inZoneShare).toBe(0);
  });
});

describe('a Service is hinted entirely or not at all', () => {
  test('Auto: the in-tree slice cannot be hinted, so that the other slice is not', () => {
    const planned = planOf(mode('Auto'), [
      slice('x', ep('a'), ['http'], IN_TREE),
      slice('y', [...ep('a', 2), ...ep('b', 2)]),
    ]);
    expect(planned.verdicts[0]).toMatchObject({ hinted: false, reason: 'TopologyAwareHintsDisabled' });
    expect(planned.patches).toEqual([]);
    expect(hintsOf(planned).every((hints) => hints === undefined)).toBe(true);
  });

  test('Auto: what in-tree hints stays where the other slice cannot be hinted', () => {
    const hinted = ['a', 'b'].flatMap((zone) => ep(zone, 1, { hints: { forZones: [{ name: zone }] } }));
    const planned = planOf(mode('Auto'), [slice('x', hinted, ['http'], IN_TREE), slice('y', ep('a'))]);
    expect(planned.verdicts[0]).toMatchObject({ hinted: false, reason: 'TopologyAwareHintsDisabled' });
    expect(planned.patches).toEqual([]);
  });
});

test('trafficDistribution: the slices that in-tree hints count in the verdict as in the forecast', () => {
  const theirs = slice('x', ep('a', 1, { hints: { forZones: [{ name: 'a' }] } }), ['http'], IN_TREE);
  const planned = planOf({}, [theirs, slice('y', ep('b'))], { trafficDistribution: 'PreferSameZone' });
  expect(planned.forecast[0]?.inZoneShare).toBe(1);
  expect(planned.verdicts[0]?.message).toBe(
    '2 ready endpoints: 2 nodes use only what is in the same zone, addressType: IPv4',
  );
  expect(planned.patches.map(({ name }) => name)).toEqual(['y']);
  const late = planOf({}, [slice('x', ep('a'), ['http'], IN_TREE), slice('y', ep('b'))], {
    trafficDistribution: 'PreferSameZone',
  });
  expect(late.verdicts[0]).toMatchObject({ type: 'Warning', reason: 'SameZoneHintsIgnored' });
  expect(late.verdicts[0]?.message).toContain('has no hints yet');
});

describe('Auto on slices that in-tree serves', () => {
  const hinted = ['a', 'a', 'b', 'b'].flatMap((zone) => ep(zone, 1, { hints: { forZones: [{ name: zone }] } }));
  const byInTree = (endpoints: EndpointManifest[]): EndpointSliceManifest => {
    const made = slice('x', endpoints, ['http'], IN_TREE);
    const managedFields = [
      { manager: 'kube-controller-manager', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:endpoints': {} } },
    ];
    return { ...made, metadata: { ...made.metadata, managedFields } };
  };

  test.each<[string, NodeManifest[]]>([
    ['a node does not tell its CPU', [n1, n2, node('n3', 'b')]],
    ['the CPU has moved to another zone', [node('n1', 'a', '30'), n2]],
  ])('leaves hints of in-tree alone while it has not looked again: %s', (_, nodes) => {
    const planned = planOf(mode('Auto'), [byInTree(hinted)], { nodes });
    expect(planned.verdicts[0]).toMatchObject({ hinted: true, reason: 'TopologyAwareHintsEnabled' });
    expect(planned.patches).toEqual([]);
  });

  test.each<[string, EndpointManifest[], NodeManifest[]]>([
    ['no endpoint is hinted for a zone', hinted.slice(0, 2), [n1, n2]],
    ['a ready endpoint has no hint', [...hinted, ...ep('a', 4)], [n1, n2]],
  ])('goes by its own view where %s', (_, endpoints, nodes) => {
    expect(planOf(mode('Auto'), [byInTree(endpoints)], { nodes }).patches).toHaveLength(1);
  });
});

test('strict topology keys tell the same when planned again, whatever hints there were', () => {
  const keys = { 'slicehints.io/topology-keys': 'rack', 'slicehints.io/topology-keys-strict': 'true' };
  const racks = Array.from({ length: 30 }, (_, i) => node(`n${i}`, 'a', '4', { rack: `r${i % 3}` }));
  const hints = { forZones: [{ name: 'a' }], forNodes: [{ name: 'n29' }, { name: 'n28' }] };
  const endpoints = [0, 1, 2].flatMap((i) => ep('a', 1, { nodeName: `n${i}`, hints }));
  const before = planOf(keys, [slice('x', endpoints)], { nodes: racks });
  const bare = endpoints.map((endpoint) => ({ ...endpoint, hints: null }));
  expect(before.verdicts[0]?.reason).toBe('TopologyKeysNotExact');
  expect(planOf(keys, [slice('x', bare)], { nodes: racks }).verdicts).toEqual(before.verdicts);
});

test('the forecast of node hints counts nodes of less than a thousandth of a CPU', () => {
  const nodes = [node('n1', 'a', '300u'), node('n2', 'a', '700u'), node('n3', 'b', '1m')];
  const planned = planOf(mode('same-node'), [slice('x', [...ep('a'), ...ep('b', 1, { nodeName: 'n3' })])], { nodes });
  expect(planned.forecast[0]).toMatchObject({ inZoneShare: 1, worstLoad: 1 });
});

describe('slices without endpoints', () => {
  test('of another port take no hints away from the ports that have some', () => {
    const filled = slice('x', [...ep('a', 2), ...ep('b', 2)]);
    const alone = planOf(mode('Auto'), [filled]);
    const beside = planOf(mode('Auto'), [filled, slice('y', [], ['metrics'])]);
    expect(alone.verdicts[0]).toMatchObject({ reason: 'TopologyAwareHintsEnabled', hinted: true });
    expect(beside.verdicts).toEqual(alone.verdicts);
    expect(beside.patches).toEqual(alone.patches);
    const unready = ep('a', 1, { conditions: { ready: false } });
    expect(planOf(mode('Auto'), [filled, slice('y', unready, ['metrics'])]).verdicts).toEqual(alone.verdicts);
  });
});

describe('an address in slices of two ports, of which one tells no zone', () => {
  test('has its hints in both, and the verdict is what nodes do with them', () => {
    const [full, other] = [ep('a')[0]!, ep('b')[0]!];
    const bare = { addresses: full.addresses!, conditions: { ready: true } };
    const planned = planOf(mode('same-zone'), [slice('x', [full]), slice('y', [bare, other], ['metrics'])]);
    const [verdict] = planned.verdicts;
    expect(verdict).toMatchObject({ reason: 'SameZoneHintsSet', type: 'Normal', hinted: true });
    expect(planned.slices[1]?.endpoints[0]?.hints).toEqual({ forZones: [{ name: 'a' }] });
  });
});

describe('Auto by the strategy of Balanced', () => {
  test('promises nothing of some slices while in-tree decides on others of the same port', () => {
    const inTree = slice('x', [...ep('a', 2), ...ep('b', 2)], ['http'], 'endpointslice-controller.k8s.io');
    const own = slice('y', [...ep('a', 2), ...ep('b', 2)]);
    const planned = planOf(mode('Auto'), [inTree, own], { settings: { autoStrategy: 'balanced' } });
    expect(planned.verdicts.map(({ reason }) => reason)).toEqual(['TopologyAwareHintsEnabled']);
    expect(planned.patches).toHaveLength(2);
    const guarded = planOf(mode('Auto'), [inTree, own], { settings: { autoStrategy: 'balanced', guard: true } });
    expect(guarded.verdicts.map(({ reason }) => reason)).toEqual(['BalancedHintsSet']);
  });
});

describe('topology keys that are mistyped', () => {
  const hinted = slice(
    'x',
    [...ep('a'), ...ep('b')].map((each) => ({ ...each, hints: { forZones: [{ name: 'a' }] } })),
  );
  const keys = { 'slicehints.io/topology-keys': 'a,*,b' };

  test.each([
    ['leave working hints as they are', hinted, true],
    ['give none where there are none', slice('x', ep('a', 2)), false],
    ['count hints without names as none', slice('x', ep('a', 2, { hints: {} })), false],
    ['count empty lists of names as none', slice('x', ep('a', 2, { hints: { forZones: [] } })), false],
  ])('%s', (_, given, isHinted) => {
    const { patches, verdicts, slices } = planOf(keys, [given]);
    expect(patches).toEqual([]);
    expect(slices[0]?.endpoints.map(({ hints }) => hints)).toEqual((given.endpoints ?? []).map(({ hints }) => hints));
    expect(verdicts).toMatchObject([{ reason: 'InvalidTopologyKeys', type: 'Warning', hinted: isHinted }]);
    expect(verdicts[0]?.message).toContain('so hints stay as they are until it is corrected');
  });
});

test.each([
  [
    'zone hints on all, node hints on one alone',
    [{ forZones: [{ name: 'a' }] }, { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] }],
    'has no node hints yet, so that kube-proxy ignores the node hints of the whole Service; 2 ready endpoints: 2 nodes use only what runs on the node itself, 0 nodes use only what is in the same zone',
  ],
  [
    'node hints on all, zone hints on one alone',
    [{ forNodes: [{ name: 'n1' }] }, { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] }],
    'has no zone hints yet, so that kube-proxy ignores the zone hints of the whole Service; 2 ready endpoints: 2 nodes use only what runs on the node itself, 0 nodes use only what is in the same zone',
  ],
  [
    'no hints on one',
    [undefined, { forZones: [{ name: 'b' }], forNodes: [{ name: 'n2' }] }],
    'has no hints yet, so that kube-proxy ignores the hints of the whole Service; every node uses all 2 endpoints',
  ],
])('PreferSameNode on slices of in-tree with %s is judged as proxies read it', (_, hints, sentence) => {
  const [first, second] = [ep('a', 1, { hints: hints[0] }), ep('b', 1, { hints: hints[1] })];
  const planned = planOf({}, [slice('x', [...first, ...second], ['http'], IN_TREE), slice('y', [])], {
    trafficDistribution: 'PreferSameNode',
  });
  expect(planned.verdicts[0]?.message).toContain(sentence);
});
