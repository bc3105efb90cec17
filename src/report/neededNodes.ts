import type { Settings } from '../hints/settings.js';
import { newestHeardMs } from '../model/cluster.js';
import { selectsLabels, type LabelSelector } from '../model/labelSelector.js';
import type { NodeManifest } from '../model/manifest.js';
import { OVN_ANNOTATION, readNode, type NodeRecord } from '../model/node.js';

type Conditions = NonNullable<NonNullable<NodeManifest['status']>['conditions']>;

/** What stands for whatever makes a node virtual, or leaving, or tells what reads hints there. */
const VIRTUAL_TAINT = Object.freeze({ key: 'virtual-kubelet.io/provider' });
const LEAVING_TAINT = Object.freeze({ key: 'ToBeDeletedByClusterAutoscaler' });
const CILIUM_CONDITION = Object.freeze({ type: 'NetworkUnavailable', status: 'False', reason: 'CiliumIsUp' });
const OVN_ANNOTATIONS = Object.freeze({ [OVN_ANNOTATION]: '' });

/** The label of nodes that `--node-selector` selects: it stands for the labels that the selector names. */
export const SELECTED_LABEL = 'selected-by-flag';
const SELECTED: LabelSelector = Object.freeze([{ key: SELECTED_LABEL, operator: 'Exists', values: [] }]);

/** The settings for the nodes of `neededNodes`. */
export function neededSettings(settings: Settings): Settings {
  return settings.nodeSelector === undefined ? settings : { ...settings, nodeSelector: SELECTED };
}

/** The nodes with what plans read, in their order. @param labels those that plans read */
export function neededNodes(
  nodes: readonly NodeManifest[],
  labels: ReadonlySet<string>,
  { nodeSelector, nowMs }: Pick<Settings, 'nodeSelector' | 'nowMs'>,
): NodeManifest[] {
  const records = nodes.map(readNode);
  const heardMs = newestHeardMs(records);
  const isDated = nowMs !== undefined || heardMs !== -Infinity;
  return nodes.map((node, i) => {
    const record = records[i]!;
    const own = Object.entries(record.labels).filter(([key]) => labels.has(key));
    if (nodeSelector !== undefined && selectsLabels(nodeSelector, record.labels)) own.push([SELECTED_LABEL, 'yes']);
    const taints = [
      ...(record.virtual === true ? [VIRTUAL_TAINT] : []),
      ...(record.leaving === true ? [LEAVING_TAINT] : []),
    ];
    return {
      metadata: {
        name: record.name,
        labels: Object.fromEntries(own),
        ...(record.consumer === 'ovn-kubernetes' ? { annotations: OVN_ANNOTATIONS } : {}),
      },
      ...(taints.length === 0 ? {} : { spec: { taints } }),
      status: neededStatus(node, record, isDated ? timesOf(record, heardMs) : {}),
    };
  });
}

function neededStatus(
  { status }: NodeManifest,
  record: NodeRecord,
  times: Partial<Conditions[number]>,
): NodeManifest['status'] {
  const cpu = status?.allocatable?.['cpu'];
  const { operatingSystem, kubeletVersion } = status?.nodeInfo ?? {};
  const [minor] = /^v?\d+\.\d+/.exec(kubeletVersion ?? '') ?? [];
  // Files that people wrote may have an empty entry.
  const conditions: readonly (Conditions[number] | null)[] = status?.conditions ?? [];
  return {
    ...(cpu === undefined || cpu === null ? {} : { allocatable: { cpu } }),
    conditions: [
      ...(record.consumer === 'cilium' ? [CILIUM_CONDITION] : []),
      ...conditions.flatMap((condition) =>
        condition?.type === 'Ready' ? [{ type: 'Ready', status: condition.status, ...times }] : [],
      ),
    ],
    ...(minor === undefined && operatingSystem !== 'windows'
      ? {}
      : {
          nodeInfo: {
            ...(minor === undefined ? {} : { kubeletVersion: minor }),
            ...(operatingSystem === 'windows' ? { operatingSystem } : {}),
          },
        }),
  };
}

/** How long a node has not been ready, beside when the last kubelet reported, if one did; other nodes need no times. */
function timesOf({ notReadySinceMs }: NodeRecord, heardMs: number): Partial<Conditions[number]> {
  if (notReadySinceMs === undefined) return {};
  return {
    lastTransitionTime: new Date(notReadySinceMs).toISOString(),
    ...(heardMs === -Infinity ? {} : { lastHeartbeatTime: new Date(heardMs).toISOString() }),
  };
}
