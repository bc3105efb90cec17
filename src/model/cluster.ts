import type { Demand, ZoneDemand } from './demand.js';
import { isCounted, type NodeConsumer, type NodeRecord } from './node.js';
import { NodeIndex } from './nodeIndex.js';
import { compareNames } from './objectKey.js';
import { milliFromNano } from './quantity.js';

/** A zone's part of the CPU; the shares of a cluster add up to 1 (strict ones to slightly more, see `strictShares`). */
export interface ZoneShare extends ZoneDemand {
  readonly cpuMilli: number;
}

/** The nodes of a cluster, summed up once for all Services. Zones and nodes are sorted by name. */
export interface Cluster {
  readonly nodes: readonly NodeRecord[];
  readonly nodeIndex: NodeIndex;
  /** What reads hints on the nodes, each once, sorted. */
  readonly consumers: readonly NodeConsumer[];
  /** Counted nodes (ready, no control plane) that have a zone and CPU; odd nodes are passed over. */
  readonly shares: readonly ZoneShare[];
  /** `shares`, or the number of nodes by zone where no counted node with a zone tells its CPU. */
  readonly demand: Demand;
  /**
   * The same by upstream's rule, which gives up as soon as one counted node lacks a zone or CPU, or fewer than two
   * zones are left (topologycache.SetNodes): undefined then. As there, every zone's CPU is rounded up to a milli-CPU
   * before it is divided by the total.
   */
  readonly strictShares: readonly ZoneShare[] | undefined;
  /** Names of counted nodes without a zone or without CPU: why `strictShares` may be undefined. */
  readonly oddNodes: readonly string[];
}

/** An API server lists nodes by name, so there is mostly nothing to sort. */
function sortedByName(nodes: readonly NodeRecord[]): readonly NodeRecord[] {
  for (let i = 1; i < nodes.length; i++) if (nodes[i - 1]!.name > nodes[i]!.name) return [...nodes].sort(compareNames);
  return nodes.slice();
}

export function summariseCluster(nodes: readonly NodeRecord[]): Cluster {
  const sorted = sortedByName(nodes);
  const placeOf = new Map<string, number>();
  const zoneNano: number[] = [];
  const oddNodes: string[] = [];
  let total = 0;
  for (const node of sorted) {
    if (!isCounted(node)) continue;
    if (node.zone === '' || node.cpuNano <= 0) {
      oddNodes.push(node.name);
      continue;
    }
    let place = placeOf.get(node.zone);
    if (place === undefined) {
      place = zoneNano.push(0) - 1;
      placeOf.set(node.zone, place);
    }
    zoneNano[place]! += node.cpuNano;
    total += node.cpuNano;
  }
  const zones: { zone: string; cpuMilli: number }[] = [];
  let sum = 0;
  for (const [zone, place] of placeOf) {
    const own = { zone, cpuMilli: milliFromNano(zoneNano[place]!) };
    sum += own.cpuMilli;
    // There are a handful, for which calling a sort costs more than all the rest.
    let at = zones.length;
    for (; at > 0 && zones[at - 1]!.zone > zone; at--) zones[at] = zones[at - 1]!;
    zones[at] = own;
  }
  for (let z = 0; z < zones.length; z++) placeOf.set(zones[z]!.zone, z);
  const shares = sharesOf(zones, sum);
  // Upstream rounds the total up by itself. Both are equal unless a node has a fraction of a milli-CPU.
  const totalMilli = milliFromNano(total);
  const strict = oddNodes.length === 0 && shares.length >= 2;
  const nodeIndex = new NodeIndex(sorted);
  const byCpu: Demand = { source: 'cpu', words: 'cpu', zones: shares, zoneIndex: placeOf };
  return {
    nodes: sorted,
    nodeIndex,
    consumers: consumersOf(sorted),
    shares,
    demand: shares.length > 0 ? byCpu : nodeIndex.demandByNumber,
    oddNodes,
    strictShares: !strict ? undefined : totalMilli === sum ? shares : sharesOf(zones, totalMilli),
  };
}

function consumersOf(nodes: readonly NodeRecord[]): readonly NodeConsumer[] {
  const consumers: NodeConsumer[] = [];
  let last: NodeConsumer | undefined;
  for (let i = 0; i < nodes.length; i++) {
    const { consumer = 'kube-proxy' } = nodes[i]!;
    // Nearly all nodes are alike.
    if (consumer !== last && !consumers.includes(consumer)) consumers.push(consumer);
    last = consumer;
  }
  return consumers.sort();
}

function sharesOf(zones: readonly { zone: string; cpuMilli: number }[], totalMilli: number): readonly ZoneShare[] {
  return zones.map(({ zone, cpuMilli }) => ({ zone, cpuMilli, share: cpuMilli / totalMilli }));
}
