import { ClientIndex } from '../../../hints/demand/clientIndex.js';
import { currentForecast } from '../../../hints/forecast.js';
import { DEFAULT_SETTINGS } from '../../../hints/settings.js';
import { summariseCluster, type Cluster } from '../../../model/cluster.js';
import { objectKey, parseObjectKey, serviceKeyOf } from '../../../model/objectKey.js';
import { readNode } from '../../../model/node.js';
import { readService } from '../../../model/service.js';
import { readSlice, UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../../../model/slice.js';
import type { KubeObject } from '../../../sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../../sandbox/storage/store.js';

/** What traffic to a Service does now. */
export interface Figures {
  /** The part of the traffic that stays in its zone, a fraction of 1. */
  readonly inZoneShare: number;
  /** Load of the busiest endpoint over the mean. */
  readonly worstLoad: number;
  /** False where hints do not steer the traffic: headless Services, `internalTrafficPolicy: Local`. */
  readonly steered?: false;
}

/** Follows the slices and nodes of the stand-in server, and forecasts the traffic of each Service from them. */
export class Traffic {
  readonly #store: ObjectStore;
  readonly #slices = new Map<string, Map<string, SliceRecord>>();
  readonly #clients = new ClientIndex({
    slicesOf: (key) => this.#slices.get(key)?.values() ?? [],
    allSlices: () => [...this.#slices.values()].flatMap((slices) => [...slices.values()]),
    zoneOfClient: (node, own) => this.#clusterNow().nodeIndex.zoneOfClient(node, own),
  });
  #cluster: Cluster | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Takes in what the server holds and follows it from now on. @returns ends that */
  follow(): () => void {
    for (const slice of this.#store.list('endpointslices')) this.#put(slice);
    const stops = [
      this.#store.subscribe('endpointslices', ({ type, object, previous }) => {
        if (previous !== undefined) this.#drop(previous);
        if (type !== 'DELETED') this.#put(object);
      }),
      this.#store.subscribe('nodes', () => {
        this.#cluster = undefined;
        this.#clients.clear();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** Services that have slices, as `namespace/name`, sorted. */
  services(): string[] {
    return [...this.#slices.keys()].sort();
  }

  /** Over all slices of the Service, address types by their number of endpoints; undefined without endpoints. */
  figures(serviceKey: string): Figures | undefined {
    const slices = [...(this.#slices.get(serviceKey)?.values() ?? [])];
    const sizes = new Map<string, number>();
    for (const { addressType, endpoints } of slices) {
      if (addressType === UNROUTED_ADDRESS_TYPE) continue;
      sizes.set(addressType, (sizes.get(addressType) ?? 0) + endpoints.length);
    }
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    if (total === 0) return undefined;
    const { namespace, name } = parseObjectKey(serviceKey);
    const service = readService(this.#store.get('services', namespace, name) ?? { metadata: { namespace, name } });
    const forecast = currentForecast({
      ...{ service, slices, cluster: this.#clusterNow(), settings: DEFAULT_SETTINGS, clients: this.#clients },
    });
    if (forecast.some(({ steered }) => steered === false)) return { inZoneShare: 0, worstLoad: 0, steered: false };
    const weight = (addressType: string): number => (sizes.get(addressType) ?? 0) / total;
    return {
      inZoneShare: forecast.reduce((sum, one) => sum + one.inZoneShare * weight(one.addressType), 0),
      worstLoad: Math.max(0, ...forecast.map((one) => one.worstLoad)),
    };
  }

  #clusterNow(): Cluster {
    this.#cluster ??= summariseCluster(this.#store.list('nodes').map((node) => readNode(node)));
    return this.#cluster;
  }

  #changed(serviceKey: string): void {
    this.#clients.forget(serviceKey);
    this.#clients.forgetAll();
  }

  #put(object: KubeObject): void {
    const slice = readSlice(object);
    const serviceKey = serviceKeyOf(slice);
    const slices = this.#slices.get(serviceKey) ?? new Map<string, SliceRecord>();
    slices.set(objectKey(slice), slice);
    this.#slices.set(serviceKey, slices);
    this.#changed(serviceKey);
  }

  #drop(object: KubeObject): void {
    const slice = readSlice(object);
    const serviceKey = serviceKeyOf(slice);
    const slices = this.#slices.get(serviceKey);
    slices?.delete(objectKey(slice));
    if (slices?.size === 0) this.#slices.delete(serviceKey);
    this.#changed(serviceKey);
  }
}

/** `73 %` */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `web 33 % → 73 % in zone`, or `web 73 % in zone` where nothing changed or nothing was before. */
export function trafficText(name: string, before: Figures | undefined, after: Figures | undefined): string {
  if (after === undefined) return before === undefined ? '' : `${name} has no endpoints`;
  if (after.steered === false) return `hints do not steer the traffic of ${name}`;
  if (after.worstLoad === 0) return `${name} has no ready endpoint`;
  const now = percent(after.inZoneShare);
  const was = before === undefined ? now : percent(before.inZoneShare);
  return `${name} ${was === now ? '' : `${was} → `}${now} in zone`;
}
