import { demandFor, type DemandInput } from '../hints/demand/demandFor.js';
import { gatherEndpoints, gatherHints, locateEndpoints, type PlannedHints } from '../hints/endpoints.js';
import { costBetweenZones, zoneCidrsOf, type PlacesInput } from '../hints/places.js';
import { portSets } from '../hints/ports.js';
import type { Settings } from '../hints/settings.js';
import { trafficSources, type TrafficSource } from '../kubeproxy/forecast.js';
import { READS_ALL, readingOf, type Reading } from '../kubeproxy/reading.js';
import { usableByNodes } from '../kubeproxy/replay.js';
import { consumedEndpoints } from '../kubeproxy/rule.js';
import { unsteeredTraffic } from '../kubeproxy/steering.js';
import type { Cluster } from '../model/cluster.js';
import type { Demand } from '../model/demand.js';
import type { EndpointHints } from '../model/hints.js';
import { compareNames, compareText } from '../model/objectKey.js';
import { UNROUTED_ADDRESS_TYPE, type EndpointRecord, type SliceRecord } from '../model/slice.js';

/** What the clients of one zone send to the endpoints of another, or of the same. */
export interface ZoneFlow {
  readonly from: string;
  /** Empty: endpoints without a zone. */
  readonly to: string;
  /** Part of all traffic, a fraction of 1. */
  readonly share: number;
  /** What a unit of it costs, in the unit of the zone costs; absent where none are given. */
  readonly cost?: number;
}

/** One endpoint and what reaches it. */
export interface EndpointTraffic {
  readonly endpoint: EndpointRecord;
  /** Its hints, which may be planned and not yet on the endpoint. */
  readonly hints: EndpointHints | undefined;
  /** Whether nodes send traffic to it, as far as readiness decides. */
  readonly consumed: boolean;
  /** Over the mean of the consumed endpoints: 1.2 is 20 % more. */
  readonly load: number;
  /** Zones whose clients use it, sorted. */
  readonly usedBy: readonly string[];
}

/** The traffic of one address type of a Service. */
export interface Traffic {
  readonly addressType: string;
  readonly demand: Demand;
  /** Sorted by `from` and `to`; the shares add up to 1, or there are none where nothing can be used. */
  readonly flows: readonly ZoneFlow[];
  /** What a unit of this traffic costs on average, in the unit of the zone costs; absent where none are given. */
  readonly meanCost?: number;
  readonly endpoints: readonly EndpointTraffic[];
}

export interface TrafficInput extends DemandInput {
  /** The slices of one Service. */
  readonly slices: readonly SliceRecord[];
  readonly settings: Pick<Settings, 'demand' | 'measuredFactor' | 'consumer' | 'zoneCosts' | 'zoneCidrs'>;
}

/** What leaves its zone, and where it goes. */
export function leavingFlows({ flows }: Pick<Traffic, 'flows'>): readonly ZoneFlow[] {
  return flows.filter(({ from, to, share }) => from !== to && share > 0);
}

/**
 * Where traffic would go if every node heeded the hints that are there, and nothing went around them: what hints ask for.
 * @param demand in place of the Service's own
 */
export function askedTraffic(
  input: Pick<TrafficInput, 'service' | 'slices' | 'cluster' | 'settings'>,
  demand: Demand,
): readonly ZoneFlow[] {
  const group = [...input.slices].sort(compareNames).filter(({ addressType }) => addressType !== UNROUTED_ADDRESS_TYPE);
  const [first] = group;
  const ofOneType = group.filter(({ addressType }) => addressType === first?.addressType);
  return followGroup(ofOneType, { ...input, demand, reading: READS_ALL }).flows;
}

/**
 * Follows the traffic of a Service from zone to zone and to each endpoint, by replaying kube-proxy's rule as the
 * forecast does: the flows within zones add up to its `inZoneShare`. As there, the port with the lowest share in zone
 * stands for all. Traffic that hints do not steer, and slices of names, have no entry.
 */
export function trafficOf(input: TrafficInput): readonly Traffic[] {
  const { service, slices, cluster, settings } = input;
  if (unsteeredTraffic(service)?.isAll === true) return [];
  const reading = readingOf(service, cluster.consumers, settings.consumer);
  const sorted = [...slices].sort(compareNames);
  const types = [...new Set(sorted.map(({ addressType }) => addressType))].sort();
  return types
    .filter((addressType) => addressType !== UNROUTED_ADDRESS_TYPE)
    .map((addressType) => {
      const { demand } = demandFor(input, addressType);
      const group = sorted.filter((slice) => slice.addressType === addressType);
      const followed = followGroup(group, { service, settings, cluster, demand, reading });
      const costOf = costBetweenZones(input);
      if (costOf === undefined) return { addressType, demand, ...followed };
      const flows = followed.flows.map((flow) => ({ ...flow, cost: costOf(flow.from, flow.to) }));
      const meanCost = flows.reduce((sum, { share, cost }) => sum + share * cost, 0);
      return { addressType, demand, ...followed, flows, meanCost };
    });
}

interface Context extends PlacesInput {
  readonly cluster: Cluster;
  readonly demand: Demand;
  readonly reading: Reading;
}

type Followed = Pick<Traffic, 'flows' | 'endpoints'>;

const AS_THEY_ARE: PlannedHints = new Map<SliceRecord, never>();

function followGroup(slices: readonly SliceRecord[], context: Context): Followed {
  let lowest: Followed | undefined;
  for (const set of portSets(slices)) {
    const gathered = gatherEndpoints(set.slices);
    const located = locateEndpoints(gathered.endpoints, context.cluster.nodeIndex, zoneCidrsOf(context));
    const followed = follow(located, gatherHints(gathered, set.slices, AS_THEY_ARE), context);
    // A port without endpoints has no traffic that could leave its zone.
    const isUsed = (one: Followed): boolean => one.endpoints.some(({ consumed }) => consumed);
    if (lowest === undefined || (isUsed(followed) && (!isUsed(lowest) || inZone(followed) < inZone(lowest)))) {
      lowest = followed;
    }
  }
  return lowest ?? { flows: [], endpoints: [] };
}

function inZone({ flows }: Followed): number {
  return flows.reduce((sum, { from, to, share }) => (from === to ? sum + share : sum), 0);
}

function follow(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  { cluster, demand, reading }: Context,
): Followed {
  const consumed = consumedEndpoints(endpoints);
  const sources = sourcesOf(hints, cluster, demand, reading);
  const shareOf = new Map(demand.zones.map(({ zone, share }) => [zone, share]));
  // Nodes that use the same endpoints share one array, and are added up first.
  const byUse = new Map<readonly number[], Map<string, number>>();
  usableByNodes(endpoints, hints, sources, reading).forEach((used, i) => {
    const { zone, part } = sources[i]!;
    const sent = (shareOf.get(zone) ?? 0) * part;
    const zones = byUse.get(used) ?? new Map<string, number>();
    byUse.set(used, zones.set(zone, (zones.get(zone) ?? 0) + sent));
  });
  const load = new Array<number>(endpoints.length).fill(0);
  const usedBy = endpoints.map(() => new Set<string>());
  const flows = new Map<string, Map<string, number>>();
  for (const [used, sentByZone] of byUse) {
    if (used.length === 0) continue;
    const homes = new Map<string, number>();
    for (const i of used) homes.set(endpoints[i]!.zone, (homes.get(endpoints[i]!.zone) ?? 0) + 1);
    for (const [from, sent] of sentByZone) {
      const row = flows.get(from) ?? new Map<string, number>();
      flows.set(from, row);
      for (const [to, count] of homes) row.set(to, (row.get(to) ?? 0) + (sent * count) / used.length);
      for (const i of used) {
        load[i]! += sent / used.length;
        usedBy[i]!.add(from);
      }
    }
  }
  const isConsumed = new Set(consumed);
  return {
    flows: [...flows]
      .flatMap(([from, row]) => [...row].map(([to, share]) => ({ from, to, share })))
      .sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
    endpoints: endpoints.map((endpoint, i) => ({
      endpoint,
      hints: hints[i],
      consumed: isConsumed.has(i),
      load: load[i]! * consumed.length,
      usedBy: [...usedBy[i]!].sort(compareText),
    })),
  };
}

/** One source for each zone, unless nodes of a zone may differ: by node hints, or by what reads hints on them. */
function sourcesOf(
  hints: readonly (EndpointHints | undefined)[],
  cluster: Cluster,
  demand: Demand,
  { uniform }: Reading,
): readonly TrafficSource[] {
  const differ = uniform === undefined || (uniform === 'all' && hints.some((own) => (own?.forNodes?.length ?? 0) > 0));
  if (differ) return trafficSources(cluster, demand);
  return demand.zones.map(({ zone }) => ({ name: '', zone, part: 1 }));
}
