import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { addressTypesOf, placeEndpoints } from '../../../src/sandbox/inTree/placement.js';
import type { Placement, PodObject, ServiceObject, SliceObject } from '../../../src/sandbox/inTree/placement.js';

function serviceOf(spec: ServiceObject['spec'] = {}): ServiceObject {
  return { metadata: { name: 'cart', namespace: 'x', uid: 's', labels: { team: 'a' } }, spec: { ports: [{ name: 'http', port: 80 }], ...spec } }; // prettier-ignore
}

function podOf(name: string, more: { metadata?: object; spec?: object; status?: object } = {}): PodObject {
  const number = Number(name.replace(/\D/g, '')) || 1;
  return {
    metadata: { name, namespace: 'x', uid: `u-${name}`, ...more.metadata },
    spec: { nodeName: 'n', ...more.spec },
    status: { podIPs: [{ ip: `10.0.0.${number}` }], conditions: [{ type: 'Ready', status: 'True' }], ...more.status },
  };
}

const zoneOf = (node: string): string | undefined => (node === 'n' ? 'a' : node === 'bare' ? '' : undefined);

function place(pods: readonly PodObject[], existing: readonly SliceObject[] = [], more: { service?: ServiceObject; limit?: number; addressType?: string } = {}): Placement {
  return placeEndpoints(more.service ?? serviceOf(), more.addressType ?? 'IPv4', pods, zoneOf, existing, more.limit ?? 3);
} // prettier-ignore

/** What a first sync of some pods leaves, as if it were stored. */
const slicesOf = (pods: readonly PodObject[], limit = 3, service = serviceOf()): SliceObject[] =>
  place(pods, [], { limit, service }).create.map((slice, index) => ({ ...slice, metadata: { ...slice.metadata, name: `s${index}` } })); // prettier-ignore

const addresses = (slices: readonly SliceObject[]): string[] =>
  slices.map((slice) => (slice.endpoints ?? []).map((one) => one.addresses[0]?.split('.')[3]).join(','));
const brief = (placement: Placement): Record<string, string[]> =>
  Object.fromEntries(Object.entries(placement).map(([kind, slices]) => [kind, addresses(slices as SliceObject[])]));
const pods = (...numbers: number[]): PodObject[] => numbers.map((number) => podOf(`p${number}`));

test.each<[string, ServiceObject['spec'], string[]]>([
  ['of both families', { ipFamilies: ['IPv6', 'IPv4'] }, ['IPv6', 'IPv4']],
  ['of an address of IPv4', { clusterIP: '10.0.0.1' }, ['IPv4']],
  ['of an address of IPv6', { clusterIP: 'fd00::1' }, ['IPv6']],
  ['of none', undefined, ['IPv4']],
  ['of unknown families', { ipFamilies: ['IPv5'] }, ['IPv4']],
])('a Service %s has slices of %j %j', (_, spec, expected) => {
  expect(addressTypesOf({ metadata: { name: 'a', namespace: 'x' }, ...(spec === undefined ? {} : { spec }) })).toEqual(expected); // prettier-ignore
});

describe('an endpoint of a Pod', () => {
  const conditions = { ready: true, serving: true, terminating: false };
  test.each<[string, PodObject, ServiceObject | undefined, object | undefined]>([
    ['has its address, node, zone and reference', podOf('p1'), undefined, { addresses: ['10.0.0.1'], conditions, nodeName: 'n', zone: 'a', targetRef: { kind: 'Pod', namespace: 'x', name: 'p1', uid: 'u-p1' } }],
    ['has the address of the old field', podOf('p1', { status: { podIPs: undefined, podIP: '10.0.0.9' } }), undefined, { addresses: ['10.0.0.9'] }],
    ['is not there without an address', podOf('p1', { status: { podIPs: [] } }), undefined, undefined],
    ['is not there with an address of the other family', podOf('p1', { status: { podIPs: [{ ip: 'fd00::1' }] } }), undefined, undefined],
    ['is not there after the Pod has ended', podOf('p1', { status: { phase: 'Succeeded' } }), undefined, undefined],
    ['is not there after the Pod has failed', podOf('p1', { status: { phase: 'Failed' } }), undefined, undefined],
    ['is not ready when the Pod is not', podOf('p1', { status: { conditions: [] } }), undefined, { conditions: { ready: false, serving: false, terminating: false } }],
    ['serves while the Pod ends', podOf('p1', { metadata: { deletionTimestamp: 't' } }), undefined, { conditions: { ready: false, serving: true, terminating: true } }],
    ['is ready in any case where that is published', podOf('p1', { status: { conditions: [] } }), serviceOf({ publishNotReadyAddresses: true }), { conditions: { ready: true, serving: false, terminating: false } }],
    ['is not there on a node that is not', podOf('p1', { spec: { nodeName: 'gone' } }), undefined, undefined],
    ['is there on a node that is not, where not ready ones are published', podOf('p1', { spec: { nodeName: 'gone' } }), serviceOf({ publishNotReadyAddresses: true }), { nodeName: 'gone' }],
    ['has no zone on a node without', podOf('p1', { spec: { nodeName: 'bare' } }), undefined, expect.not.objectContaining({ zone: expect.anything() as unknown }) as object],
  ])('%s', (_, pod, service, expected) => {
    const endpoint = place([pod], [], service === undefined ? {} : { service }).create[0]?.endpoints?.[0];
    if (expected === undefined) expect(endpoint).toBeUndefined();
    else expect(endpoint).toMatchObject(expected);
  }); // prettier-ignore
});

describe('ports', () => {
  const container = (name: string, containerPort: number, protocol?: string): object => ({ spec: { nodeName: 'n', containers: [{ ports: [{ name, containerPort, ...(protocol === undefined ? {} : { protocol }) }] }] } }); // prettier-ignore
  const service = (port: object): ServiceObject => serviceOf({ ports: [{ name: 'http', port: 80, ...port }] });
  test.each<[string, ServiceObject, PodObject, object[]]>([
    ['are those of the Service', service({}), podOf('p1'), [{ name: 'http', port: 80, protocol: 'TCP' }]],
    ['are the ones that it targets', service({ targetPort: 8080, appProtocol: 'h2' }), podOf('p1'), [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'h2' }]],
    ['are found by name in the Pod', service({ targetPort: 'web' }), podOf('p1', container('web', 9090)), [{ name: 'http', port: 9090, protocol: 'TCP' }]],
    ['of another protocol are not', service({ targetPort: 'web' }), podOf('p1', container('web', 9090, 'UDP')), []],
  ])('%s', (_, one, pod, expected) => {
    expect(place([pod], [], { service: one }).create[0]?.ports).toEqual(expected);
  }); // prettier-ignore

  test('that differ from Pod to Pod make slices of their own', () => {
    const both = [podOf('p1', container('web', 1)), podOf('p2', container('web', 2))];
    expect(addresses(place(both, [], { service: service({ targetPort: 'web' }) }).create)).toEqual(['1', '2']);
  });
});

describe('a sync', () => {
  const none: string[] = [];
  test.each<[string, PodObject[], SliceObject[], Record<string, string[]>]>([
    ['of a new Service fills slices one after the other', pods(1, 2, 3, 4), [], { unchanged: none, update: none, create: ['1,2,3', '4'], remove: none }],
    ['of a Service without Pods makes an empty slice', [], [], { unchanged: none, update: none, create: [''], remove: none }],
    ['of a Service without Pods keeps its empty slice', [], slicesOf([]), { unchanged: [''], update: none, create: none, remove: none }],
    ['without a change changes nothing', pods(1, 2), slicesOf(pods(1, 2)), { unchanged: ['1,2'], update: none, create: none, remove: none }],
    ['takes out what is gone', pods(1), slicesOf(pods(1, 2)), { unchanged: none, update: ['1'], create: none, remove: none }],
    ['removes a slice of which all is gone, and puts an empty one in its place', [], slicesOf(pods(1)), { unchanged: none, update: none, create: [''], remove: ['1'] }],
    ['removes a slice of which all is gone, beside others', pods(1, 2, 3), slicesOf(pods(1, 2, 3, 4)), { unchanged: ['1,2,3'], update: none, create: none, remove: ['4'] }],
    ['puts a new Pod where there is room', pods(1, 2, 3, 4, 5), slicesOf(pods(1, 2, 3, 4)), { unchanged: ['1,2,3'], update: ['4,5'], create: none, remove: none }],
    ['fills a slice to its last place', pods(1, 2, 3), slicesOf(pods(1, 2)), { unchanged: none, update: ['1,2,3'], create: none, remove: none }],
    ['puts a new Pod into a slice that is written anyway', pods(1, 2, 4, 5), slicesOf(pods(1, 2, 3, 4)), { unchanged: ['4'], update: ['1,2,5'], create: none, remove: none }],
    ['makes a new slice where there is no room for all', pods(1, 2, 3, 4, 5), slicesOf(pods(1, 2)), { unchanged: ['1,2'], update: none, create: ['3,4,5'], remove: none }],
  ])('%s', (_, wanted, existing, expected) => {
    expect(brief(place(wanted, existing))).toEqual(expected);
  }); // prettier-ignore

  test('writes an endpoint whose readiness, node or zone changed', () => {
    const existing = slicesOf(pods(1, 2));
    expect(brief(place([podOf('p1', { status: { conditions: [] } }), podOf('p2')], existing)).update).toEqual(['1,2']);
    expect(brief(place([podOf('p1', { spec: { nodeName: 'bare' } }), podOf('p2')], existing)).update).toEqual(['1,2']);
  });

  test('writes a slice whose labels are not those of the Service', () => {
    const [slice] = slicesOf(pods(1));
    const odd = { ...slice, metadata: { ...slice?.metadata, labels: { ...slice?.metadata.labels, odd: '' } } } as SliceObject; // prettier-ignore
    expect(place(pods(1), [odd]).update[0]?.metadata.labels).toEqual(slice?.metadata.labels);
  });

  test('keeps the hints of slices that it does not write', () => {
    const hinted = slicesOf(pods(1)).map((slice) => ({ ...slice, endpoints: slice.endpoints?.map((one) => ({ ...one, hints: {} })) ?? [] })); // prettier-ignore
    expect(place(pods(1), hinted).unchanged).toEqual(hinted);
  });

  test('removes slices that another Service of the same name left', () => {
    const old = slicesOf(pods(1), 3, { ...serviceOf(), metadata: { ...serviceOf().metadata, uid: 'old' } });
    expect(brief(place(pods(1), old))).toEqual({ unchanged: none, update: none, create: ['1'], remove: ['1'] });
  });

  test('labels a slice of a headless Service', () => {
    const labels = place(pods(1), [], { service: serviceOf({ clusterIP: 'None' }) }).create[0]?.metadata.labels;
    expect(labels).toEqual({ team: 'a', 'service.kubernetes.io/headless': '', 'kubernetes.io/service-name': 'cart', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }); // prettier-ignore
  });
});

test('for any Pods before and after: each has one endpoint, no slice is too long, and a second sync changes nothing', () => {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 10 });
  fc.assert(
    fc.property(some, some, fc.integer({ min: 1, max: 4 }), (before, after, limit) => {
      const placement = place(pods(...after), slicesOf(pods(...before), limit), { limit });
      const standing = [...placement.unchanged, ...placement.update, ...placement.create];
      const placed = addresses(standing).flatMap((text) => (text === '' ? [] : text.split(',').map(Number)));
      expect(placed.sort((a, b) => a - b)).toEqual([...after].sort((a, b) => a - b));
      expect(standing.every((slice) => (slice.endpoints ?? []).length <= limit)).toBe(true);
      expect(place(pods(...after), standing, { limit })).toMatchObject({ update: [], create: [], remove: [] });
    }),
    { numRuns: 60 },
  );
});
