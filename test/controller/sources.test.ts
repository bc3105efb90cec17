import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Sources } from '../../src/controller/sources.js';
import { ClusterState } from '../../src/controller/state.js';
import { Transform } from '../../src/controller/transform.js';
import type { Transport } from '../../src/kube/rest/transport.js';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import { readService, type ServiceRecord } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';
import { FakeClock } from '../support/fakeClock.js';

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
    state,
    contention: {
      serviceChanged: (key) => void observed.push(key),
      observed: (next, previous) => void observed.push((next ?? previous)?.name ?? ''),
    },
    demands: {
      serviceChanged: (key) => void demands.push(key),
      sliceChanged: (next, previous) => void demands.push((next ?? previous)?.serviceName ?? ''),
      nodeChanged: (next, previous) => void demands.push((next ?? previous)?.name ?? ''),
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
    sources.serviceChanged('shop/web', service('web'), undefined);
    expect([queued, observed]).toEqual([['shop/web'], ['shop/web']]);
  });

  test('queues it when it has just stopped to take part, because a first write may be under way', () => {
    const { sources, state, queued } = handlers((key, { services }) => services.has(key));
    state.applyService('shop/web', service('web'));
    sources.serviceChanged('shop/web', undefined, service('web'));
    expect(queued).toEqual(['shop/web']);
  });

  test('is of no interest otherwise', () => {
    const { sources, state, queued } = handlers(() => false);
    sources.serviceChanged('shop/web', service('web'), undefined);
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
  sources.serviceChanged('shop/web', service('web'), undefined);
  sources.sliceChanged('shop/one', slice('cart'), undefined, 'answer');
  sources.nodeChanged('n', node('a'), undefined);
  sources.nodeChanged('n', node('a'), node('a'));
  expect(demands).toEqual(['shop/web', 'cart', 'n']);
});
