import { beforeEach, describe, expect, test } from 'vitest';
import { percent, Traffic, trafficText, type Figures } from '../../../../src/cli/sandbox/stream/traffic.js';
import type { ObjectStore } from '../../../../src/sandbox/storage/store.js';
import { nodeOf, sliceOf } from '../../../sandbox/samples.js';
import { storeOf } from '../../../sandbox/storage/stores.js';

let store: ObjectStore;
let traffic: Traffic;
const KEY = 'default/cart';

function slice(name: string, zones: readonly string[], hinted: boolean, more: object = {}): void {
  const bare = sliceOf(name, zones);
  const endpoints = (bare['endpoints'] as { zone: string }[]).map((one) => ({ ...one, nodeName: `n-${one.zone}`, ...(hinted ? { hints: { forZones: [{ name: one.zone }] } } : {}) })); // prettier-ignore
  store.write('endpointslices', { ...bare, endpoints, ...more });
}

function service(spec: object = {}): void {
  store.write('services', {
    metadata: { name: 'cart', namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  });
}

beforeEach(() => {
  store = storeOf();
  for (const zone of ['a', 'b']) store.write('nodes', nodeOf(`n-${zone}`, zone));
  traffic = new Traffic(store);
});

describe('the traffic of a Service', () => {
  test('is spread over all endpoints without hints, and stays in its zone with them', () => {
    service();
    slice('s', ['a', 'b'], false);
    traffic.follow();
    expect(traffic.figures(KEY)).toEqual({ inZoneShare: 0.5, worstLoad: 1 });
    slice('s', ['a', 'b'], true);
    expect(traffic.figures(KEY)).toEqual({ inZoneShare: 1, worstLoad: 1 });
  });

  test('follows the nodes', () => {
    service();
    slice('s', ['a', 'b'], true);
    traffic.follow();
    expect(traffic.figures(KEY)?.worstLoad).toBe(1);
    for (const name of ['n-2', 'n-3']) store.write('nodes', nodeOf(name, 'b'));
    expect(traffic.figures(KEY)?.worstLoad).toBeCloseTo(1.5);
  });

  test('counts all slices, and none that is gone', () => {
    service();
    slice('s', ['a'], true);
    traffic.follow();
    slice('t', ['b'], false);
    expect(traffic.figures(KEY)?.inZoneShare).toBe(0.5);
    store.delete('endpointslices', 'default', 't');
    store.delete('endpointslices', 'default', 's');
    expect([traffic.figures(KEY), traffic.services()]).toEqual([undefined, []]);
  });

  test('is that of the Service to which a slice moves', () => {
    traffic.follow();
    slice('s', ['a'], true);
    slice('s', ['a'], true, { metadata: { ...sliceOf('s').metadata, labels: { 'kubernetes.io/service-name': 'web' } } });
    expect(traffic.services()).toEqual(['default/web']);
  });

  test('is none of slices of names, and is not steered where it stays on the node', () => {
    service({ internalTrafficPolicy: 'Local' });
    slice('s', ['a', 'b'], true);
    traffic.follow();
    expect(traffic.figures(KEY)).toEqual({ inZoneShare: 0, worstLoad: 0, steered: false });
    store.delete('endpointslices', 'default', 's');
    store.write('endpointslices', { ...sliceOf('n'), addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com'] }] });
    expect(traffic.figures(KEY)).toBeUndefined();
  });

  test('is not followed any more after the end', () => {
    const end = traffic.follow();
    end();
    slice('s', ['a'], true);
    expect(traffic.services()).toEqual([]);
  });
}); // prettier-ignore

test.each([
  [0, '0 %'],
  [1 / 3, '33 %'],
  [0.999, '100 %'],
])('the share %d is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

describe('as text', () => {
  const at = (inZoneShare: number, worstLoad = 1): Figures => ({ inZoneShare, worstLoad });
  test.each<[string, Figures | undefined, Figures | undefined, string]>([
    ['what changed', at(0.33), at(0.73), 'web 33 % → 73 % in zone'],
    ['what did not', at(0.731), at(0.732), 'web 73 % in zone'],
    ['what is new', undefined, at(0.5), 'web 50 % in zone'],
    ['what went', at(0.5), undefined, 'web has no endpoints'],
    ['what never was', undefined, undefined, ''],
    ['what is not ready', at(0.5), at(0, 0), 'web has no ready endpoint'],
    ['what hints do not steer', at(0.5), { ...at(0, 0), steered: false }, 'hints do not steer the traffic of web'],
  ])('%s', (_, before, after, expected) => {
    expect(trafficText('web', before, after)).toBe(expected);
  });
});
