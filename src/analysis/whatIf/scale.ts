import type { EndpointManifest, EndpointSliceManifest } from '../../model/manifest.js';
import { isCounted, readNode } from '../../model/node.js';
import { fnv1a } from '../../model/hash.js';
import { compareText } from '../../model/objectKey.js';
import { quoted } from '../../model/text/quoted.js';
import { readSlice, SERVICE_NAME_LABEL, type SliceRecord } from '../../model/slice.js';
import type { ClusterObjects } from '../planCluster.js';
import { newAddresses } from './newAddresses.js';
import { WhatIfError } from './whatIfError.js';

/** How many pods a Service has: in all, or in each zone that is named and none elsewhere. */
export type Replicas = number | ReadonlyMap<string, number>;

/** In-tree's --max-endpoints-per-slice. */
const FULL_SLICE = 100;

/** One pod: an address of one address type, in every slice that lists it. */
interface Pod {
  readonly address: string;
  readonly zone: string;
  readonly node: string;
  readonly ready: boolean;
}

interface Place {
  readonly zone: string;
  /** Names of the nodes that take pods, sorted. */
  readonly nodes: readonly string[];
}

/**
 * The slices of a cluster after one of its Services has been scaled; each address type on its own. Endpoints that
 * terminate are left as they are and count for nothing.
 *
 * A new pod starts in the zone, among those with counted nodes, that has the fewest pods of the Service, there on the
 * node with the fewest, and of equals on the first by name: what the scheduler's default spread comes to while nodes
 * have room. Its endpoint is ready and has no hints.
 *
 * A pod goes as the ReplicaSet controller chooses (controller_utils.go ActivePodsWithRanks), as far as slices show it:
 * first those without a node, then those that are not ready, then those on the nodes with the most pods of the Service,
 * then, where the controller would look at ages and costs that slices do not show, in the order of a hash of the address,
 * which favours no zone.
 * @param key `namespace/name`
 * @throws {WhatIfError} when there is no slice, or no node, for an endpoint
 */
export function scaleService(
  objects: ClusterObjects,
  key: string,
  replicas: Replicas,
): readonly EndpointSliceManifest[] {
  const own = objects.endpointSlices
    .filter(({ metadata }) => `${metadata?.namespace ?? ''}/${metadata?.labels?.[SERVICE_NAME_LABEL] ?? ''}` === key)
    .map((slice) => ({ slice, record: readSlice(slice) }));
  if (own.length === 0) throw new WhatIfError('scale', `Service ${key} has no EndpointSlice to scale`);
  const places = placesOf(objects);
  const zoneByNode = new Map(objects.nodes.map(readNode).map(({ name, zone }) => [name, zone]));
  const changed = new Map<EndpointSliceManifest, readonly EndpointManifest[]>();
  for (const addressType of [...new Set(own.map(({ record }) => record.addressType))].sort()) {
    const group = own.filter(({ record }) => record.addressType === addressType);
    const pods = podsOf(
      group.map(({ record }) => record),
      zoneByNode,
    );
    const { removed, added } = difference(pods, replicas, places, key);
    for (const { slice } of group) {
      const left = (slice.endpoints ?? []).filter((endpoint) => !removed.has(addressOf(endpoint)));
      if (left.length !== (slice.endpoints ?? []).length) changed.set(slice, left);
    }
    if (added.length === 0) continue;
    const addresses = newAddresses(addressType, added.length, objects);
    const fresh = added.map(({ zone, node }, i) => newEndpoint(addresses[i] ?? '', zone, node));
    // A pod is in one slice of each set of ports.
    // In-tree keeps a slice without ports and endpoints for a Service without pods.
    const filled = group.filter(({ record }) => record.portNames.length > 0);
    const sets = groupBy(filled.length > 0 ? filled : group, ({ record }) => JSON.stringify(record.portNames));
    for (const set of sets.values()) {
      addEndpoints(
        set.map(({ slice }) => slice),
        fresh,
        changed,
      );
    }
  }
  return objects.endpointSlices.map((slice) => {
    const endpoints = changed.get(slice);
    return endpoints === undefined ? slice : { ...slice, endpoints };
  });
}

function addressOf(endpoint: EndpointManifest | null): string {
  return endpoint?.addresses?.[0] ?? '';
}

function newEndpoint(address: string, zone: string, node: string): EndpointManifest {
  return {
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: node,
    ...(zone === '' ? {} : { zone }),
  };
}

/** Fills the slices in the order of their names as in-tree would, and the emptiest above its limit. */
function addEndpoints(
  slices: readonly EndpointSliceManifest[],
  fresh: readonly EndpointManifest[],
  changed: Map<EndpointSliceManifest, readonly EndpointManifest[]>,
): void {
  const sorted = [...slices].sort((a, b) => compareText(a.metadata?.name ?? '', b.metadata?.name ?? ''));
  const lists = sorted.map((slice) => [...(changed.get(slice) ?? slice.endpoints ?? [])]);
  const emptiest = (): EndpointManifest[] => lists.reduce((best, list) => (list.length < best.length ? list : best));
  let next = 0;
  for (const endpoint of fresh) {
    while ((lists[next]?.length ?? 0) >= FULL_SLICE) next++;
    (lists[next] ?? emptiest()).push(endpoint);
  }
  for (const [i, slice] of sorted.entries()) changed.set(slice, lists[i] ?? []);
}

/** The pods that do not terminate, each address once, ordered by address. */
function podsOf(slices: readonly SliceRecord[], zoneByNode: ReadonlyMap<string, string>): readonly Pod[] {
  const pods = new Map<string, Pod>();
  for (const { endpoints } of slices) {
    for (const { address, zone, nodeName, ready, terminating } of endpoints) {
      if (address === '' || terminating === true) continue;
      const isReady = ready !== false || pods.get(address)?.ready === true;
      pods.set(address, { address, zone: zone || (zoneByNode.get(nodeName) ?? ''), node: nodeName, ready: isReady });
    }
  }
  return [...pods.values()].sort((a, b) => compareText(a.address, b.address));
}

/** Zones with counted nodes, sorted; where no such node has a zone, all nodes count as one place without a zone. */
function placesOf({ nodes }: ClusterObjects): readonly Place[] {
  const counted = nodes.map(readNode).filter(isCounted);
  const byZone = groupBy(counted, ({ zone }) => zone);
  const zones = [...byZone.keys()].sort();
  const named = zones.filter((zone) => zone !== '');
  return (named.length > 0 ? named : zones).map((zone) => ({
    zone,
    nodes: [...new Set((byZone.get(zone) ?? []).map(({ name }) => name))].sort(),
  }));
}

interface Difference {
  readonly removed: ReadonlySet<string>;
  readonly added: readonly { readonly zone: string; readonly node: string }[];
}

function difference(pods: readonly Pod[], replicas: Replicas, places: readonly Place[], key: string): Difference {
  if (typeof replicas === 'number') {
    const surplus = byRemoval(pods).slice(0, Math.max(0, pods.length - replicas));
    const missing = Math.max(0, replicas - pods.length);
    return { removed: addressesOf(surplus), added: place(pods, missing, places, key) };
  }
  const removed: Pod[] = [];
  const added: { zone: string; node: string }[] = [];
  const podsByZone = groupBy(pods, ({ zone }) => zone);
  const placesByZone = groupBy(places, ({ zone }) => zone);
  const zones = new Set([...podsByZone.keys(), ...replicas.keys()]);
  for (const zone of [...zones].sort()) {
    const here = podsByZone.get(zone) ?? [];
    const wanted = replicas.get(zone) ?? 0;
    removed.push(...byRemoval(here).slice(0, Math.max(0, here.length - wanted)));
    const own = placesByZone.get(zone) ?? [];
    if (wanted > 0 && own.length === 0) {
      const known = places.map((one) => one.zone).join(', ') || 'none';
      throw new WhatIfError('scale', `no Node that takes pods is in zone ${quoted(zone)}; zones are ${known}`);
    }
    added.push(...place(here, Math.max(0, wanted - here.length), own, key));
  }
  return { removed: addressesOf(removed), added };
}

function addressesOf(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.map(({ address }) => address));
}

/** The pods in the order in which they go. Upstream ranks them once, not anew after each. */
function byRemoval(pods: readonly Pod[]): readonly Pod[] {
  const onNode = countBy(pods, ({ node }) => node);
  return [...pods].sort(
    (a, b) =>
      Number(a.node !== '') - Number(b.node !== '') ||
      Number(a.ready) - Number(b.ready) ||
      (onNode.get(b.node) ?? 0) - (onNode.get(a.node) ?? 0) ||
      fnv1a(a.address) - fnv1a(b.address) ||
      compareText(a.address, b.address),
  );
}

function place(
  pods: readonly Pod[],
  count: number,
  places: readonly Place[],
  key: string,
): readonly { readonly zone: string; readonly node: string }[] {
  if (count === 0) return [];
  if (places.length === 0) throw new WhatIfError('scale', `there is no Node that takes another pod of ${key}`);
  const inZone = countBy(pods, ({ zone }) => zone);
  const onNode = countBy(pods, ({ node }) => node);
  const nextZone = fewestInTurn(places, (one) => inZone.get(one.zone) ?? 0);
  const nextNode = new Map<string, () => string>();
  return Array.from({ length: count }, () => {
    const { zone, nodes } = nextZone();
    let next = nextNode.get(zone);
    if (next === undefined) nextNode.set(zone, (next = fewestInTurn(nodes, (name) => onNode.get(name) ?? 0)));
    return { zone, node: next() };
  });
}

/**
 * At each call the first of those that count the least, which then counts one more.
 * @param list not empty
 * @param count of each before the first call
 */
function fewestInTurn<T>(list: readonly T[], count: (one: T) => number): () => T {
  // By count, the indexes; an index moves up a level at each turn, so that each is sorted once for each level.
  const levels = groupBy([...list.keys()], (i) => count(list[i]!));
  let least = [...levels.keys()].reduce((best, level) => Math.min(best, level), Infinity);
  let turn = 0;
  return () => {
    let level = levels.get(least) ?? [];
    if (turn === level.length) {
      // All of this level have moved up, to those that were there.
      levels.delete(least);
      least++;
      level = [...level, ...(levels.get(least) ?? [])].sort((a, b) => a - b);
      levels.set(least, level);
      turn = 0;
    }
    return list[level[turn++] ?? 0]!;
  };
}

function countBy<T>(list: readonly T[], key: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of list) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return counts;
}

/** The list by key; each group in the order of the list. */
function groupBy<T, K>(list: readonly T[], key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of list) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}
