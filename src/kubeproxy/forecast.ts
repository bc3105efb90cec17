import type { Cluster } from '../model/cluster.js';
import type { Demand } from '../model/demand.js';
import { isCounted, type NodeRecord } from '../model/node.js';
import { HintsOrdinals } from '../model/hints.js';
import type { EndpointRecord } from '../model/slice.js';
import type { EndpointHints } from '../model/hints.js';
import { indexOfName } from '../model/objectKey.js';
import { READS_ALL, type Reading } from './reading.js';
import { consumedEndpoints, hasReady, isConsumed, usableByNodes } from './rule.js';

/** What the nodes of one zone will do. */
export interface ZoneForecast {
  readonly zone: string;
  /** The zone's part of all traffic, a fraction of 1. */
  readonly share: number;
  /** How many endpoints a node of this zone chooses from (the mean over its nodes when node hints distinguish them). */
  readonly usableEndpoints: number;
  /** The part of this zone's traffic that stays in the zone, a fraction of 1. */
  readonly inZoneShare: number;
}

type ForecastCluster = Pick<Cluster, 'nodes' | 'nodeIndex'>;

/** What traffic will do with a set of hints, by replaying kube-proxy's rule on every zone and hinted node. */
export interface Forecast {
  /** The part of all traffic that stays in its zone, a fraction of 1; 0 when nothing can be used. */
  readonly inZoneShare: number;
  /** Load of the busiest endpoint over the mean: 1 is perfectly even, 1.2 is 20 % over; 0 when nothing can be used. */
  readonly worstLoad: number;
  /** Sorted by zone. */
  readonly byZone: readonly ZoneForecast[];
}

const NONE: readonly string[] = Object.freeze([]);
const NO_HINTS: EndpointHints = Object.freeze({});

/** Nodes that behave alike: all of a zone, or one that node hints name. */
interface Source {
  readonly zone: number;
  readonly share: number;
  /** Indexes into the consumed endpoints; undefined: the zone's hinted set. */
  readonly only: readonly number[] | undefined;
}

/** Endpoints that share one object of hints. */
interface HintGroup {
  /** Indexes of the zones that the hints name; zones without nodes are passed over. */
  readonly zones: readonly number[];
  size: number;
  /** Of the endpoint seen last: mostly the next one lies in the same zone. */
  lastZone: string;
  lastHome: number;
  lastNamed: boolean;
}

function indexesOf(names: readonly string[], zoneIndex: ReadonlyMap<string, number>): readonly number[] {
  const indexes: number[] = [];
  for (let i = 0; i < names.length; i++) {
    const z = zoneIndex.get(names[i]!);
    if (z !== undefined) indexes.push(z);
  }
  return indexes;
}

/** Sums by zone, the last place for all other zones. */
function zeros(zones: number): number[] {
  const sums = new Array<number>(zones + 1);
  for (let z = 0; z <= zones; z++) sums[z] = 0;
  return sums;
}

/**
 * Every zone sends its share of the demand, the nodes of a zone by their allocatable CPU, each of them evenly over the
 * endpoints that it may use.
 * @param hints parallel to `endpoints`
 * @param reading which hints the nodes heed
 */
export function forecastTraffic(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  cluster: ForecastCluster,
  demand: Demand,
  reading: Reading = READS_ALL,
): Forecast {
  const { uniform } = reading;
  if (uniform === undefined) return forecastNodes(endpoints, hints, cluster, demand, reading);
  const { zones: shares, zoneIndex } = demand;
  const zones = shares.length;
  // Where no endpoint is ready, hints do not count.
  const someReady = hasReady(endpoints);
  let n = 0;
  for (let i = 0; i < endpoints.length; i++) if (isConsumed(endpoints[i]!, someReady)) n++;
  if (n === 0 || zones === 0) {
    const byZone = shares.map(({ zone, share }) => ({ zone, share, usableEndpoints: n, inZoneShare: 0 }));
    return { inZoneShare: 0, worstLoad: n === 0 ? 0 : 1, byZone };
  }
  // Endpoints share hints by the hundred (one object for a zone), so they are counted by hints first.
  const ordinals = new HintsOrdinals();
  const groups: HintGroup[] = [];
  // Endpoints that lie in a zone, that hints name for it, and both.
  const local = zeros(zones);
  const hinted = zeros(zones);
  const hintedLocal = zeros(zones);
  // A zone's traffic, and what it puts on each of its endpoints.
  const traffic = zeros(zones);
  const piece = zeros(zones);
  let everyZoneHinted = uniform !== 'none';
  let everyNodeHinted = uniform === 'all';
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i]!;
    if (!isConsumed(endpoint, someReady)) continue;
    const { zone } = endpoint;
    const own = someReady ? hints[i] : undefined;
    const g = ordinals.of(own);
    let group = groups[g];
    if (group === undefined) {
      const { forZones = NONE, forNodes = NONE } = own ?? NO_HINTS;
      if (forZones.length === 0) everyZoneHinted = false;
      if (forNodes.length === 0) everyNodeHinted = false;
      group = { zones: indexesOf(forZones, zoneIndex), size: 0, lastZone: '', lastHome: zones, lastNamed: false };
      groups.push(group);
    }
    if (group.lastZone !== zone) {
      group.lastZone = zone;
      group.lastHome = zoneIndex.get(zone) ?? zones;
      group.lastNamed = group.zones.includes(group.lastHome);
    }
    group.size++;
    local[group.lastHome]!++;
    if (group.lastNamed) hintedLocal[group.lastHome]!++;
  }
  for (let g = 0; g < groups.length; g++) {
    const group = groups[g]!;
    for (let i = 0; i < group.zones.length; i++) hinted[group.zones[i]!]! += group.size;
  }

  // A zone that no endpoint names uses all of them, and so does every zone when an endpoint has no hints for zones.
  const byHint = (z: number): boolean => everyZoneHinted && hinted[z]! > 0;
  const usable = (z: number): number => (byHint(z) ? hinted[z]! : n);
  const atHome = (z: number): number => (byHint(z) ? hintedLocal[z]! : local[z]!);
  const byZone = new Array<ZoneForecast>(zones);
  let inZone = 0;
  let load: number[] | undefined;
  let used: readonly number[] = [];
  if (!everyNodeHinted) {
    for (let z = 0; z < zones; z++) {
      const { zone, share } = shares[z]!;
      const usableEndpoints = usable(z);
      const inZoneShare = atHome(z) / usableEndpoints;
      traffic[z] = share;
      inZone += share * inZoneShare;
      byZone[z] = { zone, share, usableEndpoints, inZoneShare };
    }
  } else {
    load = new Array<number>(n).fill(0);
    used = consumedEndpoints(endpoints);
    const zoneLocal = new Array<number>(zones).fill(0);
    const zoneUsable = new Array<number>(zones).fill(0);
    const whole = new Array<number>(zones).fill(0);
    for (const { zone: z, share, only } of sourcesOf(used, hints, cluster, demand)) {
      let size = usable(z);
      let near = atHome(z);
      if (only === undefined) traffic[z]! += share;
      else {
        size = only.length;
        near = 0;
        for (const k of only) {
          load[k]! += share / size;
          if (zoneIndex.get(endpoints[used[k]!]!.zone) === z) near++;
        }
      }
      whole[z]! += share;
      zoneLocal[z]! += (share * near) / size;
      zoneUsable[z]! += share * size;
    }
    for (let z = 0; z < zones; z++) {
      const { zone, share } = shares[z]!;
      inZone += zoneLocal[z]!;
      byZone[z] = {
        zone,
        share,
        usableEndpoints: whole[z]! > 0 ? zoneUsable[z]! / whole[z]! : 0,
        inZoneShare: whole[z]! > 0 ? zoneLocal[z]! / whole[z]! : 0,
      };
    }
  }

  // What each endpoint gets by hints for zones, and what all of them get.
  let everywhere = 0;
  for (let z = 0; z < zones; z++) {
    if (byHint(z)) piece[z] = traffic[z]! / hinted[z]!;
    else everywhere += traffic[z]! / n;
  }
  let busiest = 0;
  const sums: number[] = [];
  for (let g = 0; g < groups.length; g++) {
    let sum = everywhere;
    const { zones: named } = groups[g]!;
    for (let i = 0; i < named.length; i++) sum += piece[named[i]!]!;
    sums.push(sum);
    if (sum > busiest) busiest = sum;
  }
  if (load !== undefined) {
    for (let k = 0; k < n; k++) {
      const sum = load[k]! + sums[ordinals.of(hints[used[k]!])]!;
      if (sum > busiest) busiest = sum;
    }
  }
  return { inZoneShare: inZone, worstLoad: busiest * n, byZone };
}

/** What rounding may leave of a zone's share when all of its nodes are taken away, as a fraction of it. */
const RESIDUE = 1e-9;

/** The same node by node, for clusters whose nodes heed different hints. */
function forecastNodes(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  cluster: ForecastCluster,
  demand: Demand,
  reading: Reading,
): Forecast {
  const { zones, zoneIndex } = demand;
  const n = consumedEndpoints(endpoints).length;
  if (n === 0 || zones.length === 0) {
    const byZone = zones.map(({ zone, share }) => ({ zone, share, usableEndpoints: n, inZoneShare: 0 }));
    return { inZoneShare: 0, worstLoad: n === 0 ? 0 : 1, byZone };
  }
  const sources = trafficSources(cluster, demand);
  // Nodes that use the same endpoints share one array, and are added up first.
  const partsByUse = new Map<readonly number[], number[]>();
  usableByNodes(endpoints, hints, sources, reading).forEach((used, i) => {
    let parts = partsByUse.get(used);
    if (parts === undefined) partsByUse.set(used, (parts = zeros(zones.length)));
    const source = sources[i]!;
    parts[zoneIndex.get(source.zone)!]! += source.part;
  });
  const load = new Array<number>(endpoints.length).fill(0);
  const inZone = zeros(zones.length);
  const usable = zeros(zones.length);
  for (const [used, parts] of partsByUse) {
    const homes = zeros(zones.length);
    for (const i of used) homes[zoneIndex.get(endpoints[i]!.zone) ?? zones.length]!++;
    let traffic = 0;
    zones.forEach(({ share }, z) => {
      traffic += share * parts[z]!;
      inZone[z]! += (parts[z]! * homes[z]!) / used.length;
      usable[z]! += parts[z]! * used.length;
    });
    for (const i of used) load[i]! += traffic / used.length;
  }
  const busiest = load.reduce((most, one) => Math.max(most, one), 0);
  return {
    inZoneShare: zones.reduce((sum, { share }, z) => sum + share * inZone[z]!, 0),
    worstLoad: busiest * n,
    byZone: zones.map(({ zone, share }, z) => ({ zone, share, usableEndpoints: usable[z]!, inZoneShare: inZone[z]! })),
  };
}

/** A node that sends traffic, or what comes from no known node of a zone. */
export interface TrafficSource {
  /** Empty: no known node. */
  readonly name: string;
  readonly zone: string;
  readonly consumer?: NodeRecord['consumer'];
  /** Its part of the traffic of its zone, a fraction of 1. */
  readonly part: number;
}

/** Where the traffic of each zone of a demand comes from; the parts of a zone add up to 1. */
export function trafficSources(
  { nodes, nodeIndex }: ForecastCluster,
  { zones, zoneIndex, nodeShare }: Demand,
): readonly TrafficSource[] {
  const rest = zones.map(() => 1);
  const sources: TrafficSource[] = [];
  for (const node of nodes) {
    const z = zoneIndex.get(node.zone);
    if (z === undefined || (nodeShare === undefined && !isCounted(node))) continue;
    const { share } = zones[z]!;
    // Of a zone without demand any division among its nodes is as good.
    const sent = nodeShare === undefined || share === 0 ? nodeIndex.partOfZone(node) : nodeShare(node.name) / share;
    const own = Math.min(sent, rest[z]!);
    rest[z]! -= own;
    sources.push({ name: node.name, zone: node.zone, consumer: node.consumer, part: own });
  }
  // What comes from no counted node behaves as the newest kube-proxy does.
  zones.forEach(({ zone }, z) => {
    if (rest[z]! > RESIDUE) sources.push({ name: '', zone, part: rest[z]! });
  });
  return sources;
}

/** One source per zone and one per node that some endpoint names; every endpoint has node hints. */
function sourcesOf(
  used: readonly number[],
  hints: readonly (EndpointHints | undefined)[],
  { nodes, nodeIndex }: ForecastCluster,
  { zones, zoneIndex, nodeShare }: Demand,
): Source[] {
  /** By name, sorted as the nodes are. */
  const named: { readonly at: number; readonly only: number[] }[] = [];
  const byName = new Map<string, number[]>();
  for (let k = 0; k < used.length; k++) {
    const names = hints[used[k]!]?.forNodes ?? NONE;
    for (let i = 0; i < names.length; i++) {
      const only = byName.get(names[i]!);
      if (only !== undefined) only.push(k);
      else {
        const list = [k];
        byName.set(names[i]!, list);
        const at = indexOfName(nodes, names[i]!);
        if (at >= 0) named.push({ at, only: list });
      }
    }
  }
  named.sort((a, b) => a.at - b.at);
  const sources: Source[] = [];
  const rest = zones.map(({ share }) => share);
  for (const { at, only } of named) {
    const node = nodes[at]!;
    const zone = zoneIndex.get(node.zone);
    if (zone === undefined || (nodeShare === undefined && !isCounted(node))) continue;
    const sent =
      nodeShare === undefined ? (zones[zone]?.share ?? 0) * nodeIndex.partOfZone(node) : nodeShare(node.name);
    const share = Math.min(sent, rest[zone] ?? 0);
    rest[zone] = (rest[zone] ?? 0) - share;
    sources.push({ zone, share, only });
  }
  rest.forEach((share, zone) => {
    if (share > RESIDUE * (zones[zone]?.share ?? 0)) sources.push({ zone, share, only: undefined });
  });
  return sources;
}
