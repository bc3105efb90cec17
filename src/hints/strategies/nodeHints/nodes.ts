import { readsOf } from '../../../kubeproxy/reading.js';
import { sortFew } from '../../../model/lists/sortFew.js';
import { isCounted } from '../../../model/node.js';
import type { StrategyInput } from '../../strategy.js';
import { zeros } from '../balanced/problem.js';

/** A node that may be named: it heeds node hints, and its part of the traffic is known. */
export interface NameableNode {
  readonly name: string;
  /** Index of its zone in the demand. */
  readonly zone: number;
  /** Its part of all traffic, above 0. */
  readonly share: number;
  /** Where it stands among all nodes of the cluster. */
  readonly place: number;
  /** What it would send if other nodes left its zone enough: as much as `share`, or more. */
  readonly sent: number;
}

/** The nodes of a cluster as a demand divides among them. */
export interface NodeShares {
  /** Those that may be named: zone by zone, the greatest share first; in a zone, equal ones by name. */
  readonly nodes: readonly NameableNode[];
  /** For each zone where its nodes start in `nodes`; one more for the end. */
  readonly starts: readonly number[];
  /** For each node where those that equal it in zone and share end in `nodes`. */
  readonly ends: readonly number[];
  /** Indexes into `nodes`, in the order of all nodes of the cluster: by name; made when it is first asked for. */
  readonly byName: () => readonly number[];
  /** The place of each node in `nodes`, by name; made when it is first asked for. */
  readonly places: () => ReadonlyMap<string, number>;
  /** For each zone the traffic of its nodes that heed no hints at all, and so use every endpoint. */
  readonly deaf: readonly number[];
  /** Whether every node that sends something may be named. */
  readonly isWhole: boolean;
}

type SharesInput = Pick<StrategyInput, 'cluster' | 'demand' | 'reading'> & {
  readonly scratch: Pick<StrategyInput['scratch'], 'recall'>;
};

/** Worked out once for a cluster, a demand and what the nodes heed: one object for equal readings. */
export function nodeSharesOf(input: SharesInput): NodeShares {
  const { cluster, demand, reading, scratch } = input;
  const known = scratch.recall(demand, [cluster], () => new Map<string, NodeShares>());
  const key = reading.uniform ?? [...reading.byConsumer].join();
  let shares = known.get(key);
  if (shares === undefined) {
    shares = divideAmongNodes(input);
    known.set(key, shares);
  }
  return shares;
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
  const nano: number[] = [];
  const counted: number[] = [];
  for (let z = 0; z < zones.length; z++) {
    byZone.push([]);
    deaf.push(0);
    rest.push(zones[z]!.share);
    nano.push(0);
    counted.push(0);
  }
  const homes: number[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const zone = zoneIndex.get(node.zone);
    if (zone === undefined || (nodeShare === undefined && !isCounted(node))) {
      homes.push(-1);
      continue;
    }
    homes.push(zone);
    if (node.cpuNano > 0) nano[zone]! += node.cpuNano;
    counted[zone]!++;
  }
  const { uniform } = reading;
  let isWhole = uniform === 'all';
  for (let i = 0; i < nodes.length; i++) {
    const zone = homes[i]!;
    if (zone < 0) continue;
    const node = nodes[i]!;
    const sent =
      nodeShare !== undefined
        ? nodeShare(node.name)
        : zones[zone]!.share * (nano[zone]! > 0 ? Math.max(0, node.cpuNano) / nano[zone]! : 1 / counted[zone]!);
    const share = Math.min(sent, rest[zone]!);
    if (share <= 0) {
      if (sent > 0) isWhole = false;
      continue;
    }
    rest[zone]! -= share;
    const reads = uniform ?? readsOf(reading, node);
    if (reads === 'all') byZone[zone]!.push({ name: node.name, zone, share, place: i, sent });
    else if (reads === 'none') deaf[zone]! += share;
  }
  const sorted: NameableNode[] = [];
  const starts: number[] = [];
  for (const list of byZone) {
    starts.push(sorted.length);
    for (const equals of byShare(list)) for (let n = 0; n < equals.length; n++) sorted.push(equals[n]!);
  }
  starts.push(sorted.length);
  const ends = zeros(sorted.length);
  for (let v = sorted.length - 1, end = v + 1; v >= 0; v--) {
    const next = sorted[v + 1];
    if (next?.share !== sorted[v]!.share || next.zone !== sorted[v]!.zone) end = v + 1;
    ends[v] = end;
  }
  let byText: ReadonlyMap<string, number> | undefined;
  const places = (): ReadonlyMap<string, number> => (byText ??= new Map(sorted.map((node, v) => [node.name, v])));
  let inOrder: readonly number[] | undefined;
  const byName = (): readonly number[] => (inOrder ??= orderByPlace(sorted, nodes.length));
  return { nodes: sorted, starts, ends, byName, places, deaf, isWhole };
}

/** In so many sizes nodes are grouped by comparing with each; a cluster mostly has a few. */
const MOST_SIZES = 16;

/** Nodes of one zone in lists, the greatest share first; within a list in the order in which they come. */
function byShare(nodes: NameableNode[]): readonly (readonly NameableNode[])[] {
  const groups: NameableNode[][] = [];
  for (let n = 0; n < nodes.length; n++) {
    const node = nodes[n]!;
    let g = 0;
    while (g < groups.length && groups[g]![0]!.share !== node.share) g++;
    if (g < groups.length) groups[g]!.push(node);
    else if (g < MOST_SIZES) groups.push([node]);
    else return [nodes.sort((a, b) => b.share - a.share)];
  }
  return sortFew(groups, (a, b) => b[0]!.share - a[0]!.share);
}

/** @param count of all nodes of the cluster */
function orderByPlace(nodes: readonly NameableNode[], count: number): readonly number[] {
  const atPlace = new Array<number | undefined>(count).fill(undefined);
  for (let v = 0; v < nodes.length; v++) atPlace[nodes[v]!.place] = v;
  return atPlace.filter((v) => v !== undefined);
}
