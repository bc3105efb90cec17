import { gatherEndpoints, gatherHints, locateEndpoints, NOTHING_PLANNED } from '../../hints/endpoints.js';
import { demandFor } from '../../hints/demand/demandFor.js';
import type { ClientIndex } from '../../hints/demand/clientIndex.js';
import { portSets } from '../../hints/ports.js';
import type { Scratch } from '../../hints/scratch.js';
import type { Settings } from '../../hints/settings.js';
import { zoneCidrsOf } from '../../hints/places.js';
import { forecastTraffic } from '../../kubeproxy/forecast.js';
import { readingOf, type Reading } from '../../kubeproxy/reading.js';
import { consumedEndpoints } from '../../kubeproxy/rule.js';
import type { Cluster } from '../../model/cluster.js';
import type { Demand } from '../../model/demand.js';
import { compareNames } from '../../model/objectKey.js';
import type { ServiceRecord } from '../../model/service.js';
import { UNROUTED_ADDRESS_TYPE, type EndpointRecord, type SliceRecord } from '../../model/slice.js';

/** The slices that serve one port of one address type: kube-proxy decides for each by itself. */
export interface PortOfService {
  readonly addressType: string;
  /** Indexes into the slices of the Service. */
  readonly slices: readonly number[];
}

/** The ports of a Service that some endpoint serves, or may serve later. @param slices sorted by name */
export function portsOfService(slices: readonly SliceRecord[]): readonly PortOfService[] {
  const indexOf = new Map(slices.map((slice, i) => [slice, i]));
  const types = [...new Set(slices.map(({ addressType }) => addressType))].sort();
  return types
    .filter((type) => type !== UNROUTED_ADDRESS_TYPE)
    .flatMap((addressType) =>
      portSets(slices.filter((slice) => slice.addressType === addressType)).map((set) => ({
        addressType,
        slices: set.slices.map((slice) => indexOf.get(slice) ?? 0),
      })),
    );
}

/** An API server lists slices by name, so there is mostly nothing to sort. */
export function sortedByName(slices: readonly SliceRecord[]): readonly SliceRecord[] {
  return [...slices].sort(compareNames);
}

/** How a Service's traffic comes and is read in one state of the cluster. */
export interface TrafficContext {
  readonly service: ServiceRecord;
  readonly cluster: Cluster;
  readonly clients: ClientIndex;
  readonly settings: Settings;
  readonly scratch: Scratch;
}

/** Demand and reading of one Service in one state of the cluster, by address type. */
export class ServiceTraffic {
  readonly #context: TrafficContext;
  readonly #demands = new Map<string, Demand>();
  #reading: Reading | undefined;

  constructor(context: TrafficContext) {
    this.#context = context;
  }

  demand(addressType: string): Demand {
    const known = this.#demands.get(addressType);
    if (known !== undefined) return known;
    const { demand } = demandFor(this.#context, addressType);
    this.#demands.set(addressType, demand);
    return demand;
  }

  get reading(): Reading {
    const { service, cluster, settings } = this.#context;
    return (this.#reading ??= readingOf(service, cluster.consumers, settings.consumer));
  }

  /** The endpoints with their zones, as plans see them. */
  locate(endpoints: readonly EndpointRecord[]): readonly EndpointRecord[] {
    return locateEndpoints(endpoints, this.cluster.nodeIndex, zoneCidrsOf(this.#context));
  }

  get cluster(): Cluster {
    return this.#context.cluster;
  }
}

/** What the nodes do with one port. */
export interface PortLoad {
  /** The endpoints that take traffic. */
  readonly endpoints: readonly EndpointRecord[];
  /** The part of the traffic that stays in its zone, a fraction of 1. */
  readonly inZone: number;
  /** Load of the busiest endpoint over the mean of these endpoints; 0 when there are none. */
  readonly busiest: number;
}

/**
 * Replays kube-proxy's rule on one port with the hints that are in the slices.
 * @param slices of the Service, parallel to those that the port was found in
 * @param demand by default that of the traffic
 */
export function loadOfPort(
  port: PortOfService,
  slices: readonly SliceRecord[],
  traffic: ServiceTraffic,
  demand: Demand = traffic.demand(port.addressType),
): PortLoad {
  const own = port.slices.map((i) => slices[i]!);
  const gathered = gatherEndpoints(own);
  const located = traffic.locate(gathered.endpoints);
  const endpoints = consumedEndpoints(located).map((i) => located[i]!);
  if (endpoints.length === 0) return { endpoints, inZone: 0, busiest: 0 };
  const hints = gatherHints(gathered, own, NOTHING_PLANNED);
  const { inZoneShare, worstLoad } = forecastTraffic(located, hints, traffic.cluster, demand, traffic.reading);
  return { endpoints, inZone: inZoneShare, busiest: worstLoad };
}
