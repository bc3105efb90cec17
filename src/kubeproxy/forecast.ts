import type { Cluster } from '../model/cluster.js';
import type { Demand } from '../model/demand.js';
import { isCounted, type NodeRecord } from '../model/node.js';
import { HintsOrdinals, NOBODY, type EndpointHints } from '../model/hints.js';
import { sortFew } from '../model/lists/sortFew.js';
import type { EndpointRecord } from '../model/slice.js';
import { READS_ALL, type Reading } from './reading.js';
import { usableByNodes } from './replay.js';
import { consumedEndpoints, hasReady, isConsumed } from './rule.js';

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
  /** Where node hints are heeded, the same figures if they were not. Absent on clusters whose nodes heed different hints. */
  readonly withoutNodeHints?: ForecastFigures;
}

export type ForecastFigures = Pick<Forecast, 'inZoneShare' | 'worstLoad'>;

const NONE: readonly string[] = Object.freeze([]);

/** A node that ready endpoints name, and its traffic. */
export interface NamedSource {
  /** Index of its zone in the demand. */
  readonly zone: number;
  /** The part of all traffic that it sends by itself, whatever its zone has left. */
  readonly sent: number;
  /** Which endpoints name it, as indexes into `NamedTraffic.ready`. */
  readonly only: readonly number[];
}

/** Which nodes the ready endpoints name. */
export interface NamedTraffic {
  /** Indexes of the ready endpoints, each once, in any order. */
  readonly ready: readonly number[];
  /** In the order of all nodes; those that send nothing may be left out. */
  readonly sources: readonly NamedSource[];
}

/** Endpoints that share one list of zones. */
interface HintGroup {
  /** Indexes of the zones that the list names; zones without nodes are passed over. */
  readonly zones: readonly number[];
  size: number;
  /** Of the endpoint seen last: mostly the next one lies in the same zone. */
  lastZone: string;
  lastHome: number;
  lastNamed: boolean;
}

function indexesOf(names: readonly string[], zoneIndex: ReadonlyMap<string, number>): readonly number[] {
  const indexes = new Array<number>(names.length);
  let known = 0;
  for (let i = 0; i < names.length; i++) {
    const z = zoneIndex.get(names[i]!);
    if (z !== undefined) indexes[known++] = z;
  }
  if (known < names.length) indexes.length = known;
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
 * @param named what `hints` name, where that was looked up already
 */
export function forecastTraffic(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  cluster: ForecastCluster,
  demand: Demand,
  reading: Reading = READS_ALL,
  named: NamedTraffic | undefined = undefined,
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
  // Endpoints share lists of zones by the hundred, so they are counted by list first.
  const ordinals = new HintsOrdinals<readonly string[]>();
  const groups: HintGroup[] = [];
  // Endpoints that lie in a zone, that hints name for it, and both.
  const local = zeros(zones);
  const hinted = zeros(zones);
  const hintedLocal = zeros(zones);
  let everyZoneHinted = uniform !== 'none';
  let everyNodeHinted = uniform === 'all';
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i]!;
    if (!isConsumed(endpoint, someReady)) continue;
    const { zone } = endpoint;
    const own = someReady ? hints[i] : undefined;
    const forZones = own?.forZones ?? NONE;
    if (everyNodeHinted && (own?.forNodes === undefined || own.forNodes.length === 0)) everyNodeHinted = false;
    const g = ordinals.of(forZones);
    let group = groups[g];
    if (group === undefined) {
      if (forZones.length === 0) everyZoneHinted = false;
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
  const byZone = new Array<ZoneForecast>(zones);
  const rest = zeros(zones);
  let inZone = 0;
  for (let z = 0; z < zones; z++) {
    const { zone, share } = shares[z]!;
    const byHint = everyZoneHinted && hinted[z]! > 0;
    if (!byHint) hinted[z] = 0;
    const usableEndpoints = byHint ? hinted[z]! : n;
    const inZoneShare = (byHint ? hintedLocal[z]! : local[z]!) / usableEndpoints;
    rest[z] = share;
    inZone += share * inZoneShare;
    byZone[z] = { zone, share, usableEndpoints, inZoneShare };
  }
  const worstLoad = greatest(loadsByZones(groups, rest, hinted, n)) * n;
  if (!everyNodeHinted) return { inZoneShare: inZone, worstLoad, byZone };

  // Named nodes leave what the others of their zone use.
  const { ready, sources } = named ?? namedTraffic(consumedEndpoints(endpoints), hints, cluster, demand);
  const kept = zeros(zones);
  const sizes = zeros(zones);
  const whole = zeros(zones);
  const load = zeros(n);
  for (let i = 0; i < sources.length; i++) {
    const { zone: z, sent, only } = sources[i]!;
    const share = Math.min(sent, rest[z]!);
    const { zone } = shares[z]!;
    let near = 0;
    for (let k = 0; k < only.length; k++) {
      load[only[k]!]! += share / only.length;
      if (endpoints[ready[only[k]!]!]!.zone === zone) near++;
    }
    rest[z]! -= share;
    whole[z]! += share;
    kept[z]! += (share * near) / only.length;
    sizes[z]! += share * only.length;
  }
  let inZoneShare = 0;
  for (let z = 0; z < zones; z++) {
    const { zone, share, usableEndpoints, inZoneShare: byHints } = byZone[z]!;
    if (rest[z]! <= RESIDUE * share) rest[z] = 0;
    const stays = kept[z]! + rest[z]! * byHints;
    const all = whole[z]! + rest[z]!;
    inZoneShare += stays;
    byZone[z] = {
      zone,
      share,
      usableEndpoints: all > 0 ? (sizes[z]! + rest[z]! * usableEndpoints) / all : 0,
      inZoneShare: all > 0 ? stays / all : 0,
    };
  }
  const sums = loadsByZones(groups, rest, hinted, n);
  let busiest = greatest(sums);
  for (let k = 0; k < n; k++) {
    const sum = load[k]! + sums[ordinals.of(hints[ready[k]!]?.forZones ?? NONE)]!;
    if (sum > busiest) busiest = sum;
  }
  return { inZoneShare, worstLoad: busiest * n, byZone, withoutNodeHints: { inZoneShare: inZone, worstLoad } };
}

/**
 * What the zones put on an endpoint of each group.
 * @param traffic by zone
 * @param hinted how many endpoints a zone uses by hints; 0: all of them
 */
function loadsByZones(
  groups: readonly HintGroup[],
  traffic: readonly number[],
  hinted: readonly number[],
  n: number,
): readonly number[] {
  const zones = traffic.length - 1;
  let everywhere = 0;
  for (let z = 0; z < zones; z++) if (hinted[z] === 0) everywhere += traffic[z]! / n;
  const sums: number[] = [];
  for (let g = 0; g < groups.length; g++) {
    let sum = everywhere;
    const { zones: named } = groups[g]!;
    for (let i = 0; i < named.length; i++) {
      const z = named[i]!;
      if (hinted[z]! > 0) sum += traffic[z]! / hinted[z]!;
    }
    sums.push(sum);
  }
  return sums;
}

function greatest(sums: readonly number[]): number {
  let most = 0;
  for (let i = 0; i < sums.length; i++) if (sums[i]! > most) most = sums[i]!;
  return most;
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

/** @param ready by `consumedEndpoints` */
function namedTraffic(
  ready: readonly number[],
  hints: readonly (EndpointHints | undefined)[],
  { nodes, nodeIndex }: ForecastCluster,
  { zones, zoneIndex, nodeShare }: Demand,
): NamedTraffic {
  const ordinals = new HintsOrdinals<number>();
  const sources: (NamedSource & { readonly place: number; readonly only: number[] })[] = [];
  for (let k = 0; k < ready.length; k++) {
    const names = hints[ready[k]!]?.forNodes ?? NONE;
    if (names === NOBODY) continue;
    for (let i = 0; i < names.length; i++) {
      const place = nodeIndex.placeOf(names[i]!);
      if (place < 0) continue;
      const node = nodes[place]!;
      const zone = zoneIndex.get(node.zone);
      if (zone === undefined || (nodeShare === undefined && !isCounted(node))) continue;
      const ordinal = ordinals.of(place);
      if (ordinal < sources.length) {
        sources[ordinal]!.only.push(k);
        continue;
      }
      const sent = nodeShare === undefined ? zones[zone]!.share * nodeIndex.partOfZone(node) : nodeShare(node.name);
      sources.push({ place, zone, sent, only: [k] });
    }
  }
  return { ready, sources: sortFew(sources, (a, b) => a.place - b.place) };
}
