import { describe, expect, test } from 'vitest';
import { spreadOptions } from '../../../src/analysis/recommend/spread.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest } from '../../../src/model/manifest.js';
import { readNode } from '../../../src/model/node.js';
import { readSlice } from '../../../src/model/slice.js';

const nodes: NodeManifest[] = ['a', 'b', 'c'].map((zone) => ({
  metadata: { name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } },
  status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
}));
const cluster = summariseCluster(nodes.map((node) => readNode(node)));

/** A slice of the Service with one endpoint per letter, in the zone of that name. */
const slice = (zones: string, addressType = 'IPv4', more: EndpointManifest = {}): EndpointSliceManifest => ({
  metadata: { namespace: 'shop', name: `web-${addressType}-${zones}`, labels: { 'kubernetes.io/service-name': 'web' } },
  addressType,
  endpoints: [...zones].map((zone, i) => ({
    addresses: [`${addressType === 'IPv4' ? '10.0.0.' : 'fd00::'}${i + 1}`],
    zone,
    conditions: { ready: true },
    ...more,
  })),
});

/** Replicas, and how many in the zones a, b and c, of each option. */
function options(sliceManifests: readonly EndpointSliceManifest[], name = 'web'): string[] {
  const manifest = { metadata: { namespace: 'shop', name } };
  const slices = sliceManifests.map((one) => readSlice(one));
  return [...spreadOptions({ manifest, slices, sliceManifests, nodes, cluster })].map(
    ({ option: { replicas, scales, zones } }) =>
      `${replicas}${scales ? ' scaled' : ''}: ${zones.map((zone) => zone.replicas).join(' ')}`,
  );
}

describe('where the pods of a Service could run', () => {
  test.each<[string, EndpointSliceManifest[], string[]]>([
    ['nowhere else when all zones have alike', [slice('abc')], []],
    ['a skew of one is even: only with more pods', [slice('aabbc')], ['6 scaled: 2 2 2']],
    ['as many, evenly', [slice('aaabbb')], ['6: 2 2 2']],
    ['what cannot be shared out stays where most are', [slice('aaab')], ['4: 2 1 1', '6 scaled: 2 2 2']],
    ['nothing while an endpoint is not ready', [slice('aaab', 'IPv4', { conditions: { ready: false } })], []],
    [
      'those that terminate do not count',
      [slice('aaabbb'), slice('ccc', 'IPv4', { conditions: { terminating: true } })],
      ['6: 2 2 2'],
    ],
    ['nothing while a pod is in a zone without nodes', [slice('aaaz')], []],
    ['nothing for pods without a zone', [slice('aaab', 'IPv4', { zone: '' })], []],
    [
      'the address type with the most pods counts',
      [slice('abc', 'IPv6'), slice('aaab')],
      ['4: 2 1 1', '6 scaled: 2 2 2'],
    ],
  ])('%s', (_, slices, expected) => {
    expect(options(slices)).toEqual(expected);
    expect(options([...slices].reverse())).toEqual(expected);
  });

  test('of two address types with as many pods in other places, the order of the slices does not decide', () => {
    const slices = [slice('aaabc', 'IPv6'), slice('abbcc')];
    expect(options(slices)).toEqual(['6 scaled: 2 2 2']);
    expect(options([...slices].reverse())).toEqual(['6 scaled: 2 2 2']);
  });

  test('nothing for slices of another Service', () => {
    expect(options([slice('aaab')], 'other')).toEqual([]);
  });
});
