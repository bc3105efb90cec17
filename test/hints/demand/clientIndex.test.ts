import { describe, expect, test } from 'vitest';
import { ClientIndex, indexClients } from '../../../src/hints/demand/clientIndex.js';
import type { EndpointManifest } from '../../../src/model/manifest.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';

const slice = (service: string, name: string, endpoints: EndpointManifest[], addressType = 'IPv4'): SliceRecord =>
  readSlice({
    metadata: { namespace: 'shop', name, labels: { 'kubernetes.io/service-name': service } },
    addressType,
    endpoints,
  });
const at = (address: string, zone: string | undefined, more: EndpointManifest = {}): EndpointManifest => ({
  addresses: [address],
  conditions: { ready: true },
  ...(zone === undefined ? {} : { zone }),
  ...more,
});
const zoneOfClient = (node: string, own: string): string => own || (node.startsWith('n-') ? node.slice(2) : '');
const shown = (spread: { pods: number; zones: ReadonlyMap<string, number> }): object => ({
  pods: spread.pods,
  ...Object.fromEntries([...spread.zones].sort()),
});

describe('the endpoints of a client Service', () => {
  test.each<[string, SliceRecord[], object]>([
    ['are counted by zone', [slice('web', 's', [at('1', 'a'), at('2', 'a'), at('3', 'b')])], { pods: 3, a: 2, b: 1 }],
    ['over all slices', [slice('web', 's', [at('1', 'a')]), slice('web', 't', [at('2', 'a')])], { pods: 2, a: 2 }],
    ['each address once', [slice('web', 's', [at('1', 'a')]), slice('web', 't', [at('1', 'a')])], { pods: 1, a: 1 }],
    [
      'ready ones only, of which those are that say nothing',
      [slice('web', 's', [at('1', 'a', { conditions: { ready: false } }), at('2', 'a', { conditions: {} })])],
      { pods: 1, a: 1 },
    ],
    ['with the zone of their node', [slice('web', 's', [at('1', undefined, { nodeName: 'n-b' })])], { pods: 1, b: 1 }],
    ['with their own zone before it', [slice('web', 's', [at('1', 'a', { nodeName: 'n-b' })])], { pods: 1, a: 1 }],
    [
      'not without any',
      [slice('web', 's', [at('1', undefined, { nodeName: 'gone' }), at('2', undefined)])],
      { pods: 0 },
    ],
    ['not of other Services', [slice('cart', 's', [at('1', 'a')])], { pods: 0 }],
    [
      'with two addresses once',
      [slice('web', 's', [at('1', 'a')]), slice('web', 't', [at('::1', 'a')], 'IPv6')],
      { pods: 1, a: 1 },
    ],
    ['by the other family where there is no own', [slice('web', 't', [at('::1', 'a')], 'IPv6')], { pods: 1, a: 1 }],
    ['not without an address', [slice('web', 's', [{ ...at('', 'a'), addresses: [] }])], { pods: 0 }],
    [
      'an address in two slices where the first by name has it',
      [slice('web', 's', [at('1', 'a')]), slice('web', 't', [at('1', 'b')])],
      { pods: 1, a: 1 },
    ],
    ['but never by name', [slice('web', 't', [at('x.example.com', 'a')], 'FQDN')], { pods: 0 }],
    [
      'an address that has a zone in one slice only',
      [slice('web', 's', [at('1', undefined)]), slice('web', 't', [at('1', 'a')])],
      { pods: 1, a: 1 },
    ],
  ])('%s', (_, slices, expected) => {
    for (const order of [slices, [...slices].reverse()]) {
      expect(shown(indexClients(order, zoneOfClient).ofService('shop/web', 'IPv4'))).toEqual(expected);
    }
  });

  test('nodes are counted where they are known', () => {
    const endpoints = [at('1', 'a', { nodeName: 'n-a' }), at('2', 'a', { nodeName: 'n-a' }), at('3', 'b')];
    const { countNodes } = indexClients([slice('web', 's', endpoints)], zoneOfClient).ofService('shop/web', 'IPv4');
    expect([...countNodes()]).toEqual([['n-a', 2]]);
  });

  test('a pod in another zone than its node is of no node, so that the nodes of a zone are never more than its pods', () => {
    const endpoints = [at('1', 'b', { nodeName: 'n-a' }), at('2', 'a', { nodeName: 'n-a' })];
    const { zones, countNodes } = indexClients([slice('web', 's', endpoints)], zoneOfClient).ofService(
      'shop/web',
      'IPv4',
    );
    expect([...zones]).toEqual([
      ['b', 1],
      ['a', 1],
    ]);
    expect([...countNodes()]).toEqual([['n-a', 1]]);
  });

  test('a sum keeps no slices: nodes are counted from those of now', () => {
    let slices = [slice('web', 's', [at('1', 'a', { nodeName: 'n-a' })])];
    const index = new ClientIndex({ slicesOf: () => slices, allSlices: () => slices, zoneOfClient });
    const { countNodes } = index.ofService('shop/web', 'IPv4');
    slices = [slice('web', 's', [at('1', 'other', { nodeName: 'n-other' })])];
    expect([...countNodes()]).toEqual([['n-other', 1]]);
  });

  test('of all Services: an address counts where the first namespace has it', () => {
    const inNamespace = (namespace: string, zone: string): SliceRecord => ({
      ...slice('web', `s-${zone}`, [at('1', zone)]),
      namespace,
    });
    const slices = [inNamespace('shop', 'a'), inNamespace('bank', 'b')];
    for (const order of [slices, [...slices].reverse()]) {
      expect(shown(indexClients(order, zoneOfClient).ofAll('IPv4'))).toEqual({ pods: 1, b: 1 });
    }
  });

  test('of all Services: one pod behind two of them is one', () => {
    const slices = [slice('web', 's', [at('1', 'a'), at('2', 'b')]), slice('all', 't', [at('1', 'a'), at('3', 'b')])];
    expect(shown(indexClients(slices, zoneOfClient).ofAll('IPv4'))).toEqual({ pods: 3, a: 1, b: 2 });
  });
});

describe('sums are made once per change', () => {
  let read: number;
  let endpoints = [at('1', 'a')];
  const index = (): ClientIndex => {
    read = 0;
    return new ClientIndex({
      slicesOf: () => (read++, [slice('web', 's', endpoints)]),
      allSlices: () => (read++, [slice('web', 's', endpoints)]),
      zoneOfClient,
    });
  };

  test.each<[string, (i: ClientIndex) => unknown, (i: ClientIndex) => unknown]>([
    ['of a Service, until it is forgotten', (i) => i.ofService('shop/web', 'IPv4'), (i) => i.forget('shop/web')],
    ['of all, until they are forgotten', (i) => i.ofAll('IPv4'), (i) => i.forgetAll()],
    ['of all, until nodes change', (i) => i.ofAll('IPv4'), (i) => i.clear()],
    ['of both, until nodes change', (i) => i.ofService('shop/web', 'IPv4'), (i) => i.clear()],
  ])('%s', (_, ask, change) => {
    const asked = index();
    for (let i = 0; i < 100; i++) ask(asked);
    expect(read).toBe(1);
    endpoints = [at('1', 'b')];
    change(asked);
    expect(ask(asked)).toMatchObject({ zones: new Map([['b', 1]]) });
    expect(read).toBe(2);
    endpoints = [at('1', 'a')];
  });
});

test.each<[string, string, string, number, boolean]>([
  ['a zone’s part changed by less', 'aabb', 'aaab', 0.3, false],
  ['it changed by as much', 'aabb', 'aaab', 0.25, true],
  ['nothing changed', 'aabb', 'aabb', 0.01, false],
  ['there is nothing any more', 'aabb', '', 0.5, true],
  ['there is something for the first time', '', 'aabb', 0.5, true],
  ['there was nothing, and is nothing', '', '', 0.01, false],
])('sums of all Services are refreshed from a change on: %s', (_, first, zones, leastChange, expected) => {
  let now = first;
  const index = new ClientIndex({
    slicesOf: () => [],
    allSlices: () => [
      slice(
        'web',
        's',
        [...now].map((zone, i) => at(`${i}`, zone)),
      ),
    ],
    zoneOfClient,
  });
  const before = index.ofAll('IPv4');
  now = zones;
  expect(index.refreshAll(leastChange)).toBe(expected);
  expect(index.ofAll('IPv4') === before).toBe(!expected);
  expect(index.ofAll('IPv4').pods).toBe(expected ? zones.length : first.length);
});
