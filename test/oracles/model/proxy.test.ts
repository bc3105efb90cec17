import { describe, expect, test } from 'vitest';
import { nodeManifest, readVectors, sliceManifest, type VectorNode, type VectorSlice } from '../../support/vectors.js';
import type { Node, Slice } from '../fuzzCase.js';
import { byPort, proxyNode, usedBy } from './proxy.js';

interface Vector {
  readonly id: string;
  readonly nodes: VectorNode[];
  readonly slices: VectorSlice[];
  readonly usableByNode: Record<string, string[]>;
}

describe("the oracles' own rule of kube-proxy", () => {
  test('gives what kube-proxy 1.36 gave for 300 hinted Services', () => {
    const vectors = readVectors<Vector>('kube-proxy-view.jsonl');
    expect(vectors).toHaveLength(300);
    for (const { id, nodes, slices, usableByNode } of vectors) {
      const [set] = byPort(slices.map((slice) => sliceManifest(slice) as Slice));
      for (const node of nodes) {
        const used = usedBy(proxyNode(nodeManifest(node) as Node), set?.endpoints ?? []).map(({ address }) => address);
        expect([id, node.name, used.sort()]).toEqual([id, node.name, [...(usableByNode[node.name] ?? [])].sort()]);
      }
    }
  });
});
