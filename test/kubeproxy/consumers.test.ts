import { expect, test } from 'vitest';
import { CONSUMERS, consumersBesideZoneHints, consumersThatDiffer } from '../../src/kubeproxy/consumers.js';

const OTHERS = CONSUMERS.slice(1).map(({ name }) => name);
const ZONES_AS_KUBE_PROXY = ['kube-proxy on Linux before 1.34', 'Linkerd'];

test.each([
  ['no hints: none', { forZones: false, forNodes: false }, []],
  ['node hints: all but the one that is replayed', { forZones: false, forNodes: true }, OTHERS],
  [
    'zone hints: those that ignore them, need a setting or have a rule of their own',
    { forZones: true, forNodes: false },
    OTHERS.filter((name) => !ZONES_AS_KUBE_PROXY.includes(name)),
  ],
  ['both: as with node hints', { forZones: true, forNodes: true }, OTHERS],
])('which consumers differ from kube-proxy on %s', (_, hints, names) => {
  expect(consumersThatDiffer(hints).map(({ name }) => name)).toEqual(names);
});

test('each consumer has one entry, and each but the first tells how it differs', () => {
  expect(new Set(CONSUMERS.map(({ name }) => name)).size).toBe(CONSUMERS.length);
  expect(CONSUMERS.filter(({ differs }) => differs === '')).toEqual([CONSUMERS[0]]);
  expect(ZONES_AS_KUBE_PROXY.every((name) => OTHERS.includes(name))).toBe(true);
});

test('beside zone hints go those that ignore them, and those that lack a setting for them', () => {
  expect(consumersBesideZoneHints()).toEqual([
    'kube-proxy on Windows: ignores hints',
    'Cilium without kube-proxy: unless it has loadBalancer.serviceTopology=true, and a topology annotation or trafficDistribution on the Service',
    'ingress-nginx: unless it has --enable-topology-aware-routing',
    'Istio, Envoy Gateway: ignores hints',
    'CoreDNS (headless Services): ignores hints',
  ]);
});
