import { describe, expect, test } from 'vitest';
import { readingOf, readsOf, READS_ALL, unreadBy } from '../../src/kubeproxy/reading.js';
import { NODE_CONSUMERS, type NodeConsumer } from '../../src/model/node.js';
import { readService, type ServiceRecord } from '../../src/model/service.js';

const MODE = 'service.kubernetes.io/topology-mode';
const HINTS = 'service.kubernetes.io/topology-aware-hints';
const service = (annotations: Record<string, string>, trafficDistribution = ''): ServiceRecord =>
  readService({ metadata: { name: 'web', annotations }, spec: { trafficDistribution } });
const auto = service({ [MODE]: 'Auto' });
const balanced = service({ [MODE]: 'slicehints.io/balanced' });
const own = service({ 'slicehints.io/mode': 'balanced' });

describe('which hints of a Service a node heeds', () => {
  test.each<[NodeConsumer, string, ServiceRecord, string]>([
    ['kube-proxy', 'any Service', own, 'all'],
    ['kube-proxy-1.33', 'any Service', own, 'zones'],
    ['kube-proxy-1.30', 'topology-mode with any value', balanced, 'zones'],
    ['kube-proxy-1.30', 'no topology annotation', own, 'none'],
    ['kube-proxy-1.30', 'Disabled', service({ [MODE]: 'Disabled' }), 'none'],
    ['kube-proxy-1.30', 'the older annotation goes first', service({ [HINTS]: 'disabled', [MODE]: 'Auto' }), 'none'],
    ['kube-proxy-1.30', 'trafficDistribution alone', service({}, 'PreferClose'), 'none'],
    ['kube-proxy-1.26', 'Auto', auto, 'zones'],
    ['kube-proxy-1.26', 'another value', balanced, 'none'],
    ['kube-proxy-windows', 'Auto', auto, 'none'],
    ['cilium', 'topology-mode with any value', balanced, 'zones'],
    ['cilium', 'trafficDistribution', service({}, 'PreferSameZone'), 'zones'],
    ['cilium', 'neither', own, 'none'],
    ['ovn-kubernetes', 'Auto', auto, 'none'],
    ['ovn-kubernetes', 'trafficDistribution', service({}, 'PreferSameZone'), 'none'],
  ])('%s, %s', (consumer, _, asked, reads) => {
    expect(readingOf(asked, [consumer]).uniform).toBe(reads);
    expect(readingOf(asked, ['kube-proxy', 'kube-proxy-windows'], consumer).uniform).toBe(reads);
  });

  test('where all nodes read alike there is one answer, also when their consumers differ', () => {
    expect(readingOf(own, ['kube-proxy'])).toBe(READS_ALL);
    expect(readingOf(auto, ['cilium', 'kube-proxy-1.30']).uniform).toBe('zones');
    const mixed = readingOf(auto, ['kube-proxy', 'kube-proxy-windows']);
    expect([mixed.uniform, readsOf(mixed, {}), readsOf(mixed, { consumer: 'kube-proxy-windows' })]).toEqual([undefined, 'all', 'none']); // prettier-ignore
  });

  test('what is ignored has a clause for each consumer, and what is read has none', () => {
    const both = { forZones: true, forNodes: true };
    expect(unreadBy(auto, NODE_CONSUMERS, { forZones: false, forNodes: false })).toEqual([]);
    expect(unreadBy(auto, NODE_CONSUMERS, { forZones: true, forNodes: false })).toEqual(['nodes with Windows ignore all hints', 'nodes with OVN-Kubernetes ignore all hints']); // prettier-ignore
    expect(unreadBy(own, NODE_CONSUMERS, both)).toEqual([
      'nodes with kube-proxy before 1.34 ignore node hints',
      'nodes with kube-proxy before 1.31 ignore hints of Services without the annotation service.kubernetes.io/topology-mode',
      'nodes with kube-proxy before 1.27 ignore hints of Services without service.kubernetes.io/topology-mode: Auto',
      'nodes with Windows ignore all hints',
      'nodes with Cilium ignore hints of Services without the annotation service.kubernetes.io/topology-mode or trafficDistribution',
      'nodes with OVN-Kubernetes ignore all hints',
    ]);
  });
});
