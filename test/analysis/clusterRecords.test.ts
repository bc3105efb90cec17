import { describe, expect, test } from 'vitest';
import { readCluster } from '../../src/analysis/clusterRecords.js';
import type { ClusterObjects } from '../../src/analysis/planCluster.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../src/model/manifest.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';

const node = (name: string, zone: string): NodeManifest => ({
  metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
  status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
});
const service = (namespace: string, name: string): ServiceManifest => ({ metadata: { namespace, name } });
const slice = (namespace: string, name: string, of: string, nodeName = 'n1'): EndpointSliceManifest => ({
  metadata: { namespace, name, labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [`10.0.0.${name}`], conditions: { ready: true }, nodeName }],
});
const NODES = [node('n1', 'a'), node('n2', 'b')];
const read = (objects: Partial<ClusterObjects>): ReturnType<typeof readCluster> =>
  readCluster({ nodes: NODES, services: [], endpointSlices: [], ...objects }, {});

describe('readCluster', () => {
  test('sorts Services by namespace, then by name, and keeps their slices in the order of the input', () => {
    const { services } = read({
      services: [service('b', 'web'), service('a', 'web'), service('a', 'cart')],
      endpointSlices: [slice('a', 'web-2', 'web'), slice('b', 'web-1', 'web'), slice('a', 'web-1', 'web')],
    });
    expect(services.map(({ key, slices }) => `${key}: ${slices.map(({ name }) => name).join()}`)).toEqual([
      'a/cart: ',
      'a/web: web-2,web-1',
      'b/web: web-1',
    ]);
  });

  test('keeps the manifest of each Service beside its record', () => {
    const manifest = service('a', 'web');
    const [records] = read({ services: [manifest] }).services;
    expect(records?.manifest).toBe(manifest);
    expect(records?.service).toEqual(readService(manifest));
  });

  test('clients are found in the slices of all Services, also of those that are not planned', () => {
    const { allSlices, clients } = read({
      services: [service('a', 'web')],
      endpointSlices: [slice('a', 'web-1', 'web')],
      clientSlices: [slice('a', 'shop-1', 'shop', 'n2')],
    });
    expect(allSlices.map(({ name }) => name)).toEqual(['web-1', 'shop-1']);
    expect([...clients.ofService('a/shop', 'IPv4').zones]).toEqual([['b', 1]]);
    expect([...clients.ofAll('IPv4').zones].sort()).toEqual([['a', 1], ['b', 1]]); // prettier-ignore
  });

  test('summarises the nodes', () => {
    expect(read({}).cluster.shares).toMatchObject([
      { zone: 'a', share: 0.5 },
      { zone: 'b', share: 0.5 },
    ]);
  });

  test('reads objects by the functions that it is given', () => {
    const seen: string[] = [];
    const objects = {
      nodes: [node('n1', 'a')],
      services: [service('a', 'web')],
      endpointSlices: [slice('a', 'web-1', 'web')],
      clientSlices: [slice('a', 'shop-1', 'shop')],
    };
    readCluster(
      objects,
      {},
      {
        node: (given) => (seen.push(`node ${given.metadata?.name}`), readNode(given)),
        service: (given) => (seen.push(`service ${given.metadata?.name}`), readService(given)),
        slice: (given) => (seen.push(`slice ${given.metadata?.name}`), readSlice(given)),
      },
    );
    expect(seen).toEqual(['node n1', 'service web', 'slice web-1', 'slice shop-1']);
  });
});

describe('what the input lacks', () => {
  const web = [service('a', 'web')];
  const orphans = (...names: string[]): EndpointSliceManifest[] => names.map((name) => slice('a', name, 'gone'));
  const LABEL = 'no Service that is given in the label kubernetes.io/service-name';
  test.each<[string, Partial<ClusterObjects>, string[]]>([
    ['nothing', { services: web }, []],
    ['Services', {}, ['There are no Services to plan']],
    ['nodes', { services: web, nodes: [] }, ['There are no Nodes, so zones and their CPU are unknown']],
    ['the Service of a slice', { services: web, endpointSlices: orphans('x') }, [`1 EndpointSlice names ${LABEL} (a/x)`]], // prettier-ignore
    ['that of three', { services: web, endpointSlices: orphans('z', 'x', 'y') }, [`3 EndpointSlices name ${LABEL} (a/x, a/y, a/z)`]], // prettier-ignore
    ['that of four', { services: web, endpointSlices: orphans('z', 'x', 'y', 'w') }, [`4 EndpointSlices name ${LABEL} (a/w, a/x, a/y, …)`]], // prettier-ignore
    ['no Service of a slice that only shows clients', { services: web, clientSlices: orphans('x') }, []],
  ])('%s', (_, objects, notes) => {
    expect(read(objects).notes).toEqual(notes);
  });
});
