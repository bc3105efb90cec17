import { beforeEach, describe, expect, test } from 'vitest';
import { loadStoryCluster, nodeObject } from '../../../../src/cli/sandbox/stories/storyCluster.js';
import { listAt, textAt, valueAt } from '../../../../src/sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../../../src/sandbox/storage/store.js';
import { ownerOf } from '../../../../src/sandbox/workload/deployment.js';
import { storeOf } from '../../../sandbox/storage/stores.js';

let store: ObjectStore;
beforeEach(() => {
  store = storeOf();
  loadStoryCluster(store, {
    guard: false,
    nodes: 'aab',
    services: [
      { name: 'web', mode: 'Auto', pods: 'aaab' },
      { name: 'mesh', pods: 'ab', managedBy: 'mesh.example.com' },
    ],
  });
});

describe('the cluster of a story', () => {
  test('has nodes by zone, which are ready', () => {
    const nodes = store.list('nodes');
    expect(nodes.map(({ metadata }) => [metadata.name, metadata.labels?.['topology.kubernetes.io/zone']])).toEqual([['node-a1', 'a'], ['node-a2', 'a'], ['node-b1', 'b']]); // prettier-ignore
    expect(nodes.every((node) => valueAt(listAt(node, 'status', 'conditions')[0], 'status') === 'True')).toBe(true);
  });

  test('has Pods on the nodes of their zones, one after the other, with addresses of their own', () => {
    const pods = store.list('pods', 'shop');
    expect(pods.map((pod) => [textAt(pod, 'spec', 'nodeName'), textAt(pod, 'status', 'podIP')])).toEqual([
      ['node-a1', '10.244.0.1'],
      ['node-a2', '10.244.0.2'],
      ['node-a1', '10.244.0.3'],
      ['node-b1', '10.244.0.4'],
    ]);
    expect(new Set(pods.map(ownerOf))).toEqual(new Set(['web-first']));
  });

  test('has Services that select their Pods, with their mode', () => {
    const web = store.get('services', 'shop', 'web');
    expect(web?.metadata.annotations).toEqual({ 'service.kubernetes.io/topology-mode': 'Auto' });
    expect(valueAt(web, 'spec', 'selector')).toEqual({ app: 'web' });
    expect(store.list('endpointslices', 'shop').map(({ metadata }) => metadata.name)).toEqual(['mesh-1']);
  });

  test('has slices instead of Pods where another writer manages them', () => {
    expect(valueAt(store.get('services', 'shop', 'mesh'), 'spec', 'selector')).toBeUndefined();
    expect(store.get('services', 'shop', 'mesh')?.metadata.annotations).toBeUndefined();
    const slice = store.get('endpointslices', 'shop', 'mesh-1');
    expect(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by']).toBe('mesh.example.com');
    expect(listAt(slice, 'endpoints')).toMatchObject([
      { nodeName: 'node-a1', zone: 'a', addresses: ['10.244.1.1'] },
      { nodeName: 'node-b1', zone: 'b', addresses: ['10.244.1.2'] },
    ]);
  });
});

test('a node may have no zone', () => {
  expect(nodeObject('n', undefined).metadata.labels).toEqual({ 'kubernetes.io/hostname': 'n' });
});
