import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterObjects } from '../../../src/analysis/planCluster.js';
import { scaleService, type Replicas } from '../../../src/analysis/whatIf/scale.js';
import type { EndpointSliceManifest, NodeManifest } from '../../../src/model/manifest.js';
import { autoService, nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const KEY = 'default/svc';

function node(
  name: string,
  zone: string,
  more: { ready?: string; labels?: Record<string, string> } = {},
): NodeManifest {
  const labels = { ...(zone === '' ? {} : { 'topology.kubernetes.io/zone': zone }), ...more.labels };
  return nodeManifest({ name, labels, cpu: '4', ready: more.ready ?? 'True' });
}

const NODES = [node('a1', 'a'), node('a2', 'a'), node('b1', 'b'), node('c1', 'c')];

function objects(slices: EndpointSliceManifest[], nodes: readonly NodeManifest[] = NODES): ClusterObjects {
  return { nodes, services: [autoService()], endpointSlices: slices };
}

const slice = (endpoints: VectorEndpoint[], name = 'svc-1'): EndpointSliceManifest =>
  sliceManifest({ name, endpoints });
const pod = (address: string, nodeName: string, more: Partial<VectorEndpoint> = {}): VectorEndpoint => ({
  address,
  node: nodeName,
  zone: nodeName.slice(0, 1),
  ready: true,
  ...more,
});

/** `address@node` of each endpoint, sorted. */
function placed(slices: readonly EndpointSliceManifest[]): string[] {
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .map(({ addresses, nodeName }) => `${addresses?.[0]}@${nodeName ?? ''}`)
    .sort();
}

describe('up', () => {
  test.each<[string, readonly NodeManifest[], VectorEndpoint[], Replicas, string[]]>([
    [
      'goes to the zones with the fewest pods, then to the nodes with the fewest',
      NODES,
      [pod('10.0.0.1', 'a1'), pod('10.0.0.2', 'b1')],
      6,
      ['10.0.0.1@a1', '10.0.0.2@b1', '198.18.0.1@c1', '198.18.0.2@a2', '198.18.0.3@b1', '198.18.0.4@c1'],
    ],
    [
      'passes over nodes that are not ready, of the control plane, or without a zone',
      [
        ...NODES.slice(0, 1),
        node('b0', 'b', { ready: 'False' }),
        node('c0', 'c', { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
        node('d0', ''),
      ],
      [],
      2,
      ['198.18.0.1@a1', '198.18.0.2@a1'],
    ],
    [
      'without zones goes by nodes',
      [node('d0', ''), node('d1', '')],
      [],
      3,
      ['198.18.0.1@d0', '198.18.0.2@d1', '198.18.0.3@d0'],
    ],
    ['takes no address that is there', NODES, [pod('198.18.0.1', 'a1')], 2, ['198.18.0.1@a1', '198.18.0.2@b1']],
    [
      'does not count a pod that terminates, and leaves it',
      NODES,
      [pod('10.0.0.1', 'a1', { ready: false, terminating: true })],
      1,
      ['10.0.0.1@a1', '198.18.0.1@a1'],
    ],
    [
      'by zones: as many as stated, none elsewhere',
      NODES,
      [pod('10.0.0.1', 'a1'), pod('10.0.0.2', 'b1')],
      new Map([
        ['a', 3],
        ['c', 1],
      ]),
      ['10.0.0.1@a1', '198.18.0.1@a2', '198.18.0.2@a1', '198.18.0.3@c1'],
    ],
  ])('%s', (_, nodes, endpoints, replicas, wanted) => {
    expect(placed(scaleService(objects([slice(endpoints)], nodes), KEY, replicas))).toEqual(wanted.sort());
  });

  test('a new endpoint is ready, has zone and node, and no hints', () => {
    const [first] = scaleService(objects([slice([])]), KEY, 1);
    expect(first?.endpoints).toEqual([
      {
        addresses: ['198.18.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'a1',
        zone: 'a',
      },
    ]);
  });

  test('each address type gets as many, in addresses of its own', () => {
    const six = { ...slice([], 'svc-6'), addressType: 'IPv6' };
    const slices = scaleService(objects([slice([]), six]), KEY, 2);
    expect(slices.map(({ endpoints }) => endpoints?.map(({ addresses }) => addresses?.[0]))).toEqual([
      ['198.18.0.1', '198.18.0.2'],
      ['2001:db8::1', '2001:db8::2'],
    ]);
  });

  test('a pod is in one slice of each set of ports, full slices are passed over', () => {
    const many = Array.from({ length: 100 }, (_, i) => pod(`10.0.1.${i}`, 'a1'));
    const metrics = { ...slice(many, 'svc-m'), ports: [{ name: 'metrics', port: 9090 }] };
    const slices = scaleService(objects([slice(many, 'svc-1'), slice([], 'svc-2'), metrics]), KEY, 101);
    expect(slices.map(({ endpoints }) => endpoints?.length)).toEqual([100, 1, 101]);
  });

  test('the slice without ports that in-tree keeps for no pods is not used beside others', () => {
    const empty = { ...slice([], 'svc-0'), ports: [] };
    expect(scaleService(objects([empty, slice([])]), KEY, 1).map(({ endpoints }) => endpoints?.length)).toEqual([0, 1]);
    expect(scaleService(objects([empty]), KEY, 1)[0]?.endpoints).toHaveLength(1);
  });
});

describe('down: who goes first', () => {
  test.each<[string, VectorEndpoint[], string[]]>([
    [
      'a pod without a node',
      [pod('10.0.0.1', 'a1', { ready: false }), pod('10.0.0.2', '', { zone: 'a' }), pod('10.0.0.3', 'b1')],
      ['10.0.0.1@a1', '10.0.0.3@b1'],
    ],
    [
      'then one that is not ready',
      [pod('10.0.0.1', 'a1'), pod('10.0.0.2', 'a1'), pod('10.0.0.3', 'b1', { ready: false })],
      ['10.0.0.1@a1', '10.0.0.2@a1'],
    ],
    [
      'then one of the fullest node',
      [pod('10.0.0.1', 'a1'), pod('10.0.0.2', 'a1'), pod('10.0.0.3', 'b1')],
      ['10.0.0.1@a1', '10.0.0.3@b1'],
    ],
    [
      'then the first by a hash of the address',
      [pod('10.0.0.1', 'a1'), pod('10.0.0.2', 'b1'), pod('10.0.0.3', 'c1')],
      ['10.0.0.1@a1', '10.0.0.3@c1'],
    ],
  ])('%s', (_, endpoints, left) => {
    expect(placed(scaleService(objects([slice(endpoints)]), KEY, 2))).toEqual(left);
  });

  test('an address that two slices list goes from both', () => {
    const both = [pod('10.0.0.1', 'a1'), pod('10.0.0.2', 'b1')];
    const metrics = { ...slice(both, 'svc-m'), ports: [{ name: 'metrics', port: 9090 }] };
    expect(scaleService(objects([slice(both), metrics]), KEY, 1).map((one) => placed([one]))).toEqual([
      ['10.0.0.1@a1'],
      ['10.0.0.1@a1'],
    ]);
  });
});

test.each<[string, ClusterObjects, Replicas, string]>([
  ['no slice', objects([]), 1, 'Service default/svc has no EndpointSlice to scale'],
  ['no node', objects([slice([])], []), 1, 'there is no Node that takes another pod of default/svc'],
  [
    'a zone without nodes',
    objects([slice([])]),
    new Map([['d', 1]]),
    'no Node that takes pods is in zone "d"; zones are a, b, c',
  ],
])('%s is refused', (_, given, replicas, message) => {
  expect(() => scaleService(given, KEY, replicas)).toThrow(message);
});

test('any Service has as many pods as asked, spread to within one of each other from none on', () => {
  const address = fc.nat(30).map((i) => `10.0.0.${i}`);
  const endpoint = fc.record({ address, node: fc.constantFrom('a1', 'a2', 'b1', 'c1', ''), ready: fc.boolean() });
  fc.assert(
    fc.property(
      fc.uniqueArray(endpoint, { selector: (one) => one.address, maxLength: 20 }),
      fc.nat(40),
      (endpoints, count) => {
        const given = objects([slice(endpoints)]);
        const scaled = scaleService(given, KEY, count);
        expect(scaled[0]?.endpoints).toHaveLength(count);
        const fromNone = scaleService({ ...given, endpointSlices: scaleService(given, KEY, 0) }, KEY, count);
        const zones = ['a', 'b', 'c'].map((zone) => fromNone[0]?.endpoints?.filter((one) => one.zone === zone).length);
        expect(Math.max(...zones.map(Number)) - Math.min(...zones.map(Number))).toBeLessThanOrEqual(1);
      },
    ),
  );
});
