import { describe, expect, test } from 'vitest';
import type { EndpointManifest, EndpointSliceManifest } from '../../src/model/manifest.js';
import { packCluster, unpackCluster } from '../../src/report/packedCluster.js';

const slice = (endpoints: readonly EndpointManifest[], name = 's'): EndpointSliceManifest => ({
  metadata: { namespace: 'shop', name },
  addressType: 'IPv4',
  ports: [{ name: 'http' }],
  endpoints,
});
const packed = (...endpointSlices: EndpointSliceManifest[]): ReturnType<typeof packCluster> =>
  packCluster({ nodes: [], services: [], endpointSlices });
const unpacked = (...endpoints: EndpointManifest[]): EndpointManifest[] => [
  ...(unpackCluster(packed(slice(endpoints))).endpointSlices[0]?.endpoints ?? []),
];

describe('an endpoint that is packed comes back', () => {
  test.each<[string, EndpointManifest]>([
    ['with its address alone', { addresses: ['10.0.0.1'], conditions: {} }],
    ['without an address', { addresses: [], conditions: {} }],
    ['with node and zone', { addresses: ['10.0.0.1'], conditions: {}, nodeName: 'n', zone: 'a' }],
    ['with hints', { addresses: ['10.0.0.1'], conditions: {}, hints: { forZones: [{ name: 'a' }] } }],
    ['with hints that are empty', { addresses: ['10.0.0.1'], conditions: {}, hints: {} }],
    ...([true, false, undefined] as const).flatMap((ready) =>
      ([true, false, undefined] as const).flatMap((serving) =>
        ([true, false, undefined] as const).map((terminating): [string, EndpointManifest] => [
          `with ready ${ready}, serving ${serving}, terminating ${terminating}`,
          {
            addresses: ['10.0.0.1'],
            conditions: {
              ...(ready === undefined ? {} : { ready }),
              ...(serving === undefined ? {} : { serving }),
              ...(terminating === undefined ? {} : { terminating }),
            },
          },
        ]),
      ),
    ),
  ])('%s', (_, endpoint) => {
    expect(unpacked(endpoint)).toEqual([endpoint]);
  });

  test('what is null is absent then', () => {
    expect(unpacked({ addresses: ['a'], conditions: { ready: null }, zone: null, nodeName: '', hints: null })).toEqual([
      { addresses: ['a'], conditions: {} },
    ]);
  });
});

test('names and hints that repeat are there once', () => {
  const endpoint = { addresses: ['a'], zone: 'z', nodeName: 'n', hints: { forZones: [{ name: 'z' }] } };
  const other = { ...endpoint, hints: { forZones: [{ name: 'y' }] } };
  const { texts, hints, endpointSlices } = packed(slice([endpoint, other]), slice([endpoint], 't'));
  expect(texts).toEqual(['n', 'z']);
  expect(hints).toEqual([{ forZones: [{ name: 'z' }] }, { forZones: [{ name: 'y' }] }]);
  expect(endpointSlices.map(({ packed: rows }) => rows)).toEqual([[['a', 0, 1, 0, 0], ['a', 0, 1, 1, 0]], [['a', 0, 1, 0, 0]]]); // prettier-ignore
});

test('slices keep the rest, and slices of clients are apart', () => {
  const clients = slice([{ addresses: ['b'] }], 'clients');
  const cluster = unpackCluster(packCluster({ nodes: [], services: [], endpointSlices: [], clientSlices: [clients] }));
  expect(cluster.endpointSlices).toEqual([]);
  expect(cluster.clientSlices).toEqual([{ ...clients, endpoints: [{ addresses: ['b'], conditions: {} }] }]);
});

test('policies and measured figures are there only where the cluster has them', () => {
  const plain = packCluster({ nodes: [], services: [], endpointSlices: [] });
  expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['policies']));
  const measured = { atSeconds: 1, services: [] };
  const cluster = { nodes: [], services: [], endpointSlices: [], policies: [{ kind: 'HintsPolicy' }], measured };
  expect(unpackCluster(packCluster(cluster))).toEqual({ ...cluster, clientSlices: [] });
});
