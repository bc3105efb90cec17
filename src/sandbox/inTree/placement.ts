import { isDeepStrictEqual } from 'node:util';
import type { EndpointManifest, EndpointSliceManifest, MetadataManifest } from '../../model/manifest.js';

export const IN_TREE_CONTROLLER = 'endpointslice-controller.k8s.io';

/** What the model reads of a Service, a Pod, a Node; the rest of the objects is carried along unread. */
export interface ServiceObject {
  readonly metadata: MetadataManifest & { readonly name: string; readonly namespace: string; readonly uid?: string };
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>> | null;
    readonly clusterIP?: string;
    readonly ipFamilies?: readonly string[];
    readonly publishNotReadyAddresses?: boolean;
    readonly trafficDistribution?: string;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
      readonly protocol?: string;
      readonly appProtocol?: string;
    }[];
  };
}

export interface PodObject {
  readonly metadata: MetadataManifest & {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly {
      readonly ports?: readonly {
        readonly name?: string;
        readonly containerPort: number;
        readonly protocol?: string;
      }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface SliceObject extends EndpointSliceManifest {
  readonly metadata: MetadataManifest & {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly uid?: string; readonly kind?: string }[];
  };
  readonly addressType: string;
  readonly endpoints?: readonly EndpointObject[] | null;
}

export interface EndpointObject extends EndpointManifest {
  readonly addresses: readonly string[];
  readonly targetRef?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

/** How the endpoints of one Service and address type lie in slices after a sync; hints are not its business. */
export interface Placement {
  readonly unchanged: readonly SliceObject[];
  /** With new endpoints or labels. Where endpoints went or changed, those that stay are built anew from pods, unhinted. */
  readonly update: readonly SliceObject[];
  readonly create: readonly SliceObject[];
  readonly remove: readonly SliceObject[];
}

/** The address types that a Service has: by its IP families, else by its cluster IP. */
export function addressTypesOf({ spec }: ServiceObject): readonly string[] {
  const families = (spec?.ipFamilies ?? []).filter((family) => family === 'IPv4' || family === 'IPv6');
  if (families.length > 0) return [...new Set(families)];
  return [(spec?.clusterIP ?? '').includes(':') ? 'IPv6' : 'IPv4'];
}

/**
 * Places pods in slices as the endpointslice controller does (reconcileByPortMapping): endpoints that are gone leave
 * their slice, changed ones change in place, new ones fill slices that are written anyway, then one slice with room for
 * all of them, then new slices.
 * @param zoneOf the zone of a node by name, empty without one; undefined when there is no such node
 */
export function placeEndpoints(
  service: ServiceObject,
  addressType: string,
  pods: readonly PodObject[],
  zoneOf: (nodeName: string) => string | undefined,
  existing: readonly SliceObject[],
  endpointsPerSlice: number,
): Placement {
  const groups = new Map<string, { ports: object[]; wanted: Map<string, EndpointObject> }>();
  for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const endpoint = endpointOf(service, pod, addressType, zoneOf);
    if (endpoint === undefined) continue;
    const ports = portsOf(service, pod);
    const key = portKey(ports);
    const group = groups.get(key) ?? { ports, wanted: new Map<string, EndpointObject>() };
    groups.set(key, group);
    group.wanted.set(endpointKey(endpoint), endpoint);
  }
  const placement = { unchanged: [], update: [], create: [], remove: [] } as {
    -readonly [K in keyof Placement]: SliceObject[];
  };
  const own = existing.filter((slice) => isOwned(slice, service));
  placement.remove.push(...existing.filter((slice) => !isOwned(slice, service)));
  for (const [key, { ports, wanted }] of groups) {
    const slices = own.filter((slice) => portKey(slice.ports ?? []) === key);
    placeGroup(service, addressType, ports, wanted, slices, endpointsPerSlice, placement);
  }
  const left = own.filter((slice) => !groups.has(portKey(slice.ports ?? [])));
  // A Service without endpoints keeps one empty slice, so that clients do not take it for a Service that was not synced yet.
  if (placement.unchanged.length + placement.update.length + placement.create.length === 0) {
    const empty = left.find((slice) => (slice.endpoints ?? []).length === 0);
    if (empty === undefined) placement.create.push(newSlice(service, addressType, [], []));
    else placement.unchanged.push(empty);
    placement.remove.push(...left.filter((slice) => slice !== empty));
  } else {
    placement.remove.push(...left);
  }
  return placement;
}

function placeGroup(
  service: ServiceObject,
  addressType: string,
  ports: readonly object[],
  wanted: Map<string, EndpointObject>,
  slices: readonly SliceObject[],
  limit: number,
  into: { -readonly [K in keyof Placement]: SliceObject[] },
): void {
  const labels = sliceLabels(service);
  let unchanged: SliceObject[] = [];
  const update: { slice: SliceObject; endpoints: EndpointObject[] }[] = [];
  for (const slice of slices) {
    const before = slice.endpoints ?? [];
    const endpoints: EndpointObject[] = [];
    let changed = !isDeepStrictEqual({ ...slice.metadata.labels }, labels);
    for (const endpoint of before) {
      const next = wanted.get(endpointKey(endpoint));
      if (next === undefined) continue;
      wanted.delete(endpointKey(endpoint));
      endpoints.push(next);
      if (!sameEndpoint(next, endpoint)) changed = true;
    }
    if (before.length > 0 && endpoints.length === 0) into.remove.push(slice);
    else if (changed || endpoints.length < before.length) update.push({ slice, endpoints });
    else unchanged.push(slice);
  }
  const added = [...wanted.values()];
  // The fullest first.
  for (const { endpoints } of [...update].sort((a, b) => b.endpoints.length - a.endpoints.length)) {
    endpoints.push(...added.splice(0, Math.max(0, limit - endpoints.length)));
  }
  const roomy = unchanged
    .filter((slice) => (slice.endpoints ?? []).length + added.length <= limit)
    .sort((a, b) => (b.endpoints ?? []).length - (a.endpoints ?? []).length)[0];
  if (added.length > 0 && added.length < limit && roomy !== undefined) {
    unchanged = unchanged.filter((slice) => slice !== roomy);
    update.push({ slice: roomy, endpoints: [...(roomy.endpoints ?? []), ...added.splice(0)] });
  }
  while (added.length > 0) into.create.push(newSlice(service, addressType, ports, added.splice(0, limit)));
  into.unchanged.push(...unchanged);
  into.update.push(
    ...update.map(({ slice, endpoints }) => ({ ...slice, metadata: { ...slice.metadata, labels }, endpoints })),
  );
}

function endpointOf(
  { spec }: ServiceObject,
  pod: PodObject,
  addressType: string,
  zoneOf: (nodeName: string) => string | undefined,
): EndpointObject | undefined {
  const { metadata, status } = pod;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined;
  const ips = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP === undefined ? [] : [status.podIP]);
  const addresses = ips.filter((ip) => ip.includes(':') === (addressType === 'IPv6'));
  if (addresses.length === 0) return undefined;
  const publish = spec?.publishNotReadyAddresses === true;
  const nodeName = pod.spec?.nodeName;
  const zone = nodeName === undefined ? '' : zoneOf(nodeName);
  if (zone === undefined && !publish) return undefined;
  const serving = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  const terminating = metadata.deletionTimestamp !== undefined;
  const { name, namespace, uid } = metadata;
  return {
    addresses,
    conditions: { ready: publish || (serving && !terminating), serving, terminating },
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) },
    ...(zone === undefined || zone === '' ? {} : { zone }),
  };
}

function portsOf({ spec }: ServiceObject, pod: PodObject): object[] {
  return (spec?.ports ?? []).flatMap(({ name = '', port, targetPort = port, protocol = 'TCP', appProtocol }) => {
    const number = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol);
    if (number === undefined) return [];
    return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function namedPort(pod: PodObject, name: string, protocol: string): number | undefined {
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

function newSlice(
  service: ServiceObject,
  addressType: string,
  ports: readonly object[],
  endpoints: readonly EndpointObject[],
): SliceObject {
  const { name, namespace, uid } = service.metadata;
  const owner = { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true };
  const object = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: sliceLabels(service),
      ownerReferences: [{ ...owner, uid: uid ?? '' }],
    },
    addressType,
    ports: ports as SliceObject['ports'],
    endpoints,
  };
  return object;
}

/** Labels of a slice are those of its Service and the reserved ones; any other is taken away. */
function sliceLabels({ metadata, spec }: ServiceObject): Record<string, string> {
  const headless = spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  return {
    ...metadata.labels,
    ...headless,
    'kubernetes.io/service-name': metadata.name,
    'endpointslice.kubernetes.io/managed-by': IN_TREE_CONTROLLER,
  };
}

function isOwned(slice: SliceObject, service: ServiceObject): boolean {
  return (slice.metadata.ownerReferences ?? []).some(
    ({ uid, kind }) => kind === 'Service' && uid === (service.metadata.uid ?? ''),
  );
}

function endpointKey({ addresses, targetRef }: EndpointObject): string {
  return `${[...addresses].sort().join(' ')}|${targetRef?.namespace ?? ''}/${targetRef?.name ?? ''}|${targetRef?.uid ?? ''}`;
}

function portKey(ports: readonly object[]): string {
  return JSON.stringify(
    ports
      .map((port) => {
        const { name = '', port: number, protocol } = port as { name?: string; port?: number; protocol?: string };
        return [name, number, protocol];
      })
      .sort(),
  );
}

/** Upstream's EndpointsEqualBeyondHash: whether an endpoint needs to be written; hints do not count. */
function sameEndpoint(a: EndpointObject, b: EndpointObject): boolean {
  return (
    (a.zone ?? '') === (b.zone ?? '') &&
    (a.nodeName ?? '') === (b.nodeName ?? '') &&
    (['ready', 'serving', 'terminating'] as const).every((name) => a.conditions?.[name] === b.conditions?.[name])
  );
}
