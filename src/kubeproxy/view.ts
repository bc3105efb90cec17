import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode } from '../model/node.js';
import { readEndpoint, SERVICE_NAME_LABEL, type EndpointRecord } from '../model/slice.js';
import { type EndpointHints } from '../model/hints.js';
import { usableByNodes } from './rule.js';

export type AddressFamily = 'IPv4' | 'IPv6';

export interface ViewEndpoint {
  readonly address: string;
  readonly port: number;
  /** Chance that a new connection goes here, a fraction of 1. */
  readonly probability: number;
  /** Empty when unknown. */
  readonly nodeName: string;
  readonly zone: string;
}

/** What becomes of new connections. */
export interface Routing {
  /** `Cluster` heeds hints, `Local` takes the endpoints on the node whatever the hints. */
  readonly policy: 'Cluster' | 'Local';
  /** reject: the Service has no endpoint at all (refused); drop: it has none on this node (timeout). */
  readonly action: 'forward' | 'reject' | 'drop';
  /** In the order in which kube-proxy writes them. */
  readonly endpoints: readonly ViewEndpoint[];
}

/** One port of one Service in one address family, as one node's kube-proxy serves it. */
export interface ServicePortView {
  readonly namespace: string;
  readonly service: string;
  /** Empty when the port has no name. */
  readonly portName: string;
  readonly protocol: string;
  readonly family: AddressFamily;
  /** Empty when none is assigned yet (a manifest that was not applied). */
  readonly clusterIP: string;
  readonly port: number;
  /** undefined: no session affinity. */
  readonly affinitySeconds: number | undefined;
  readonly clusterTraffic: Routing;
  readonly nodePort: { readonly port: number; readonly routing: Routing } | undefined;
  /** Which hints are on the ready endpoints. */
  readonly hints: { readonly forZones: boolean; readonly forNodes: boolean };
}

export interface NodeView {
  readonly name: string;
  readonly zone: string;
  /** Internal addresses of the node, where it says so. */
  readonly addresses: readonly string[];
  readonly ports: readonly ServicePortView[];
}

export interface ViewInput {
  readonly services: readonly ServiceManifest[];
  readonly endpointSlices: readonly EndpointSliceManifest[];
  readonly nodes: readonly NodeManifest[];
  /** As if no endpoint had hints. */
  readonly withoutHints?: boolean;
}

/** ClientIPConfig's default. */
const AFFINITY_SECONDS = 10800;
/** Services with this label are left to another proxy. */
const OTHER_PROXY_LABEL = 'service.kubernetes.io/service-proxy-name';

interface PortEndpoint {
  readonly record: EndpointRecord;
  readonly port: number;
  readonly target: string;
}

/**
 * What kube-proxy 1.36 on every node does with every Service port: it joins the slices of a Service by port name, and
 * decides for each port and address family by itself (pkg/proxy/topology.go, endpointslicecache.go). Left out are
 * headless and ExternalName Services and those of other proxies, which it does not serve, and load balancer and
 * external addresses, which it treats like node ports.
 * @returns nodes sorted by name, ports by Service, name and family
 */
export function viewNodes(input: ViewInput): NodeView[] {
  const nodes = input.nodes.map((manifest) => ({ ...readNode(manifest), addresses: internalAddresses(manifest) }));
  nodes.sort((a, b) => compare(a.name, b.name));
  const ports: ServicePortView[][] = nodes.map(() => []);
  const slicesByService = groupSlices(input.endpointSlices);
  const services = input.services
    .filter(isServed)
    .map((service) => ({ service, key: keyOf(service.metadata?.namespace, service.metadata?.name) }))
    .sort((a, b) => compare(a.key, b.key));
  for (const { service, key } of services) {
    const slices = slicesByService.get(key) ?? [];
    for (const family of familiesOf(service, slices)) {
      for (const port of service.spec?.ports ?? []) {
        const views = viewPort(service, port, family, slices, nodes, input.withoutHints === true);
        views.forEach((view, index) => ports[index]?.push(view));
      }
    }
  }
  return nodes.map(({ name, zone, addresses }, index) => ({ name, zone, addresses, ports: ports[index] ?? [] }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf(namespace: string | null | undefined, name: string | null | undefined): string {
  return `${namespace ?? ''}/${name ?? ''}`;
}

function isServed({ metadata, spec }: ServiceManifest): boolean {
  return (
    spec?.clusterIP !== 'None' && spec?.type !== 'ExternalName' && metadata?.labels?.[OTHER_PROXY_LABEL] === undefined
  );
}

function internalAddresses({ status }: NodeManifest): string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}

function groupSlices(slices: readonly EndpointSliceManifest[]): Map<string, EndpointSliceManifest[]> {
  const groups = new Map<string, EndpointSliceManifest[]>();
  const sorted = [...slices].sort((a, b) => compare(a.metadata?.name ?? '', b.metadata?.name ?? ''));
  for (const slice of sorted) {
    const key = keyOf(slice.metadata?.namespace, slice.metadata?.labels?.[SERVICE_NAME_LABEL]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  return groups;
}

function clusterIPOf({ spec }: ServiceManifest, family: AddressFamily): string {
  const addresses = spec?.clusterIPs ?? [spec?.clusterIP ?? ''];
  return addresses.find((address) => address !== '' && (address.includes(':') ? 'IPv6' : 'IPv4') === family) ?? '';
}

/** The families that the Service has an address in; while it has none, those of its slices. */
function familiesOf(service: ServiceManifest, slices: readonly EndpointSliceManifest[]): AddressFamily[] {
  const families = ['IPv4', 'IPv6'] as const;
  const assigned = families.filter((family) => clusterIPOf(service, family) !== '');
  if (assigned.length > 0) return assigned;
  const present = families.filter((family) => slices.some(({ addressType }) => addressType === family));
  return present.length > 0 ? present : ['IPv4'];
}

type ServicePort = NonNullable<NonNullable<NonNullable<ServiceManifest['spec']>['ports']>>[number];

function viewPort(
  service: ServiceManifest,
  port: ServicePort,
  family: AddressFamily,
  slices: readonly EndpointSliceManifest[],
  nodes: readonly { readonly name: string; readonly zone: string }[],
  withoutHints: boolean,
): ServicePortView[] {
  const { spec } = service;
  const endpoints = endpointsOf(slices, family, port.name ?? '', port.protocol ?? 'TCP');
  const records = endpoints.map(({ record }) => record);
  const hints = records.map((record): EndpointHints | undefined => (withoutHints ? undefined : record.hints));
  const ready = hints.filter((_, index) => records[index]?.ready !== false);
  const usable = usableByNodes(records, hints, nodes);
  const forward = memoize((indexes: readonly number[]): Routing => routing('Cluster', endpoints, indexes));
  const affinity = spec?.sessionAffinity === 'ClientIP';
  const common = {
    namespace: service.metadata?.namespace ?? '',
    service: service.metadata?.name ?? '',
    portName: port.name ?? '',
    protocol: port.protocol ?? 'TCP',
    family,
    clusterIP: clusterIPOf(service, family),
    port: port.port ?? 0,
    affinitySeconds: affinity ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS) : undefined,
    hints: {
      forZones: ready.some((hint) => (hint?.forZones?.length ?? 0) > 0),
      forNodes: ready.some((hint) => (hint?.forNodes?.length ?? 0) > 0),
    },
  };
  const nodePort = port.nodePort ?? 0;
  return nodes.map((node, index) => {
    const cluster = forward(usable[index] ?? []);
    const local = (): Routing => routing('Local', endpoints, localEndpoints(records, node.name));
    const byPolicy = (policy: string | null | undefined): Routing => (policy === 'Local' ? local() : cluster);
    return {
      ...common,
      clusterTraffic: byPolicy(spec?.internalTrafficPolicy),
      nodePort: nodePort > 0 ? { port: nodePort, routing: byPolicy(spec?.externalTrafficPolicy) } : undefined,
    };
  });
}

/** The endpoints that serve a port by name and protocol, each address and port once, in kube-proxy's order. */
function endpointsOf(
  slices: readonly EndpointSliceManifest[],
  family: AddressFamily,
  portName: string,
  protocol: string,
): PortEndpoint[] {
  const byTarget = new Map<string, PortEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    for (const port of slice.ports ?? []) {
      const number = port.port ?? undefined;
      if (number === undefined || (port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol) continue;
      for (const manifest of slice.endpoints ?? []) {
        const record = readEndpoint(manifest);
        const target = targetText(record.address, number);
        if (record.address !== '' && !byTarget.has(target)) byTarget.set(target, { record, port: number, target });
      }
    }
  }
  return [...byTarget.values()].sort((a, b) => compare(a.target, b.target));
}

/** An address and a port as Go's net.JoinHostPort writes them. */
export function targetText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Ready endpoints on the node, else those there that terminate but still serve. */
function localEndpoints(records: readonly EndpointRecord[], nodeName: string): number[] {
  const here = records.flatMap((record, index) => (record.nodeName === nodeName ? [index] : []));
  const ready = here.filter((index) => records[index]?.ready !== false);
  if (ready.length > 0) return ready;
  return here.filter((index) => records[index]?.serving !== false && records[index]?.terminating === true);
}

function routing(policy: Routing['policy'], all: readonly PortEndpoint[], indexes: readonly number[]): Routing {
  const endpoints = indexes.flatMap((index) => {
    const endpoint = all[index];
    if (endpoint === undefined) return [];
    const { address, nodeName, zone } = endpoint.record;
    return [{ address, port: endpoint.port, probability: 1 / indexes.length, nodeName, zone }];
  });
  const anywhere = all.some(({ record }) => record.ready !== false || (record.serving !== false && record.terminating));
  const action = endpoints.length > 0 ? 'forward' : policy === 'Local' && anywhere ? 'drop' : 'reject';
  return { policy, action, endpoints };
}

/** One answer per argument object: nodes that use the same endpoints share one Routing. */
function memoize<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(key)));
    return value;
  };
}
