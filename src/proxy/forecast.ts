import type { Cluster } from '../topology/cluster.js';
import type { EndpointHints, EndpointRecord } from '../topology/slice.js';
import { consumedEndpoints } from './usable.js';

/** What the nodes of one zone will do. */
export interface ZoneForecast {
  readonly zone: string;
  /** The zone's part of all traffic, a fraction of 1. */
  readonly share: number;
  /** How many endpoints a node of this zone chooses from (the mean over its nodes when node hints tell them apart). */
  readonly usableEndpoints: number;
  /** The part of this zone's traffic that stays in the zone, a fraction of 1. */
  readonly inZoneShare: number;
}

/** What traffic will do with a set of hints, by replaying kube-proxy's rule on every zone and hinted node. */
export interface Forecast {
  /** The part of all traffic that stays in its zone, a fraction of 1; 0 when nothing can be used. */
  readonly inZoneShare: number;
  /** Load of the busiest endpoint over the mean: 1 is perfectly even, 1.2 is 20 % over; 0 when nothing can be used. */
  readonly worstLoad: number;
  /** Sorted by zone. */
  readonly byZone: readonly ZoneForecast[];
}

/** Nodes that behave alike: all of a zone, or one that node hints name. */
interface Source {
  readonly zone: number;
  readonly share: number;
  /** Indexes into the consumed endpoints; undefined: the zone's hinted set. */
  readonly only: readonly number[] | undefined;
}

/**
 * Every node of a zone sends traffic by its allocatable CPU, evenly over the endpoints it may use.
 * @param hints parallel to `endpoints`
 */
export function forecastTraffic(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  cluster: Cluster,
): Forecast {
  const { shares } = cluster;
  const zoneIndex = new Map(shares.map(({ zone }, index) => [zone, index]));
  const used = consumedEndpoints(endpoints);
  const n = used.length;
  if (n === 0 || shares.length === 0) {
    const byZone = shares.map(({ zone, share }) => ({ zone, share, usableEndpoints: n, inZoneShare: 0 }));
    return { inZoneShare: 0, worstLoad: n === 0 ? 0 : 1, byZone };
  }

  // Endpoints share hints by the hundred (one object for a zone), so they are counted by hints first.
  const groups = new Map<EndpointHints | undefined, number[]>();
  const local = new Array<number>(shares.length).fill(0);
  for (let k = 0; k < n; k++) {
    const i = used[k] ?? 0;
    const hint = hints[i];
    let counts = groups.get(hint);
    if (counts === undefined) {
      // By home zone; the last place counts all of them, also those whose zone has no nodes.
      counts = new Array<number>(shares.length + 1).fill(0);
      groups.set(hint, counts);
    }
    counts[shares.length] = (counts[shares.length] ?? 0) + 1;
    const home = zoneIndex.get(endpoints[i]?.zone ?? '');
    if (home === undefined) continue;
    counts[home] = (counts[home] ?? 0) + 1;
    local[home] = (local[home] ?? 0) + 1;
  }
  let everyZoneHinted = true;
  let everyNodeHinted = true;
  const hinted = new Array<number>(shares.length).fill(0);
  const hintedLocal = new Array<number>(shares.length).fill(0);
  for (const [hint, counts] of groups) {
    if ((hint?.forZones?.length ?? 0) === 0) everyZoneHinted = false;
    if ((hint?.forNodes?.length ?? 0) === 0) everyNodeHinted = false;
    for (const zone of hint?.forZones ?? []) {
      const z = zoneIndex.get(zone);
      if (z === undefined) continue;
      hinted[z] = (hinted[z] ?? 0) + (counts[shares.length] ?? 0);
      hintedLocal[z] = (hintedLocal[z] ?? 0) + (counts[z] ?? 0);
    }
  }
  const byHint = (z: number): boolean => everyZoneHinted && (hinted[z] ?? 0) > 0;

  /** By node hints only. */
  const load = new Array<number>(everyNodeHinted ? n : 0).fill(0);
  const zoneTraffic = new Array<number>(shares.length).fill(0);
  const zoneLocal = new Array<number>(shares.length).fill(0);
  const zoneUsable = new Array<number>(shares.length).fill(0);
  let everywhere = 0;
  const perHintedEndpoint = new Array<number>(shares.length).fill(0);
  for (const source of sourcesOf(used, hints, cluster, zoneIndex, everyNodeHinted)) {
    const { zone: z, share, only } = source;
    zoneTraffic[z] = (zoneTraffic[z] ?? 0) + share;
    let usable: number;
    let atHome: number;
    if (only !== undefined) {
      usable = only.length;
      atHome = 0;
      for (const k of only) {
        load[k] = (load[k] ?? 0) + share / usable;
        if (zoneIndex.get(endpoints[used[k] ?? 0]?.zone ?? '') === z) atHome++;
      }
    } else if (byHint(z)) {
      usable = hinted[z] ?? 0;
      atHome = hintedLocal[z] ?? 0;
      perHintedEndpoint[z] = (perHintedEndpoint[z] ?? 0) + share / usable;
    } else {
      usable = n;
      atHome = local[z] ?? 0;
      everywhere += share / n;
    }
    zoneLocal[z] = (zoneLocal[z] ?? 0) + (share * atHome) / usable;
    zoneUsable[z] = (zoneUsable[z] ?? 0) + share * usable;
  }

  let busiest = 0;
  const sums = new Map<EndpointHints | undefined, number>();
  for (const hint of groups.keys()) {
    let sum = everywhere;
    for (const zone of hint?.forZones ?? []) {
      const z = zoneIndex.get(zone);
      if (z !== undefined) sum += perHintedEndpoint[z] ?? 0;
    }
    sums.set(hint, sum);
    if (sum > busiest) busiest = sum;
  }
  for (let k = 0; k < load.length; k++) {
    busiest = Math.max(busiest, (load[k] ?? 0) + (sums.get(hints[used[k] ?? 0]) ?? 0));
  }
  let inZone = 0;
  const byZone = shares.map(({ zone, share }, z) => {
    const traffic = zoneTraffic[z] ?? 0;
    inZone += zoneLocal[z] ?? 0;
    return {
      zone,
      share,
      usableEndpoints: traffic > 0 ? (zoneUsable[z] ?? 0) / traffic : 0,
      inZoneShare: traffic > 0 ? (zoneLocal[z] ?? 0) / traffic : 0,
    };
  });
  return { inZoneShare: inZone, worstLoad: busiest * n, byZone };
}

/** One source per zone; with node hints on every endpoint, also one per node that some endpoint names. */
function sourcesOf(
  used: readonly number[],
  hints: readonly (EndpointHints | undefined)[],
  cluster: Cluster,
  zoneIndex: ReadonlyMap<string, number>,
  everyNodeHinted: boolean,
): Source[] {
  if (!everyNodeHinted) return cluster.shares.map(({ share }, zone) => ({ zone, share, only: undefined }));
  const byNode = new Map<string, number[]>();
  used.forEach((i, k) => {
    for (const node of hints[i]?.forNodes ?? []) {
      const list = byNode.get(node);
      if (list === undefined) byNode.set(node, [k]);
      else list.push(k);
    }
  });
  const sources: Source[] = [];
  const rest = cluster.shares.map(({ share }) => share);
  const totalMilli = cluster.shares.reduce((sum, { cpuMilli }) => sum + cpuMilli, 0);
  for (const node of cluster.nodes) {
    const only = byNode.get(node.name);
    const zone = zoneIndex.get(node.zone);
    if (only === undefined || zone === undefined || !node.ready || node.excluded) continue;
    const share = Math.min(node.cpuNano / 1e6 / totalMilli, rest[zone] ?? 0);
    rest[zone] = (rest[zone] ?? 0) - share;
    sources.push({ zone, share, only });
  }
  rest.forEach((share, zone) => {
    if (share > 1e-12) sources.push({ zone, share, only: undefined });
  });
  return sources;
}
