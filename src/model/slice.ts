import { HintsReader, type EndpointHints } from './hints.js';
import type { EndpointManifest, EndpointSliceManifest, MetadataManifest } from './manifest.js';
import { readTime } from './time.js';
import { isZoneName } from './zones/zoneName.js';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
/** Set on a slice when, and only when, it has our hints: the guard and `cleanup` go by it. */
export const OWNED_ANNOTATION = 'slicehints.io/hints';
/** Set by the endpoint controllers; kube-proxy takes it for the start of a change of endpoints, hints included. */
export const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';
/** The name under which we write, as `managedFields` of a slice has it. */
export const FIELD_MANAGER = 'slicehints';

export interface EndpointRecord {
  /** The first address, which identifies the endpoint; empty when it has none. */
  readonly address: string;
  /** All addresses, where `address` is not the only one: nearly always undefined, of which a slice may have a thousand. */
  readonly addresses: readonly string[] | undefined;
  /** Empty when absent, or no name of a zone: the API server checks that of names in hints, but not of this field. */
  readonly zone: string;
  /** Empty when absent. */
  readonly nodeName: string;
  /**
   * As the condition has it; undefined when it is absent (proxies then assume true, upstream's Auto does not). Always
   * false without an address: proxies pass such an endpoint over (pkg/proxy/endpointslicecache.go).
   */
  readonly ready: boolean | undefined;
  /** Always false without an address. */
  readonly serving: boolean | undefined;
  readonly terminating: boolean | undefined;
  /** undefined when the endpoint has no `hints` at all; an empty `hints: {}` is an object without names. */
  readonly hints: EndpointHints | undefined;
}

export interface SliceRecord {
  readonly namespace: string;
  readonly name: string;
  /** Name of the Service by the label `kubernetes.io/service-name`; empty when absent. */
  readonly serviceName: string;
  /** Label `endpointslice.kubernetes.io/managed-by`; empty when absent. */
  readonly managedBy: string;
  /** Empty when the manifest has none (files). */
  readonly resourceVersion: string;
  readonly generation: number;
  /** IPv4, IPv6 or FQDN. */
  readonly addressType: string;
  /** The slice carries our ownership annotation. */
  readonly owned: boolean;
  /** Whether `metadata.annotations` exists: a JSON patch must create the map before it adds to it. */
  readonly hasAnnotations: boolean;
  /** The slice carries the time of the change of a pod that caused its last write. Absent means no. */
  readonly hasTriggerTime?: boolean;
  /** Sorted names of the ports; the empty name is a port too. */
  readonly portNames: readonly string[];
  readonly endpoints: readonly EndpointRecord[];
  /**
   * Who else set `endpoints` last: the manager of the latest `managedFields` entry for it that is not ours. Empty when
   * there is no other writer, as right after a write of slicehints; absent without managedFields (files).
   */
  readonly endpointsManager?: string;
  /** Whether slicehints is a manager of `endpoints` by `managedFields`: it wrote hints, and the list has not changed since. */
  readonly endpointsOurs?: boolean;
}

const NONE: readonly string[] = Object.freeze([]);

/** @param reader lets the endpoints of one slice share their hints */
export function readEndpoint(endpoint: EndpointManifest, reader: HintsReader = new HintsReader()): EndpointRecord {
  const { conditions, hints } = endpoint;
  const addresses = endpoint.addresses ?? NONE;
  const address = addresses[0] ?? '';
  return {
    address,
    addresses: addresses.length === 1 ? undefined : addresses,
    zone: readZone(endpoint.zone),
    nodeName: endpoint.nodeName ?? '',
    ready: address === '' ? false : (conditions?.ready ?? undefined),
    serving: address === '' ? false : (conditions?.serving ?? undefined),
    terminating: conditions?.terminating ?? undefined,
    hints: hints === null || hints === undefined ? undefined : reader.read(hints),
  };
}

function readZone(zone: string | null | undefined): string {
  return typeof zone === 'string' && isZoneName(zone) ? zone : '';
}

/** The whole list is one field to the API server (`listType=atomic`), so the writer of one hint owns all of it. */
function writersOfEndpoints(
  managedFields: NonNullable<MetadataManifest['managedFields']>,
): Pick<SliceRecord, 'endpointsManager' | 'endpointsOurs'> {
  let endpointsManager = '';
  let endpointsOurs = false;
  let latestMs = -Infinity;
  for (const entry of managedFields as readonly ((typeof managedFields)[number] | null)[]) {
    const { manager, time, fieldsV1 } = entry ?? {};
    if (fieldsV1 === null || fieldsV1 === undefined || !Object.hasOwn(fieldsV1, 'f:endpoints')) continue;
    if (manager === FIELD_MANAGER) {
      endpointsOurs = true;
      continue;
    }
    const timeMs = readTime(time);
    // Times have whole seconds; of equals the last counts, because entries are sorted by time and then by name.
    if (timeMs === undefined ? latestMs > -Infinity : timeMs < latestMs) continue;
    if (timeMs !== undefined) latestMs = timeMs;
    endpointsManager = manager ?? '';
  }
  return { endpointsManager, endpointsOurs };
}

/** An entry that a hand-written file leaves empty keeps its place, because patches go by index. */
const NO_ENDPOINT: EndpointManifest = Object.freeze({});

function readEndpoints(endpoints: readonly (EndpointManifest | null | undefined)[]): readonly EndpointRecord[] {
  const reader = new HintsReader();
  return endpoints.map((endpoint) => readEndpoint(endpoint ?? NO_ENDPOINT, reader));
}

function readPortNames(
  ports: readonly ({ readonly name?: string | null | undefined } | null)[] | null | undefined,
): readonly string[] {
  if (ports === null || ports === undefined) return NONE;
  const first = ports[0];
  if (ports.length === 1) return [first?.name ?? ''];
  return [...new Set(ports.map((port) => port?.name ?? ''))].sort();
}

export function readSlice(slice: EndpointSliceManifest): SliceRecord {
  const { metadata, endpoints } = slice;
  const labels = metadata?.labels;
  const annotations = metadata?.annotations;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    serviceName: labels?.[SERVICE_NAME_LABEL] ?? '',
    managedBy: labels?.[MANAGED_BY_LABEL] ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    addressType: slice.addressType ?? '',
    owned: annotations?.[OWNED_ANNOTATION] !== undefined,
    hasAnnotations: annotations !== null && annotations !== undefined,
    ...(annotations?.[TRIGGER_TIME_ANNOTATION] === undefined ? undefined : { hasTriggerTime: true }),
    portNames: readPortNames(slice.ports),
    endpoints: endpoints === null || endpoints === undefined ? [] : readEndpoints(endpoints),
    ...(metadata?.managedFields ? writersOfEndpoints(metadata.managedFields) : undefined),
  };
}

/** Proxies route to addresses only and read no hints on slices of names. */
export const UNROUTED_ADDRESS_TYPE = 'FQDN';
