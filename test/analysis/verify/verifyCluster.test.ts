import { describe, expect, test } from 'vitest';
import type { ClusterObjects } from '../../../src/analysis/planCluster.js';
import { CAUSES } from '../../../src/analysis/verify/causes.js';
import { verifyCluster, type VerifiedService } from '../../../src/analysis/verify/verifyCluster.js';
import { planService } from '../../../src/hints/planService.js';
import type { Settings } from '../../../src/hints/settings.js';
import type { ServiceTraffic } from '../../../src/measured/trafficSums.js';
import type {
  EndpointManifest,
  EndpointSliceManifest,
  NodeManifest,
  ServiceManifest,
} from '../../../src/model/manifest.js';
import { readText } from '../../observability/repository.js';
import { nodeManifest } from '../../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const NOW = Date.UTC(2026, 5, 1, 12);
const MODE = { 'slicehints.io/mode': 'balanced' };

type Flow = readonly [from: string, to: string, share: number];

interface Scene {
  /** Endpoints by zone, as `aabbcc`. */
  readonly zones?: string;
  readonly service?: Omit<ServiceManifest, 'metadata'> & {
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  /** Of the slice of the Service, beside which `others` has more. */
  readonly endpoint?: Partial<EndpointManifest>;
  readonly others?: Partial<Pick<ClusterObjects, 'services' | 'endpointSlices'>>;
  readonly nodes?: readonly NodeManifest[];
  readonly settings?: Partial<Settings>;
  readonly flows: readonly Flow[];
  /** When slicehints wrote the hints, minutes before now. */
  readonly writtenMinutes?: number;
  readonly unhinted?: boolean;
}

const workers = ['a', 'b', 'c'].map((zone) =>
  nodeManifest({ name: `n-${zone}`, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' }),
);

function slice(service: string, zones: string, first = 0): EndpointSliceManifest {
  return {
    metadata: { namespace: 'shop', name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: [...zones].map((zone, i): EndpointManifest => ({
      addresses: [`10.0.${first}.${i}`],
      conditions: { ready: true },
      nodeName: `n-${zone}`,
      zone,
    })),
  };
}

function verify({
  zones = 'aabbcc',
  service = {},
  endpoint = {},
  others = {},
  nodes = workers,
  settings = {},
  flows,
  writtenMinutes = 600,
  unhinted = false,
}: Scene): VerifiedService {
  const { labels = {}, annotations = {}, ...rest } = service;
  const web: ServiceManifest = {
    metadata: { namespace: 'shop', name: 'web', labels, annotations: { ...MODE, ...annotations } },
    ...rest,
  };
  const bare = slice('web', zones);
  const endpointSlices = others.endpointSlices ?? [];
  const planned = planService({
    service: { metadata: web.metadata },
    slices: [bare],
    nodes: workers,
    clientSlices: endpointSlices,
    settings: { ...settings, consumer: 'kube-proxy' },
  });
  const time = new Date(NOW - writtenMinutes * 60_000).toISOString();
  const hinted: EndpointSliceManifest = {
    ...bare,
    metadata: { ...bare.metadata, managedFields: [{ manager: 'slicehints', time, fieldsV1: { 'f:endpoints': {} } }] },
    endpoints: (bare.endpoints ?? []).map((each, i) => ({
      ...each,
      ...endpoint,
      hints: planned.slices[0]!.endpoints[i]!.hints!,
    })),
  };
  const objects: ClusterObjects = {
    nodes,
    services: [web, ...(others.services ?? [])],
    endpointSlices: [unhinted ? bare : hinted, ...endpointSlices],
  };
  const targets = new Map<string, Map<string, number>>();
  for (const [from, to, share] of flows) {
    const row = targets.get(from) ?? new Map<string, number>();
    targets.set(from, row.set(to, share * 1000));
  }
  const traffic = new Map<string, ServiceTraffic>([
    ['shop/web', { rate: flows.reduce((sum, [, , share]) => sum + share * 1000, 0), flows: targets }],
  ]);
  const { services } = verifyCluster(objects, { traffic, settings, nowMs: NOW });
  return services[0]!;
}

const causesOf = ({ causes }: VerifiedService): string[] => causes.map(({ cause }) => cause);
const T = 1 / 3;
/** Every zone to its own endpoints, and every zone to all. */
const AT_HOME: readonly Flow[] = [
  ['a', 'a', T],
  ['b', 'b', T],
  ['c', 'c', T],
];
const EVERYWHERE: readonly Flow[] = ['a', 'b', 'c'].flatMap((from) =>
  ['a', 'b', 'c'].map((to): Flow => [from, to, T / 3]),
);
const headless: ServiceManifest = { metadata: { namespace: 'shop', name: 'web-pods' }, spec: { clusterIP: 'None' } };

describe('a planted bypass is named, with its evidence', () => {
  test.each<[string, Scene, string, string]>([
    [
      'a headless Service',
      { flows: EVERYWHERE, service: { spec: { clusterIP: 'None' } } },
      'headless',
      'spec.clusterIP is None',
    ],
    [
      'pods that are called by a headless Service beside it',
      { flows: EVERYWHERE, others: { services: [headless], endpointSlices: [{ ...slice('web-pods', 'aabbcc') }] } },
      'direct-pods',
      'the headless Service shop/web-pods has the same endpoints',
    ],
    [
      'pods that are called by their addresses',
      {
        zones: 'aabb',
        flows: [
          ['a', 'a', T],
          ['b', 'b', T],
          ['c', 'c', T],
        ],
      },
      'direct-pods',
      '33.3% of the traffic reaches zone c, where the Service has no ready endpoint',
    ],
    [
      'a mesh',
      { flows: EVERYWHERE, service: { labels: { 'istio.io/dataplane-mode': 'ambient' } } },
      'mesh',
      'it is in a mesh of Istio',
    ],
    [
      'a policy Local inside the cluster',
      {
        zones: 'aabbcccc',
        flows: [
          ['a', 'a', T],
          ['b', 'b', T],
          ['c', 'c', T],
        ],
        service: { spec: { internalTrafficPolicy: 'Local' } },
        unhinted: true,
      },
      'local-policy',
      'spec.internalTrafficPolicy is Local',
    ],
    [
      'session affinity',
      {
        flows: [
          ['a', 'b', T],
          ['b', 'b', T],
          ['c', 'c', T],
        ],
        service: { spec: { sessionAffinity: 'ClientIP' } },
      },
      'session-affinity',
      'spec.sessionAffinity is ClientIP',
    ],
    [
      'few long connections, by the protocol',
      {
        flows: EVERYWHERE,
        service: { spec: { ports: [{ name: 'grpc', port: 80, appProtocol: 'kubernetes.io/h2c' }] } },
      },
      'few-connections',
      'port "grpc" has appProtocol kubernetes.io/h2c',
    ],
    [
      'few long connections, by the number of clients',
      {
        flows: [
          ['a', 'b', T],
          ['b', 'b', T],
          ['c', 'c', T],
        ],
        service: { annotations: { 'slicehints.io/clients': 'cart' } },
        others: {
          services: [{ metadata: { namespace: 'shop', name: 'cart' } }],
          endpointSlices: [slice('cart', 'abc', 9)],
        },
      },
      'few-connections',
      '3 client pods call 6 endpoints',
    ],
    [
      'a kube-proxy that reads no hints',
      {
        flows: EVERYWHERE,
        nodes: workers.map((node) => ({
          ...node,
          status: { ...node.status, nodeInfo: { kubeletVersion: 'v1.20.0' } },
        })),
      },
      'consumers',
      'ignore',
    ],
    [
      'clients outside the cluster',
      {
        flows: [
          ['a', 'b', T],
          ['b', 'b', T],
          ['c', 'c', T],
        ],
        service: { spec: { type: 'NodePort' } },
      },
      'outside',
      'spec.type is NodePort',
    ],
    [
      'hints that have just changed',
      { flows: EVERYWHERE, writtenMinutes: 3 },
      'hints-changed',
      'hints of EndpointSlice web-1 were written 3 minutes ago',
    ],
    [
      'demand by the wrong source',
      {
        flows: [
          ['a', 'a', 0.8],
          ['b', 'b', 0.1],
          ['c', 'c', 0.1],
        ],
      },
      'demand',
      'zone a sends 80% of the traffic, and the forecast takes 33.3% (demand: cpu)',
    ],
  ])('%s', (_, scene, cause, evidence) => {
    const verified = verify(scene);
    expect(verified.differs).toBe(true);
    expect(causesOf(verified)).toEqual([cause]);
    expect(verified.causes[0]?.evidence).toContain(evidence);
  });

  test('two at once are both named', () => {
    const verified = verify({
      flows: EVERYWHERE,
      writtenMinutes: 3,
      service: { spec: { sessionAffinity: 'ClientIP' } },
    });
    expect(causesOf(verified)).toEqual(['session-affinity', 'hints-changed']);
  });

  test('what no rule explains has no cause', () => {
    const verified = verify({ flows: EVERYWHERE });
    expect([verified.differs, verified.causes]).toEqual([true, []]);
  });
});

describe('a difference that no rule explains has no name', () => {
  /** As many clients as there are pods; endpoints are twice as many. */
  const withClients = (second: Partial<EndpointSliceManifest>): Scene => ({
    flows: EVERYWHERE,
    service: { annotations: { 'slicehints.io/clients': 'cart' } },
    others: {
      services: [{ metadata: { namespace: 'shop', name: 'cart' } }],
      endpointSlices: [slice('cart', 'aabbcc', 9), { ...hintedAgain, ...second }],
    },
  });
  const { metadata, ...rest } = slice('web', 'aabbcc');
  const hintedAgain: EndpointSliceManifest = {
    ...rest,
    metadata: { ...metadata, name: 'web-2' },
    endpoints: (rest.endpoints ?? []).map((each) => ({ ...each, hints: { forZones: [{ name: each.zone ?? '' }] } })),
  };
  test.each<[string, Scene]>([
    [
      'with pods that have addresses of both families',
      withClients({ addressType: 'IPv6', endpoints: hintedAgain.endpoints?.map((each, i) => ({ ...each, addresses: [`fd00::${i}`] })) ?? [] }), // prettier-ignore
    ],
    ['with a slice for each port', withClients({ ports: [{ name: 'metrics', port: 90 }] })],
    ['with endpoints that have the zone of their node only', { flows: EVERYWHERE, endpoint: { zone: null } }],
  ])('%s', (_, scene) => {
    const { differs, causes } = verify(scene);
    expect([differs, causes]).toEqual([true, []]);
  });
});

describe('in a clean cluster no cause is named', () => {
  /** Shares as a few thousand samples give them. */
  const noisy = (flows: readonly Flow[]): Flow[] =>
    flows.map(([from, to, share], i) => [from, to, share * (i % 2 === 0 ? 1.06 : 0.94)]);
  test.each<[string, Scene]>([
    ['traffic as the hints ask for', { flows: AT_HOME }],
    ['traffic with noise', { flows: noisy(AT_HOME) }],
    [
      'a headless Service without hints',
      { flows: noisy(EVERYWHERE), service: { spec: { clusterIP: 'None' } }, unhinted: true },
    ],
    [
      'a headless Service beside it that nobody calls',
      { flows: AT_HOME, others: { services: [headless], endpointSlices: [slice('web-pods', 'aabbcc')] } },
    ],
    ['a mesh that follows hints', { flows: AT_HOME, service: { labels: { 'istio.io/dataplane-mode': 'ambient' } } }],
    ['session affinity that spreads', { flows: noisy(AT_HOME), service: { spec: { sessionAffinity: 'ClientIP' } } }],
    [
      'long connections that are spread',
      { flows: AT_HOME, service: { spec: { ports: [{ port: 80, appProtocol: 'grpc' }] } } },
    ],
    [
      'a load balancer that is called from inside',
      { flows: AT_HOME, service: { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } } },
    ],
    ['hints that have just changed and are followed', { flows: AT_HOME, writtenMinutes: 1 }],
    ['a Service without hints', { flows: EVERYWHERE, unhinted: true }],
    [
      'a demand that its Service states',
      {
        flows: [
          ['a', 'a', 0.6],
          ['b', 'b', 0.2],
          ['c', 'c', 0.2],
        ],
        zones: 'aaabc',
        service: { annotations: { 'slicehints.io/demand': 'a=6,b=2,c=2' } },
      },
    ],
    [
      'destinations that are not measured',
      {
        flows: [
          ['a', '', T],
          ['b', '', T],
          ['c', '', T],
        ],
      },
    ],
  ])('%s', (_, scene) => {
    const verified = verify(scene);
    expect([verified.differs, causesOf(verified), verified.difference]).toEqual([false, [], verified.difference]);
  });
});

test('forecast and measurement stand side by side for each pair of zones', () => {
  const verified = verify({
    flows: [
      ['a', 'a', 0.2],
      ['a', 'b', 0.1],
      ['b', 'b', 0.35],
      ['c', 'c', 0.35],
    ],
  });
  expect(verified).toMatchObject({ namespace: 'shop', name: 'web', rate: 1000, forecastInZone: 1 });
  expect(verified.measuredInZone).toBeCloseTo(0.9);
  expect(
    verified.pairs.map(
      ({ from, to, forecast, measured }) => `${from}>${to} ${forecast?.toFixed(2)} ${measured.toFixed(2)}`,
    ),
  ).toEqual(['a>a 0.33 0.20', 'a>b 0.00 0.10', 'b>b 0.33 0.35', 'c>c 0.33 0.35']);
});

test('without destinations only the sources are compared', () => {
  const verified = verify({
    flows: [
      ['a', '', 0.8],
      ['b', '', 0.2],
    ],
  });
  expect(verified.measuredInZone).toBeNull();
  expect(causesOf(verified)).toEqual(['demand']);
});

test('Services that were not measured are counted', () => {
  const objects: ClusterObjects = {
    nodes: workers,
    services: [{ metadata: { namespace: 'shop', name: 'web' } }, { metadata: { namespace: 'shop', name: 'empty' } }],
    endpointSlices: [slice('web', 'ab')],
  };
  expect(verifyCluster(objects, { traffic: new Map(), nowMs: NOW })).toMatchObject({ services: [], unmeasured: 1 });
});

test('docs/measured.md has a row for each cause', () => {
  const page = readText('docs/measured.md');
  for (const cause of CAUSES) expect(page).toContain(`| \`${cause}\``);
});
