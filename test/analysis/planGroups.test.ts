import { describe, expect, test } from 'vitest';
import { groupPlan, outcomeOf } from '../../src/analysis/planGroups.js';
import { planCluster } from '../../src/analysis/planCluster.js';
import type { Verdict } from '../../src/hints/verdict.js';
import { nodeManifest, sliceManifest } from '../support/vectors.js';

const verdict = (type: Verdict['type'], hinted: boolean, addressType: string): Verdict => ({
  type,
  hinted,
  addressType,
  reason: 'NoReadyEndpoints',
  message: '',
});

test.each<[string, Verdict[], string | undefined]>([
  ['none', [], undefined],
  ['hints go before their absence', [verdict('Normal', false, 'IPv4'), verdict('Normal', true, 'IPv6')], 'IPv6'],
  [
    'a Warning with hints goes before none',
    [verdict('Warning', true, 'IPv4'), verdict('Normal', true, 'IPv6')],
    'IPv4',
  ],
  [
    'a Warning without hints is the worst',
    [verdict('Warning', true, 'IPv4'), verdict('Warning', false, 'IPv6')],
    'IPv6',
  ],
  ['of equals the first', [verdict('Normal', true, 'IPv4'), verdict('Normal', true, 'IPv6')], 'IPv4'],
])('the outcome of address types: %s', (_, verdicts, addressType) => {
  expect(outcomeOf(verdicts)?.addressType).toBe(addressType);
});

describe('Services of a cluster', () => {
  const MODE = 'service.kubernetes.io/topology-mode';
  const groupsOf = (annotations: Record<string, string>[], spec: object = {}): ReturnType<typeof groupPlan> => {
    const { services, cluster } = planCluster({
      nodes: ['a', 'b'].map((zone) =>
        nodeManifest({ name: zone, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
      ),
      services: annotations.map((own, i) => ({
        metadata: { namespace: 'default', name: `s${i}`, annotations: own },
        spec: { selector: { app: 'x' }, ...spec },
      })),
      endpointSlices: annotations.slice(1).map((_, i) => ({
        ...sliceManifest(
          { name: `s${i + 1}-1`, endpoints: [{ address: '10.0.0.1', zone: 'a', ready: true }] },
          `s${i + 1}`,
        ),
        metadata: {
          namespace: 'default',
          name: `s${i + 1}-1`,
          labels: {
            'kubernetes.io/service-name': `s${i + 1}`,
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
        },
      })),
    });
    return groupPlan(services, cluster);
  };

  test('without slices, needing the guard, and mistyped', () => {
    const groups = groupsOf([
      { [MODE]: 'Auto' },
      { [MODE]: 'slicehints.io/balanced' },
      { [MODE]: 'slicehints.io/balanced', 'slicehints.io/demnd': 'cpu' },
      { [MODE]: 'balance' },
    ]);
    expect(groups.map(({ kind, type, cause, services }) => [kind, type, cause, services])).toEqual([
      ['outcome', 'Warning', 'GuardMissing', ['default/s1', 'default/s2']],
      ['outcome', 'Normal', 'NoEndpointSlices', ['default/s0']],
      ['warning', 'Warning', 'InvalidAnnotation', ['default/s3']],
      ['warning', 'Warning', 'UnknownAnnotation', ['default/s2']],
    ]);
    expect(groups[0]?.sentences).toEqual([
      expect.stringMatching(/^EndpointSlice s1-1 /),
      expect.stringMatching(/^EndpointSlice s2-1 /),
    ]);
    expect(groups[0]?.wayOut).toContain('guard.enabled');
  });

  test('what Kubernetes itself hints is well', () => {
    const groups = groupsOf([{}, {}], { trafficDistribution: 'PreferClose' });
    expect(groups.map(({ cause, wayOut }) => [cause, wayOut])).toContainEqual(['HintedInTree', undefined]);
  });
});
