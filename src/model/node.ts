import type { NodeManifest } from './manifest.js';
import { isLeaving, isVirtual, judgedStanding, type NodeStanding } from './nodeStanding.js';
import { ownValue } from './ownValue.js';
import { parseCpuNano } from './quantity.js';
import { readTime } from './time.js';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const REGION_LABEL = 'topology.kubernetes.io/region';

/** Nodes with one of these labels, whatever its value, take no workload and are not counted (upstream topologycache). */
const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';
const MASTER_LABEL = 'node-role.kubernetes.io/master';
export const CONTROL_PLANE_LABELS: readonly string[] = [CONTROL_PLANE_LABEL, MASTER_LABEL];

/**
 * What reads hints on a node, as far as its Node object tells: kube-proxy by the version of the kubelet (1.33 stands for
 * 1.31 to 1.33, and so on), that of Windows, Cilium by the condition that it sets or the label that AKS sets for it, or
 * OVN-Kubernetes (OpenShift) by an annotation that it sets.
 */
export type NodeConsumer = (typeof NODE_CONSUMERS)[number];
export const NODE_CONSUMERS = [
  'kube-proxy',
  'kube-proxy-1.33',
  'kube-proxy-1.30',
  'kube-proxy-1.26',
  'kube-proxy-windows',
  'cilium',
  'ovn-kubernetes',
] as const;

/** What a plan needs to know of a Node: 5,000 of these fit where a hundred Nodes with their image lists would. */
export interface NodeRecord {
  readonly name: string;
  /** Empty when the Node has no zone label or an empty one. */
  readonly zone: string;
  /** Allocatable CPU in billionths of a CPU; 0 when absent or unreadable. */
  readonly cpuNano: number;
  /** The first Ready condition is True. */
  readonly ready: boolean;
  /** A control-plane node by label. */
  readonly excluded: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: kube-proxy, of no known version. */
  readonly consumer?: NodeConsumer | undefined;
  /** No machine of the cluster: pods on it run elsewhere, and no proxy there reads hints. Absent means no. */
  readonly virtual?: boolean | undefined;
  /** Being deleted. Absent means no. */
  readonly leaving?: boolean | undefined;
  /** Since when it is not ready, in milliseconds since 1970; absent when it is ready, or that is not known. */
  readonly notReadySinceMs?: number | undefined;
  /** When its kubelet last reported, as the Node has it: only few plans need to read it (`readTime`). */
  readonly heard?: string | Date | null | undefined;
  /** What it counts for, where rules for the whole cluster decide it (`summariseCluster`); by default as the node shows. */
  readonly standing?: NodeStanding | undefined;
}

type Status = NonNullable<NodeManifest['status']>;
type Condition = NonNullable<Status['conditions']>[number];

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});
const NO_CONDITIONS: readonly never[] = Object.freeze([]);

export function readNode(node: NodeManifest): NodeRecord {
  const labels = node.metadata?.labels ?? NO_LABELS;
  const { status } = node;
  const cpu = status?.allocatable?.['cpu'];
  const conditions = status?.conditions ?? NO_CONDITIONS;
  let condition: Condition | undefined;
  let hasCilium = false;
  for (let i = 0; i < conditions.length; i++) {
    // Files that people wrote may have an empty entry.
    const entry = conditions[i] as Condition | null;
    if (entry?.type === 'Ready') condition ??= entry;
    else if (entry?.type === 'NetworkUnavailable' && entry.reason === 'CiliumIsUp') hasCilium = true;
  }
  const ready = condition?.status === 'True';
  return {
    name: node.metadata?.name ?? '',
    zone: labels[ZONE_LABEL] ?? '',
    cpuNano: cpu === null || cpu === undefined ? 0 : (parseCpuNano(cpu) ?? 0),
    ready,
    excluded: labels[CONTROL_PLANE_LABEL] !== undefined || labels[MASTER_LABEL] !== undefined,
    labels,
    consumer: readConsumer(node, hasCilium),
    virtual: isVirtual(labels, node) || undefined,
    leaving: isLeaving(node) || undefined,
    notReadySinceMs: ready ? undefined : readTime(condition?.lastTransitionTime),
    heard: condition?.lastHeartbeatTime,
  };
}

export const OS_LABEL = 'kubernetes.io/os';
/** Set on nodes of AKS clusters that Azure runs with Cilium and without kube-proxy. */
const AKS_DATAPLANE_LABEL = 'kubernetes.azure.com/ebpf-dataplane';
/** Set by OVN-Kubernetes on each of its nodes (ovn-kubernetes go-controller/pkg/util/subnet_annotations.go). */
export const OVN_ANNOTATION = 'k8s.ovn.org/node-subnets';

function readConsumer({ metadata, status }: NodeManifest, hasCilium: boolean): NodeConsumer {
  const labels = metadata?.labels ?? NO_LABELS;
  const nodeInfo = status?.nodeInfo;
  if ((labels[OS_LABEL] ?? nodeInfo?.operatingSystem) === 'windows') return 'kube-proxy-windows';
  if (hasCilium || labels[AKS_DATAPLANE_LABEL] === 'cilium') return 'cilium';
  if (metadata?.annotations?.[OVN_ANNOTATION] !== undefined) return 'ovn-kubernetes';
  const version = nodeInfo?.kubeletVersion;
  if (version === undefined || version === null) return 'kube-proxy';
  // kube-proxy mostly has the version of the kubelet; a Node has no version of its own for it.
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major !== '1' || Number(minor) >= 34) return 'kube-proxy';
  if (Number(minor) >= 31) return 'kube-proxy-1.33';
  return Number(minor) >= 27 ? 'kube-proxy-1.30' : 'kube-proxy-1.26';
}

/** Whether the node counts for the demand by CPU or number. */
export function isCounted(node: NodeRecord): boolean {
  return judgedStanding(node) === 'counted';
}

/** Whether upstream's rule of Auto counts it (topologycache.SetNodes): ready, and not a control-plane node by label. */
export function isCountedInTree(node: NodeRecord): boolean {
  return node.ready && !node.excluded;
}

/** The value of a label that a user may have named: a word such as `constructor` is no label of every node. */
export function labelOf({ labels }: Pick<NodeRecord, 'labels'>, key: string): string | undefined {
  return ownValue(labels, key);
}
