import type { Demand, ZoneDemand } from './demand.js';
import { listed } from './text/listed.js';
import { isCounted, isCountedInTree, type NodeConsumer, type NodeRecord } from './node.js';
import { NodeIndex } from './nodeIndex.js';
import { graceEndsMs, judgedStanding, standingOf, type NodeRules } from './nodeStanding.js';
import { compareNames, compareText } from './objectKey.js';
import { milliFromNano } from './quantity.js';
import { sortFew } from './lists/sortFew.js';
import { readTime } from './time.js';

/** A zone's part of the CPU; the shares of a cluster add up to 1 (strict ones to slightly more, see `strictShares`). */
export interface ZoneShare extends ZoneDemand {
  readonly cpuMilli: number;
}

/** The nodes of a cluster, summed up once for all Services. Zones and nodes are sorted by name. */
export interface Cluster {
  readonly nodes: readonly NodeRecord[];
  readonly nodeIndex: NodeIndex;
  /** What reads hints on the nodes, each once, sorted; no proxy runs on virtual ones, whatever version they tell. */
  readonly consumers: readonly NodeConsumer[];
  /** Counted nodes that have a zone and CPU; odd nodes are passed over. */
  readonly shares: readonly ZoneShare[];
  /** `shares`, or the number of nodes by zone where no counted node with a zone tells its CPU. */
  readonly demand: Demand;
  /** `shares` divided as upstream divides them; undefined for fewer than two zones. */
  readonly autoShares: readonly ZoneShare[] | undefined;
  /** Names of counted nodes without a zone or without CPU, which `shares` pass over. */
  readonly passedOver: readonly string[];
  /**
   * The shares by upstream's rule, which counts nodes that are ready and no control plane, and gives up as soon as one of
   * them lacks a zone or CPU, or fewer than two zones are left (topologycache.SetNodes): undefined then. As there, every
   * zone's CPU is rounded up to a milli-CPU before it is divided by the total.
   */
  readonly strictShares: readonly ZoneShare[] | undefined;
  /** The zones with CPU by that rule, whether or not it gives up. Sorted. */
  readonly inTreeZones: readonly string[];
  /** Names of nodes that upstream counts and that lack a zone or CPU: why `strictShares` may be undefined. */
  readonly oddNodes: readonly string[];
  /** Names of nodes that are being deleted. */
  readonly leaving: ReadonlySet<string>;
  /** When a node that is not ready ceases to count, in milliseconds since 1970: then the sums are others. */
  readonly expiresMs: number | undefined;
}

/** An API server lists nodes by name, so there is mostly nothing to sort. */
function sortedByName(nodes: readonly NodeRecord[]): readonly NodeRecord[] {
  for (let i = 1; i < nodes.length; i++) if (nodes[i - 1]!.name > nodes[i]!.name) return [...nodes].sort(compareNames);
  return nodes.slice();
}

export function summariseCluster(nodes: readonly NodeRecord[], rules: NodeRules = {}): Cluster {
  const { nodes: sorted, leaving, expiresMs, isUpstreams } = judgeNodes(sortedByName(nodes), rules);
  const counted = sumUp(sorted, isCounted);
  const upstreams = isUpstreams ? counted : sumUp(sorted, isCountedInTree);
  const { zones, zoneIndex, odd } = counted;
  const shares = sharesOf(zones, counted.sumMilli);
  const nodeIndex = new NodeIndex(sorted);
  const words = odd.length === 0 ? 'cpu' : `cpu without ${listed(odd)} (no zone or CPU)`;
  const byCpu: Demand = { source: 'cpu', words, zones: shares, zoneIndex };
  const autoShares = strictly(counted, shares);
  return {
    nodes: sorted,
    nodeIndex,
    consumers: consumersOf(sorted),
    shares,
    demand: shares.length > 0 ? byCpu : nodeIndex.demandByNumber,
    autoShares,
    passedOver: odd,
    strictShares: upstreams.odd.length > 0 ? undefined : isUpstreams ? autoShares : strictly(upstreams),
    inTreeZones: upstreams.zones.map(({ zone }) => zone),
    oddNodes: upstreams.odd,
    leaving,
    expiresMs,
  };
}

const NONE: ReadonlySet<string> = new Set();

/** The nodes with what they count for; those that count as they show by themselves stay the same objects. */
function judgeNodes(
  nodes: readonly NodeRecord[],
  rules: NodeRules,
): Pick<Cluster, 'nodes' | 'leaving' | 'expiresMs'> & {
  /** Whether upstream counts the same nodes. */
  readonly isUpstreams: boolean;
} {
  let judged: NodeRecord[] | undefined;
  let leaving: Set<string> | undefined;
  let expiresMs: number | undefined;
  let isUpstreams = true;
  let now: Required<Pick<NodeRules, 'nowMs'>> | undefined;
  for (let i = 0; i < nodes.length; i++) {
    let node = nodes[i]!;
    if (node.leaving === true) (leaving ??= new Set()).add(node.name);
    if (node.standing === undefined && (!node.ready || rules.nodeSelector !== undefined)) {
      if (!node.ready) now ??= { nowMs: rules.nowMs ?? newestReport(nodes) };
      const standing = standingOf(node, { ...rules, ...now });
      if (standing !== judgedStanding(node)) {
        node = { ...node, standing };
        judged ??= nodes.slice();
        judged[i] = node;
      }
      if (standing === 'counted' && !node.ready) expiresMs = Math.min(expiresMs ?? Infinity, graceEndsMs(node));
    }
    if (isCounted(node) !== isCountedInTree(node)) isUpstreams = false;
  }
  return { nodes: judged ?? nodes, leaving: leaving ?? NONE, expiresMs, isUpstreams };
}

/** When the last of the kubelets reported, in milliseconds since 1970; -Infinity where that is not known of any. */
export function newestHeardMs(nodes: readonly NodeRecord[]): number {
  let newest = -Infinity;
  for (const { heard } of nodes) newest = Math.max(newest, readTime(heard) ?? -Infinity);
  return newest;
}

/** Infinity where no node tells when it reported: then it is not known that any has ceased to be ready just now. */
function newestReport(nodes: readonly NodeRecord[]): number {
  const newest = newestHeardMs(nodes);
  return newest === -Infinity ? Infinity : newest;
}

interface CpuSum {
  /** Sorted by name. */
  readonly zones: readonly { readonly zone: string; readonly cpuMilli: number }[];
  readonly zoneIndex: ReadonlyMap<string, number>;
  readonly sumMilli: number;
  /** Rounded up by itself, as upstream does. Both are equal unless a node has a fraction of a milli-CPU. */
  readonly totalMilli: number;
  /** Names of nodes without a zone or CPU. */
  readonly odd: readonly string[];
}

function sumUp(nodes: readonly NodeRecord[], counts: (node: NodeRecord) => boolean): CpuSum {
  const placeOf = new Map<string, number>();
  const zoneNano: number[] = [];
  const odd: string[] = [];
  let total = 0;
  // Nodes that follow each other often lie in one zone.
  let last = '';
  let place = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (!counts(node)) continue;
    if (node.zone === '' || node.cpuNano <= 0) {
      odd.push(node.name);
      continue;
    }
    if (node.zone !== last) {
      last = node.zone;
      place = placeOf.get(last) ?? zoneNano.length;
      if (place === zoneNano.length) {
        zoneNano.push(0);
        placeOf.set(last, place);
      }
    }
    zoneNano[place]! += node.cpuNano;
    total += node.cpuNano;
  }
  const zones: { zone: string; cpuMilli: number }[] = [];
  let sumMilli = 0;
  let isSorted = true;
  for (const [zone, at] of placeOf) {
    const own = { zone, cpuMilli: milliFromNano(zoneNano[at]!) };
    sumMilli += own.cpuMilli;
    if (at > 0 && zones[at - 1]!.zone > zone) isSorted = false;
    zones.push(own);
  }
  if (!isSorted) {
    sortFew(zones, (a, b) => compareText(a.zone, b.zone));
    for (let z = 0; z < zones.length; z++) placeOf.set(zones[z]!.zone, z);
  }
  return { zones, zoneIndex: placeOf, sumMilli, totalMilli: milliFromNano(total), odd };
}

/** @param shares of the sum of the zones, where they are known */
function strictly(
  { zones, sumMilli, totalMilli }: CpuSum,
  shares = sharesOf(zones, sumMilli),
): readonly ZoneShare[] | undefined {
  if (zones.length < 2) return undefined;
  return totalMilli === sumMilli ? shares : sharesOf(zones, totalMilli);
}

function consumersOf(nodes: readonly NodeRecord[]): readonly NodeConsumer[] {
  const consumers: NodeConsumer[] = [];
  let last: NodeConsumer | undefined;
  for (let i = 0; i < nodes.length; i++) {
    const { consumer = 'kube-proxy', virtual } = nodes[i]!;
    if (virtual === true) continue;
    // Nearly all nodes are alike.
    if (consumer !== last && !consumers.includes(consumer)) consumers.push(consumer);
    last = consumer;
  }
  return consumers.sort();
}

function sharesOf(zones: readonly { zone: string; cpuMilli: number }[], totalMilli: number): readonly ZoneShare[] {
  return zones.map(({ zone, cpuMilli }) => ({ zone, cpuMilli, share: cpuMilli / totalMilli }));
}
