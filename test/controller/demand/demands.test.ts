import { describe, expect, test } from 'vitest';
import { Demands } from '../../../src/controller/demand/demands.js';
import { ClusterState } from '../../../src/controller/state.js';
import type { Settings } from '../../../src/hints/settings.js';
import type { EndpointManifest } from '../../../src/model/manifest.js';
import { readNode, type NodeRecord } from '../../../src/model/node.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';

const service = (name: string, annotations: Record<string, string>): ServiceRecord =>
  readService({ metadata: { namespace: 'shop', name, annotations } });
/** Endpoints by zone, as `aab`; more fields for all of them. */
const slice = (name: string, zones: string, more: Partial<EndpointManifest> = {}): SliceRecord =>
  readSlice({
    metadata: { namespace: 'shop', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [...zones].map((zone, i) => ({ addresses: [`${name} ${i}`], zone, nodeName: `n-${zone}`, ...more })),
  });
const node = (name: string, zone: string): NodeRecord =>
  readNode({ metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } });

function setUp(demand: Settings['demand'] = 'cpu') {
  const clock = new FakeClock();
  const state = new ClusterState();
  const queued: string[] = [];
  const demands = new Demands({
    clock,
    state,
    demand: () => demand,
    participants: () => [...state.services.keys()],
    enqueue: (key) => queued.push(key),
    measured: { of: () => undefined },
  });
  const stop = new AbortController();
  void demands.run(stop.signal);
  return {
    clock,
    demands,
    queued,
    put: (record: ServiceRecord) => {
      state.applyService(`shop/${record.name}`, record);
      demands.serviceChanged(`shop/${record.name}`, record);
    },
    change: (next: SliceRecord | undefined, previous?: SliceRecord) => {
      state.applySlice(`shop/${(next ?? previous)?.name ?? ''}`, next, previous);
      demands.sliceChanged(next, previous);
    },
    changeNode: (next: NodeRecord, previous?: NodeRecord) => {
      state.applyNode(next.name, next, previous);
      demands.nodesChanged();
    },
    zonesOf: (name: string) => [...demands.clients.ofService(`shop/${name}`, 'IPv4').zones],
  };
}

describe('a change of the endpoints of a client', () => {
  const named = { 'slicehints.io/clients': 'cart' };

  test.each<[string, SliceRecord | undefined, SliceRecord | undefined, boolean]>([
    ['that come', slice('cart', 'a'), undefined, true],
    ['that go', undefined, slice('cart', 'a'), true],
    ['that move to another zone', slice('cart', 'ab'), slice('cart', 'aa'), true],
    [
      'that move to another zone with their node',
      slice('cart', 'b', { nodeName: 'n' }),
      slice('cart', 'a', { nodeName: 'n' }),
      true,
    ],
    ['that get another address', slice('cart', 'a', { addresses: ['new'] }), slice('cart', 'a'), true],
    ['of which some go', slice('cart', 'a'), slice('cart', 'ab'), true],
    ['of which some come', slice('cart', 'ab'), slice('cart', 'a'), true],
    ['that move to another node', slice('cart', 'a', { nodeName: 'n-2' }), slice('cart', 'a'), true],
    ['that are no longer ready', slice('cart', 'a', { conditions: { ready: false } }), slice('cart', 'a'), true],
    [
      'that get other hints only',
      slice('cart', 'a', { hints: { forZones: [{ name: 'a' }] } }),
      slice('cart', 'a'),
      false,
    ],
    [
      'that say in words what they said before',
      slice('cart', 'a', { conditions: { ready: true } }),
      slice('cart', 'a'),
      false,
    ],
    ['that nobody names', slice('other', 'a'), undefined, false],
  ])('%s reaches just the Services that name it: %#', async (_, next, previous, reached) => {
    const { put, change, clock, queued } = setUp();
    put(service('web', named));
    put(service('api', { 'slicehints.io/clients': 'front/ui' }));
    put(service('plain', {}));
    if (previous !== undefined) change(previous);
    await clock.advance(60_000);
    queued.length = 0;
    change(next, previous);
    await clock.advance(999);
    expect(queued).toEqual([]);
    await clock.advance(1);
    expect(queued).toEqual(reached ? ['shop/web'] : []);
  });

  test('reaches the Services that name either where a slice goes over to another Service', async () => {
    const { put, change, clock, queued } = setUp();
    put(service('web', named));
    put(service('api', { 'slicehints.io/clients': 'other' }));
    const before = slice('cart', 'a');
    change(before);
    await clock.advance(60_000);
    queued.length = 0;
    change({ ...before, serviceName: 'other' }, before);
    await clock.advance(1000);
    expect(queued.sort()).toEqual(['shop/api', 'shop/web']);
  });

  test('leaves the sums where only hints changed', () => {
    const { put, change, demands } = setUp();
    put(service('web', named));
    change(slice('cart', 'a'));
    const before = demands.clients.ofService('shop/cart', 'IPv4');
    change(slice('cart', 'a', { hints: { forZones: [{ name: 'a' }] } }), slice('cart', 'a'));
    expect(demands.clients.ofService('shop/cart', 'IPv4')).toBe(before);
  });

  test('is in the sums at once, which are made once however many Services ask', () => {
    const { put, change, zonesOf, demands } = setUp();
    for (let i = 0; i < 50; i++) put(service(`web-${i}`, named));
    change(slice('cart', 'aab'));
    expect(zonesOf('cart')).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(demands.clients.ofService('shop/cart', 'IPv4')).toBe(demands.clients.ofService('shop/cart', 'IPv4'));
    change(slice('cart', 'b'), slice('cart', 'aab'));
    expect(zonesOf('cart')).toEqual([['b', 1]]);
  });

  test('is in the sums of a client that was not named for a while', () => {
    const { put, change, zonesOf } = setUp();
    put(service('web', named));
    change(slice('cart', 'a'));
    expect(zonesOf('cart')).toEqual([['a', 1]]);
    put(service('web', {}));
    change(slice('cart', 'b'), slice('cart', 'a'));
    put(service('web', named));
    expect(zonesOf('cart')).toEqual([['b', 1]]);
  });

  test('Services that name each other settle', async () => {
    const { put, change, clock, queued } = setUp();
    put(service('a', { 'slicehints.io/clients': 'b' }));
    put(service('b', { 'slicehints.io/clients': 'a' }));
    const hinted = { hints: { forZones: [{ name: 'a' }] } };
    change(slice('a', 'a'));
    change(slice('b', 'a'));
    await clock.advance(2000);
    expect(queued.sort()).toEqual(['shop/a', 'shop/b']);
    change(slice('a', 'a', hinted), slice('a', 'a'));
    change(slice('b', 'a', hinted), slice('b', 'a'));
    await clock.advance(60_000);
    expect(queued).toHaveLength(2);
  });

  test('a node that changes its zone moves the endpoints that name only it', () => {
    const { put, change, changeNode, zonesOf } = setUp();
    put(service('web', named));
    changeNode(node('n-x', 'a'));
    change(slice('cart', 'x', { zone: null }));
    expect(zonesOf('cart')).toEqual([['a', 1]]);
    changeNode(node('n-x', 'b'), node('n-x', 'a'));
    expect(zonesOf('cart')).toEqual([['b', 1]]);
  });
});

describe('demand by the endpoints of all Services', () => {
  test.each<[string, Settings['demand'], string[]]>([
    ['by the setting: all that state nothing', 'endpoints', ['shop/plain', 'shop/stated']],
    ['by annotation: those that state it', 'cpu', ['shop/stated']],
  ])('%s, when a zone’s part changed by a hundredth', async (_, setting, expected) => {
    const { put, change, clock, queued, demands } = setUp(setting);
    put(service('plain', {}));
    put(service('stated', { 'slicehints.io/demand': 'endpoints' }));
    put(service('other', { 'slicehints.io/demand': 'nodes' }));
    change(slice('many', 'a'.repeat(100) + 'b'.repeat(100)));
    await clock.advance(60_000);
    const before = demands.clients.ofAll('IPv4');
    queued.length = 0;
    change(slice('one', 'a'));
    await clock.advance(60_000);
    expect([queued, demands.clients.ofAll('IPv4') === before]).toEqual([[], true]);
    change(slice('more', 'aaaaaa'));
    await clock.advance(60_000);
    expect(queued.sort()).toEqual(expected);
    expect(demands.clients.ofAll('IPv4').pods).toBe(207);
  });

  test('by the setting alone reaches all Services', async () => {
    const { put, change, clock, queued, demands } = setUp('endpoints');
    put(service('plain', {}));
    change(slice('many', 'aab'));
    demands.clients.ofAll('IPv4');
    await clock.advance(60_000);
    queued.length = 0;
    change(slice('more', 'bbb'));
    await clock.advance(60_000);
    expect(queued).toEqual(['shop/plain']);
  });

  test('nothing is summed up where nobody asks for it', async () => {
    const { put, change, clock, demands } = setUp();
    put(service('plain', {}));
    change(slice('many', 'aaa'));
    expect(demands.idle).toBe(true);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});

test.each<[string, Settings['demand'], string[]]>([
  ['those that state it', 'cpu', ['shop/measured']],
  ['with --demand=measured also those that state nothing', 'measured', ['shop/measured', 'shop/plain']],
])('what is measured concerns %s', (_, demand, expected) => {
  const { demands, put, queued } = setUp(demand);
  put(service('measured', { 'slicehints.io/demand': 'measured' }));
  put(service('nodes', { 'slicehints.io/demand': 'nodes' }));
  put(service('plain', {}));
  demands.measuredChanged(['shop/measured', 'shop/nodes', 'shop/plain']);
  expect(queued).toEqual(expected);
});
