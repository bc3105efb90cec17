import type { NodeManifest } from './manifest.js';
import { parseCpuNano } from './quantity.js';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Nodes with one of these labels, whatever its value, take no workload and are not counted (upstream topologycache). */
const EXCLUDED_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

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
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

export function readNode(node: NodeManifest): NodeRecord {
  const labels = node.metadata?.labels ?? NO_LABELS;
  const cpu = node.status?.allocatable?.['cpu'];
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  return {
    name: node.metadata?.name ?? '',
    zone: labels[ZONE_LABEL] ?? '',
    cpuNano: cpu === undefined ? 0 : (parseCpuNano(cpu) ?? 0),
    ready: ready?.status === 'True',
    excluded: EXCLUDED_LABELS.some((label) => Object.hasOwn(labels, label)),
    labels,
  };
}

/** A node that may receive workload now: upstream's filter (ready, not a control-plane node). */
export function isCounted(node: NodeRecord): boolean {
  return node.ready && !node.excluded;
}
