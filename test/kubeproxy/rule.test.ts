import { describe, expect, test } from 'vitest';
import { usableEndpoints } from '../../src/kubeproxy/rule.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';
import { nodeManifest, readVectors, sliceManifest, type VectorNode, type VectorSlice } from '../support/vectors.js';

interface ProxyVector {
  readonly id: string;
  readonly nodes: VectorNode[];
  readonly slices: VectorSlice[];
  readonly usableByNode: Record<string, string[]>;
}

describe('usableEndpoints', () => {
  const vectors = readVectors<ProxyVector>('kube-proxy-view.jsonl');

  test('the fixture is all there', () => {
    expect(vectors).toHaveLength(300);
  });

  test.each(vectors.map((vector) => [vector.id, vector] as const))(
    'is what kube-proxy 1.36 uses on every node (%s)',
    (_, vector) => {
      const slices = vector.slices.map((slice) => sliceManifest(slice));
      const byNode = Object.fromEntries(
        vector.nodes.map((node) => [node.name, usableEndpoints({ slices, node: nodeManifest(node) }).sort()]),
      );
      expect(byNode).toEqual(vector.usableByNode);
    },
  );

  const slice = (portName: string, address: string, zone: string): EndpointSliceManifest => ({
    metadata: { name: portName },
    addressType: 'IPv4',
    ports: [{ name: portName, port: 80 }],
    endpoints: [{ addresses: [address], conditions: { ready: true }, hints: { forZones: [{ name: zone }] } }],
  });
  const node = nodeManifest({ name: 'n', labels: { 'topology.kubernetes.io/zone': 'a' }, ready: 'True' });

  test('a service port is judged by the slices that serve it', () => {
    const slices = [slice('http', '10.0.0.1', 'a'), slice('grpc', '10.0.0.2', 'b')];
    expect(usableEndpoints({ slices, node })).toEqual(['10.0.0.1']);
    expect(usableEndpoints({ slices, node, portName: 'grpc' })).toEqual(['10.0.0.2']);
  });

  test('the zone "" is that of nodes without a zone label', () => {
    const slices = [slice('http', '10.0.0.1', ''), slice('http', '10.0.0.2', 'a')];
    expect(usableEndpoints({ slices, node: { metadata: { name: 'bare' } } })).toEqual(['10.0.0.1']);
  });

  test('an address that stands in two slices is named once, one without addresses never', () => {
    const slices = [
      slice('http', '10.0.0.1', 'a'),
      slice('grpc', '10.0.0.1', 'a'),
      { addressType: 'IPv4', endpoints: [{}] },
    ];
    expect(usableEndpoints({ slices, node })).toEqual(['10.0.0.1']);
  });
});

test('slices of names have no usable endpoints: no proxy routes to them', () => {
  const slices = [{ addressType: 'FQDN', endpoints: [{ addresses: ['db.example.com'] }] }];
  expect(usableEndpoints({ slices, node: { metadata: { name: 'n1' } } })).toEqual([]);
});
