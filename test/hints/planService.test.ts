import { describe, expect, test } from 'vitest';
import { planService } from '../../src/index.js';
import type {
  EndpointManifest,
  EndpointSliceManifest,
  NodeManifest,
  ServiceManifest,
} from '../../src/model/manifest.js';
import { autoService, nodeManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const nodes: NodeManifest[] = ['a', 'b'].map((zone) =>
  nodeManifest({ name: `n-${zone}`, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' }),
);
const endpoint = (address: string, zone: string, more: Partial<EndpointManifest> = {}): EndpointManifest => ({
  addresses: [address],
  conditions: { ready: true },
  nodeName: `n-${zone}`,
  zone,
  ...more,
});
const slice = (
  name: string,
  endpoints: EndpointManifest[] | null | undefined,
  more: Partial<EndpointSliceManifest> = {},
): EndpointSliceManifest => ({
  metadata: { name, namespace: 'default', resourceVersion: '7' },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  ...(endpoints === undefined ? {} : { endpoints }),
  ...more,
});
const OF_KUBERNETES: Partial<EndpointSliceManifest> = {
  metadata: {
    name: 's',
    namespace: 'default',
    resourceVersion: '7',
    labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
  },
};
const zonesOf = (endpoints: readonly { hints?: { forZones?: readonly { name: string }[] } }[]): string =>
  endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join('+') ?? '-').join(' ');
const auto = autoService();
const ENABLED = 'Topology Aware Hints has been enabled, addressType: ';

describe('planService', () => {
  test.each<[string, ServiceManifest, string]>([
    ['topology-mode: Auto', autoService({ 'service.kubernetes.io/topology-mode': 'Auto' }), 'auto'],
    ['topology-mode: auto', autoService({ 'service.kubernetes.io/topology-mode': 'auto' }), 'auto'],
    ['topology-aware-hints: Auto', autoService({ 'service.kubernetes.io/topology-aware-hints': 'Auto' }), 'auto'],
    [
      'the first key off goes before the second on',
      autoService({
        'service.kubernetes.io/topology-aware-hints': 'Disabled',
        'service.kubernetes.io/topology-mode': 'Auto',
      }),
      'off',
    ],
    ['AUTO is not Auto', autoService({ 'service.kubernetes.io/topology-mode': 'AUTO' }), 'off'],
    ['Disabled', autoService({ 'service.kubernetes.io/topology-mode': 'Disabled' }), 'off'],
    ['an empty value', autoService({ 'service.kubernetes.io/topology-mode': '' }), 'off'],
    ['a value of somebody else', autoService({ 'service.kubernetes.io/topology-mode': 'example.com/x' }), 'off'],
    ['no annotations at all', { metadata: { name: 'svc' } }, 'off'],
    ['an empty object', {}, 'off'],
    ['without a selector', { metadata: autoService().metadata ?? null, spec: {} }, 'auto'],
    ['headless', { metadata: autoService().metadata ?? null, spec: { clusterIP: 'None' } }, 'auto'],
    [
      'the annotation goes before trafficDistribution',
      { ...autoService(), spec: { trafficDistribution: 'PreferSameNode' } },
      'auto',
    ],
    [
      'trafficDistribution alone',
      { metadata: { name: 'svc' }, spec: { trafficDistribution: 'PreferClose' } },
      'same-zone',
    ],
    [
      'PreferSameNode alone',
      { metadata: { name: 'svc' }, spec: { trafficDistribution: 'PreferSameNode' } },
      'same-node',
    ],
    ['balanced', autoService({ 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' }), 'balanced'],
    ['topology keys', autoService({ 'slicehints.io/topology-keys': '*' }), 'topology-keys'],
    ['OpenYurt', autoService({ 'openyurt.io/topologyKeys': 'openyurt.io/nodepool' }), 'topology-keys'],
  ])('mode: %s', (_, service, mode) => {
    expect(planService({ service, slices: [], nodes }).mode).toBe(mode);
  });

  test.each<[string, EndpointSliceManifest]>([
    ['absent', slice('s', undefined)],
    ['null', slice('s', null)],
    ['empty', slice('s', [])],
  ])('a slice whose endpoints are %s has nothing to change and counts as none', (_, given) => {
    const plan = planService({ service: auto, slices: [given], nodes });
    expect(plan.slices).toEqual([{ namespace: 'default', name: 's', changed: false, endpoints: [] }]);
    expect(plan.patches).toEqual([]);
    expect(plan.verdicts[0]?.message).toBe(
      'Insufficient number of endpoints (0 endpoints, 2 zones), addressType: IPv4',
    );
  });

  test.each<[string, EndpointManifest, string, string]>([
    [
      'no conditions: not ready to Auto, but with a hint',
      { addresses: ['10.0.0.9'], zone: 'a' },
      'a b a',
      `${ENABLED}IPv4`,
    ],
    ['conditions null', { addresses: ['10.0.0.9'], zone: 'b', conditions: null }, 'a b b', `${ENABLED}IPv4`],
    [
      'no zone but not ready: the zone with most demand',
      { addresses: ['10.0.0.9'], conditions: { ready: false } },
      'a b a',
      `${ENABLED}IPv4`,
    ],
    [
      'no zone and ready: nobody gets hints',
      { addresses: ['10.0.0.9'], conditions: { ready: true } },
      '- - -',
      'Unable to allocate',
    ],
    ['no nodeName', { addresses: ['10.0.0.9'], zone: 'a', conditions: { ready: false } }, 'a b a', `${ENABLED}IPv4`],
    ['no addresses', { zone: 'a', conditions: { ready: false } }, 'a b a', `${ENABLED}IPv4`],
    ['addresses null', { addresses: null, zone: 'a', conditions: { ready: false } }, 'a b a', `${ENABLED}IPv4`],
    [
      'a zone without counted nodes',
      { addresses: ['10.0.0.9'], zone: 'elsewhere', conditions: { ready: false } },
      'a b a',
      `${ENABLED}IPv4`,
    ],
  ])('an endpoint with %s', (_, odd, hints, message) => {
    const plan = planService({
      service: auto,
      slices: [slice('s', [endpoint('10.0.0.1', 'a'), endpoint('10.0.0.2', 'b'), odd])],
      nodes,
    });
    expect(zonesOf(plan.slices[0]?.endpoints ?? [])).toBe(hints);
    expect(plan.verdicts[0]?.message).toContain(message);
  });

  test('a ready endpoint without a zone is upstream’s sentence where the numbers would do', () => {
    const endpoints = [
      endpoint('10.0.0.1', 'a'),
      endpoint('10.0.0.2', 'b'),
      endpoint('10.0.0.3', 'a'),
      { addresses: ['10.0.0.4'], conditions: { ready: true } },
    ];
    expect(
      planService({ service: auto, slices: [slice('s', endpoints, OF_KUBERNETES)], nodes }).verdicts,
    ).toMatchObject([
      {
        addressType: 'IPv4',
        hinted: false,
        type: 'Warning',
        reason: 'TopologyAwareHintsDisabled',
        message: 'One or more endpoints do not have a zone specified, addressType: IPv4',
      },
    ]);
  });

  test.each<[string, NodeManifest[], string]>([
    [
      'a node without a zone',
      [...nodes, nodeManifest({ name: 'x', cpu: '4', ready: 'True' })],
      'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
    ],
    [
      'one zone only',
      nodes.slice(0, 1),
      'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
    ],
    [
      'no nodes',
      [],
      'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
    ],
    [
      'too few endpoints',
      [
        ...nodes,
        ...['c', 'd'].map((zone) => nodeManifest({ name: zone, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' })),
      ],
      'Insufficient number of endpoints (3 endpoints, 4 zones), addressType: IPv4',
    ],
    [
      'whole endpoints that cannot be split fairly',
      nodes,
      'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 2 zones), addressType: IPv4',
    ],
  ])('gives up with upstream’s words: %s', (_, given, message) => {
    const endpoints = [endpoint('10.0.0.1', 'a'), endpoint('10.0.0.2', 'b'), endpoint('10.0.0.3', 'a')];
    const [verdict] = planService({
      service: auto,
      slices: [slice('s', endpoints, OF_KUBERNETES)],
      nodes: given,
    }).verdicts;
    expect(verdict).toMatchObject({
      addressType: 'IPv4',
      hinted: false,
      type: 'Warning',
      reason: 'TopologyAwareHintsDisabled',
      message,
    });
  });

  test('slices of names (FQDN) are left as they are', () => {
    const given = slice('s', [endpoint('db.example.com', 'a', { hints: { forZones: [{ name: 'x' }] } })], {
      addressType: 'FQDN',
    });
    const plan = planService({ service: auto, slices: [given], nodes });
    expect([plan.patches, plan.verdicts[0]?.reason]).toEqual([[], 'AddressTypeNotRouted']);
    expect(zonesOf(plan.slices[0]?.endpoints ?? [])).toBe('x');
  });

  test('dual stack: each address type by itself', () => {
    const six = slice('v6', [endpoint('fd00::1', 'a')], { addressType: 'IPv6' });
    const four = slice('v4', [endpoint('10.0.0.1', 'a'), endpoint('10.0.0.2', 'b')]);
    const plan = planService({ service: auto, slices: [six, four], nodes });
    expect(plan.verdicts.map(({ addressType, hinted }) => [addressType, hinted])).toEqual([
      ['IPv4', true],
      ['IPv6', false],
    ]);
    expect(plan.patches.map(({ name }) => name)).toEqual(['v4']);
  });

  test('an address in a slice for each port is hinted alike in all of them', () => {
    const endpoints = [endpoint('10.0.0.1', 'a'), endpoint('10.0.0.2', 'a')];
    const plan = planService({
      service: auto,
      slices: [
        slice('http', endpoints),
        slice('grpc', [...endpoints].reverse(), { ports: [{ name: 'grpc', port: 81 }] }),
      ],
      nodes,
    });
    const [grpc, http] = plan.slices.map(({ endpoints: list }) => zonesOf(list).split(' '));
    expect(http?.slice().sort()).toEqual(['a', 'b']);
    expect(grpc).toEqual(http?.slice().reverse());
  });

  test('1,000 endpoints in a slice', () => {
    const endpoints = Array.from({ length: 1000 }, (_, i) =>
      endpoint(`10.0.${i >> 8}.${i & 255}`, i % 2 === 0 ? 'a' : 'b'),
    );
    const plan = planService({ service: auto, slices: [slice('s', endpoints)], nodes });
    expect(plan.patches[0]?.patch).toHaveLength(1002);
    expect(plan.forecast[0]).toMatchObject({ inZoneShare: 1, worstLoad: 1 });
  });

  test('the patch: version first, the annotation, then only the endpoints that change', () => {
    const given = slice('s', [
      endpoint('10.0.0.1', 'a', { hints: { forZones: [{ name: 'a' }] } }),
      endpoint('10.0.0.2', 'b'),
    ]);
    expect(planService({ service: auto, slices: [given], nodes }).patches).toEqual([
      {
        namespace: 'default',
        name: 's',
        patch: [
          { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
          { op: 'add', path: '/metadata/annotations', value: { 'slicehints.io/hints': 'v1-7' } },
          { op: 'add', path: '/endpoints/1/hints', value: { forZones: [{ name: 'b' }] } },
        ],
      },
    ]);
  });

  test('a slice that nobody else changed keeps hints that are valid, whoever wrote them, unmarked', () => {
    const given = slice('s', [
      endpoint('10.0.0.1', 'a', { hints: { forZones: [{ name: 'b' }] } }),
      endpoint('10.0.0.2', 'b', { hints: { forZones: [{ name: 'a' }] } }),
    ]);
    const plan = planService({ service: auto, slices: [given], nodes });
    expect([plan.patches, plan.verdicts[0]?.hinted]).toEqual([[], true]);
  });

  test('opting out takes our hints and annotation away in one patch, and leaves those of others', () => {
    const hinted = [endpoint('10.0.0.1', 'a', { hints: { forZones: [{ name: 'a' }] } })];
    const ours = slice('ours', hinted, {
      metadata: { name: 'ours', namespace: 'default', annotations: { 'slicehints.io/hints': 'v1-3', keep: 'me' } },
    });
    const plan = planService({ service: autoService({}), slices: [ours, slice('theirs', hinted)], nodes });
    expect(plan.patches).toEqual([
      {
        namespace: 'default',
        name: 'ours',
        patch: [
          { op: 'remove', path: '/metadata/annotations/slicehints.io~1hints' },
          { op: 'remove', path: '/endpoints/0/hints' },
        ],
      },
    ]);
  });

  test('a mode that the in-tree controller would undo is blocked, not half-written', () => {
    const managed = slice('s', [endpoint('10.0.0.1', 'a'), endpoint('10.0.0.2', 'b')], {
      metadata: {
        name: 's',
        namespace: 'default',
        labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
      },
    });
    const service = autoService({ 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' });
    const blocked = planService({ service, slices: [managed, slice('free', [endpoint('10.0.0.3', 'a')])], nodes });
    expect([blocked.patches, blocked.verdicts[0]?.reason]).toEqual([[], 'HintsBlocked']);
    const guarded = planService({ service, slices: [managed], nodes, settings: { guard: true } });
    expect([guarded.patches.length, guarded.verdicts[0]?.reason]).toEqual([1, 'BalancedHintsSet']);
    expect(planService({ service: auto, slices: [managed], nodes }).patches[0]?.patch).toHaveLength(2);
  });
});

describe('input that is not there', () => {
  test.each<[string, unknown, string]>([
    ['an empty object', {}, 'planService: expected service to be a Service object, got nothing'],
    ['nothing', undefined, 'planService: expected the input to be { service, slices, nodes }, got nothing'],
    [
      'no slices',
      { service: {}, nodes: [] },
      'planService: expected slices to be a list of EndpointSlice objects, got nothing',
    ],
    [
      'a list object for slices',
      { service: {}, slices: { items: [] }, nodes: [] },
      'planService: expected slices to be a list of EndpointSlice objects, got object',
    ],
    [
      'nodes that are null',
      { service: {}, slices: [], nodes: null },
      'planService: expected nodes to be a list of Node objects, got null',
    ],
    ['null', null, 'planService: expected the input to be { service, slices, nodes }, got null'],
    ['text', 'service', 'planService: expected the input to be { service, slices, nodes }, got string'],
    ...(
      [
        ['service', null, 'a Service object, got null'],
        ['service', [], 'a Service object, got a list'],
        ['service', 'web', 'a Service object, got string'],
        ['clientSlices', {}, 'a list of EndpointSlice objects, got object'],
        ['clientSlices', null, 'a list of EndpointSlice objects, got null'],
        ['measured', null, 'the figures that readMeasured returns, got null'],
        ['measured', {}, 'the figures that readMeasured returns, got object'],
        ['policies', {}, 'a list of policies, got object'],
        ['namespaces', 3, 'a list of Namespace objects, got number'],
      ] as const
    ).map(([field, value, rest]): [string, unknown, string] => [
      `${field} that is ${JSON.stringify(value)}`,
      { service: {}, slices: [], nodes: [], [field]: value },
      `planService: expected ${field} to be ${rest}`,
    ]),
  ])('%s is a TypeError with one sentence', (_, input, message) => {
    expect(() => planService(input as never)).toThrow(new TypeError(message));
  });
});
