import { describe, expect, test } from 'vitest';
import type { NodeManifest } from '../../src/model/manifest.js';
import { readNode, type NodeConsumer } from '../../src/model/node.js';

const kubelet = (kubeletVersion: string, more: NodeManifest['status'] = {}): NodeManifest => ({
  metadata: { name: 'n' },
  status: { nodeInfo: { kubeletVersion }, ...more },
});
const network = (reason: string): NodeManifest['status'] => ({
  conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }, { type: 'NetworkUnavailable', status: 'False', reason }], // prettier-ignore
});
// As on recorded nodes: of AKS (Azure/karpenter-provider-azure), OpenShift 4.13 and Kube-OVN, in public repositories.
const AKS = 'kubernetes.azure.com/ebpf-dataplane';
const OVN = { annotations: { 'k8s.ovn.org/node-subnets': '{"default":"10.128.0.0/23"}' } };

describe('what reads hints on a node', () => {
  test.each<[string, NodeManifest, NodeConsumer]>([
    ['nothing known', {}, 'kube-proxy'],
    ['1.36', kubelet('v1.36.2'), 'kube-proxy'],
    ['1.34', kubelet('v1.34.0-alpha.1'), 'kube-proxy'],
    ['1.33', kubelet('v1.33.9+k3s1'), 'kube-proxy-1.33'],
    ['1.31', kubelet('1.31.0'), 'kube-proxy-1.33'],
    ['1.30', kubelet('v1.30.14-eks-abc'), 'kube-proxy-1.30'],
    ['1.27', kubelet('v1.27.0'), 'kube-proxy-1.30'],
    ['1.26', kubelet('v1.26.15'), 'kube-proxy-1.26'],
    ['a build of no release', kubelet('v0.0.0-master+$Format:%H$'), 'kube-proxy'],
    ['GKE', kubelet('v1.29.8-gke.1211000'), 'kube-proxy-1.30'],
    ['KubeEdge', kubelet('v1.22.6-kubeedge-v1.12.1'), 'kube-proxy-1.26'],
    ['a version of another kind', kubelet('unknown'), 'kube-proxy'],
    ['2.0', kubelet('v2.0.0'), 'kube-proxy'],
    ['Windows by label', { metadata: { labels: { 'kubernetes.io/os': 'windows' } } }, 'kube-proxy-windows'],
    [
      'Windows by its node info',
      kubelet('v1.36.0', { nodeInfo: { operatingSystem: 'windows' } }),
      'kube-proxy-windows',
    ],
    ['Cilium', kubelet('v1.36.0', network('CiliumIsUp')), 'cilium'],
    ['Cilium of AKS by label', { metadata: { labels: { [AKS]: 'cilium' } } }, 'cilium'],
    ['another data plane of AKS', { metadata: { labels: { [AKS]: 'other' } } }, 'kube-proxy'],
    ['OpenShift with OVN-Kubernetes', { ...kubelet('v1.27.13+e709aa5'), metadata: OVN }, 'ovn-kubernetes'],
    ['OpenShift without', kubelet('v1.27.13+e709aa5'), 'kube-proxy-1.30'],
    ['Cilium goes before OVN-Kubernetes', { ...kubelet('v1.36.0', network('CiliumIsUp')), metadata: OVN }, 'cilium'],
    ['Kube-OVN leaves it to kube-proxy', { metadata: { annotations: { 'ovn.kubernetes.io/allocated': 'true' } } }, 'kube-proxy'], // prettier-ignore
    ['Calico leaves it to kube-proxy', kubelet('v1.33.0', network('CalicoIsUp')), 'kube-proxy-1.33'],
  ])('%s', (_, node, consumer) => {
    expect(readNode(node).consumer).toBe(consumer);
  });
});

describe('virtual nodes', () => {
  test.each<[string, NodeManifest, boolean]>([
    ['virtual-kubelet by label', { metadata: { labels: { type: 'virtual-kubelet' } } }, true],
    ['virtual nodes of Azure', { metadata: { labels: { virtualization: 'virtualnode2' } } }, true],
    ['Liqo', { metadata: { labels: { 'liqo.io/type': 'virtual-node' } } }, true],
    ['virtual-kubelet by taint', { spec: { taints: [{ key: 'virtual-kubelet.io/provider' }] } }, true],
    ['super nodes of Tencent Cloud', { spec: { taints: [{ key: 'eks.tke.cloud.tencent.com/eklet' }] } }, true],
    ['VCI of Volcengine', { spec: { taints: [{ key: 'vci.vke.volcengine.com/node-type' }] } }, true],
    ['interLink', { spec: { taints: [{ key: 'virtual-node.interlink/no-schedule' }] } }, true],
    ['another type', { metadata: { labels: { type: 'worker' } } }, false],
    ['EKS Fargate', { metadata: { labels: { 'eks.amazonaws.com/compute-type': 'fargate' } } }, false],
    ['an empty taint of a file', { spec: { taints: [null as never, {}] } }, false],
  ])('%s', (_, node, virtual) => {
    expect(readNode(node).virtual === true).toBe(virtual);
  });
});

describe('since when a node is not ready', () => {
  const since = (status: string, more: object): number | undefined =>
    readNode({ status: { conditions: [{ type: 'Ready', status, ...more }] } }).notReadySinceMs;
  test.each<[string, string, object, number | undefined]>([
    ['is the time of the transition', 'False', { lastTransitionTime: '1970-01-01T00:00:07Z' }, 7000],
    ['also as a Date', 'Unknown', { lastTransitionTime: new Date(7000) }, 7000],
    ['is not known without one', 'False', {}, undefined],
    ['is not known by a text that is no time', 'False', { lastTransitionTime: 'yesterday' }, undefined],
    ['is nothing for a ready node', 'True', { lastTransitionTime: '1970-01-01T00:00:07Z' }, undefined],
  ])('%s', (_, status, more, expected) => {
    expect(since(status, more)).toBe(expected);
  });
});
