import { expect, test } from 'vitest';
import { groupNodes } from '../../../src/analysis/explain/nodeGroups.js';
import { READS_ALL } from '../../../src/kubeproxy/reading.js';
import { readNode, type NodeRecord } from '../../../src/model/node.js';
import { readSlice } from '../../../src/model/slice.js';
import { nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const node = (name: string, zone?: string): NodeRecord => readNode(nodeManifest({ name, ...(zone === undefined ? {} : { labels: { 'topology.kubernetes.io/zone': zone } }) })); // prettier-ignore
const nodes = [node('b1', 'b'), node('a1', 'a'), node('a2', 'a'), node('out')];

function groups(endpoints: readonly VectorEndpoint[]): unknown[] {
  const slice = readSlice(sliceManifest({ name: 's', endpoints: [...endpoints] }));
  return groupNodes(slice.endpoints, { nodes }, READS_ALL).map((group) => [group.zone, group.nodes.map(({ name }) => name), group.usable]); // prettier-ignore
}

test.each<[string, VectorEndpoint[], unknown[]]>([
  [
    'without hints the nodes of a zone use the same, and zones are sorted',
    [{ address: '1', zone: 'a' }, { address: '2', zone: 'b' }], // prettier-ignore
    [['', ['out'], [0, 1]], ['a', ['a1', 'a2'], [0, 1]], ['b', ['b1'], [0, 1]]], // prettier-ignore
  ],
  [
    'with zone hints each zone uses its own',
    [{ address: '1', forZones: ['a'] }, { address: '2', forZones: ['b'] }], // prettier-ignore
    [['', ['out'], [0, 1]], ['a', ['a1', 'a2'], [0]], ['b', ['b1'], [1]]], // prettier-ignore
  ],
  [
    'with node hints a zone is taken apart',
    [{ address: '1', forNodes: ['a1'] }, { address: '2', forNodes: ['a2', 'b1', 'out'] }], // prettier-ignore
    [['', ['out'], [1]], ['a', ['a1'], [0]], ['a', ['a2'], [1]], ['b', ['b1'], [1]]], // prettier-ignore
  ],
])('%s', (_, endpoints, expected) => {
  expect(groups(endpoints)).toEqual(expected);
});
