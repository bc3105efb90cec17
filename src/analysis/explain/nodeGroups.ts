import type { Reading } from '../../kubeproxy/reading.js';
import { usableByNodes } from '../../kubeproxy/replay.js';
import type { Cluster } from '../../model/cluster.js';
import type { NodeRecord } from '../../model/node.js';
import { compareText } from '../../model/objectKey.js';
import type { EndpointRecord } from '../../model/slice.js';

/** Nodes of one zone that use the same endpoints. */
export interface NodeGroup {
  /** Empty: without a zone. */
  readonly zone: string;
  readonly nodes: readonly NodeRecord[];
  /** Indexes into the endpoints, ascending. */
  readonly usable: readonly number[];
}

/** What nodes do with endpoints and their hints: one group for a zone, or several where its nodes differ. Sorted by zone. */
export function groupNodes(
  endpoints: readonly EndpointRecord[],
  { nodes }: Pick<Cluster, 'nodes'>,
  reading: Reading,
): readonly NodeGroup[] {
  const hints = endpoints.map((endpoint) => endpoint.hints);
  const usableOf = usableByNodes(endpoints, hints, nodes, reading);
  const groups = new Map<string, { zone: string; nodes: NodeRecord[]; usable: readonly number[] }>();
  nodes.forEach((node, i) => {
    const usable = usableOf[i] ?? [];
    const key = `${node.zone}|${usable.join()}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { zone: node.zone, nodes: [node], usable });
    else group.nodes.push(node);
  });
  return [...groups.values()].sort((a, b) => compareText(a.zone, b.zone));
}
