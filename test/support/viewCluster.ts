import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../src/model/manifest.js';

export const ZONE = 'topology.kubernetes.io/zone';

export function viewNode(name: string, zone?: string, address?: string): NodeManifest {
  return {
    metadata: { name, labels: zone === undefined ? {} : { [ZONE]: zone } },
    status: { addresses: address === undefined ? [] : [{ type: 'InternalIP', address }] },
  };
}

/** An endpoint `address@node` with hints; ready unless it says otherwise. */
export function viewEndpoint(
  address: string,
  nodeName: string,
  hints?: { readonly zones?: readonly string[]; readonly nodes?: readonly string[] },
  conditions: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean } = {},
): NonNullable<EndpointSliceManifest['endpoints']>[number] {
  const named = (names: readonly string[] = []): { name: string }[] => names.map((name) => ({ name }));
  return {
    addresses: [address],
    nodeName,
    conditions,
    ...(hints === undefined ? {} : { hints: { forZones: named(hints.zones), forNodes: named(hints.nodes) } }),
  };
}

export function viewSlice(
  service: string,
  endpoints: EndpointSliceManifest['endpoints'],
  ports: EndpointSliceManifest['ports'] = [{ name: 'p80', port: 80, protocol: 'TCP' }],
  addressType = 'IPv4',
): EndpointSliceManifest {
  return {
    metadata: { namespace: 'ns1', name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
    addressType,
    endpoints,
    ports,
  };
}

export function viewService(name: string, spec: ServiceManifest['spec'] = {}): ServiceManifest {
  return {
    metadata: { namespace: 'ns1', name },
    spec: { clusterIP: '172.30.0.41', ports: [{ name: 'p80', port: 80, protocol: 'TCP' }], ...spec },
  };
}
