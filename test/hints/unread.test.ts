import { describe, expect, test } from 'vitest';
import { planService, type ServicePlan, type Settings } from '../../src/index.js';
import type { NodeManifest, ServiceManifest } from '../../src/model/manifest.js';
import { nodeManifest, sliceManifest } from '../support/vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';
const endpoints = ['a', 'b'].map((zone, i) => ({ address: `10.0.0.${i}`, zone, node: `n-${zone}`, ready: true }));

/** A node in each of two zones, by the version of their kubelets or as Windows. */
function nodesOf(...kubelets: string[]): NodeManifest[] {
  return ['a', 'b'].map((zone, i) => {
    const kubelet = kubelets[i % kubelets.length]!;
    const labels = { [ZONE]: zone, 'kubernetes.io/hostname': `n-${zone}`, 'kubernetes.io/os': kubelet === 'windows' ? 'windows' : 'linux' }; // prettier-ignore
    const node = nodeManifest({ name: `n-${zone}`, labels, cpu: '4', ready: 'True' });
    return { ...node, status: { ...node.status, nodeInfo: { kubeletVersion: kubelet } } };
  });
}

function planned(
  annotations: Record<string, string>,
  nodes: NodeManifest[],
  settings: Partial<Settings> = {},
): ServicePlan {
  // prettier-ignore
  const service: ServiceManifest = { metadata: { name: 'svc', namespace: 'default', annotations } };
  return planService({ service, nodes, slices: [sliceManifest({ name: 's0', endpoints })], settings });
}

const shareOf = ({ forecast }: ServicePlan): number => forecast[0]!.inZoneShare;
const told = ({ warnings }: ServicePlan): string[] => warnings.map(({ reason, message }) => `${reason}: ${message}`);

describe('hints that a node does not read', () => {
  test('all nodes read them: the promise is whole, and nothing is told', () => {
    const plan = planned({ [MODE]: 'slicehints.io/balanced' }, nodesOf('v1.36.0'));
    expect([shareOf(plan), told(plan)]).toEqual([1, []]);
  });

  test('Windows on one of two nodes: its half uses all endpoints, also in the sentence of the verdict', () => {
    const plan = planned({ [MODE]: 'slicehints.io/balanced' }, nodesOf('v1.36.0', 'windows'));
    expect([shareOf(plan), told(plan)]).toEqual([0.75, ['HintsNotRead: Not all nodes read these hints: nodes with Windows ignore all hints']]); // prettier-ignore
    expect(plan.verdicts[0]!.message).toMatch(/^Balanced hints set: 75% in zone, busiest endpoint 1\.50x/);
    expect(plan.patches).toHaveLength(1);
  });

  test('kube-proxy before 1.31 wants a topology annotation, which slicehints.io/mode is not', () => {
    const old = nodesOf('v1.30.1');
    expect(shareOf(planned({ [MODE]: 'slicehints.io/balanced' }, old))).toBe(1);
    const plan = planned({ 'slicehints.io/mode': 'balanced' }, old);
    expect([shareOf(plan), plan.warnings[0]?.reason]).toEqual([0.5, 'HintsNotRead']);
    expect(plan.warnings[0]?.message).toContain(MODE);
  });

  test.each(['same-node', 'topology-keys'])('kube-proxy before 1.34 reads no node hints (%s)', (mode) => {
    const annotations: Record<string, string> = mode === 'same-node' ? { [MODE]: 'slicehints.io/same-node' } : { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,*', [MODE]: '' }; // prettier-ignore
    const plan = planned(annotations, nodesOf('v1.33.0'));
    const hints = plan.slices.flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.hints));
    if (hints.some((hint) => hint?.forNodes !== undefined))
      expect(told(plan)).toEqual(['HintsNotRead: Not all nodes read these hints: nodes with kube-proxy before 1.34 ignore node hints']); // prettier-ignore
    else expect(told(plan)).toEqual([]);
    if (mode === 'same-node') expect(shareOf(plan)).toBe(1);
    else expect([shareOf(plan), plan.verdicts[0]?.reason]).toEqual([0.5, 'TopologyKeysLeaking']);
  });

  test('topology keys are not called exact where nodes ignore the hints', () => {
    const annotations = { 'slicehints.io/topology-keys': 'kubernetes.io/hostname,*' };
    expect(planned(annotations, nodesOf('v1.36.0')).verdicts[0]?.reason).toBe('TopologyKeysExact');
    expect(planned(annotations, nodesOf('windows')).verdicts[0]?.reason).not.toBe('TopologyKeysExact');
  });

  test('the setting goes before what the nodes tell', () => {
    const asked = { [MODE]: 'slicehints.io/balanced' };
    expect(shareOf(planned(asked, nodesOf('windows'), { consumer: 'kube-proxy' }))).toBe(1);
    expect(shareOf(planned(asked, nodesOf('v1.36.0'), { consumer: 'kube-proxy-windows' }))).toBe(0.5);
  });
});
