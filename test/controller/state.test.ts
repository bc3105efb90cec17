import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClusterState, sameNode } from '../../src/controller/state.js';
import { hasOursToRemove } from '../../src/hints/ownership.js';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../src/model/slice.js';

const ZONE = 'topology.kubernetes.io/zone';

const slice = (name: string, serviceName: string): SliceRecord =>
  readSlice({
    metadata: {
      namespace: 'shop',
      name,
      labels: serviceName === '' ? {} : { 'kubernetes.io/service-name': serviceName },
    },
    addressType: 'IPv4',
    endpoints: [],
  });

interface NodeShape {
  readonly labels?: Record<string, string>;
  readonly cpu?: string;
  readonly ready?: string;
  readonly unschedulable?: boolean;
  readonly heartbeat?: string;
  readonly kubeletVersion?: string;
}

function node({
  labels = { [ZONE]: 'a', pool: 'x' },
  cpu = '4',
  ready = 'True',
  heartbeat = '1',
  kubeletVersion = 'v1.36.0',
}: NodeShape = {}): NodeRecord {
  return readNode({
    metadata: { name: 'n', labels, resourceVersion: heartbeat },
    status: {
      allocatable: { cpu },
      conditions: [{ type: 'Ready', status: ready }],
      nodeInfo: { kubeletVersion },
    },
  });
}

describe('whether two versions of a node are the same to a plan', () => {
  test.each<[string, NodeShape, boolean]>([
    ['a heartbeat', { heartbeat: '2' }, true],
    ['an upgrade that reads hints alike', { kubeletVersion: 'v1.36.1' }, true],
    ['an upgrade that reads more hints', { kubeletVersion: 'v1.33.0' }, false],
    ['another zone', { labels: { [ZONE]: 'b', pool: 'x' } }, false],
    ['another value of a label', { labels: { [ZONE]: 'a', pool: 'y' } }, false],
    ['one label more', { labels: { [ZONE]: 'a', pool: 'x', rack: 'r' } }, false],
    ['one label less', { labels: { [ZONE]: 'a' } }, false],
    ['one label for another', { labels: { [ZONE]: 'a', rack: 'x' } }, false],
    ['more CPU', { cpu: '8' }, false],
    ['the same CPU written otherwise', { cpu: '4000m' }, true],
    ['no longer ready', { ready: 'False' }, false],
    ['a control plane now', { labels: { [ZONE]: 'a', pool: 'x', 'node-role.kubernetes.io/control-plane': '' } }, false],
  ])('%s', (_, change, same) => {
    expect(sameNode(node(change), node())).toBe(same);
    expect(new ClusterState().applyNode('n', node(change), node())).toBe(!same);
  });
});

describe('the nodes summed up', () => {
  test('are computed anew after a change that matters, and only then', () => {
    const state = new ClusterState();
    state.applyNode('n', node(), undefined);
    const before = state.cluster;
    state.applyNode('n', node({ heartbeat: '2' }), node());
    expect(state.cluster).toBe(before);
    state.applyNode('n', node({ cpu: '8' }), node());
    expect(state.cluster).not.toBe(before);
    state.applyNode('n', undefined, node({ cpu: '8' }));
    expect(state.nodeCount).toBe(0);
  });
});

describe('slices by Service', () => {
  test.each<[string, readonly [string, string | undefined, string | undefined][], string[], Record<string, number>]>([
    ['a new slice touches its Service', [['one', 'web', undefined]], ['web'], { web: 1 }],
    [
      'a changed slice touches its Service',
      [
        ['one', 'web', undefined],
        ['one', 'web', 'web'],
      ],
      ['web'],
      { web: 1 },
    ],
    [
      'a slice that moves touches the old and the new',
      [
        ['one', 'web', undefined],
        ['one', 'cart', 'web'],
      ],
      ['web', 'cart'],
      { web: 0, cart: 1 },
    ],
    [
      'a slice that goes touches its Service',
      [
        ['one', 'web', undefined],
        ['one', undefined, 'web'],
      ],
      ['web'],
      { web: 0 },
    ],
    ['a slice without a Service touches none', [['one', '', undefined]], [], { '': 0 }],
    [
      'a slice that loses its label touches the old Service',
      [
        ['one', 'web', undefined],
        ['one', '', 'web'],
      ],
      ['web'],
      { web: 0 },
    ],
    [
      'others of the Service stay',
      [
        ['one', 'web', undefined],
        ['two', 'web', undefined],
        ['one', undefined, 'web'],
      ],
      ['web'],
      { web: 1 },
    ],
  ])('%s', (_, changes, touched, counts) => {
    const state = new ClusterState();
    let last: readonly string[] = [];
    const of = (name: string, serviceName: string | undefined): SliceRecord | undefined =>
      serviceName === undefined ? undefined : slice(name, serviceName);
    for (const [name, next, previous] of changes) {
      last = state.applySlice(`shop/${name}`, of(name, next), of(name, previous));
    }
    expect(last).toEqual(touched.map((name) => `shop/${name}`));
    for (const [name, count] of Object.entries(counts)) expect(state.slicesOf(`shop/${name}`)).toHaveLength(count);
    expect(state.sliceCount).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
  });
});

test('Services come and go', () => {
  const state = new ClusterState();
  state.applyService('shop/web', readService({ metadata: { namespace: 'shop', name: 'web' } }));
  expect([...state.services.keys()]).toEqual(['shop/web']);
  state.applyService('shop/web', undefined);
  expect(state.services.size).toBe(0);
});

test('a Service has something of this controller to remove as long as one of its slices does', () => {
  const version = fc.record({
    service: fc.constantFrom('web', 'cart', ''),
    owned: fc.boolean(),
    isGone: fc.boolean(),
  });
  const changes = fc.array(fc.tuple(fc.constantFrom('one', 'two', 'three'), version), { maxLength: 20 });
  fc.assert(
    fc.property(changes, (list) => {
      const state = new ClusterState();
      const known = new Map<string, SliceRecord>();
      for (const [name, { service, owned, isGone }] of list) {
        const next = isGone ? undefined : { ...slice(name, service), owned };
        state.applySlice(`shop/${name}`, next, known.get(name));
        if (next === undefined) known.delete(name);
        else known.set(name, next);
        for (const key of ['shop/web', 'shop/cart']) {
          expect(state.hasOursToRemove(key)).toBe(state.slicesOf(key).some(hasOursToRemove));
        }
      }
    }),
  );
});
