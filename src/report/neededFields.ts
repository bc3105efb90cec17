import type { ClusterObjects } from '../analysis/planCluster.js';
import { meshOf, type Mesh } from '../analysis/recommend/mesh.js';
import { policyTitle, type HintsPolicyManifest, type PolicyRecord } from '../hints/policy/policy.js';
import { indexPolicies } from '../hints/policy/policyReader.js';
import type { Settings } from '../hints/settings.js';
import { parseTopologyKeys } from '../hints/strategies/topologyKeys/annotation.js';
import { POOL_LABELS } from '../hints/strategies/topologyKeys/selection.js';
import type { MeasuredFigures } from '../measured/figures.js';
import { objectKey } from '../model/objectKey.js';
import type { EndpointManifest, EndpointSliceManifest, ServiceManifest } from '../model/manifest.js';
import { CONTROL_PLANE_LABELS, OS_LABEL, REGION_LABEL, ZONE_LABEL } from '../model/node.js';
import { readService } from '../model/service.js';
import {
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  OWNED_ANNOTATION,
  readSlice,
  SERVICE_NAME_LABEL,
  TRIGGER_TIME_ANNOTATION,
} from '../model/slice.js';
import { zoneCostMatrix } from '../model/zones/zoneCosts.js';
import { neededNodes } from './neededNodes.js';

/**
 * The same cluster with the fields that a plan reads and no others, so that a report holds nothing of what else stands in
 * manifests. Plans of both differ only in what patches repeat: resource versions and further addresses of an endpoint.
 */
export function neededFields(
  objects: ClusterObjects,
  settings: Pick<Settings, 'nodeSelector' | 'nowMs'> = {},
): ClusterObjects {
  const { nodes, services, endpointSlices, clientSlices, measured } = objects;
  const labels = labelsInUse(services);
  const policies = indexPolicies(objects).all();
  const selection = selectorOf(objects, policies);
  const namespaces = new Map((objects.namespaces ?? []).map((each) => [each.metadata?.name ?? '', each]));
  return {
    nodes: neededNodes(nodes, labels, settings),
    services: services.map((service) =>
      neededOfService(service, selection(service), meshOf(service, namespaces.get(service.metadata?.namespace ?? ''))),
    ),
    ...(policies.length === 0 ? {} : { policies: policies.map(neededOfPolicy) }),
    endpointSlices: endpointSlices.map(neededOfSlice),
    ...(clientSlices === undefined ? {} : { clientSlices: clientSlices.map(neededOfSlice) }),
    ...(measured === undefined ? {} : { measured: neededOfMeasured(measured, services) }),
  };
}

/** Of the Services that are shown, no others. */
function neededOfMeasured(measured: MeasuredFigures, services: readonly ServiceManifest[]): MeasuredFigures {
  const keys = new Set(services.map((service) => objectKey(readService(service))));
  return { atSeconds: measured.atSeconds, services: measured.services.filter(({ key }) => keys.has(key)) };
}

/** The node labels that some Service names in its topology keys, and those that plans read in any case. */
function labelsInUse(services: readonly ServiceManifest[]): ReadonlySet<string> {
  const labels = new Set([ZONE_LABEL, REGION_LABEL, OS_LABEL, ...CONTROL_PLANE_LABELS]);
  for (const service of services) {
    const parsed = parseTopologyKeys(readService(service));
    if (parsed === undefined || 'error' in parsed) continue;
    for (const key of parsed.keys) {
      if (key.kind === 'label') labels.add(key.label);
      if (key.kind === 'pool') for (const label of POOL_LABELS) labels.add(label);
    }
  }
  return labels;
}

type Labels = Readonly<Record<string, string>>;

/** The label of the Services that a policy selects: it stands for what the policy selects by. @param place in their order */
function selectionLabel(place: number): string {
  return `selected-by-policy-${place}`;
}

function selectorOf(objects: ClusterObjects, policies: readonly PolicyRecord[]): (service: ServiceManifest) => Labels {
  const index = indexPolicies(objects);
  const placeOf = new Map(policies.map((policy, place) => [policyTitle(policy), place]));
  return (service) => {
    const matching = index.matching(readService(service)).map((policy) => placeOf.get(policyTitle(policy)) ?? -1);
    return Object.fromEntries(matching.sort((a, b) => a - b).map((place) => [selectionLabel(place), 'yes']));
  };
}

/** Selects what it selects, by a label that stands for its selectors. */
function neededOfPolicy(policy: PolicyRecord, place: number): HintsPolicyManifest {
  const { kind, namespace, name, createdMs, limits, enforcement } = policy;
  const { zoneCosts, zoneCidrs, ...defaults } = policy.defaults;
  return {
    kind,
    metadata: {
      ...(namespace === '' ? {} : { namespace }),
      name,
      ...(createdMs === 0 ? {} : { creationTimestamp: new Date(createdMs).toISOString() }),
    },
    spec: {
      serviceSelector: { matchLabels: { [selectionLabel(place)]: 'yes' } },
      defaults: {
        ...defaults,
        ...(zoneCosts === undefined ? {} : { zoneCosts: zoneCostMatrix(zoneCosts) }),
        ...(zoneCidrs === undefined ? {} : { zoneCIDRs: zoneCidrs }),
      },
      limits,
      enforcement,
    },
  };
}

/** What stands for the labels and annotations that tell that a Service is in a mesh. */
const MESH_LABEL: Labels = Object.freeze({ 'istio-injection': 'enabled' });
export const MESH_ANNOTATION = 'linkerd.io/inject';

function neededOfService(manifest: ServiceManifest, selected: Labels, mesh: Mesh | undefined): ServiceManifest {
  const { namespace, name, annotations: own, isHeadless, hasSelector, ...fields } = readService(manifest);
  const labels = mesh === 'Istio' ? { ...selected, ...MESH_LABEL } : selected;
  const annotations = mesh === 'Linkerd' ? { ...own, [MESH_ANNOTATION]: 'enabled' } : own;
  const { type, trafficDistribution, internalTrafficPolicy, externalTrafficPolicy } = fields;
  return {
    metadata: {
      namespace,
      name,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      ...given({ type, trafficDistribution, internalTrafficPolicy, externalTrafficPolicy }),
      ...(isHeadless === true ? { clusterIP: 'None' } : {}),
      ...(hasSelector ? { selector: ANY_SELECTOR } : {}),
    },
  };
}

/** Whether there is a selector counts, not what it selects. */
const ANY_SELECTOR: Readonly<Record<string, string>> = Object.freeze({ selects: 'pods' });

function given(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function neededOfSlice(manifest: EndpointSliceManifest): EndpointSliceManifest {
  const slice = readSlice(manifest);
  const { namespace, name, serviceName, managedBy, addressType, owned, portNames, endpointsManager } = slice;
  const labels = given({ [SERVICE_NAME_LABEL]: serviceName, [MANAGED_BY_LABEL]: managedBy });
  const annotations = {
    ...(owned ? { [OWNED_ANNOTATION]: 'v1' } : {}),
    ...(slice.hasTriggerTime === true ? { [TRIGGER_TIME_ANNOTATION]: '' } : {}),
  };
  const writers = [...(endpointsManager ? [endpointsManager] : []), ...(slice.endpointsOurs ? [FIELD_MANAGER] : [])];
  const endpoints: readonly (EndpointManifest | null | undefined)[] = manifest.endpoints ?? [];
  return {
    metadata: {
      namespace,
      name,
      labels,
      ...(slice.hasAnnotations ? { annotations } : {}),
      ...(endpointsManager === undefined
        ? {}
        : { managedFields: writers.map((manager) => ({ manager, fieldsV1: { 'f:endpoints': {} } })) }),
    },
    addressType,
    ports: portNames.map((port) => ({ name: port })),
    endpoints: endpoints.map((endpoint) => neededOfEndpoint(endpoint ?? {})),
  };
}

function neededOfEndpoint({ addresses, conditions, zone, nodeName, hints }: EndpointManifest): EndpointManifest {
  const { ready, serving, terminating } = conditions ?? {};
  const { forZones, forNodes } = hints ?? {};
  const names = (list: readonly { readonly name: string }[]): { name: string }[] => list.map(({ name }) => ({ name }));
  return {
    addresses: (addresses ?? []).slice(0, 1),
    conditions: {
      ...(ready === undefined || ready === null ? {} : { ready }),
      ...(serving === undefined || serving === null ? {} : { serving }),
      ...(terminating === undefined || terminating === null ? {} : { terminating }),
    },
    ...given({ zone: zone ?? '', nodeName: nodeName ?? '' }),
    ...(hints === undefined || hints === null
      ? {}
      : {
          hints: {
            ...(forZones === undefined || forZones === null ? {} : { forZones: names(forZones) }),
            ...(forNodes === undefined || forNodes === null ? {} : { forNodes: names(forNodes) }),
          },
        }),
  };
}
