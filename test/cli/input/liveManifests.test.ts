import { afterAll, beforeAll, expect, test } from 'vitest';
import { listManifests, type LiveOptions } from '../../../src/cli/input/liveManifests.js';
import { anonymousAccess } from '../../../src/kube/auth/credentials.js';
import { systemClock } from '../../../src/kube/clock.js';
import { HttpTransport } from '../../../src/kube/rest/httpTransport.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';

const server = new SandboxApiServer({ definitions: chartDefinitions() });
let transport: HttpTransport;

beforeAll(async () => {
  const url = await server.listen();
  transport = new HttpTransport({ access: anonymousAccess(url), userAgent: 'test', clock: systemClock });
  const { store } = server;
  for (const [name, tier] of [
    ['shop', 'production'],
    ['web', 'test'],
    ['callers', 'test'],
  ] as const) {
    store.write('namespaces', { metadata: { name, labels: { tier } } });
    store.write('services', { metadata: { name: 'one', namespace: name }, spec: { ports: [{ port: 80 }] } });
    store.write('endpointslices', {
      metadata: { name: 'one-1', namespace: name, labels: { 'kubernetes.io/service-name': 'one' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'] }],
    });
  }
  store.write('clusterhintspolicies.slicehints.io', {
    metadata: { name: 'teams' },
    spec: { namespaceSelector: { matchLabels: { tier: 'production' } }, defaults: { demand: 'endpoints' } },
  });
  store.write('hintspolicies.slicehints.io', { metadata: { name: 'own', namespace: 'shop' }, spec: {} });
});
afterAll(async () => {
  transport.close();
  await server.close();
});

const read = async (options: Partial<LiveOptions>): Promise<Record<string, readonly string[]>> => {
  const found = await listManifests(transport, { signal: new AbortController().signal, ...options });
  const names = (all: readonly { readonly object: { readonly metadata?: unknown } }[]): string[] =>
    all.map(({ object }) => {
      const { namespace = '', name = '' } = object.metadata as { namespace?: string; name?: string };
      return `${namespace}/${name}`;
    });
  const { services, endpointSlices, clientSlices = [], policies } = found;
  return {
    services: names(services),
    slices: names(endpointSlices),
    clients: names(clientSlices),
    policies: names(policies),
  };
};

test.each<[string, Partial<LiveOptions>, Record<string, readonly string[]>]>([
  [
    'of a namespace whose Services have demand by endpoints from a policy, all slices are read as clients',
    { namespace: 'shop' },
    {
      services: ['shop/one'],
      slices: ['shop/one-1'],
      clients: ['callers/one-1', 'shop/one-1', 'web/one-1'],
      policies: ['/teams', 'shop/own'],
    },
  ],
  [
    'of a namespace that the policy does not select, none are',
    { namespace: 'web' },
    { services: ['web/one'], slices: ['web/one-1'], clients: [], policies: ['/teams'] },
  ],
  [
    'of one Service likewise',
    { service: 'shop/one' },
    {
      services: ['shop/one'],
      slices: ['shop/one-1'],
      clients: ['callers/one-1', 'shop/one-1', 'web/one-1'],
      policies: ['/teams', 'shop/own'],
    },
  ],
])('%s', async (_, options, expected) => {
  expect(await read(options)).toEqual(expected);
});

test('the ConfigMap with measured demand is read where it is named, as of now', async () => {
  const text = 'slicehints-measured 1\nat 1800000000\nzones a\nshop/one 20 0 1 - 0 1000 =\n';
  const { store } = server;
  store.write('configmaps', { metadata: { name: 'measured', namespace: 'shop' }, data: { 'measured.txt': text } });
  const list = (options: Partial<LiveOptions>): ReturnType<typeof listManifests> =>
    listManifests(transport, { signal: new AbortController().signal, nowMs: 1_800_000_030_000, ...options });
  const { measured, notes } = await list({ measuredConfigMap: 'shop/measured', demand: 'measured' });
  expect(measured?.services[0]).toMatchObject({ key: 'shop/one', ageSeconds: 30 });
  expect(notes).toEqual([]);
  expect((await list({ measuredConfigMap: 'shop/other' })).notes).toEqual([
    'The ConfigMap shop/other does not exist, so nothing is measured',
  ]);
  expect((await list({ demand: 'measured' })).notes).toEqual([
    'Nothing is measured: name the ConfigMap of slicehints observe with --measured-configmap',
  ]);
  expect((await list({})).measured).toBeUndefined();
  const annotations = { 'slicehints.io/observe-problem': '2027-01-15T08:00:00Z Prometheus is away' };
  store.write('configmaps', { metadata: { name: 'empty', namespace: 'shop', annotations } });
  expect((await list({ measuredConfigMap: 'shop/empty', demand: 'measured' })).notes).toEqual([
    'slicehints observe can use no answer of Prometheus since 2027-01-15T08:00:00Z: Prometheus is away',
  ]);
});
