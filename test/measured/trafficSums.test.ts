import { describe, expect, test } from 'vitest';
import { MAX_SERVICES } from '../../src/measured/bounds.js';
import { TrafficSums, type LabelMapping } from '../../src/measured/trafficSums.js';

const MAPPING: LabelMapping = { service: ['ns', 'svc'], zones: ['from', 'to'] };
const series = (metric: unknown, rate: unknown): unknown => ({ metric, value: [1_800_000_000, rate] });
const web = { ns: 'shop', svc: 'web', from: 'a', to: 'b' };

test('rates of the same Service and zones are added up', () => {
  const sums = new TrafficSums(MAPPING);
  expect([sums.add(series(web, '2')), sums.add(series({ ...web, pod: 'x' }, '1'))]).toEqual([undefined, undefined]);
  expect(sums.traffic.get('shop/web')).toEqual({ rate: 3, flows: new Map([['a', new Map([['b', 3]])]]) });
});

test('a destination that is no zone is one that is not known', () => {
  const sums = new TrafficSums(MAPPING);
  sums.add(series({ ...web, to: 'no zone' }, '2'));
  sums.add(series({ ...web, to: '' }, '1'));
  expect(sums.traffic.get('shop/web')?.flows.get('a')).toEqual(new Map([['', 3]]));
});

test('less than once in thirty years is no traffic', () => {
  const sums = new TrafficSums(MAPPING);
  expect([sums.add(series(web, '5e-324')), sums.add(series({ ...web, to: 'a' }, '1e-9'))]).toEqual([
    undefined,
    undefined,
  ]);
  expect(sums.traffic.get('shop/web')?.rate).toBe(1e-9);
});

test('labels that the mapping leaves empty name nothing', () => {
  const sums = new TrafficSums({ ...MAPPING, zones: ['from', ''] });
  sums.add(series({ ...web, '': 'b' }, '1'));
  expect(sums.traffic.get('shop/web')?.flows.get('a')).toEqual(new Map([['', 1]]));
});

describe('a series is ignored', () => {
  test.each<[string, unknown, string]>([
    ['that is no object', 'text', 'shape'],
    ['without labels', { value: [0, '1'] }, 'shape'],
    ['whose value is no pair of a time and a text', series(web, 1), 'shape'],
    ['that was there before, before its rate is read', series({ ...web, pod: 'known' }, 'NaN'), 'duplicate'],
    ['without a rate', series(web, 'NaN'), 'not-a-number'],
    ['of no Service, before its zone is read', series({ ns: 'shop', svc: 'Web' }, '1'), 'no-service'],
    ['from no zone', series({ ...web, from: '' }, '1'), 'no-zone'],
  ])('%s', (_, one, reason) => {
    const sums = new TrafficSums(MAPPING);
    sums.add(series({ ...web, pod: 'known' }, '1'));
    expect(sums.add(one)).toBe(reason);
    expect(sums.traffic.get('shop/web')?.rate).toBe(1);
  });

  test('whose Service has too much traffic with it', () => {
    const sums = new TrafficSums(MAPPING);
    expect(sums.add(series(web, '9e14'))).toBeUndefined();
    expect(sums.add(series({ ...web, pod: 'x' }, '2e14'))).toBe('huge');
    expect(sums.traffic.get('shop/web')?.rate).toBe(9e14);
  });

  test('of one zone more than there may be, whether it calls or answers', () => {
    const sums = new TrafficSums(MAPPING);
    for (let i = 0; i < 99; i++) sums.add(series({ ...web, from: `z${i}`, to: 'no zone' }, '1'));
    expect(sums.add(series({ ...web, from: 'one', to: 'two' }, '1'))).toBe('too-many');
    expect(sums.add(series({ ...web, from: 'one', to: 'one' }, '1'))).toBeUndefined();
    expect(sums.add(series({ ...web, from: 'one', to: 'two' }, '2'))).toBe('duplicate');
    expect(sums.add(series({ ...web, from: 'z1', to: 'two' }, '2'))).toBe('too-many');
    expect(sums.add(series({ ...web, from: 'z1', to: '' }, '2'))).toBeUndefined();
  });

  test('of one Service more than there may be; those that are there still count', () => {
    const sums = new TrafficSums(MAPPING);
    for (let i = 0; i < MAX_SERVICES; i++) sums.add(series({ ...web, svc: `s${i}` }, '1'));
    expect(sums.add(series(web, '1'))).toBe('too-many');
    expect(sums.add(series({ ...web, svc: 's0', pod: 'x' }, '1'))).toBeUndefined();
  });
});
