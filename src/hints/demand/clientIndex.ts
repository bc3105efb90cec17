import type { MeasuredIndex } from '../../measured/measuredIndex.js';
import { compareNames, compareText } from '../../model/objectKey.js';
import { isReady } from '../../model/readiness.js';
import { UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../../model/slice.js';
import { slicesByService } from '../../model/slicesByService.js';

/** Where pods run: the ready endpoints of one Service, or of all of them, each address once. */
export interface ClientSpread {
  /** How many of them have a zone. */
  readonly pods: number;
  /** Their number by zone. */
  readonly zones: ReadonlyMap<string, number>;
  /**
   * Counts those whose node is known and lies in their zone, by node: each time anew, because few plans need it and the sums
   * would be large.
   */
  readonly countNodes: () => ReadonlyMap<string, number>;
}

export interface ClientIndexOptions {
  /** The slices of one Service, by `namespace/name`. */
  readonly slicesOf: (key: string) => Iterable<SliceRecord>;
  readonly allSlices: () => Iterable<SliceRecord>;
  /** The zone in which a pod counts by the node and the zone of its endpoint; empty: in none (`NodeIndex.zoneOfClient`). */
  readonly zoneOfClient: (node: string, own: string) => string;
  /** What is measured of the traffic of Services; by default nothing. */
  readonly measured?: Pick<MeasuredIndex, 'of'> | undefined;
}

const NOWHERE: ClientSpread = Object.freeze({ pods: 0, zones: new Map(), countNodes: () => new Map() });

/**
 * Where the clients of Services are: the endpoints of client Services, and what is measured. Each sum is made once, however
 * many Services name the client, until `forget` is called.
 */
export class ClientIndex {
  readonly #options: ClientIndexOptions;
  /** By address type, then by `namespace/name`. */
  readonly #services = new Map<string, Map<string, ClientSpread>>();
  readonly #all = new Map<string, ClientSpread>();

  constructor(options: ClientIndexOptions) {
    this.#options = options;
  }

  /**
   * @param key `namespace/name` of a Service
   * @param addressType whose endpoints count; those of another type where the Service has none of this one, because a
   *   pod with two addresses is one client
   */
  ofService(key: string, addressType: string): ClientSpread {
    let byKey = this.#services.get(addressType);
    if (byKey === undefined) this.#services.set(addressType, (byKey = new Map<string, ClientSpread>()));
    const { slicesOf, zoneOfClient } = this.#options;
    return sumOnce(byKey, key, () => sumUpAny(() => slicesOf(key), addressType, zoneOfClient));
  }

  /** The endpoints of all Services. */
  ofAll(addressType: string): ClientSpread {
    const { allSlices, zoneOfClient } = this.#options;
    return sumOnce(this.#all, addressType, () => sumUpAny(allSlices, addressType, zoneOfClient));
  }

  /** What is measured of the traffic to a Service. */
  measuredOf(key: string): ReturnType<MeasuredIndex['of']> {
    return this.#options.measured?.of(key);
  }

  /** The slices of a Service changed. */
  forget(key: string): void {
    for (const byKey of this.#services.values()) byKey.delete(key);
  }

  /** The slices of some Services changed, and the next sum of all is to show it. */
  forgetAll(): void {
    this.#all.clear();
  }

  /**
   * Sums up the endpoints of all Services anew, as far as they were asked for, and takes the new sums when any zone's
   * part of them changed by at least `leastChange`, a fraction of 1.
   * @returns whether it did
   */
  refreshAll(leastChange: number): boolean {
    let changed = false;
    for (const [addressType, before] of this.#all) {
      const now = sumUpAny(this.#options.allSlices, addressType, this.#options.zoneOfClient);
      if (largestShift(before, now) < leastChange) continue;
      this.#all.set(addressType, now);
      changed = true;
    }
    return changed;
  }

  /** Nodes changed, and with them perhaps the zones of endpoints. */
  clear(): void {
    this.#services.clear();
    this.#all.clear();
  }
}

/** An index over a list of slices of any Services. */
export function indexClients(
  slices: readonly SliceRecord[],
  zoneOfClient: ClientIndexOptions['zoneOfClient'],
  measured?: ClientIndexOptions['measured'],
): ClientIndex {
  let groups: ReadonlyMap<string, readonly SliceRecord[]> | undefined;
  const slicesOf = (key: string): readonly SliceRecord[] => (groups ??= slicesByService(slices)).get(key) ?? [];
  return new ClientIndex({ slicesOf, allSlices: () => slices, zoneOfClient, measured });
}

function sumOnce(known: Map<string, ClientSpread>, key: string, sum: () => ClientSpread): ClientSpread {
  const before = known.get(key);
  if (before !== undefined) return before;
  const spread = sum();
  known.set(key, spread);
  return spread;
}

function sumUpAny(
  slices: () => Iterable<SliceRecord>,
  addressType: string,
  zoneOfClient: ClientIndexOptions['zoneOfClient'],
): ClientSpread {
  const list = [...slices()];
  const routed = list.map((slice) => slice.addressType).filter((type) => type !== UNROUTED_ADDRESS_TYPE);
  for (const type of new Set([addressType, ...routed.sort()])) {
    const zones = new Map<string, number>();
    let pods = 0;
    for (const { zone } of placedEndpoints(list, type, zoneOfClient)) {
      pods++;
      zones.set(zone, (zones.get(zone) ?? 0) + 1);
    }
    if (pods === 0) continue;
    // Reads the slices anew: a list kept here would hold records that hints have replaced since.
    return { pods, zones, countNodes: () => countByNode(placedEndpoints(slices(), type, zoneOfClient), zoneOfClient) };
  }
  return NOWHERE;
}

/** The largest change of a zone's part, a fraction of 1; 1 when there was nothing, or is nothing now. */
function largestShift(before: ClientSpread, now: ClientSpread): number {
  if (before.pods === 0 || now.pods === 0) return before.pods === now.pods ? 0 : 1;
  let largest = 0;
  for (const zone of new Set([...before.zones.keys(), ...now.zones.keys()])) {
    const shift = (now.zones.get(zone) ?? 0) / now.pods - (before.zones.get(zone) ?? 0) / before.pods;
    largest = Math.max(largest, Math.abs(shift));
  }
  return largest;
}

function countByNode(
  endpoints: Iterable<PlacedEndpoint>,
  zoneOfClient: ClientIndexOptions['zoneOfClient'],
): ReadonlyMap<string, number> {
  const nodes = new Map<string, number>();
  for (const { nodeName, zone } of endpoints) {
    // A slice may name a zone that is not its node's; the nodes of a zone are never to send more than the zone does.
    if (nodeName === '' || zoneOfClient(nodeName, '') !== zone) continue;
    nodes.set(nodeName, (nodes.get(nodeName) ?? 0) + 1);
  }
  return nodes;
}

interface PlacedEndpoint {
  readonly zone: string;
  /** Empty where it is not known. */
  readonly nodeName: string;
}

/** The ready endpoints that have a zone, each address once. */
function* placedEndpoints(
  slices: Iterable<SliceRecord>,
  addressType: string,
  zoneOfClient: ClientIndexOptions['zoneOfClient'],
): Iterable<PlacedEndpoint> {
  const seen = new Set<string>();
  const ofType = [...slices].filter((slice) => slice.addressType === addressType);
  // The order decides where one address stands in two slices.
  for (const slice of ofType.sort((a, b) => compareText(a.namespace, b.namespace) || compareNames(a, b))) {
    for (const endpoint of slice.endpoints) {
      const { address, zone: own, nodeName } = endpoint;
      if (!isReady(endpoint) || address === '' || seen.has(address)) continue;
      const zone = zoneOfClient(nodeName, own);
      if (zone === '') continue;
      seen.add(address);
      yield { zone, nodeName };
    }
  }
}
