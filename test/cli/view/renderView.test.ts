import { describe, expect, test } from 'vitest';
import { runView } from '../../../src/cli/view/renderView.js';
import { viewEndpoint, viewNode, viewService, viewSlice } from '../../support/viewCluster.js';
import { view } from './sketch.js';

describe('a large cluster', () => {
  const many = Array.from({ length: 60 }, (_, i) => viewNode(`node-${i}`, 'ab'[i % 2], `10.0.0.${i + 1}`));
  const services = Array.from({ length: 40 }, (_, i) => ({ ...viewService(`svc${i}`, { internalTrafficPolicy: i % 4 === 0 ? 'Local' : 'Cluster', ports: [{ name: 'p80', port: 80, nodePort: 30000 + i }] }) })); // prettier-ignore
  const endpointSlices = services.map((_, i) => viewSlice(`svc${i}`, [viewEndpoint(`10.1.0.${i}`, `node-${i}`), viewEndpoint(`10.1.1.${i}`, `node-${i + 1}`)])); // prettier-ignore
  const scene = { services, endpointSlices, nodes: many, diff: false, paint: (_: unknown, text: string) => text };

  // One string of all nodes ends at half a gigabyte, which 300 nodes and 500 Services pass.
  test.each(['json', 'ipvs', 'iptables', 'nft'] as const)(
    '%s comes in pieces that do not grow with nodes',
    (format) => {
      const longest = (nodes: typeof many): number =>
        [...runView({ ...scene, format, nodes })].reduce((most, piece) => Math.max(most, piece.length), 0);
      expect(longest(many)).toBeLessThanOrEqual(longest(many.slice(0, 12)) * 1.2);
    },
  );

  test('json in pieces is one document, and each node has every port', () => {
    const parsed = JSON.parse([...runView({ ...scene, format: 'json' })].join('')) as { nodes: { ports: unknown[] }[] };
    expect(parsed.nodes.map(({ ports }) => ports.length)).toEqual(many.map(() => 40));
    expect(JSON.parse([...runView({ ...scene, format: 'json', services: [] })].join(''))).toMatchObject({ nodes: many.map(() => ({ ports: [] })) }); // prettier-ignore
  });
});

describe('what cannot be shown', () => {
  test.each([
    [{ node: 'nope' }, '--node: expected one of the 4 nodes, got "nope"'],
    [{ service: 'ns1/nope' }, '--service: expected one of the 1 Services, got "ns1/nope"'],
    [{ nodes: [] }, 'there is no Node, so there is no kube-proxy whose view could be shown'],
  ])('%j', (change, message) => {
    expect(() => view(change)).toThrow(message);
  });
});
