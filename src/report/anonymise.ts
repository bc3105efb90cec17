import type { ClusterObjects } from '../analysis/planCluster.js';
import type { WhatIf } from '../analysis/whatIf/whatIf.js';
import {
  CLIENTS_ANNOTATION,
  DEMAND_ANNOTATION,
  NODE_HINTS_ANNOTATION,
  OPENYURT_KEYS_ANNOTATION,
  OVERLOAD_ANNOTATION,
  SERVICE_MODE_ANNOTATION,
  STRICT_ANNOTATION,
  TOPOLOGY_KEYS_ANNOTATION,
} from '../hints/annotations.js';
import { parseDemand } from '../hints/demand/annotation.js';
import type { HintsPolicyManifest } from '../hints/policy/policy.js';
import { chooseMode } from '../hints/mode.js';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from '../hints/ownership.js';
import type { MeasuredFigures } from '../measured/figures.js';
import type { Settings } from '../hints/settings.js';
import { PLACEHOLDER } from '../hints/strategies/topologyKeys/assignment.js';
import { parseTopologyKeys } from '../hints/strategies/topologyKeys/annotation.js';
import { POOL_LABELS } from '../hints/strategies/topologyKeys/selection.js';
import type { ZoneDemand } from '../model/demand.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { CONTROL_PLANE_LABELS, OS_LABEL, ZONE_LABEL } from '../model/node.js';
import { compareText, objectKey, parseObjectKey } from '../model/objectKey.js';
import { HINTS_ANNOTATION, MODE_ANNOTATION, readService, type ServiceRecord } from '../model/service.js';
import { FIELD_MANAGER, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../model/slice.js';
import type { ZoneCostMatrix, ZoneCosts } from '../model/zoneCosts.js';
import { addressPseudonyms } from './addressPseudonyms.js';
import { MESH_ANNOTATION } from './neededFields.js';
import { SELECTED_LABEL } from './neededNodes.js';

/** What `numbered` gives a zone that the cluster does not have. */
const OTHER_ZONE = 'zone-other';

/** Gives a name its pseudonym, always the same; the empty name stays empty. */
type Rename = (name: string) => string;

/** The pseudonyms of one cluster, by what they stand for. */
export interface Pseudonyms {
  readonly namespace: Rename;
  readonly service: Rename;
  readonly slice: Rename;
  readonly policy: Rename;
  readonly node: Rename;
  readonly zone: Rename;
  readonly address: Rename;
  readonly port: Rename;
  /** Keys of node labels that topology keys name. */
  readonly label: Rename;
  readonly labelValue: Rename;
  /** Controllers by the label `managed-by`, and writers by `managedFields`. */
  readonly manager: Rename;
}

/** Labels of Kubernetes itself, which reveal nothing. */
const PUBLIC_LABELS: readonly string[] = [
  ZONE_LABEL,
  OS_LABEL,
  SELECTED_LABEL,
  ...CONTROL_PLANE_LABELS,
  ...POOL_LABELS,
  'kubernetes.io/hostname',
  'topology.kubernetes.io/region',
];
/** Hints have it where they name no zone or node: it has a meaning of its own. */
const NOBODY: readonly string[] = [PLACEHOLDER];
const PUBLIC_MANAGERS: readonly string[] = [
  IN_TREE_MANAGER,
  MIRRORING_MANAGER,
  FIELD_MANAGER,
  'kube-controller-manager',
];

/**
 * Numbers the names of a cluster in their order: plans break ties by that order, so that the figures stay what they are.
 * The same cluster gets the same pseudonyms; where names come or go, the numbers after them shift.
 * @param objects with needed fields only
 */
export function pseudonymsOf(objects: ClusterObjects): Pseudonyms {
  const slices = [...objects.endpointSlices, ...(objects.clientSlices ?? [])];
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const services = objects.services.map(readService);
  const clients = services.flatMap((service) => clientsOf(service).map(({ key }) => parseObjectKey(key)));
  const labels = objects.nodes.flatMap(({ metadata }) => Object.entries(metadata?.labels ?? {}));
  const own = new Set(endpoints.map(({ addresses: all }) => all?.[0] ?? ''));
  own.delete('');
  const addresses = addressPseudonyms([...own]);
  const hinted = (kind: 'forZones' | 'forNodes'): string[] =>
    endpoints.flatMap(({ hints }) => (hints?.[kind] ?? []).map(({ name }) => name));
  return {
    namespace: numbered('namespace', [
      ...services.map(({ namespace }) => namespace),
      ...slices.map(({ metadata }) => metadata?.namespace ?? ''),
      ...clients.map(({ namespace }) => namespace),
      ...(objects.policies ?? []).map(({ metadata }) => metadata?.namespace ?? ''),
    ]),
    service: numbered('service', [
      ...services.map(({ name }) => name),
      ...slices.map(({ metadata }) => metadata?.labels?.[SERVICE_NAME_LABEL] ?? ''),
      ...clients.map(({ name }) => name),
    ]),
    slice: numbered(
      'slice',
      slices.map(({ metadata }) => metadata?.name ?? ''),
    ),
    policy: numbered(
      'policy',
      (objects.policies ?? []).map(({ metadata }) => metadata?.name ?? ''),
    ),
    node: numbered(
      'node',
      [
        ...objects.nodes.map(({ metadata }) => metadata?.name ?? ''),
        ...endpoints.map(({ nodeName }) => nodeName ?? ''),
        ...hinted('forNodes'),
      ],
      NOBODY,
    ),
    zone: numbered(
      'zone',
      [
        ...labels.filter(([key]) => key === ZONE_LABEL).map(([, value]) => value),
        ...endpoints.map(({ zone }) => zone ?? ''),
        ...hinted('forZones'),
        ...services.flatMap((service) => [...partsOf(service).keys()]),
        ...(objects.measured?.services ?? []).flatMap(({ demand, latest }) =>
          [...demand, ...latest].map(({ zone }) => zone),
        ),
        ...(objects.policies ?? []).flatMap(({ spec }) => [
          ...partsOf(demandAlone(spec?.defaults?.demand ?? undefined)).keys(),
          ...Object.entries(spec?.defaults?.zoneCosts ?? {}).flatMap(([from, row]) => [from, ...Object.keys(row)]),
        ]),
      ],
      NOBODY,
    ),
    address: (address) => (address === '' ? '' : (addresses.get(address) ?? 'address-other')),
    port: numbered(
      'port',
      slices.flatMap(({ ports }) => (ports ?? []).map(({ name }) => name ?? '')),
    ),
    label: numbered('example.com/label', [...labels.map(([key]) => key), ...services.flatMap(keysOf)], PUBLIC_LABELS),
    labelValue: numbered(
      'value',
      labels.map(([, value]) => value),
    ),
    manager: numbered(
      'manager',
      slices.flatMap(({ metadata }) => [
        metadata?.labels?.[MANAGED_BY_LABEL] ?? '',
        ...(metadata?.managedFields ?? []).map(({ manager }) => manager ?? ''),
      ]),
      PUBLIC_MANAGERS,
    ),
  };
}

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

/** The settings that name controllers or zones; networks are gone, and endpoints have their zones (`withZonesByAddress`). */
export function anonymiseSettings(settings: Settings, { manager, zone }: Pseudonyms): Settings {
  const { managedBy, ignoreManagedBy, zoneCosts, drainedZones } = settings;
  return {
    ...settings,
    zoneCidrs: undefined,
    managedBy: managedBy?.map(manager),
    ignoreManagedBy: ignoreManagedBy?.map(manager),
    ...(zoneCosts === undefined ? {} : { zoneCosts: anonymousCosts(zoneCosts, zone) }),
    ...(drainedZones === undefined ? {} : { drainedZones: drainedZones.map(zone).sort(compareText) }),
  };
}

/** Pseudonyms are in the order of the names, so that the pairs stay sorted. Zones that the cluster does not have are left out. */
function anonymousCosts(costs: ZoneCosts, zone: Rename): ZoneCosts {
  return costs.flatMap(({ zones: [a, b], cost }): ZoneCosts =>
    [a, b].some((name) => zone(name) === OTHER_ZONE) ? [] : [{ zones: [zone(a), zone(b)], cost }],
  );
}

function renamedMatrix(matrix: ZoneCostMatrix, zone: Rename): ZoneCostMatrix {
  return Object.fromEntries(
    Object.entries(matrix).map(([from, row]) => [
      zone(from),
      Object.fromEntries(Object.entries(row).map(([to, cost]) => [zone(to), cost])),
    ]),
  );
}

/** Changes that flags of the report ask for. */
export function anonymiseChanges(changes: WhatIf, names: Pseudonyms): WhatIf {
  const { withoutZones = [], withoutNodes = [], scale = [], set = [], mode } = changes;
  const rename = (key: string): string => {
    const { namespace, name } = parseObjectKey(key);
    return objectKey({ namespace: names.namespace(namespace), name: names.service(name) });
  };
  return {
    withoutZones: withoutZones.map(names.zone),
    withoutNodes: withoutNodes.map(names.node),
    scale: scale.map(({ service, replicas }) => ({
      service: rename(service),
      replicas:
        typeof replicas === 'number'
          ? replicas
          : new Map([...replicas].map(([zone, count]) => [names.zone(zone), count])),
    })),
    set: set.map(({ service, annotation, value }) => {
      const { namespace } = parseObjectKey(service);
      const record = readService({ metadata: { namespace, annotations: { [annotation]: value } } });
      const [[, pseudonym] = ['', '']] = value === '' ? [] : annotationsOf(record, names);
      return { service: rename(service), annotation, value: pseudonym };
    }),
    mode,
  };
}

/** @param known names that stay */
function numbered(word: string, names: readonly string[], known: readonly string[] = []): Rename {
  const sorted = [...new Set(names)].filter((name) => name !== '' && !known.includes(name)).sort(compareText);
  const digits = String(sorted.length).length;
  const pseudonyms = new Map(sorted.map((name, i) => [name, `${word}-${String(i + 1).padStart(digits, '0')}`]));
  // A name that a flag brings along, and the cluster does not have, must not go through.
  return (name) => (name === '' || known.includes(name) ? name : (pseudonyms.get(name) ?? `${word}-other`));
}

function anonymousMeasured({ atSeconds, services }: MeasuredFigures, names: Pseudonyms): MeasuredFigures {
  const renamed = (zones: readonly ZoneDemand[]): ZoneDemand[] =>
    zones.map(({ zone, share }) => ({ zone: names.zone(zone), share })).sort((a, b) => compareText(a.zone, b.zone));
  return {
    atSeconds,
    services: services.map((service) => {
      const { namespace, name } = parseObjectKey(service.key);
      const key = objectKey({ namespace: names.namespace(namespace), name: names.service(name) });
      return { ...service, key, demand: renamed(service.demand), latest: renamed(service.latest) };
    }),
  };
}

function anonymousNode({ metadata, spec, status }: NodeManifest, names: Pseudonyms): NodeManifest {
  const labels = Object.entries(metadata?.labels ?? {}).map(([key, value]): [string, string] => {
    if (key === ZONE_LABEL) return [key, names.zone(value)];
    if (key === OS_LABEL || key === SELECTED_LABEL || CONTROL_PLANE_LABELS.includes(key)) return [key, value];
    return [names.label(key), names.labelValue(value)];
  });
  return {
    metadata: { name: names.node(metadata?.name ?? ''), labels: Object.fromEntries(labels) },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

function anonymousService(manifest: ServiceManifest, names: Pseudonyms): ServiceManifest {
  const service = readService(manifest);
  const mesh = manifest.metadata?.annotations?.[MESH_ANNOTATION];
  const annotations = [
    ...annotationsOf(service, names),
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

function demandAlone(demand: string | undefined): Pick<ServiceRecord, 'annotations' | 'namespace'> {
  return { namespace: '', annotations: demand === undefined ? {} : { [DEMAND_ANNOTATION]: demand } };
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
        ...(demand ? { demand: demandText(demandAlone(demand), demand, names) } : {}),
        ...(zoneCosts ? { zoneCosts: renamedMatrix(zoneCosts, names.zone) } : {}),
      },
    },
  };
}

/** What is not understood is foreign text, and becomes two words that are understood nowhere. */
const NOT_UNDERSTOOD = 'not understood';
const DOMAIN_OF_OTHERS = 'example.com/other';
const OWN_VALUES: ReadonlySet<string> = new Set(['Disabled', 'disabled', '']);

function annotationsOf(service: ServiceRecord, names: Pseudonyms): [string, string][] {
  const { annotations } = service;
  let unknown = 0;
  return Object.entries(annotations).map(([key, value]): [string, string] => {
    switch (key) {
      case SERVICE_MODE_ANNOTATION:
      case HINTS_ANNOTATION:
      case MODE_ANNOTATION: {
        const alone = { ...service, annotations: { [key]: value }, trafficDistribution: '' };
        const { mode, keepsHints } = chooseMode(alone);
        if (mode !== 'off' || OWN_VALUES.has(value) || value === 'off') return [key, value];
        return [key, keepsHints === true ? NOT_UNDERSTOOD : DOMAIN_OF_OTHERS];
      }
      case OVERLOAD_ANNOTATION:
        return [key, /^[\d.]{1,20}$/.test(value) ? value : NOT_UNDERSTOOD];
      case STRICT_ANNOTATION:
      case NODE_HINTS_ANNOTATION:
        return [key, value === 'true' || value === 'false' ? value : NOT_UNDERSTOOD];
      case DEMAND_ANNOTATION:
        return [key, demandText(service, value, names)];
      case CLIENTS_ANNOTATION:
        return [key, clientsText(service, names)];
      case TOPOLOGY_KEYS_ANNOTATION:
      case OPENYURT_KEYS_ANNOTATION: {
        const parsed = parseTopologyKeys({ ...service, annotations: { [key]: value } });
        if (parsed === undefined || 'error' in parsed) return [key, NOT_UNDERSTOOD];
        // Keys of OpenYurt are words of its own.
        if (key === OPENYURT_KEYS_ANNOTATION) return [key, value];
        return [
          key,
          value
            .split(',')
            .map((text) => anonymousKey(text.trim(), names))
            .join(','),
        ];
      }
      default:
        unknown++;
        return [`slicehints.io/unknown-${unknown}`, NOT_UNDERSTOOD];
    }
  });
}

function anonymousKey(text: string, { label }: Pseudonyms): string {
  if (text === '*' || text === '') return text;
  return text.startsWith('!') ? `!${label(text.slice(1))}` : label(text);
}

function demandText(
  service: Pick<ServiceRecord, 'annotations' | 'namespace'>,
  value: string,
  { zone }: Pseudonyms,
): string {
  const parsed = parseDemand({ ...service, annotations: { [DEMAND_ANNOTATION]: value } });
  if (value.trim() === 'clients') return value;
  if (parsed === undefined || 'error' in parsed) return NOT_UNDERSTOOD;
  if (parsed.source !== 'zones') return value;
  return mapPairs(value, zone);
}

function clientsText(service: ServiceRecord, { namespace, service: rename }: Pseudonyms): string {
  if (clientsOf(service).length === 0) return NOT_UNDERSTOOD;
  return mapPairs(service.annotations[CLIENTS_ANNOTATION] ?? '', (path) => {
    const [first = '', second] = path.split('/');
    return second === undefined ? rename(first) : `${namespace(first)}/${rename(second)}`;
  });
}

/** Renames the names of `name=number,name`; the numbers stay as they are written. */
function mapPairs(text: string, rename: Rename): string {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  return pairs.map(([name = '', ...number]) => [rename(name), ...number].join('=')).join(',');
}

function clientsOf(service: ServiceRecord): readonly { readonly key: string; readonly weight: number }[] {
  const clients = service.annotations[CLIENTS_ANNOTATION];
  if (clients === undefined) return [];
  const parsed = parseDemand({ namespace: service.namespace, annotations: { [CLIENTS_ANNOTATION]: clients } });
  return parsed !== undefined && 'clients' in parsed ? (parsed.clients ?? []) : [];
}

function partsOf(service: Pick<ServiceRecord, 'annotations' | 'namespace'>): ReadonlyMap<string, number> {
  const parsed = parseDemand(service);
  return parsed !== undefined && 'parts' in parsed ? parsed.parts : new Map<string, number>();
}

function keysOf(service: ServiceRecord): string[] {
  const parsed = parseTopologyKeys(service);
  if (parsed === undefined || 'error' in parsed) return [];
  return parsed.keys.flatMap((key) => (key.kind === 'label' ? [key.label] : []));
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
