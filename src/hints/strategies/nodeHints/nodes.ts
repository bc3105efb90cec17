import { readsOf } from '../../../kubeproxy/reading.js';
import type { Demand } from '../../../model/demand.js';
import { isCounted, type NodeRecord } from '../../../model/node.js';
import type { StrategyInput } from '../../strategy.js';

/** A node that may be named: it heeds node hints, and its part of the traffic is known. */
export interface NameableNode {
  readonly name: string;
  /** Index of its zone in the demand. */
  readonly zone: number;
  /** Its part of all traffic, above 0. */
  readonly share: number;
}

/** The nodes of a cluster as a demand divides among them. */
export interface NodeShares {
  /** Those that may be named: zone by zone, the greatest share first; in a zone, equal ones by name. */
  readonly nodes: readonly NameableNode[];
  /** Their places in `nodes`, by name. */
  readonly indexByName: ReadonlyMap<string, number>;
  /** For each zone the traffic of its nodes that heed no hints at all, and so use every endpoint. */
  readonly deaf: readonly number[];
}

type SharesInput = Pick<StrategyInput, 'cluster' | 'demand' | 'reading'> & {
  readonly scratch: Pick<StrategyInput['scratch'], 'recall'>;
};

/** Worked out once for a cluster and a demand. */
export function nodeSharesOf(input: SharesInput): NodeShares {
  const { cluster, demand, reading, scratch } = input;
  return scratch.recall(demand, [cluster, reading], () => divideAmongNodes(input));
}

/**
 * As the forecast does: by clients where these are known by node, else by CPU within each zone, or by number where no
 * node of the zone tells its CPU.
 */
function divideAmongNodes({ cluster: { nodes }, demand, reading }: SharesInput): NodeShares {
  const { zones, zoneIndex, nodeShare } = demand;
  const byZone: NameableNode[][] = [];
  const deaf: number[] = [];
  const rest: number[] = [];
  for (let z = 0; z < zones.length; z++) {
    byZone.push([]);
    deaf.push(0);
    rest.push(zones[z]!.share);
  }
  const part = nodeShare === undefined ? partOfZone(nodes, demand) : undefined;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const zone = zoneIndex.get(node.zone);
    if (zone === undefined) continue;
    const sent = nodeShare === undefined ? zones[zone]!.share * part!(node, zone) : nodeShare(node.name);
    const share = Math.min(sent, rest[zone]!);
    if (share <= 0) continue;
    rest[zone]! -= share;
    const reads = readsOf(reading, node);
    if (reads === 'all') byZone[zone]!.push({ name: node.name, zone, share });
    else if (reads === 'none') deaf[zone]! += share;
  }
  const sorted: NameableNode[] = [];
  for (const list of byZone) {
    // Stable: nodes are sorted by name.
    list.sort((a, b) => b.share - a.share);
    for (const node of list) sorted.push(node);
  }
  let indexByName: ReadonlyMap<string, number> | undefined;
  return {
    nodes: sorted,
    get indexByName() {
      return (indexByName ??= new Map(sorted.map(({ name }, v) => [name, v])));
    },
    deaf,
  };
}

function partOfZone(
  nodes: readonly NodeRecord[],
  { zones, zoneIndex }: Demand,
): (node: NodeRecord, zone: number) => number {
  const nano = zones.map(() => 0);
  const count = zones.map(() => 0);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const zone = isCounted(node) ? zoneIndex.get(node.zone) : undefined;
    if (zone === undefined) continue;
    nano[zone]! += Math.max(0, node.cpuNano);
    count[zone]!++;
  }
  return (node, zone) => {
    if (!isCounted(node)) return 0;
    return nano[zone]! > 0 ? Math.max(0, node.cpuNano) / nano[zone]! : 1 / count[zone]!;
  };
}
