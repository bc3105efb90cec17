import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode, type NodeConsumer } from '../model/node.js';
import { readService } from '../model/service.js';
import { readingOf, type Reading } from './reading.js';
import { readEndpoint, SERVICE_NAME_LABEL, type EndpointRecord } from '../model/slice.js';
import { type EndpointHints } from '../model/hints.js';
import { usableByNodes } from './replay.js';

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

export interface LoadBalancer {
  readonly addresses: readonly { readonly address: string; readonly kind: 'external IP' | 'loadbalancer IP' }[];
  readonly routing: Routing;
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
  /** What connects to the cluster IP; the policy is `internalTrafficPolicy`. */
  readonly clusterTraffic: Routing;
  /** What enters by a node port; the policy is `externalTrafficPolicy`. */
  readonly nodePort: { readonly port: number; readonly routing: Routing } | undefined;
  /** What enters by an external or load balancer address; undefined: the Service has none in this family. */
  readonly loadBalancer: LoadBalancer | undefined;
  /**
   * With `externalTrafficPolicy: Local`: what pods and the node itself reach through a node port or an external
   * address. kube-proxy short-circuits them to the endpoints of policy Cluster.
   */
  readonly shortCircuit: Routing | undefined;
  /** Which hints are on the ready endpoints. */
  readonly hints: { readonly forZones: boolean; readonly forNodes: boolean };
}

export interface NodeView {
  readonly name: string;
  readonly zone: string;
  /** What reads hints on the node. */
  readonly consumer: NodeConsumer;
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
  /** What reads hints on every node; by default what each Node object tells. */
  readonly consumer?: NodeConsumer | undefined;
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
 * headless and ExternalName Services and those of other proxies, which it does not serve.
 * @returns nodes sorted by name, ports by Service, name and family. Nodes that do the same with a port share one
 *   object, so that what is made of it can be made once.
 */
export function viewNodes(input: ViewInput): NodeView[] {
  const nodes = input.nodes.map((manifest): ViewedNode => {
    const { name, zone, consumer = 'kube-proxy' } = readNode(manifest);
    return { name, zone, consumer: input.consumer ?? consumer, addresses: internalAddresses(manifest) };
  });
  const consumers = [...new Set(nodes.map(({ consumer }) => consumer))].sort();
  nodes.sort((a, b) => compare(a.name, b.name));
  const ports: ServicePortView[][] = nodes.map(() => []);
  const grouped = slicesByService(input.endpointSlices);
  const services = input.services
    .filter(isServed)
    .map((service) => ({ service, key: keyOf(service.metadata?.namespace, service.metadata?.name) }))
    .sort((a, b) => compare(a.key, b.key));
  for (const { service, key } of services) {
    const readers = { nodes, reading: readingOf(readService(service), consumers) };
    const slices = grouped.get(key) ?? [];
    for (const family of familiesOf(service, slices)) {
      for (const port of service.spec?.ports ?? []) {
        const views = viewPort(service, port, family, slices, readers, input.withoutHints === true);
        views.forEach((view, index) => ports[index]?.push(view));
      }
    }
  }
  return nodes.map((node, index) => ({ ...node, ports: ports[index] ?? [] }));
}

type ViewedNode = Omit<NodeView, 'ports'>;

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function keyOf(namespace: string | null | undefined, name: string | null | undefined): string {
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

/** By `namespace/name` of the Service, slices sorted by name. */
export function slicesByService(slices: readonly EndpointSliceManifest[]): Map<string, EndpointSliceManifest[]> {
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
  { nodes, reading }: { readonly nodes: readonly ViewedNode[]; readonly reading: Reading },
  withoutHints: boolean,
): ServicePortView[] {
  const { spec } = service;
  const endpoints = endpointsOf(slices, family, port.name ?? '', port.protocol ?? 'TCP');
  const records = endpoints.map(({ record }) => record);
  const hints = records.map((record): EndpointHints | undefined => (withoutHints ? undefined : record.hints));
  const ready = hints.filter((_, index) => records[index]?.ready !== false);
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
  const addresses = externalAddresses(service, family);
  const isExternal = nodePort > 0 || addresses.length > 0;
  const internalPolicy = policyOf(spec?.internalTrafficPolicy);
  const externalPolicy = policyOf(spec?.externalTrafficPolicy);
  const usesLocal = internalPolicy === 'Local' || (isExternal && externalPolicy === 'Local');
  const usesCluster = internalPolicy === 'Cluster' || isExternal;
  const usable = distinct(
    usesCluster ? usableByNodes(records, hints, nodes, reading) : nodes.map(() => NO_INDEXES),
    (used) => used.join(),
  );
  const local = distinct(usesLocal ? localByNodes(records, nodes) : nodes.map(() => NO_INDEXES), (used) => used.join());
  const clusterRoutings = usable.values.map((used) => routing('Cluster', endpoints, used));
  const localRoutings = local.values.map((used) => routing('Local', endpoints, used));
  const shared = new Map<number, ServicePortView>();
  return nodes.map((_, index) => {
    const [c = 0, l = 0] = [usable.of[index], local.of[index]];
    const known = shared.get(c * localRoutings.length + l);
    if (known !== undefined) return known;
    const byPolicy = { Cluster: clusterRoutings[c]!, Local: localRoutings[l]! };
    const external = byPolicy[externalPolicy];
    const view: ServicePortView = {
      ...common,
      clusterTraffic: byPolicy[internalPolicy],
      nodePort: nodePort > 0 ? { port: nodePort, routing: external } : undefined,
      loadBalancer: addresses.length > 0 ? { addresses, routing: external } : undefined,
      shortCircuit: isExternal && externalPolicy === 'Local' ? byPolicy.Cluster : undefined,
    };
    shared.set(c * localRoutings.length + l, view);
    return view;
  });
}

const NO_INDEXES: readonly number[] = Object.freeze([]);

function policyOf(policy: string | null | undefined): Routing['policy'] {
  return policy === 'Local' ? 'Local' : 'Cluster';
}

/** `spec.externalIPs`, and addresses of the load balancer that it does not serve itself (`ipMode: Proxy`). */
function externalAddresses({ spec, status }: ServiceManifest, family: AddressFamily): LoadBalancer['addresses'] {
  const balanced = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip === undefined || ip === null || ip === '' || ipMode === 'Proxy' ? [] : [ip],
  );
  const addresses = [
    ...(spec?.externalIPs ?? []).map((address) => ({ address, kind: 'external IP' as const })),
    ...balanced.map((address) => ({ address, kind: 'loadbalancer IP' as const })),
  ];
  return addresses.filter(({ address }) => (address.includes(':') ? 'IPv6' : 'IPv4') === family);
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

/** For each node its ready endpoints, else those there that terminate but still serve. */
function localByNodes(
  records: readonly EndpointRecord[],
  nodes: readonly { readonly name: string }[],
): (readonly number[])[] {
  const byNode = new Map<string, number[]>();
  records.forEach(({ nodeName }, index) => {
    const here = byNode.get(nodeName);
    if (here === undefined) byNode.set(nodeName, [index]);
    else here.push(index);
  });
  return nodes.map(({ name }) => {
    const here = byNode.get(name) ?? NO_INDEXES;
    const ready = here.filter((index) => records[index]?.ready !== false);
    if (ready.length > 0) return ready;
    return here.filter((index) => records[index]?.serving !== false && records[index]?.terminating === true);
  });
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

/** The different values of a list, and for each place which of them is there. */
function distinct<V extends object>(list: readonly V[], keyOf: (value: V) => string): { of: number[]; values: V[] } {
  const values: V[] = [];
  const byObject = new Map<V, number>();
  const byKey = new Map<string, number>();
  const of = list.map((value) => {
    let place = byObject.get(value);
    if (place !== undefined) return place;
    const key = keyOf(value);
    place = byKey.get(key);
    if (place === undefined) byKey.set(key, (place = values.push(value) - 1));
    byObject.set(value, place);
    return place;
  });
  return { of, values };
}
