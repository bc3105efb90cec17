import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { changeRecorder } from '../../../src/controller/writing/changeRecord.js';
import { plan, type Plan, type SlicePlan } from '../../../src/hints/plan.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import type { HintsManifest } from '../../../src/model/hints.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice } from '../../../src/model/slice.js';

const cluster = summariseCluster(
  ['a', 'b'].map((zone) =>
    readNode({
      metadata: { name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    }),
  ),
);
const service = (annotations: Record<string, string>): ReturnType<typeof readService> =>
  readService({ metadata: { namespace: 'shop', name: 'web', uid: 'u', annotations } });

interface Endpoint {
  readonly zone: string;
  readonly hints?: HintsManifest | undefined;
}

function record(annotations: Record<string, string>, endpoints: readonly Endpoint[], name = 'web-1') {
  const slices = [
    readSlice({
      metadata: {
        namespace: 'shop',
        name,
        resourceVersion: '7',
        labels: { 'kubernetes.io/service-name': 'web' },
        annotations: { 'slicehints.io/hints': 'v1' },
      },
      addressType: 'IPv4',
      endpoints: endpoints.map(({ zone, hints }, i) => ({
        addresses: [`10.0.0.${i}`],
        conditions: { ready: true },
        zone,
        ...(hints === undefined ? {} : { hints }),
      })),
    }),
  ];
  const planned = plan({ service: service(annotations), slices, cluster, settings: DEFAULT_SETTINGS });
  return changeRecorder(service(annotations), planned)(planned.slices[0]!);
}

const zone = (...names: string[]): Endpoint['hints'] => ({ forZones: names.map((name) => ({ name })) });
const SAME_ZONE = { 'service.kubernetes.io/topology-mode': 'slicehints.io/same-zone' };

describe('the record of a change', () => {
  test('tells who asked, why, and what became of the endpoints', () => {
    expect(record(SAME_ZONE, [{ zone: 'a' }, { zone: 'a', hints: zone('b') }, { zone: 'b' }])).toEqual({
      namespace: 'shop',
      service: 'web',
      slice: 'web-1',
      resourceVersion: '7',
      askedBy: 'service.kubernetes.io/topology-mode',
      mode: 'same-zone',
      reason: 'SameZoneHintsSet',
      from: 'b=1 none=2',
      to: 'a=2 b=1',
      endpoints: 3,
      plan: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
  });

  test('is described field by field in docs/reference/changes.md', () => {
    const rows = readFileSync('docs/reference/changes.md', 'utf8').matchAll(/^\| `(\w+)`/gm);
    expect([...rows].map(([, field]) => field)).toEqual(['time', ...Object.keys(record(SAME_ZONE, [{ zone: 'a' }]))]);
  });

  test('names nobody who asked where hints are removed', () => {
    const { askedBy, mode, reason, to } = record({}, [{ zone: 'a', hints: zone('a') }]);
    expect({ askedBy, mode, reason, to }).toEqual({ askedBy: '', mode: 'off', reason: '', to: 'none=1' });
  });

  test('names nobody who asked either where the annotation turns hints off', () => {
    const off = { 'service.kubernetes.io/topology-mode': 'Disabled' };
    expect(record(off, [{ zone: 'a', hints: zone('a') }])).toMatchObject({ askedBy: '', mode: 'off' });
  });

  test('gives the reason of the address type of its slice', () => {
    const asked = service(SAME_ZONE);
    const slice = (name: string, addressType: string): ReturnType<typeof readSlice> =>
      readSlice({
        metadata: { namespace: 'shop', name },
        addressType,
        endpoints: [{ addresses: [name], conditions: { ready: addressType === 'IPv4' }, zone: 'a' }],
      });
    const slices = [slice('four', 'IPv4'), slice('six', 'IPv6')];
    const planned = plan({ service: asked, slices, cluster, settings: DEFAULT_SETTINGS });
    expect(planned.slices.map(changeRecorder(asked, planned)).map(({ reason }) => reason)).toEqual([
      'SameZoneHintsSet',
      'NoReadyEndpoints',
    ]);
  });

  test.each<[string, Endpoint['hints'], string]>([
    ['one zone', zone('a'), 'a=1'],
    ['several zones, in their order', zone('b', 'a'), 'b+a=1'],
    ['nodes, by their number', { ...zone('a'), forNodes: [{ name: 'n1' }, { name: 'n2' }] }, 'a@2nodes=1'],
    ['nodes alone', { forNodes: [{ name: 'n1' }] }, '@1nodes=1'],
    ['no hints', undefined, 'none=1'],
    ['hints without names', { forZones: [] }, 'none=1'],
  ])('counts endpoints with %s', (_, hints, from) => {
    expect(record(SAME_ZONE, [{ zone: 'a', ...(hints === undefined ? {} : { hints }) }]).from).toBe(from);
  });

  test('is bounded in length, however many groups there are', () => {
    const endpoints = Array.from({ length: 25 }, (_, i) => ({ zone: 'a', hints: zone(`z${10 + i}`) }));
    expect(record(SAME_ZONE, endpoints).from).toMatch(/^z10=1 .* z29=1 … 5 more$/);
    expect(record(SAME_ZONE, endpoints.slice(0, 20)).from).toMatch(/ z29=1$/);
  });

  test('has one id for equal hints of a Service, another for others', () => {
    const of = (hints: SlicePlan['hints'], name = 'web-1'): string => {
      const planned = plan({ service: service({}), slices: [], cluster, settings: DEFAULT_SETTINGS });
      const slice = readSlice({ metadata: { namespace: 'shop', name }, addressType: 'IPv4', endpoints: [] });
      const only: SlicePlan = { slice, hints, patch: undefined, moved: 0 };
      const both: Plan = { ...planned, slices: [only] };
      return changeRecorder(service({}), both)(only).plan;
    };
    expect(of([{ forZones: ['a'] }])).toBe(of([{ forZones: ['a'] }]));
    expect(of([{ forZones: ['a'] }])).not.toBe(of([{ forZones: ['b'] }]));
    expect(of([{ forZones: ['a'] }])).not.toBe(of([{ forZones: ['a'] }], 'web-2'));
    const ids = Array.from({ length: 100 }, (_, i) => of([{ forZones: [`z${i}`] }]));
    expect(ids.filter((id) => !/^[0-9a-f]{8}$/.test(id))).toEqual([]);
    expect(ids.some((id) => id.startsWith('0'))).toBe(true);
  });
});

test('the slices of a plan are gone through once for all of its records', () => {
  const asked = service(SAME_ZONE);
  const slices = ['web-1', 'web-2', 'web-3'].map((name) =>
    readSlice({
      metadata: { namespace: 'shop', name, labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [`10.0.0.${name.slice(-1)}`], conditions: { ready: true }, zone: 'a' }],
    }),
  );
  const planned = plan({ service: asked, slices, cluster, settings: DEFAULT_SETTINGS });
  let reads = 0;
  const watched: Plan = Object.defineProperty({ ...planned }, 'slices', {
    get: () => {
      reads++;
      return planned.slices;
    },
  });
  const records = planned.slices.map(changeRecorder(asked, watched));
  expect(records.map((one) => one.slice)).toEqual(['web-1', 'web-2', 'web-3']);
  expect(new Set(records.map((one) => one.plan)).size).toBe(1);
  expect(reads).toBe(1);
});
