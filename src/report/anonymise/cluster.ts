import type { ClusterObjects } from '../../analysis/planCluster.js';
import type { HintsPolicyManifest } from '../../hints/policy/policy.js';
import type { MeasuredFigures } from '../../measured/figures.js';
import type { ZoneDemand } from '../../model/demand.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../model/manifest.js';
import { CONTROL_PLANE_LABELS, OS_LABEL, ZONE_LABEL } from '../../model/node.js';
import { compareText } from '../../model/objectKey.js';
import { readService } from '../../model/service.js';
import { SERVICE_NAME_LABEL } from '../../model/slice.js';
import type { ZoneCostMatrix } from '../../model/zones/zoneCosts.js';
import { MESH_ANNOTATION } from '../neededFields.js';
import { SELECTED_LABEL } from '../neededNodes.js';
import { anonymiseAnnotations, anonymiseDemand } from './annotations.js';
import { pseudonymsOf, serviceKeyPseudonym, type Pseudonyms, type Rename } from './pseudonyms.js';

/** The same cluster under other names. @param objects with needed fields only */
export function anonymiseCluster(objects: ClusterObjects, names: Pseudonyms = pseudonymsOf(objects)): ClusterObjects {
  const { nodes, services, policies, endpointSlices, clientSlices = [], measured } = objects;
  return {
    nodes: nodes.map((node) => anonymousNode(node, names)),
    services: services.map((service) => anonymousService(service, names)),
    ...(policies === undefined ? {} : { policies: policies.map((policy) => anonymousPolicy(policy, names)) }),
    endpointSlices: endpointSlices.map((slice) => anonymousSlice(slice, names)),
    clientSlices: clientSlices.map((slice) => anonymousSlice(slice, names)),
    ...(measured === undefined ? {} : { measured: anonymousMeasured(measured, names) }),
  };
}

function anonymousMeasured({ atSeconds, services }: MeasuredFigures, names: Pseudonyms): MeasuredFigures {
  const renamed = (zones: readonly ZoneDemand[]): ZoneDemand[] =>
    zones.map(({ zone, share }) => ({ zone: names.zone(zone), share })).sort((a, b) => compareText(a.zone, b.zone));
  return {
    atSeconds,
    services: services.map((service) => {
      const key = serviceKeyPseudonym(service.key, names);
      const { demand, latest, recent } = service;
      const last = recent === undefined ? {} : { recent: renamed(recent) };
      return { ...service, key, demand: renamed(demand), latest: renamed(latest), ...last };
    }),
  };
}

function anonymousNode({ metadata, spec, status }: NodeManifest, names: Pseudonyms): NodeManifest {
  const labels = Object.entries(metadata?.labels ?? {}).map(([key, value]): [string, string] => {
    if (key === ZONE_LABEL) return [key, names.zone(value)];
    if (key === OS_LABEL || key === SELECTED_LABEL || CONTROL_PLANE_LABELS.includes(key)) return [key, value];
    return [names.label(key), names.labelValue(value)];
  });
  // Of annotations there are just those that tell what reads hints (neededNodes).
  const annotations = metadata?.annotations ?? undefined;
  return {
    metadata: {
      name: names.node(metadata?.name ?? ''),
      labels: Object.fromEntries(labels),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

function anonymousService(manifest: ServiceManifest, names: Pseudonyms): ServiceManifest {
  const service = readService(manifest);
  const mesh = manifest.metadata?.annotations?.[MESH_ANNOTATION];
  const annotations = [
    ...anonymiseAnnotations(service, names),
    ...(mesh === undefined ? [] : [[MESH_ANNOTATION, mesh] as const]),
  ];
  return {
    metadata: {
      namespace: names.namespace(service.namespace),
      name: names.service(service.name),
      // They stand for the selectors of policies.
      ...(manifest.metadata?.labels ? { labels: manifest.metadata.labels } : {}),
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
    ...(manifest.spec === undefined ? {} : { spec: manifest.spec }),
  };
}

function anonymousPolicy({ metadata, spec, ...policy }: HintsPolicyManifest, names: Pseudonyms): HintsPolicyManifest {
  const { demand, zoneCosts } = spec?.defaults ?? {};
  return {
    ...policy,
    metadata: {
      ...metadata,
      ...(metadata?.namespace ? { namespace: names.namespace(metadata.namespace) } : {}),
      name: names.policy(metadata?.name ?? ''),
    },
    spec: {
      ...spec,
      defaults: {
        ...spec?.defaults,
        // Gone, as those of the settings are.
        zoneCIDRs: undefined,
        ...(demand ? { demand: anonymiseDemand(demand, names) } : {}),
        ...(zoneCosts ? { zoneCosts: renamedMatrix(zoneCosts, names.zone) } : {}),
      },
    },
  };
}

function renamedMatrix(matrix: ZoneCostMatrix, zone: Rename): ZoneCostMatrix {
  return Object.fromEntries(
    Object.entries(matrix).map(([from, row]) => [
      zone(from),
      Object.fromEntries(Object.entries(row).map(([to, cost]) => [zone(to), cost])),
    ]),
  );
}

function anonymousSlice(slice: EndpointSliceManifest, names: Pseudonyms): EndpointSliceManifest {
  const { metadata, endpoints, ports, ...rest } = slice;
  const labels = Object.entries(metadata?.labels ?? {}).map(([key, value]): [string, string] => [
    key,
    key === SERVICE_NAME_LABEL ? names.service(value) : names.manager(value),
  ]);
  const { managedFields } = metadata ?? {};
  return {
    ...rest,
    metadata: {
      ...metadata,
      namespace: names.namespace(metadata?.namespace ?? ''),
      name: names.slice(metadata?.name ?? ''),
      labels: Object.fromEntries(labels),
      ...(managedFields === undefined || managedFields === null
        ? {}
        : {
            managedFields: managedFields.map((entry) => ({ ...entry, manager: names.manager(entry.manager ?? '') })),
          }),
    },
    ports: (ports ?? []).map(({ name }) => ({ name: names.port(name ?? '') })),
    endpoints: (endpoints ?? []).map((endpoint) => anonymousEndpoint(endpoint, names)),
  };
}

function anonymousEndpoint(endpoint: EndpointManifest, names: Pseudonyms): EndpointManifest {
  const { addresses, zone, nodeName, hints, ...rest } = endpoint;
  const { forZones, forNodes } = hints ?? {};
  return {
    ...rest,
    addresses: (addresses ?? []).map(names.address),
    ...(zone ? { zone: names.zone(zone) } : {}),
    ...(nodeName ? { nodeName: names.node(nodeName) } : {}),
    ...(hints === undefined || hints === null
      ? {}
      : {
          hints: {
            ...(forZones ? { forZones: forZones.map(({ name }) => ({ name: names.zone(name) })) } : {}),
            ...(forNodes ? { forNodes: forNodes.map(({ name }) => ({ name: names.node(name) })) } : {}),
          },
        }),
  };
}
