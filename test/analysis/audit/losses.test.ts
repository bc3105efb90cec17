import { describe, expect, test } from 'vitest';
import { ClusterLosses, withoutLost, type Loss } from '../../../src/analysis/audit/losses.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { nodeManifest, sliceManifest, type VectorEndpoint } from '../../support/vectors.js';

const cluster = summariseCluster(
  ['a1', 'a2', 'b1'].map((name) =>
    readNode(nodeManifest({ name, labels: { 'topology.kubernetes.io/zone': name[0]! }, cpu: '4', ready: 'True' })),
  ),
);
const slice = (name: string, endpoints: readonly VectorEndpoint[]): SliceRecord =>
  readSlice(sliceManifest({ name, endpoints: [...endpoints] }, name));
const web = slice('web', [
  { address: '1', zone: 'a', node: 'a1' },
  { address: '2', node: 'a2' },
  { address: '3', zone: 'b', node: 'b1' },
  { address: '4', zone: 'b', node: 'a1' },
  { address: '5' },
]);
const MEASURED = { zones: [] } as never;
const addresses = (slices: readonly SliceRecord[]): string[] => slices.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)); // prettier-ignore

describe('what goes with a zone or a node', () => {
  const losses = new ClusterLosses(cluster, [web], {
    measuredOf: (key) => (key === 'default/web' ? MEASURED : undefined),
  });

  test.each([
    ['a zone: endpoints that name it, and those on its nodes', losses.zone('a'), ['3', '5'], ['b1']],
    ['another zone', losses.zone('b'), ['1', '2', '5'], ['a1', 'a2']],
    ['a node: the endpoints on it', losses.node('a1'), ['2', '3', '5'], ['a2', 'b1']],
    ['a node that is not there: nothing', losses.node('gone'), ['1', '2', '3', '4', '5'], ['a1', 'a2', 'b1']],
  ])('%s', (_, loss, left, nodes) => {
    expect(addresses(withoutLost([web], loss.takes))).toEqual(left);
    expect(loss.cluster.nodes.map(({ name }) => name)).toEqual(nodes);
  });

  test('is worked out once', () => {
    expect(losses.zone('a')).toBe(losses.zone('a'));
    expect(losses.node('a1')).toBe(losses.node('a1'));
    expect(losses.zone('b')).not.toBe(losses.zone('a'));
  });

  test('clients that ran there call no more', () => {
    const zonesOf = ({ clients }: Loss): unknown => [...clients.ofService('default/web', 'IPv4').zones];
    expect(zonesOf(losses.zone('b'))).toEqual([['a', 2]]);
    expect(zonesOf(losses.node('b1'))).toEqual([['a', 2], ['b', 1]]); // prettier-ignore
    expect(losses.zone('a').clients.ofAll('IPv4').pods).toBe(1);
  });

  test('what is measured of the traffic is that of today', () => {
    const { clients } = losses.zone('a');
    expect([clients.measuredOf('default/web'), clients.measuredOf('default/api')]).toEqual([MEASURED, undefined]);
  });
});

test('a slice that loses none is the same object, and the order stays', () => {
  const other = slice('api', [{ address: '9', zone: 'b', node: 'b1' }]);
  const [first, second] = withoutLost([other, web], ({ zone }) => zone === 'a');
  expect(first).toBe(other);
  expect(second).toEqual({ ...web, endpoints: web.endpoints.filter(({ zone }) => zone !== 'a') });
});
