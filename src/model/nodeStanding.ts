import { selectsLabels, type LabelSelector } from './labelSelector.js';
import type { NodeManifest } from './manifest.js';
import type { NodeRecord } from './node.js';

/**
 * What a node counts for (docs/nodes.md): `counted`: its CPU, itself and the pods on it; `control-plane` and `not-ready`: the
 * pods on it as long as their endpoints are ready; else nothing.
 */
export type NodeStanding = (typeof NODE_STANDINGS)[number];
export const NODE_STANDINGS = ['counted', 'control-plane', 'not-ready', 'virtual', 'not-selected'] as const;

/** Which nodes count, apart from what each node shows by itself. */
export interface NodeRules {
  /** Only nodes with these labels count. */
  readonly nodeSelector?: LabelSelector | undefined;
  /** The present, in milliseconds since 1970. By default when the last of the kubelets reported. */
  readonly nowMs?: number | undefined;
}

/**
 * A node that ceases to be ready counts for this long, as its pods do: Kubernetes evicts them after the same time
 * (`tolerationSeconds: 300` of the admission plugin DefaultTolerationSeconds).
 */
export const NOT_READY_GRACE_MS = 300_000;

/** Taints of nodes without a machine: virtual-kubelet, super nodes of Tencent Cloud, VCI of Volcengine, interLink. */
const VIRTUAL_TAINTS: ReadonlySet<string> = new Set([
  'virtual-kubelet.io/provider',
  'eks.tke.cloud.tencent.com/eklet',
  'vci.vke.volcengine.com/node-type',
  'virtual-node.interlink/no-schedule',
]);

/**
 * Taints of nodes that are about to be removed: cluster-autoscaler (utils/taints, ToBeDeletedTaint), Karpenter since and
 * before v1 (DisruptedTaintKey), a machine that its cloud has shut down (cloud-provider api, TaintNodeShutdown) or is going
 * to (GKE; aws-node-termination-handler, pkg/node), and one that an administrator has declared lost (KEP-2268).
 */
const LEAVING_TAINTS: ReadonlySet<string> = new Set([
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
  'node.cloudprovider.kubernetes.io/shutdown',
  'cloud.google.com/impending-node-termination',
  'aws-node-termination-handler/spot-itn',
  'aws-node-termination-handler/scheduled-maintenance',
  'aws-node-termination-handler/asg-lifecycle-termination',
  'node.kubernetes.io/out-of-service',
]);

/**
 * Whether the node has no machine, so that no kube-proxy of the cluster runs there: by the labels that virtual-kubelet sets
 * (Azure and Alibaba Cloud have it from there), those of Azure's newer virtual nodes and of Liqo, or by its taint.
 * Nodes of EKS Fargate are machines with a kube-proxy of their own.
 */
export function isVirtual(labels: Readonly<Record<string, string>>, { spec }: NodeManifest): boolean {
  // Constant keys, as every node is asked; nothing that every object has is one of these values.
  if (labels['type'] === 'virtual-kubelet' || labels['virtualization'] === 'virtualnode2') return true;
  if (labels['liqo.io/type'] === 'virtual-node') return true;
  return hasTaint(spec, isVirtualTaint);
}

/** Whether the node is being deleted, so that its endpoints go soon. */
export function isLeaving({ metadata, spec }: NodeManifest): boolean {
  const { deletionTimestamp } = metadata ?? {};
  return (deletionTimestamp !== undefined && deletionTimestamp !== null) || hasTaint(spec, isLeavingTaint);
}

const isVirtualTaint = (key: string): boolean => VIRTUAL_TAINTS.has(key);
const isLeavingTaint = (key: string): boolean => LEAVING_TAINTS.has(key);

function hasTaint(spec: NodeManifest['spec'], isIt: (key: string) => boolean): boolean {
  // Files that people wrote may have an empty entry.
  const taints: readonly ({ readonly key?: string | null | undefined } | null)[] | null | undefined = spec?.taints;
  if (taints === undefined || taints === null) return false;
  return taints.some((taint) => isIt(taint?.key ?? ''));
}

/** @param nowMs without it a node that is not ready does not count */
export function standingOf(node: NodeRecord, { nodeSelector, nowMs }: NodeRules): NodeStanding {
  if (node.virtual === true) return 'virtual';
  if (nodeSelector !== undefined && !selectsLabels(nodeSelector, node.labels)) return 'not-selected';
  if (node.excluded) return 'control-plane';
  if (node.ready) return 'counted';
  return graceEndsMs(node) > (nowMs ?? Infinity) ? 'counted' : 'not-ready';
}

/** When a node that is not ready ceases to count; the start of time where it is not known since when. */
export function graceEndsMs({ notReadySinceMs }: Pick<NodeRecord, 'notReadySinceMs'>): number {
  return notReadySinceMs === undefined ? -Infinity : notReadySinceMs + NOT_READY_GRACE_MS;
}

/** Why a node does not count. */
const WHY: Readonly<Record<Exclude<NodeStanding, 'counted'>, string>> = {
  'control-plane': 'control plane',
  'not-ready': 'not ready',
  virtual: 'virtual',
  'not-selected': 'left out by --node-selector',
};

/** The names of the nodes that do not count for the demand by CPU or number, by cause. */
export function notCountedNodes(
  nodes: readonly NodeRecord[],
): { readonly standing: NodeStanding; readonly why: string; readonly nodes: readonly string[] }[] {
  return NODE_STANDINGS.flatMap((standing) => {
    if (standing === 'counted') return [];
    const names = nodes.filter((node) => judgedStanding(node) === standing).map(({ name }) => name);
    return names.length === 0 ? [] : [{ standing, why: WHY[standing], nodes: names }];
  });
}

/** What a node counts for: as the rules of its cluster have it, or as it shows by itself. */
export function judgedStanding(node: NodeRecord): NodeStanding {
  return node.standing ?? standingOf(node, NO_RULES);
}

const NO_RULES: NodeRules = Object.freeze({});
