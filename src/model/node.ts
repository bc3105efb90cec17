import type { NodeManifest } from './manifest.js';
import { parseCpuNano } from './quantity.js';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Nodes with one of these labels, whatever its value, take no workload and are not counted (upstream topologycache). */
const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';
const MASTER_LABEL = 'node-role.kubernetes.io/master';

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
const NO_CONDITIONS: readonly never[] = Object.freeze([]);

export function readNode(node: NodeManifest): NodeRecord {
  const labels = node.metadata?.labels ?? NO_LABELS;
  const { status } = node;
  const cpu = status?.allocatable?.['cpu'];
  return {
    name: node.metadata?.name ?? '',
    zone: labels[ZONE_LABEL] ?? '',
    cpuNano: cpu === null || cpu === undefined ? 0 : (parseCpuNano(cpu) ?? 0),
    ready: isReady(status?.conditions),
    excluded: labels[CONTROL_PLANE_LABEL] !== undefined || labels[MASTER_LABEL] !== undefined,
    labels,
  };
}

function isReady(conditions: NonNullable<NodeManifest['status']>['conditions']): boolean {
  const entries: readonly ({ readonly type: string; readonly status: string } | null)[] = conditions ?? NO_CONDITIONS;
  for (const entry of entries) if (entry?.type === 'Ready') return entry.status === 'True';
  return false;
}

/** A node that may receive workload now: upstream's filter (ready, not a control-plane node). */
export function isCounted(node: NodeRecord): boolean {
  return node.ready && !node.excluded;
}

/** The value of a label that a user may have named: a word such as `constructor` is no label of every node. */
export function labelOf({ labels }: Pick<NodeRecord, 'labels'>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
