import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Sources } from '../../src/controller/sources.js';
import { ClusterState } from '../../src/controller/state.js';
import { Transform } from '../../src/controller/transform.js';
import { ApiError, type ApiRequest, type Transport } from '../../src/kube/rest/transport.js';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import { readService, type ServiceRecord } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';
import { FakeClock, settle } from '../support/fakeClock.js';

const service = (name: string): ServiceRecord => readService({ metadata: { namespace: 'shop', name } });
const slice = (serviceName: string): SliceRecord =>
  readSlice({
    metadata: { namespace: 'shop', name: 'one', labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    endpoints: [],
  });
const node = (zone: string): NodeRecord =>
  readNode({ metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': zone } } });

/** Handlers with everything that they tell noted; `takesPart` decides by key and by what is in the state. */
function handlers(takesPart: (key: string, state: ClusterState) => boolean = () => true) {
  const state = new ClusterState();
  const queued: string[] = [];
  const observed: string[] = [];
  const demands: string[] = [];
  let nodeChanges = 0;
  const sources = new Sources({
    transport: {} as Transport,
    clock: new FakeClock(),
    random: () => 0,
    logger: pino({ level: 'silent' }),
    observer: {},
    namespace: '',
    transform: new Transform(),
    policies: { effective: (own) => (own.name === 'renamed' ? { ...own, annotations: { made: 'by a policy' } } : own) },
    state,
    writes: { explains: (key, next) => next?.name === 'written' && key === 'shop/one' },
    contention: {
      serviceChanged: (key) => void observed.push(key),
      observed: (next, previous) => void observed.push((next ?? previous)?.name ?? ''),
    },
    demands: {
      serviceChanged: (key) => void demands.push(key),
      sliceChanged: (next, previous) => void demands.push((next ?? previous)?.serviceName ?? ''),
      nodesChanged: () => void demands.push('nodes'),
    },
    takesPart: (key) => takesPart(key, state),
    enqueue: (key) => queued.push(key),
    nodesChanged: () => nodeChanges++,
    onSynced: () => undefined,
  });
  return { sources, state, queued, observed, demands, nodeChanges: () => nodeChanges };
}

describe('a change of a Service', () => {
  test('queues it when it takes part', () => {
    const { sources, queued, observed } = handlers();
    sources.serviceChanged('shop/web', service('web'));
    expect([queued, observed]).toEqual([['shop/web'], ['shop/web']]);
  });

  test('queues it when it has just stopped to take part, because a first write may be under way', () => {
    const { sources, state, queued } = handlers((key, { services }) => services.has(key));
    state.applyService('shop/web', service('web'));
    sources.serviceChanged('shop/web', undefined);
    expect(queued).toEqual(['shop/web']);
  });

  test('reaches the state as policies make it', () => {
    const { sources, state } = handlers();
    sources.serviceChanged('shop/renamed', service('renamed'));
    expect(state.services.get('shop/renamed')?.annotations).toEqual({ made: 'by a policy' });
  });

  test('is of no interest otherwise', () => {
    const { sources, state, queued } = handlers(() => false);
    sources.serviceChanged('shop/web', service('web'));
    expect([queued, state.services.size]).toEqual([[], 1]);
  });
});

describe('a change of a slice', () => {
  test.each([
    ['that the watch brings queues its Service and is checked for reverts', 'watch', ['shop/web'], ['one']],
    ['that is read after a conflict queues its Service and is checked for reverts', 'refresh', ['shop/web'], ['one']],
    ['that answers a write of this process does neither', 'answer', [], []],
  ] as const)('%s', (_, origin, expectedQueue, expectedChecks) => {
    const { sources, state, queued, observed } = handlers();
    sources.sliceChanged('shop/one', slice('web'), undefined, origin);
    expect([queued, observed]).toEqual([expectedQueue, expectedChecks]);
    expect(state.slicesOf('shop/web')).toHaveLength(1);
  });

  test.each([
    ['that the watch brings before the answer of the write that made it does neither', 'watch', [], []],
    ['that is read after a conflict does both', 'refresh', ['shop/web'], ['written']],
  ] as const)('%s', (_, origin, expectedQueue, expectedChecks) => {
    const { sources, state, queued, observed, demands } = handlers();
    sources.sliceChanged('shop/one', { ...slice('web'), name: 'written' }, slice('web'), origin);
    expect([queued, observed, demands]).toEqual([expectedQueue, expectedChecks, ['web']]);
    expect(state.slicesOf('shop/web').map(({ name }) => name)).toEqual(['written']);
  });

  test('that moves it to another Service queues both', () => {
    const { sources, queued } = handlers();
    sources.sliceChanged('shop/one', slice('web'), undefined, 'watch');
    sources.sliceChanged('shop/one', slice('cart'), slice('web'), 'watch');
    expect(queued).toEqual(['shop/web', 'shop/web', 'shop/cart']);
  });

  test('queues no Service that takes no part', () => {
    const { sources, queued } = handlers((key) => key === 'shop/cart');
    sources.sliceChanged('shop/one', slice('cart'), slice('web'), 'watch');
    expect(queued).toEqual(['shop/cart']);
  });
});

describe('a change of a node', () => {
  test.each([
    ['that is new', 'a', undefined, 1],
    ['that moves to another zone', 'b', 'a', 1],
    ['that only beats', 'a', 'a', 0],
    ['that goes', undefined, 'a', 1],
  ])('%s', (_, next, previous, changes) => {
    const { sources, nodeChanges } = handlers();
    const of = (zone: string | undefined) => (zone === undefined ? undefined : node(zone));
    sources.nodeChanged('n', of(next), of(previous));
    expect(nodeChanges()).toBe(changes);
  });
});

test('every change reaches those who sum up demand, those of slices also where they answer a patch', () => {
  const { sources, demands } = handlers(() => false);
  sources.serviceChanged('shop/web', service('web'));
  sources.sliceChanged('shop/one', slice('cart'), undefined, 'answer');
  sources.nodeChanged('n', node('a'), undefined);
  sources.nodeChanged('n', node('a'), node('a'));
  expect(demands).toEqual(['shop/web', 'cart', 'nodes']);
});

describe('the caches', () => {
  const LISTS: Record<string, object[]> = {
    services: [{ metadata: { namespace: 'shop', name: 'web', resourceVersion: '3' } }],
    endpointslices: [
      {
        metadata: {
          namespace: 'shop',
          name: 'web-1',
          resourceVersion: '4',
          labels: { 'kubernetes.io/service-name': 'web' },
        },
        addressType: 'IPv4',
        endpoints: [],
      },
    ],
    nodes: [{ metadata: { name: 'n1', resourceVersion: '5', labels: { 'topology.kubernetes.io/zone': 'a' } } }],
  };

  /** Sources that list from a server with one object of each kind; watches stay open. `held` are not answered yet. */
  function running(namespace = '', held: ReadonlySet<string> = new Set()) {
    const sent: ApiRequest[] = [];
    const logged: string[] = [];
    const release = new Map<string, () => void>();
    const kindOf = ({ path }: Pick<ApiRequest, 'path'>): string => path.split('/').at(-1) ?? '';
    const transport: Transport = {
      send: async (request) => {
        sent.push(request);
        const kind = kindOf(request);
        if (held.has(kind)) await new Promise<void>((resolve) => release.set(kind, resolve));
        return { metadata: { resourceVersion: '9' }, items: LISTS[kind] };
      },
      // eslint-disable-next-line require-yield
      watch: async function* ({ query, signal }) {
        if (query?.['sendInitialEvents'] !== undefined) throw new ApiError('http', 'no streaming lists', { status: 400 }); // prettier-ignore
        await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
        throw new ApiError('aborted', 'stopped');
      },
      close: () => undefined,
    };
    const state = new ClusterState();
    const queued: string[] = [];
    const origins: (string | undefined)[] = [];
    const told = { synced: 0, nodes: 0 };
    const stop = new AbortController();
    const sources: Sources = new Sources({
      transport,
      policies: { effective: (own) => own },
      clock: new FakeClock(),
      random: () => 0,
      logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
      observer: {},
      namespace,
      transform: new Transform(),
      state,
      writes: { explains: () => false },
      contention: { serviceChanged: () => undefined, observed: (next) => void origins.push(next?.resourceVersion) },
      demands: { serviceChanged: () => undefined, sliceChanged: () => undefined, nodesChanged: () => undefined },
      takesPart: () => true,
      enqueue: (key) => queued.push(key),
      nodesChanged: () => told.nodes++,
      onSynced: () => told.synced++,
    });
    const ended = sources.run(stop.signal);
    return { sources, state, sent, logged, queued, origins, told, release, stop: () => (stop.abort(), ended) };
  }

  test('are filled by lists of all namespaces, slices of Services only', async () => {
    const { sources, state, sent, queued, told, stop } = running();
    await settle();
    expect(sent.map(({ path, query }) => [path, query?.['labelSelector']])).toEqual([
      ['/api/v1/services', undefined],
      ['/apis/discovery.k8s.io/v1/endpointslices', 'kubernetes.io/service-name'],
      ['/api/v1/nodes', undefined],
    ]);
    expect([state.services.size, state.sliceCount, state.nodeCount]).toEqual([1, 1, 1]);
    expect(queued).toEqual(['shop/web', 'shop/web']);
    expect([sources.synced, told]).toEqual([true, { synced: 1, nodes: 1 }]);
    expect(sources.reflectors.map(({ name, synced }) => [name, synced])).toEqual([
      ['services', true],
      ['endpointslices', true],
      ['nodes', true],
    ]);
    await stop();
  });

  test('of one namespace are read there, but for nodes', async () => {
    const { sent, stop } = running('shop');
    await settle();
    expect(sent.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/shop/services',
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
      '/api/v1/nodes',
    ]);
    await stop();
  });

  test.each(['services', 'endpointslices', 'nodes'])('have not synced while %s are not there', async (kind) => {
    const { sources, told, release, stop } = running('', new Set([kind]));
    await settle();
    expect([sources.synced, told.synced]).toEqual([false, 0]);
    release.get(kind)?.();
    await settle();
    expect([sources.synced, told.synced]).toEqual([true, 1]);
    await stop();
  });

  test('take a slice in ahead of the watch, while they hold the version that it comes after', async () => {
    const { sources, state, queued, origins, stop } = running();
    await settle();
    queued.length = origins.length = 0;
    const [before] = state.slicesOf('shop/web');
    const raw = (resourceVersion: string): object => {
      const [first] = LISTS['endpointslices'] as { metadata: object }[];
      return { ...first, metadata: { ...first?.metadata, resourceVersion } };
    };
    sources.applySlice('shop/web-1', 'older', raw('6'), 'refresh');
    expect(state.slicesOf('shop/web')[0]).toBe(before);
    sources.applySlice('shop/web-1', '4', raw('7'), 'answer');
    expect([state.slicesOf('shop/web')[0]?.resourceVersion, queued, origins]).toEqual(['7', [], []]);
    sources.applySlice('shop/web-1', '7', raw('8'), 'refresh');
    expect([state.slicesOf('shop/web')[0]?.resourceVersion, queued, origins]).toEqual(['8', ['shop/web'], ['8']]);
    await stop();
  });

  test('name themselves in the log', async () => {
    const { logged, stop } = running();
    await settle();
    const named = logged.map((line) => JSON.parse(line) as { component?: string; resource?: string });
    expect(new Set(named.map(({ component, resource }) => `${component} ${resource}`))).toEqual(
      new Set(['reflector services', 'reflector endpointslices', 'reflector nodes']),
    );
    await stop();
  });
});
