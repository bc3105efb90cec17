import { ZONE_LABEL, type Endpoint, type Node, type Slice } from '../fuzzCase.js';

/** An endpoint as a proxy takes it from a slice, with the defaults of its conditions. */
export interface ProxyEndpoint {
  readonly address: string;
  readonly ready: boolean;
  /** The condition is there and true, which is what Kubernetes' Auto counts. */
  readonly saysReady: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Of an endpoint that says none the zone of its node, where that is known. */
  readonly zone: string;
  readonly nodeName: string;
  readonly forZones: readonly string[];
  readonly forNodes: readonly string[];
}

export interface ProxyNode {
  readonly name: string;
  readonly zone: string;
}

export const proxyNode = ({ metadata }: Node): ProxyNode => ({
  name: metadata?.name ?? '',
  zone: metadata?.labels?.[ZONE_LABEL] ?? '',
});

/** The API server takes any text for an endpoint's zone; only the value of a label can be one. */
export function knownZone(zone: string | null | undefined): string {
  return zone !== undefined && zone !== null && /^[a-z0-9]([\w.-]*[a-z0-9])?$/i.test(zone) ? zone : '';
}

/** pkg/proxy/endpointslicecache.go: an endpoint without an address is passed over (undefined), the first one counts. */
export function proxyEndpoint(
  { addresses, conditions, zone, nodeName, hints }: Endpoint,
  nodes: readonly Node[] = [],
): ProxyEndpoint | undefined {
  const address = addresses?.[0] ?? '';
  if (address === '') return undefined;
  return {
    address,
    ready: conditions?.ready ?? true,
    saysReady: conditions?.ready === true,
    serving: conditions?.serving ?? true,
    terminating: conditions?.terminating ?? false,
    zone:
      knownZone(zone) ||
      (nodes.find(({ metadata }) => metadata?.name === nodeName)?.metadata?.labels?.[ZONE_LABEL] ?? ''),
    nodeName: nodeName ?? '',
    forZones: (hints?.forZones ?? []).map(({ name }) => name),
    forNodes: (hints?.forNodes ?? []).map(({ name }) => name),
  };
}

/** What one Service port is served by in one address family. */
export interface PortEndpoints {
  /** Empty for the port without a name. `undefined`: no slice has a port, all are taken together. */
  readonly port: string | undefined;
  readonly slices: readonly Slice[];
  /** Each address once. */
  readonly endpoints: readonly ProxyEndpoint[];
  /** An address is in several slices (or twice in one) and not the same in all of them: then a proxy picks any. */
  readonly torn: boolean;
}

export const ADDRESS_TYPES = ['IPv4', 'IPv6'] as const;

export const slicesOfType = (slices: readonly Slice[], addressType: string): Slice[] =>
  slices.filter((slice) => slice.addressType === addressType);

export const portNames = (slice: Slice): string[] => (slice.ports ?? []).map(({ name }) => name ?? '');

/**
 * kube-proxy decides for every Service port by itself: one entry for each port that some slice serves, sorted by name.
 * @param slices of one address type
 * @param nodes where endpoints without a zone may have it from
 */
export function byPort(slices: readonly Slice[], nodes?: readonly Node[]): PortEndpoints[] {
  const ports = [...new Set(slices.flatMap(portNames))].sort();
  const served = ports.map((port) =>
    gather(
      port,
      slices.filter((slice) => portNames(slice).includes(port)),
      nodes,
    ),
  );
  return ports.length > 0 ? served : [gather(undefined, slices, nodes)];
}

function gather(port: string | undefined, slices: readonly Slice[], nodes?: readonly Node[]): PortEndpoints {
  const byAddress = new Map<string, ProxyEndpoint>();
  let torn = false;
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      const read = proxyEndpoint(endpoint, nodes);
      if (read === undefined) continue;
      const known = byAddress.get(read.address);
      if (known === undefined) byAddress.set(read.address, read);
      else {
        const saysReady = known.saysReady || read.saysReady;
        torn ||= JSON.stringify({ ...known, saysReady }) !== JSON.stringify({ ...read, saysReady });
        byAddress.set(read.address, { ...known, saysReady });
      }
    }
  }
  return { port, slices, endpoints: [...byAddress.values()], torn };
}

/** The endpoints that take part at all: the ready ones; where none is, those that terminate and still serve. */
export function consumed(endpoints: readonly ProxyEndpoint[]): ProxyEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/**
 * pkg/proxy/topology.go of Kubernetes 1.36 (CategorizeEndpoints, topologyModeFromHints) for traffic with the cluster
 * policy: what the proxy of one node uses.
 */
export function usedBy(node: ProxyNode, endpoints: readonly ProxyEndpoint[]): ProxyEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  let mode: 'node' | 'zone' | 'all' = 'all';
  if (ready.every(({ forZones }) => forZones.length > 0) && ready.some(({ forZones }) => forZones.includes(node.zone)))
    mode = 'zone';
  if (ready.every(({ forNodes }) => forNodes.length > 0) && ready.some(({ forNodes }) => forNodes.includes(node.name)))
    mode = 'node';
  const chosen = ready.filter(
    ({ forZones, forNodes }) =>
      mode === 'all' || (mode === 'node' ? forNodes.includes(node.name) : forZones.includes(node.zone)),
  );
  return chosen.length > 0 ? chosen : consumed(endpoints);
}
