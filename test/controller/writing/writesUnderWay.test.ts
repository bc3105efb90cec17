import { describe, expect, test } from 'vitest';
import { WritesUnderWay } from '../../../src/controller/writing/writesUnderWay.js';
import type { SlicePlan } from '../../../src/hints/plan.js';
import type { EndpointRecord, SliceRecord } from '../../../src/model/slice.js';

const KEY = 'shop/web-1';
const endpoint: EndpointRecord = {
  address: '10.0.0.1',
  addresses: undefined,
  zone: 'a',
  nodeName: 'n1',
  ready: true,
  serving: true,
  terminating: false,
  hints: undefined,
};
const before: SliceRecord = {
  namespace: 'shop',
  name: 'web-1',
  serviceName: 'web',
  managedBy: 'endpointslice-controller.k8s.io',
  resourceVersion: '7',
  generation: 1,
  addressType: 'IPv4',
  owned: false,
  hasAnnotations: false,
  portNames: ['http'],
  endpoints: [endpoint, { ...endpoint, address: '10.0.0.2' }],
};
const hints = [{ forZones: ['a'] }, { forZones: ['b'] }];
const planned: SlicePlan = { slice: before, hints, patch: [], moved: 2 };
const written: SliceRecord = {
  ...before,
  resourceVersion: '8',
  generation: 2,
  owned: true,
  hasAnnotations: true,
  endpoints: before.endpoints.map((each, i) => ({ ...each, hints: hints[i] })),
};
const withFirst = (change: Partial<EndpointRecord>): SliceRecord => {
  const [first, ...others] = written.endpoints;
  return { ...written, endpoints: [{ ...first!, ...change }, ...others] };
};

function underWay(plan: SlicePlan = planned): WritesUnderWay {
  const writes = new WritesUnderWay();
  writes.begin(KEY, plan);
  return writes;
}

describe('a write under way explains', () => {
  test('the planned hints on what was planned from, until it is answered', () => {
    const writes = underWay();
    expect(writes.explains(KEY, written, before)).toBe(true);
    writes.end(KEY);
    expect(writes.explains(KEY, written, before)).toBe(false);
  });

  test('hints that are gone, when it removes them', () => {
    const plan = { slice: written, hints: [undefined, undefined], patch: [], moved: 2 };
    expect(underWay(plan).explains(KEY, { ...before, resourceVersion: '9' }, written)).toBe(true);
  });

  test.each<[string, SliceRecord | undefined, SliceRecord | undefined]>([
    ['a slice that is gone', undefined, before],
    ['a slice that is new', written, undefined],
    ['a change after a version that was not planned from', written, { ...before, resourceVersion: '6' }],
    ['other hints', withFirst({ hints: { forZones: ['b'] } }), before],
    ['hints that are missing', withFirst({ hints: undefined }), before],
    ['hints without our mark', { ...written, owned: false }, before],
    ['one endpoint less', { ...written, endpoints: written.endpoints.slice(1) }, before],
    ['one endpoint more', { ...written, endpoints: [...written.endpoints, endpoint] }, before],
    ['another address', withFirst({ address: '10.0.0.9' }), before],
    ['an address more', withFirst({ addresses: ['10.0.0.1', '10.0.0.9'] }), before],
    ['another zone', withFirst({ zone: 'b' }), before],
    ['another node', withFirst({ nodeName: 'n2' }), before],
    ['an endpoint that is not ready now', withFirst({ ready: false }), before],
    ['an endpoint that no longer serves', withFirst({ serving: false }), before],
    ['an endpoint that terminates now', withFirst({ terminating: true }), before],
    ['another Service', { ...written, serviceName: 'cart' }, before],
    ['another manager', { ...written, managedBy: 'mesh' }, before],
    ['another address type', { ...written, addressType: 'IPv6' }, before],
    ['other ports', { ...written, portNames: ['https'] }, before],
  ])('not %s', (_name, next, previous) => {
    expect(underWay().explains(KEY, next, previous)).toBe(false);
  });

  test('nothing of another slice', () => {
    expect(underWay().explains('shop/web-2', written, before)).toBe(false);
  });
});
