import {
  OPENYURT_KEYS_ANNOTATION,
  SERVICE_MODE_ANNOTATION,
  TOPOLOGY_KEYS_ANNOTATION,
} from '../../hints/annotations.js';
import type { Mode } from '../../hints/mode.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../model/manifest.js';
import { ZONE_LABEL } from '../../model/node.js';
import { objectKey } from '../../model/objectKey.js';
import { quoted } from '../../model/text/quoted.js';
import { HINTS_ANNOTATION, MODE_ANNOTATION } from '../../model/service.js';
import type { ClusterObjects } from '../planCluster.js';
import { scaleService, type Replicas } from './scale.js';
import { WhatIfError } from './whatIfError.js';

/** What a user may ask all matching Services to be; topology keys are text of their own. */
export type WhatIfMode = Exclude<Mode, 'topology-keys'>;

export interface ScaleChange {
  /** `namespace/name`. */
  readonly service: string;
  readonly replicas: Replicas;
}

export interface AnnotationChange {
  /** `namespace/name`. */
  readonly service: string;
  readonly annotation: string;
  /** Empty: the annotation is removed. */
  readonly value: string;
}

/** Changes to the objects of a cluster, made in the order of the fields: zones and nodes go before Services scale. */
export interface WhatIf {
  /** The nodes in these zones go, and the endpoints on them or in these zones. Their pods start nowhere else. */
  readonly withoutZones?: readonly string[];
  /** These nodes go, and the endpoints on them. Their pods start nowhere else. */
  readonly withoutNodes?: readonly string[];
  readonly scale?: readonly ScaleChange[];
  /** What every Service asks for, in place of every annotation that chooses a mode. */
  readonly mode?: WhatIfMode | undefined;
  /** Goes before `mode`. */
  readonly set?: readonly AnnotationChange[];
}

/** Whether anything would change. */
export function isWhatIf({ withoutZones, withoutNodes, scale, mode, set }: WhatIf): boolean {
  return [withoutZones, withoutNodes, scale, set].some((list) => (list?.length ?? 0) > 0) || mode !== undefined;
}

/**
 * The objects of a cluster after some changes. Hints stay as they are, new endpoints have none; objects that do not
 * change are the same objects.
 * @throws {WhatIfError} when a zone, node or Service is not there
 */
export function applyWhatIf(objects: ClusterObjects, changes: WhatIf): ClusterObjects {
  let changed = withoutPlaces(objects, changes);
  for (const change of changes.scale ?? []) {
    requireService(changed.services, change.service, 'scale');
    changed = { ...changed, endpointSlices: scaleService(changed, change.service, change.replicas) };
  }
  const { mode, set = [] } = changes;
  if (mode === undefined && set.length === 0) return changed;
  for (const { service } of set) requireService(changed.services, service, 'set');
  return {
    ...changed,
    services: changed.services.map((service) => {
      const asking = mode === undefined ? service : annotate(service, MODE_CHANGES[mode]);
      const key = keyOf(service);
      return annotate(
        asking,
        set
          .filter((one) => one.service === key)
          .map(({ annotation, value }) => [annotation, value === '' ? undefined : value]),
      );
    }),
  };
}

/** What annotations become; undefined: the annotation goes. */
export type Annotations = readonly (readonly [string, string | undefined])[];

const NO_MODE: Annotations = [
  SERVICE_MODE_ANNOTATION,
  HINTS_ANNOTATION,
  MODE_ANNOTATION,
  TOPOLOGY_KEYS_ANNOTATION,
  OPENYURT_KEYS_ANNOTATION,
].map((annotation) => [annotation, undefined]);

/** The topology annotation of Kubernetes, because older kube-proxies read hints only beside it. */
export const MODE_CHANGES: Readonly<Record<WhatIfMode, Annotations>> = {
  auto: [...NO_MODE, [MODE_ANNOTATION, 'Auto']],
  balanced: [...NO_MODE, [MODE_ANNOTATION, 'slicehints.io/balanced']],
  'same-zone': [...NO_MODE, [MODE_ANNOTATION, 'slicehints.io/same-zone']],
  'same-node': [...NO_MODE, [MODE_ANNOTATION, 'slicehints.io/same-node']],
  // Without it, spec.trafficDistribution would choose.
  off: [...NO_MODE, [SERVICE_MODE_ANNOTATION, 'off']],
};

export function annotate(service: ServiceManifest, changes: Annotations): ServiceManifest {
  if (changes.length === 0) return service;
  const annotations = new Map(Object.entries(service.metadata?.annotations ?? {}));
  for (const [annotation, value] of changes) {
    if (value === undefined) annotations.delete(annotation);
    else annotations.set(annotation, value);
  }
  return { ...service, metadata: { ...service.metadata, annotations: Object.fromEntries(annotations) } };
}

function withoutPlaces(objects: ClusterObjects, { withoutZones = [], withoutNodes = [] }: WhatIf): ClusterObjects {
  if (withoutZones.length === 0 && withoutNodes.length === 0) return objects;
  const zones = new Set(withoutZones);
  const gone = new Set(withoutNodes);
  requireAll('withoutZones', withoutZones, new Set(objects.nodes.map(zoneOf)));
  requireAll('withoutNodes', withoutNodes, new Set(objects.nodes.map(nameOf)));
  for (const node of objects.nodes) if (zones.has(zoneOf(node))) gone.add(nameOf(node));
  const without = (slices: readonly EndpointSliceManifest[]): EndpointSliceManifest[] =>
    slices.map((slice) => withoutEndpoints(slice, zones, gone));
  return {
    ...objects,
    nodes: objects.nodes.filter((node) => !gone.has(nameOf(node))),
    endpointSlices: without(objects.endpointSlices),
    ...(objects.clientSlices === undefined ? {} : { clientSlices: without(objects.clientSlices) }),
  };
}

function withoutEndpoints(
  slice: EndpointSliceManifest,
  zones: ReadonlySet<string>,
  nodes: ReadonlySet<string>,
): EndpointSliceManifest {
  const endpoints: readonly (NonNullable<EndpointSliceManifest['endpoints']>[number] | null)[] = slice.endpoints ?? [];
  const left = endpoints.filter(
    (endpoint) => endpoint === null || !(zones.has(endpoint.zone ?? '') || nodes.has(endpoint.nodeName ?? '')),
  );
  return left.length === endpoints.length
    ? slice
    : { ...slice, endpoints: left as NonNullable<EndpointSliceManifest['endpoints']> };
}

function zoneOf({ metadata }: NodeManifest): string {
  return metadata?.labels?.[ZONE_LABEL] ?? '';
}

function nameOf({ metadata }: NodeManifest): string {
  return metadata?.name ?? '';
}

function keyOf({ metadata }: ServiceManifest): string {
  return objectKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' });
}

const MOST_NAMED = 5;

function requireAll(
  field: 'withoutZones' | 'withoutNodes',
  wanted: readonly string[],
  known: ReadonlySet<string>,
): void {
  const names = [...known].filter((name) => name !== '').sort();
  for (const name of wanted) {
    if (name !== '' && known.has(name)) continue;
    const what = field === 'withoutZones' ? `no Node is in zone ${quoted(name)}` : `there is no Node ${quoted(name)}`;
    const more = names.length > MOST_NAMED ? ', …' : '';
    const there = names.length === 0 ? 'there are none' : `there are ${names.slice(0, MOST_NAMED).join(', ')}${more}`;
    throw new WhatIfError(field, `${what}; ${there}`);
  }
}

function requireService(services: readonly ServiceManifest[], key: string, field: 'scale' | 'set'): void {
  if (services.some((service) => keyOf(service) === key)) return;
  throw new WhatIfError(field, `there is no Service ${quoted(key)} among the ${services.length} given`);
}
