import { readsOf } from '../../../kubeproxy/reading.js';
import type { Cluster } from '../../../model/cluster.js';
import { isCounted } from '../../../model/node.js';
import type { StrategyInput } from '../../strategy.js';
import { doubles, zeros } from '../balanced/problem.js';
import { groupEqualNodes } from './equalNodes.js';

const NONE = -1;

/**
 * The nodes of a cluster that may be named, as a demand divides among them: those that heed node hints and of whose
 * traffic the part is known. Zone by zone, the greatest share first; in a zone, equal ones by name. Lists in place of
 * objects, which would take most of the time of a plan in a large cluster.
 */
export interface NodeShares {
  /** Of each node the index of its zone in the demand. */
  readonly zones: readonly number[];
  /** Of each node its part of all traffic, above 0. */
  readonly shares: readonly number[];
  /** What it would send if other nodes left its zone enough: as much as its share, or more. */
  readonly sent: readonly number[];
  /** Where it stands among all nodes of the cluster, which are sorted by name. */
  readonly places: readonly number[];
  /** For each zone where its nodes start; one more for the end. */
  readonly starts: readonly number[];
  /** For each node where those that equal it in zone and share end. */
  readonly ends: readonly number[];
  /** By place among all nodes of the cluster which one of these stands there; below 0: none. */
  readonly atPlace: readonly number[];
  readonly cluster: Pick<Cluster, 'nodes' | 'nodeIndex'>;
  /** For each zone the traffic of its nodes that heed no hints at all, and so use every endpoint. */
  readonly deaf: readonly number[];
  /** Whether every node that sends something may be named. */
  readonly isWhole: boolean;
}

/** Which node a name is; below 0: none that may be named. */
export function findNode({ atPlace, cluster }: Pick<NodeShares, 'atPlace' | 'cluster'>, name: string): number {
  return atPlace[cluster.nodeIndex.placeOf(name)] ?? NONE;
}

export function nameOfNode({ places, cluster }: Pick<NodeShares, 'places' | 'cluster'>, v: number): string {
  return cluster.nodes[places[v]!]!.name;
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
function divideAmongNodes({ cluster, demand, reading }: SharesInput): NodeShares {
  const { nodes } = cluster;
  const { zones, zoneIndex, nodeShare } = demand;
  const deaf = zeros(zones.length);
  const rest = doubles(zones.length);
  const nano = doubles(zones.length);
  const counted = zeros(zones.length);
  const byZone: number[][] = [];
  for (let z = 0; z < zones.length; z++) {
    rest[z] = zones[z]!.share;
    byZone.push([]);
  }
  const homes = zeros(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const zone = zoneIndex.get(node.zone);
    if (zone === undefined || (nodeShare === undefined && !isCounted(node))) {
      homes[i] = NONE;
      continue;
    }
    homes[i] = zone;
    if (node.cpuNano > 0) nano[zone]! += node.cpuNano;
    counted[zone]!++;
  }
  const { uniform } = reading;
  let isWhole = uniform === 'all';
  // What each node would send, and what it sends, by place.
  const wanted = doubles(nodes.length);
  const parts = doubles(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const zone = homes[i]!;
    if (zone < 0) continue;
    const node = nodes[i]!;
    const own =
      nodeShare !== undefined
        ? nodeShare(node.name)
        : zones[zone]!.share * (nano[zone]! > 0 ? Math.max(0, node.cpuNano) / nano[zone]! : 1 / counted[zone]!);
    const share = Math.min(own, rest[zone]!);
    if (share <= 0) {
      if (own > 0) isWhole = false;
      continue;
    }
    rest[zone]! -= share;
    wanted[i] = own;
    parts[i] = share;
    const reads = uniform ?? readsOf(reading, node);
    if (reads === 'all') byZone[zone]!.push(i);
    else if (reads === 'none') deaf[zone]! += share;
  }
  return listNodes(byZone, parts, wanted, { cluster, deaf, isWhole });
}

/**
 * @param byZone the places of the nodes of each zone
 * @param parts what each node sends, by place
 * @param wanted what it would send, by place
 */
function listNodes(
  byZone: readonly (readonly number[])[],
  parts: readonly number[],
  wanted: readonly number[],
  { cluster, deaf, isWhole }: Pick<NodeShares, 'cluster' | 'deaf' | 'isWhole'>,
): NodeShares {
  const atPlace = zeros(parts.length);
  for (let place = 0; place < parts.length; place++) atPlace[place] = NONE;
  const zones: number[] = [];
  const shares: number[] = [];
  const sent: number[] = [];
  const places: number[] = [];
  const ends: number[] = [];
  const starts = [0];
  for (let z = 0; z < byZone.length; z++) {
    const groups = groupEqualNodes(byZone[z]!, parts);
    for (let g = 0; g < groups.length; g++) {
      const group = groups[g]!;
      const end = places.length + group.places.length;
      for (let n = 0; n < group.places.length; n++) {
        const place = group.places[n]!;
        atPlace[place] = places.length;
        zones.push(z);
        shares.push(group.share);
        sent.push(wanted[place]!);
        places.push(place);
        ends.push(end);
      }
    }
    starts.push(places.length);
  }
  // One by one: V8 takes longer to spread an object than to list some ten nodes.
  return { zones, shares, sent, places, starts, ends, atPlace, cluster, deaf, isWhole };
}
