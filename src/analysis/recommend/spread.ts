import type { Cluster } from '../../model/cluster.js';
import type { EndpointSliceManifest } from '../../model/manifest.js';
import { isCounted } from '../../model/node.js';
import { isReady } from '../../model/readiness.js';
import { compareNames, compareText, objectKey, serviceKeyOf } from '../../model/objectKey.js';
import { UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../../model/slice.js';
import { applyWhatIf } from '../whatIf/whatIf.js';
import type { RecommendInput } from './serviceRecommendation.js';

/** A change of where the pods of a Service run. */
export interface SpreadOption {
  /** `topologySpreadConstraints` over zones with this maxSkew. */
  readonly maxSkew: 1;
  readonly replicas: number;
  /** Whether the number of replicas is another one than today. */
  readonly scales: boolean;
  /** Pods in each zone, sorted by zone. */
  readonly zones: readonly { readonly zone: string; readonly replicas: number }[];
}

export interface SpreadSlices {
  readonly option: SpreadOption;
  /** The slices of the Service as they are then. */
  readonly sliceManifests: readonly EndpointSliceManifest[];
}

/**
 * The same number of pods spread evenly over the zones that take pods, where they are not; then so many more that all
 * zones have alike. Nothing where there is one zone, where pods come and go (some are not ready, or without a zone), or for
 * slices that do not name the Service.
 */
export function* spreadOptions(
  input: Pick<RecommendInput, 'manifest' | 'slices' | 'sliceManifests' | 'nodes' | 'cluster'>,
): Iterable<SpreadSlices> {
  const { manifest, sliceManifests, nodes } = input;
  const service = objectKey({ namespace: manifest.metadata?.namespace ?? '', name: manifest.metadata?.name ?? '' });
  if (input.slices.some((slice) => serviceKeyOf(slice) !== service)) return;
  const zones = zonesOf(input.cluster);
  const pods = podsByZone(input.slices, input.cluster);
  if (zones.length < 2 || pods === undefined || pods.size === 0 || [...pods.keys()].some((z) => !zones.includes(z)))
    return;
  const replicas = [...pods.values()].reduce((sum, count) => sum + count, 0);
  const multiple = Math.ceil(replicas / zones.length) * zones.length;
  for (const wanted of new Set([replicas, multiple])) {
    const target = evenly(wanted, zones, pods);
    if (zones.every((zone) => target.get(zone) === (pods.get(zone) ?? 0)) || isEven(wanted, replicas, zones, pods))
      continue;
    const objects = { nodes, services: [manifest], endpointSlices: sliceManifests };
    yield {
      option: {
        maxSkew: 1,
        replicas: wanted,
        scales: wanted !== replicas,
        zones: zones.map((zone) => ({ zone, replicas: target.get(zone) ?? 0 })),
      },
      sliceManifests: applyWhatIf(objects, { scale: [{ service, replicas: target }] }).endpointSlices,
    };
  }
}

function zonesOf({ nodes }: Cluster): readonly string[] {
  return [...new Set(nodes.filter(isCounted).map(({ zone }) => zone))].filter((zone) => zone !== '').sort();
}

/** Of the address type with the most; undefined where pods are not ready, or where it is not known in which zone they are. */
function podsByZone(all: readonly SliceRecord[], { nodeIndex }: Cluster): ReadonlyMap<string, number> | undefined {
  // In an order of their own: between equals, and where one address stands in two slices, the order decides.
  const slices = all
    .filter(({ addressType }) => addressType !== UNROUTED_ADDRESS_TYPE)
    .sort((a, b) => compareText(a.addressType, b.addressType) || compareNames(a, b));
  const byType = new Map<string, Map<string, string>>();
  for (const { addressType, endpoints } of slices) {
    const pods = byType.get(addressType) ?? new Map<string, string>();
    byType.set(addressType, pods);
    for (const endpoint of endpoints) {
      const { address, zone, nodeName, terminating } = endpoint;
      if (address === '' || terminating === true) continue;
      const place = zone === '' ? nodeIndex.zoneOf(nodeName) : zone;
      if (!isReady(endpoint) || place === '') return undefined;
      pods.set(address, place);
    }
  }
  const counts = [...byType.values()].map((pods) => {
    const count = new Map<string, number>();
    for (const zone of pods.values()) count.set(zone, (count.get(zone) ?? 0) + 1);
    return count;
  });
  const total = (count: ReadonlyMap<string, number>): number => [...count.values()].reduce((a, b) => a + b, 0);
  return counts.sort((a, b) => total(b) - total(a))[0];
}

/** What cannot be shared out evenly stays where there are most now. */
function evenly(
  replicas: number,
  zones: readonly string[],
  pods: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const least = Math.floor(replicas / zones.length);
  const more = [...zones]
    .sort((a, b) => (pods.get(b) ?? 0) - (pods.get(a) ?? 0) || compareText(a, b))
    .slice(0, replicas % zones.length);
  return new Map(zones.map((zone) => [zone, least + (more.includes(zone) ? 1 : 0)]));
}

/** As many as today, with a skew of at most 1. */
function isEven(
  wanted: number,
  replicas: number,
  zones: readonly string[],
  pods: ReadonlyMap<string, number>,
): boolean {
  const counts = zones.map((zone) => pods.get(zone) ?? 0);
  return wanted === replicas && Math.max(...counts) - Math.min(...counts) <= 1;
}
