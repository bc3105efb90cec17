import { describe, expect, test } from 'vitest';
import { ClientIndex } from '../../src/hints/demand/clientIndex.js';
import { demandFor } from '../../src/hints/demand/demandFor.js';
import { readRequest } from '../../src/hints/request.js';
import { Scratch } from '../../src/hints/scratch.js';
import { summariseCluster, type Cluster } from '../../src/model/cluster.js';
import type { Demand } from '../../src/model/demand.js';
import { readService } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

const BALANCED = { 'slicehints.io/mode': 'balanced' };
const service = (annotations: Record<string, string>): ReturnType<typeof readService> =>
  readService({ metadata: { namespace: 'shop', name: 'web', annotations } });

describe('what a Service requests', () => {
  test.each([
    ['nothing', {}],
    ['a mode', BALANCED],
    ['clients', { ...BALANCED, 'slicehints.io/clients': 'cart=2, other/api' }],
    ['clients that are not understood', { ...BALANCED, 'slicehints.io/clients': '==' }],
    ['topology keys', { 'slicehints.io/topology-keys': 'rack,*' }],
    ['topology keys that are not understood', { 'slicehints.io/topology-keys': '*,rack' }],
  ])('is as read from its annotations: %s', (_, annotations) => {
    const record = service(annotations);
    const scratch = new Scratch();
    expect(scratch.requestOf(record)).toEqual(readRequest(record));
    expect(scratch.requestOf(record)).toEqual(readRequest(record));
  });

  test('is read once for a record, and anew for the record that follows', () => {
    const scratch = new Scratch();
    const record = service(BALANCED);
    const first = scratch.requestOf(record);
    expect(scratch.requestOf(record)).toBe(first);
    const next = service({ ...BALANCED, 'slicehints.io/clients': 'api' });
    expect(scratch.requestOf(next).demand).toMatchObject({ clients: [{ key: 'shop/api' }] });
  });
});

test.each(['search', 'repair', 'refinement', 'naming'] as const)('the memory of a %s is made once', (kind) => {
  const scratch = new Scratch();
  expect(scratch[kind]).toBeInstanceOf(Object);
  expect(scratch[kind]).toBe(scratch[kind]);
});

describe('a value that was worked out', () => {
  const [a, b, c] = [{}, {}, {}];
  test.each<[string, object[], object[], number]>([
    ['is recalled for the same objects', [a, b], [a, b], 1],
    ['is worked out again when one of them is another', [a, b], [a, c], 2],
    ['or in another place', [a, b], [b, a], 2],
    ['or missing', [a, b], [a], 2],
    ['or one is added', [a], [a, b], 2],
  ])('%s', (_, from, then, times) => {
    const scratch = new Scratch();
    let worked = 0;
    const workOut = (): number => ++worked;
    expect(scratch.recall(c, from, workOut)).toBe(1);
    expect(scratch.recall(c, then, workOut)).toBe(times);
    expect(worked).toBe(times);
  });

  test('belongs to its key', () => {
    const scratch = new Scratch();
    expect(scratch.recall(a, [c], () => 'of a')).toBe('of a');
    expect(scratch.recall(b, [c], () => 'of b')).toBe('of b');
    expect(scratch.recall(a, [c], () => 'another')).toBe('of a');
  });

  test('is forgotten with all others when there are too many', () => {
    const scratch = new Scratch();
    const keys = Array.from({ length: 256 }, () => ({}));
    for (const [i, key] of keys.entries()) scratch.recall(key, [a], () => i);
    expect(keys.map((key) => scratch.recall(key, [a], () => -1))).toEqual([...keys.keys()]);
    expect(scratch.recall({}, [a], () => 'one more')).toBe('one more');
    expect(scratch.recall(keys[0]!, [a], () => 'anew')).toBe('anew');
  });

  test('does not count again when it is worked out anew', () => {
    const scratch = new Scratch();
    scratch.recall(a, [c], () => 'kept');
    for (let i = 0; i < 300; i++) scratch.recall(b, [{}], () => i);
    expect(scratch.recall(a, [c], () => 'anew')).toBe('kept');
  });

  test('may be undefined', () => {
    const scratch = new Scratch();
    expect(scratch.recall(a, [b], () => undefined)).toBeUndefined();
    expect(scratch.recall<string | undefined>(a, [b], () => 'another')).toBeUndefined();
  });
});

describe('the demand of clients', () => {
  const slice = (zone: string): SliceRecord =>
    readSlice({
      metadata: { namespace: 'shop', name: 'cart-1', labels: { 'kubernetes.io/service-name': 'cart' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], zone }],
    });
  const web = service({ ...BALANCED, 'slicehints.io/clients': 'cart' });

  test('is worked out once for a record, until its clients or the nodes change', () => {
    let slices = [slice('a')];
    const clients = new ClientIndex({ slicesOf: () => slices, allSlices: () => slices, zoneOfClient: (_, own) => own });
    const scratch = new Scratch();
    const request = scratch.requestOf(web);
    const at = (cluster: Cluster): Demand =>
      demandFor(
        { service: web, cluster, settings: { demand: 'cpu', measuredFactor: 4 }, clients, request, scratch },
        'IPv4',
      ).demand;
    const cluster = summariseCluster([]);
    const first = at(cluster);
    expect(first.zones).toEqual([{ zone: 'a', share: 1 }]);
    expect(at(cluster)).toBe(first);
    const other = summariseCluster([]);
    expect(at(other)).not.toBe(first);
    slices = [slice('b')];
    expect(at(other).zones).toEqual([{ zone: 'a', share: 1 }]);
    clients.forget('shop/cart');
    expect(at(other).zones).toEqual([{ zone: 'b', share: 1 }]);
  });
});
