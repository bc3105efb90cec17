import type { EndpointManifest, EndpointSliceManifest } from './manifest.js';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
/** Set on a slice when, and only when, hints of ours are on it and the guard or a later clean-up must know. */
export const OWNED_ANNOTATION = 'slicehints.io/hints';

/** Hints of one endpoint. Names are unique and keep the order they have in the slice. */
export interface EndpointHints {
  readonly forZones?: readonly string[] | undefined;
  readonly forNodes?: readonly string[] | undefined;
}

export interface EndpointRecord {
  /** The first of `addresses`, which identifies the endpoint; empty when it has none. */
  readonly address: string;
  readonly addresses: readonly string[];
  /** Empty when absent. */
  readonly zone: string;
  /** Empty when absent. */
  readonly nodeName: string;
  /** As the condition says; undefined when it says nothing (proxies then assume true, upstream's Auto does not). */
  readonly ready: boolean | undefined;
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
  /** Sorted names of the ports; the empty name is a port too. */
  readonly portNames: readonly string[];
  readonly endpoints: readonly EndpointRecord[];
}

const NONE: readonly string[] = Object.freeze([]);

function names(list: readonly { readonly name: string }[] | null | undefined): readonly string[] | undefined {
  if (list === null || list === undefined) return undefined;
  const first = list[0];
  return list.length === 1 && first !== undefined ? [first.name] : list.map((entry) => entry.name);
}

export function readEndpoint(endpoint: EndpointManifest): EndpointRecord {
  const { conditions, hints } = endpoint;
  const addresses = endpoint.addresses ?? NONE;
  return {
    address: addresses[0] ?? '',
    addresses,
    zone: endpoint.zone ?? '',
    nodeName: endpoint.nodeName ?? '',
    ready: conditions?.ready ?? undefined,
    serving: conditions?.serving ?? undefined,
    terminating: conditions?.terminating ?? undefined,
    hints:
      hints === null || hints === undefined
        ? undefined
        : { forZones: names(hints.forZones), forNodes: names(hints.forNodes) },
  };
}

export function readSlice(slice: EndpointSliceManifest): SliceRecord {
  const { metadata } = slice;
  const endpoints = slice.endpoints ?? [];
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    serviceName: metadata?.labels?.[SERVICE_NAME_LABEL] ?? '',
    managedBy: metadata?.labels?.[MANAGED_BY_LABEL] ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    addressType: slice.addressType ?? '',
    owned: metadata?.annotations?.[OWNED_ANNOTATION] !== undefined,
    hasAnnotations: metadata?.annotations !== null && metadata?.annotations !== undefined,
    portNames: slice.ports ? [...new Set(slice.ports.map((port) => port.name ?? ''))].sort() : NONE,
    endpoints: endpoints.map(readEndpoint),
  };
}
