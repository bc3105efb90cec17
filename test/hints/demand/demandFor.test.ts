import { describe, expect, test } from 'vitest';
import { planService, type ServicePlan } from '../../../src/hints/planService.js';
import type { Settings } from '../../../src/hints/settings.js';
import type { EndpointManifest, EndpointSliceManifest } from '../../../src/model/manifest.js';
import { nodeManifest } from '../../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'slicehints.io/mode';
const DEMAND = 'slicehints.io/demand';
const CLIENTS = 'slicehints.io/clients';

/** Zone a has three of four CPUs and one of three nodes; d has a control-plane node only, e one that is not ready. */
const nodes = [
  nodeManifest({ name: 'n-a', labels: { [ZONE]: 'a' }, cpu: '6', ready: 'True' }),
  nodeManifest({ name: 'n-b', labels: { [ZONE]: 'b' }, cpu: '1', ready: 'True' }),
  nodeManifest({ name: 'n-c', labels: { [ZONE]: 'c' }, cpu: '1', ready: 'True' }),
  nodeManifest({
    name: 'n-d',
    labels: { [ZONE]: 'd', 'node-role.kubernetes.io/control-plane': '' },
    cpu: '4',
    ready: 'True',
  }),
  nodeManifest({ name: 'n-e', labels: { [ZONE]: 'e' }, cpu: '4', ready: 'False' }),
];

/** Endpoints by zone, as `aab`: two in a, one in b. */
function slice(
  service: string,
  zones: string,
  more: { namespace?: string; managedBy?: string } = {},
): EndpointSliceManifest {
  const { namespace = 'shop', managedBy } = more;
  const number = [...`${namespace}/${service}`].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return {
    metadata: {
      namespace,
      name: `${service}-1`,
      labels: {
        'kubernetes.io/service-name': service,
        ...(managedBy === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy }),
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: [...zones].map((zone, i): EndpointManifest => ({
      addresses: [`10.${number >> 8}.${number & 255}.${i}`],
      conditions: { ready: true },
      nodeName: `n-${zone}`,
      zone,
    })),
  };
}

interface Case {
  readonly annotations?: Record<string, string>;
  readonly own?: EndpointSliceManifest;
  readonly clientSlices?: EndpointSliceManifest[];
  readonly settings?: Partial<Settings>;
}

function plan({ annotations = {}, own = slice('web', 'aabbcc'), clientSlices = [], settings = {} }: Case): ServicePlan {
  return planService({
    service: { metadata: { namespace: 'shop', name: 'web', annotations: { [MODE]: 'balanced', ...annotations } } },
    slices: [own],
    nodes,
    clientSlices,
    settings,
  });
}

/** `a=0.75 b=0.25`, zones without demand included. */
function sharesOf({ demand }: ServicePlan): string {
  return (demand[0]?.zones ?? []).map(({ zone, share }) => `${zone}=${Math.round(share * 1000) / 1000}`).join(' ');
}
const warningsOf = ({ warnings }: ServicePlan): string[] =>
  warnings.map(({ reason, message }) => `${reason}: ${message}`);

const CPU = 'a=0.75 b=0.125 c=0.125';
const cart = slice('cart', 'bbbc');

describe('where the traffic comes from', () => {
  test.each<[string, Case, string, string, string]>([
    ['CPU by default', {}, CPU, 'cpu', ''],
    ['CPU', { annotations: { [DEMAND]: 'cpu' } }, CPU, 'cpu', ''],
    ['the number of nodes', { annotations: { [DEMAND]: 'nodes' } }, 'a=0.333 b=0.333 c=0.333', 'nodes', ''],
    ['every zone alike', { annotations: { [DEMAND]: 'equal' } }, 'a=0.333 b=0.333 c=0.333', 'equal', ''],
    ['by the setting', { settings: { demand: 'nodes' } }, 'a=0.333 b=0.333 c=0.333', 'nodes', ''],
    [
      'an annotation goes before the setting',
      { annotations: { [DEMAND]: 'cpu' }, settings: { demand: 'nodes' } },
      CPU,
      'cpu',
      '',
    ],
    ['fixed parts', { annotations: { [DEMAND]: 'a=1,b=3' } }, 'a=0.25 b=0.75 c=0', 'zones', 'fixed parts'],
    [
      'clients',
      { annotations: { [CLIENTS]: 'cart' }, clientSlices: [cart] },
      'a=0 b=0.75 c=0.25',
      'clients',
      '4 pods of cart',
    ],
    [
      'clients with weights, in other namespaces',
      {
        annotations: { [CLIENTS]: 'cart, front/ui=4' },
        clientSlices: [cart, slice('ui', 'a', { namespace: 'front' })],
      },
      'a=0.5 b=0.375 c=0.125',
      'clients',
      '5 pods of cart and front/ui=4',
    ],
    [
      'clients in a zone where no node is counted',
      { annotations: { [CLIENTS]: 'cart' }, clientSlices: [slice('cart', 'd')] },
      'a=0 b=0 c=0 d=1',
      'clients',
      '1 pod of cart',
    ],
    [
      'clients of whom some are gone',
      { annotations: { [CLIENTS]: 'gone,cart' }, clientSlices: [cart] },
      'a=0 b=0.75 c=0.25',
      'clients',
      '4 pods of cart (none of gone)',
    ],
    [
      'three clients',
      {
        annotations: { [CLIENTS]: 'c1,c2,c3' },
        clientSlices: ['c1', 'c2', 'c3'].map((name) => slice(name, 'a')),
      },
      'a=1 b=0 c=0',
      'clients',
      '3 pods of c1, c2 and c3',
    ],
    [
      'many clients',
      {
        annotations: { [CLIENTS]: 'c1,c2,c3,c4,c5' },
        clientSlices: ['c1', 'c2', 'c3', 'c4', 'c5'].map((name) => slice(name, 'a')),
      },
      'a=1 b=0 c=0',
      'clients',
      '5 pods of c1, c2, c3 and 2 more',
    ],
    [
      'itself as a client',
      { annotations: { [CLIENTS]: 'web' } },
      'a=0.333 b=0.333 c=0.333',
      'clients',
      '6 pods of web',
    ],
    [
      'the endpoints of all Services, its own with them',
      { annotations: { [DEMAND]: 'endpoints' }, clientSlices: [cart] },
      'a=0.2 b=0.5 c=0.3',
      'endpoints',
      '10 pods of all Services',
    ],
    [
      'the endpoints of all Services by the setting',
      { settings: { demand: 'endpoints' }, clientSlices: [cart, slice('web', 'aabbcc')] },
      'a=0.2 b=0.5 c=0.3',
      'endpoints',
      '10 pods of all Services',
    ],
  ])('%s', (_, what, shares, source, note) => {
    const planned = plan(what);
    expect(sharesOf(planned)).toBe(shares);
    expect(planned.demand).toEqual([
      { addressType: 'IPv4', source, zones: planned.demand[0]?.zones, ...(note === '' ? {} : { note }) },
    ]);
    expect(warningsOf(planned)).toEqual([]);
    expect(planned.verdicts[0]?.message).toContain(`, demand: ${note || source}, addressType: IPv4`);
  });

  test.each<[string, Case, string, string[]]>([
    [
      'a word that is not understood',
      { annotations: { [DEMAND]: 'memory' } },
      CPU,
      [
        'InvalidDemand: Annotation slicehints.io/demand must be cpu, nodes, endpoints, equal, clients, measured, or parts like zone-a=3,zone-b=1, but is "memory"; the demand is taken from cpu, addressType: IPv4',
      ],
    ],
    [
      'a client that is not there',
      { annotations: { [CLIENTS]: 'shop/gone' }, settings: { demand: 'equal' } },
      'a=0.333 b=0.333 c=0.333',
      [
        'DemandUnknown: The client Service gone has no ready endpoint with a zone; until then the demand is taken from equal, addressType: IPv4',
      ],
    ],
    [
      'clients without ready endpoints',
      {
        annotations: { [CLIENTS]: 'cart,ui' },
        clientSlices: [{ ...cart, endpoints: [{ addresses: ['1'], conditions: { ready: false }, zone: 'a' }] }],
      },
      CPU,
      [
        'DemandUnknown: None of the client Services cart and ui has a ready endpoint with a zone; until then the demand is taken from cpu, addressType: IPv4',
      ],
    ],
    [
      'parts of a zone that is not there, beside others',
      { annotations: { [DEMAND]: 'a=1,x=3' } },
      'a=1 b=0 c=0',
      [
        'InvalidDemand: Annotation slicehints.io/demand names a zone without ready worker nodes: x; the other parts are used, addressType: IPv4',
      ],
    ],
    [
      'parts of a zone with a control-plane node only',
      { annotations: { [DEMAND]: 'a=1,d=3' } },
      'a=1 b=0 c=0',
      [
        'InvalidDemand: Annotation slicehints.io/demand names a zone without ready worker nodes: d; the other parts are used, addressType: IPv4',
      ],
    ],
    [
      'parts of a zone of which the only node is not ready',
      { annotations: { [DEMAND]: 'e=3' } },
      CPU,
      [
        'InvalidDemand: Annotation slicehints.io/demand names a zone without ready worker nodes: e; the demand is taken from cpu, addressType: IPv4',
      ],
    ],
    [
      'parts of zones that are not there',
      { annotations: { [DEMAND]: 'x=1,y=3' } },
      CPU,
      [
        'InvalidDemand: Annotation slicehints.io/demand names zones without ready worker nodes: x and y; the demand is taken from cpu, addressType: IPv4',
      ],
    ],
  ])('%s is a Warning, and the setting is used', (_, what, shares, warnings) => {
    const planned = plan(what);
    expect(sharesOf(planned)).toBe(shares);
    expect(warningsOf(planned)).toEqual(warnings);
    expect(planned.warnings).toMatchObject([{ type: 'Warning', hinted: false, addressType: 'IPv4' }]);
    expect(planned.verdicts).toMatchObject([{ reason: 'BalancedHintsSet', type: 'Normal' }]);
  });

  test('an address behind two Services counts for each client, and once for all endpoints', () => {
    const twin = { ...cart, metadata: { ...slice('twin', '').metadata } };
    const named = plan({ annotations: { [CLIENTS]: 'cart,twin' }, clientSlices: [cart, twin] });
    expect(named.demand[0]?.note).toBe('8 pods of cart and twin');
    const all = plan({ annotations: { [DEMAND]: 'endpoints' }, clientSlices: [cart, twin] });
    expect(all.demand[0]?.note).toBe('10 pods of all Services');
  });

  test('without any ready endpoint, demand by endpoints is that by CPU', () => {
    expect(sharesOf(plan({ annotations: { [DEMAND]: 'endpoints' }, own: slice('web', '') }))).toBe(CPU);
  });

  test('a Service that is off has no demand and no Warning of it', () => {
    expect(plan({ annotations: { [MODE]: 'off', [CLIENTS]: 'gone' } })).toMatchObject({ demand: [], warnings: [] });
  });
});

describe('modes and demand', () => {
  const clientsInB = { annotations: { [CLIENTS]: 'cart' }, clientSlices: [slice('cart', 'bbbb')] };
  const zonesOf = ({ slices }: ServicePlan): string =>
    (slices[0]?.endpoints ?? [])
      .map(({ hints }) => (hints?.forZones ?? []).map(({ name }) => name).join('+'))
      .join(' ');

  test('balanced keeps the limit under the stated demand, and every zone is served by its own endpoints at least', () => {
    const planned = plan(clientsInB);
    expect(zonesOf(planned)).toBe('a+b a+b b b b+c c');
    expect(planned.forecast).toMatchObject([{ inZoneShare: 0.4, worstLoad: expect.closeTo(1.2, 9) }]);
    expect(planned.verdicts[0]?.message).toBe(
      'Balanced hints set: 40% in zone, busiest endpoint 1.20x, 6 endpoints, 3 zones, demand: 4 pods of cart, addressType: IPv4',
    );
  });

  test('planning on the result changes nothing', () => {
    const first = plan(clientsInB);
    const own = slice('web', 'aabbcc');
    const endpoints = (own.endpoints ?? []).map((endpoint, i) => ({ ...endpoint, ...first.slices[0]?.endpoints[i] }));
    const again = plan({
      ...clientsInB,
      own: { ...own, metadata: { ...own.metadata, annotations: { 'slicehints.io/hints': '1' } }, endpoints },
    });
    expect(zonesOf(again)).toBe(zonesOf(first));
    expect(again.slices[0]?.endpoints).toEqual(first.slices[0]?.endpoints);
  });

  test('auto on free slices is proportional to it', () => {
    const auto = { [MODE]: 'auto', [CLIENTS]: 'cart' };
    const planned = plan({ annotations: auto, clientSlices: [slice('cart', 'aaabbb')] });
    expect(zonesOf(planned).split(' ').sort().join('')).toBe('aaabbb');
    expect(planned.verdicts[0]?.message).toBe(
      'Topology Aware Hints has been enabled, demand: 6 pods of cart, addressType: IPv4',
    );
  });

  test('auto goes by CPU without a stated demand, whatever the setting is, in the words of Kubernetes', () => {
    const own = slice('web', 'aaaaaabc');
    const planned = plan({ annotations: { [MODE]: 'auto' }, own, settings: { demand: 'equal' } });
    expect(zonesOf(planned)).toBe('a a a a a a b c');
    expect(planned.verdicts[0]?.message).toBe('Topology Aware Hints has been enabled, addressType: IPv4');
    expect(planned.demand[0]?.source).toBe('equal');
  });

  test.each([
    ['without the guard keeps in-tree’s rule and says so', false, ['DemandNotUsed'], 'a a a a a a b c'],
    ['under the guard is proportional to it', true, [], 'a b a b a b b a'],
  ])('auto on slices of in-tree %s', (_, guard, reasons, zones) => {
    const planned = plan({
      annotations: { 'slicehints.io/mode': 'auto', 'service.kubernetes.io/topology-mode': 'Auto', [CLIENTS]: 'cart' },
      own: slice('web', 'aaaaaabc', { managedBy: 'endpointslice-controller.k8s.io' }),
      clientSlices: [slice('cart', 'aabb')],
      settings: { guard },
    });
    expect(planned.warnings.map(({ reason }) => reason)).toEqual(reasons);
    expect(zonesOf(planned).split(' ').sort()).toEqual(zones.split(' ').sort());
    expect(planned.demand[0]?.source).toBe('clients');
  });

  test.each(['same-zone', 'same-node'])('%s ignores it and forecasts with it', (mode) => {
    const planned = plan({ ...clientsInB, annotations: { [MODE]: mode, [CLIENTS]: 'cart' } });
    expect(zonesOf(planned)).toBe('a a b b c c');
    expect(planned.forecast).toMatchObject([{ inZoneShare: 1, worstLoad: expect.closeTo(3, 9) }]);
  });

  test('topology keys forecast with it', () => {
    const planned = plan({
      clientSlices: clientsInB.clientSlices,
      annotations: { [MODE]: 'x/y', 'slicehints.io/topology-keys': 'topology.kubernetes.io/zone', [CLIENTS]: 'cart' },
    });
    expect(planned.mode).toBe('off');
    const service = {
      metadata: {
        namespace: 'shop',
        name: 'web',
        annotations: { 'slicehints.io/topology-keys': ZONE, [CLIENTS]: 'cart' },
      },
    };
    const keys = planService({
      service,
      slices: [slice('web', 'aabbcc')],
      nodes,
      clientSlices: clientsInB.clientSlices,
    });
    expect(keys.forecast).toMatchObject([{ inZoneShare: 1, worstLoad: expect.closeTo(3, 9) }]);
  });

  test.each([
    ['cart', 2],
    ['cart,ui', 1],
    ['cart=3,ui', 1.5],
  ])('node hints are forecast with the nodes that clients run on: %s', (clients, worstLoad) => {
    const two = ['n-a', 'n-a2'].map((name) => nodeManifest({ name, labels: { [ZONE]: 'a' }, cpu: '4', ready: 'True' }));
    const at = (name: string, nodeName: string): EndpointSliceManifest => {
      const { metadata, ...rest } = slice(name, 'a');
      return {
        ...rest,
        metadata: { ...metadata, name: `${name}-${nodeName}` },
        endpoints: [{ ...rest.endpoints?.[0], addresses: [`${name} ${nodeName}`], nodeName }],
      };
    };
    const planned = planService({
      service: {
        metadata: { namespace: 'shop', name: 'web', annotations: { [MODE]: 'same-node', [CLIENTS]: clients } },
      },
      slices: [at('web', 'n-a'), at('web', 'n-a2')],
      nodes: two,
      clientSlices: [at('cart', 'n-a2'), at('ui', 'n-a')],
    });
    expect(planned.forecast).toMatchObject([{ worstLoad: expect.closeTo(worstLoad, 9) }]);
  });
});

test('nodes that heed other hints are forecast one by one, also where a zone has no demand', () => {
  const versions = ['v1.36.0', 'v1.36.0', 'v1.33.0', 'v1.36.0'];
  const mixed = nodes.map((node, i) => ({
    ...node,
    status: { ...node.status, nodeInfo: { kubeletVersion: versions[i] ?? '' } },
  }));
  const planned = planService({
    service: { metadata: { namespace: 'shop', name: 'web', annotations: { [MODE]: 'same-node', [CLIENTS]: 'cart' } } },
    slices: [slice('web', 'aabbcc')],
    nodes: mixed,
    clientSlices: [slice('cart', 'bd')],
  });
  expect(planned.forecast).toEqual([
    expect.objectContaining({ inZoneShare: expect.closeTo(0.5, 9), worstLoad: expect.closeTo(2, 9) }),
  ]);
});

describe('an endpoint without a zone has that of its node', () => {
  const bare = (service: string, zones: string, managedBy?: string): EndpointSliceManifest => {
    const own = slice(service, zones, managedBy === undefined ? {} : { managedBy });
    return { ...own, endpoints: (own.endpoints ?? []).map((endpoint) => ({ ...endpoint, zone: null })) };
  };

  test.each([
    ['balanced', 'BalancedHintsSet'],
    ['same-zone', 'SameZoneHintsSet'],
    ['same-node', 'SameNodeHintsSet'],
    ['auto', 'TopologyAwareHintsEnabled'],
  ])('in mode %s', (mode, reason) => {
    const annotations = { [MODE]: mode, [DEMAND]: 'equal' };
    for (const managedBy of [undefined, 'endpointslicemirroring-controller.k8s.io']) {
      const planned = plan({ annotations, own: bare('web', 'aabbcc', managedBy) });
      expect(planned.verdicts).toMatchObject([{ reason, type: 'Normal' }]);
      expect(planned.forecast).toMatchObject([{ inZoneShare: 1 }]);
    }
  });

  test('but not where in-tree must agree on Auto', () => {
    const annotations = { 'service.kubernetes.io/topology-mode': 'Auto', [MODE]: 'auto' };
    const planned = plan({ annotations, own: bare('web', 'aabbcc', 'endpointslice-controller.k8s.io') });
    expect(planned.verdicts[0]?.message).toMatch(/^One or more endpoints do not have a zone specified/);
  });

  test('unless the node is unknown or has none', () => {
    const own = bare('web', 'aabbcx');
    expect(plan({ annotations: { [MODE]: 'same-zone' }, own }).verdicts).toMatchObject([
      { reason: 'SameZoneHintsIgnored' },
    ]);
  });
});

test('the example of docs/demand.md', () => {
  const even = ['a', 'b', 'c'].map((zone) =>
    nodeManifest({ name: `n-${zone}`, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' }),
  );
  const outcome = (annotations: Record<string, string>): string | undefined =>
    planService({
      service: { metadata: { namespace: 'shop', name: 'web', annotations: { [MODE]: 'balanced', ...annotations } } },
      slices: [slice('web', 'aabbcc')],
      nodes: even,
      clientSlices: [slice('cart', 'aaaabc')],
    }).verdicts[0]?.message;
  expect(outcome({})).toMatch(/^Balanced hints set: 100% in zone, busiest endpoint 1.00x,/);
  expect(outcome({ [CLIENTS]: 'cart' })).toBe(
    'Balanced hints set: 67% in zone, busiest endpoint 1.00x, 6 endpoints, 3 zones, demand: 6 pods of cart, addressType: IPv4',
  );
});
