import { describe, expect, test } from 'vitest';
import { anonymiseCluster } from '../../src/report/anonymise/cluster.js';
import { pseudonymsOf } from '../../src/report/anonymise/pseudonyms.js';
import { anonymiseSettings } from '../../src/report/anonymise/settings.js';
import { neededFields } from '../../src/report/neededFields.js';
import { neededSettings } from '../../src/report/neededNodes.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import type { NodeManifest } from '../../src/model/manifest.js';
import { summariseCluster } from '../../src/model/cluster.js';
import { readNode } from '../../src/model/node.js';
import { judgedStanding } from '../../src/model/nodeStanding.js';

const node = (name: string, labels: Record<string, string> = {}, more: Partial<NodeManifest> = {}): NodeManifest => ({
  metadata: { name, labels: { 'topology.kubernetes.io/zone': 'a', 'secret/pool': 'web', ...labels } },
  status: {
    allocatable: { cpu: '4' },
    conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:30:00Z' }],
  },
  ...more,
});
const notReady = (lastTransitionTime: string): Partial<NodeManifest> => ({
  status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'False', lastTransitionTime }] },
});
const NODES = [
  node('n1'),
  node('n2', { 'secret/pool': 'batch' }),
  node('n3', { type: 'virtual-kubelet' }),
  node('n4', {}, { spec: { taints: [{ key: 'karpenter.sh/disrupted' }] } }),
  node('n5', {}, notReady('2026-01-01T00:26:00Z')),
  node('n6', {}, notReady('2026-01-01T00:25:00Z')),
];
const settings = {
  ...DEFAULT_SETTINGS,
  nodeSelector: [{ key: 'secret/pool', operator: 'In', values: ['web'] }],
} as const;
const standings = (nodes: readonly NodeManifest[], rules: Parameters<typeof summariseCluster>[1]): string[] =>
  summariseCluster(nodes.map(readNode), rules).nodes.map(
    (each) => `${judgedStanding(each)}${each.leaving === true ? ' leaving' : ''}`,
  );

describe('the nodes of a report', () => {
  const expected = ['counted', 'not-selected', 'virtual', 'counted leaving', 'counted', 'not-ready'];
  const needed = neededFields({ nodes: NODES, services: [], endpointSlices: [] }, settings);

  test('count for what they count for, without the labels, taints and times that decide it', () => {
    expect(standings(NODES, settings)).toEqual(expected);
    expect(standings(needed.nodes, neededSettings(settings))).toEqual(expected);
    expect(JSON.stringify([needed, neededSettings(settings)])).not.toMatch(/secret|batch|karpenter|kubelet"/);
  });

  test('the same by a clock, where no kubelet tells when it reported', () => {
    const silent = NODES.map((each) => ({ ...each, status: { ...each.status, conditions: each.status?.conditions?.map((condition) => ({ ...condition, lastHeartbeatTime: undefined })) } })); // prettier-ignore
    const dated = { ...settings, nowMs: Date.parse('2026-01-01T00:30:00Z') };
    const { nodes } = neededFields({ nodes: silent, services: [], endpointSlices: [] }, dated);
    expect(standings(silent, dated)).toEqual(expected);
    expect(standings(nodes, neededSettings(dated))).toEqual(expected);
  });

  test('the same under pseudonyms', () => {
    const names = pseudonymsOf(needed);
    const { nodes } = anonymiseCluster(needed, names);
    expect(standings(nodes, anonymiseSettings(neededSettings(settings), names))).toEqual(expected);
  });

  test('tell what reads hints on them, without what they tell it by', () => {
    const { secret, ...labels } = { secret: 'x', 'kubernetes.azure.com/ebpf-dataplane': 'cilium' };
    const annotations = { 'k8s.ovn.org/node-subnets': secret };
    const nodes = [
      node('n1'),
      node('n2', labels),
      node('n3', {}, { metadata: { name: 'n3', annotations: { ...annotations, secret } } }),
    ];
    const shown = neededFields({ nodes, services: [], endpointSlices: [] });
    const others = anonymiseCluster(shown, pseudonymsOf(shown)).nodes;
    for (const each of [nodes, shown.nodes, others]) {
      expect(each.map((one) => readNode(one).consumer)).toEqual(['kube-proxy', 'cilium', 'ovn-kubernetes']);
    }
    expect(JSON.stringify(shown)).not.toMatch(/secret|azure|"x"/);
  });

  test('without a selector nothing is selected', () => {
    expect(neededSettings(DEFAULT_SETTINGS)).toBe(DEFAULT_SETTINGS);
    expect(JSON.stringify(neededFields({ nodes: NODES, services: [], endpointSlices: [] }))).not.toContain('selected');
  });
});
