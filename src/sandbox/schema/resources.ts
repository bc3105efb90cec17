import { createHash } from 'node:crypto';
import {
  admissionPolicyBindingSchema,
  admissionPolicySchema,
  coreEventSchema,
  endpointSliceSchema,
  eventSchema,
  leaseSchema,
  namespaceSchema,
  nodeSchema,
  podSchema,
  serviceSchema,
} from './schemas.js';
import type { ObjectSchema } from './schema.js';
import type { Subject } from './status.js';

/** The plural names under which objects are stored. Events are stored once and seen through two groups. */
export type ResourceName =
  | 'endpointslices'
  | 'events'
  | 'leases'
  | 'mutatingadmissionpolicies'
  | 'mutatingadmissionpolicybindings'
  | 'namespaces'
  | 'nodes'
  | 'pods'
  | 'services';

/** What a name must look like. */
export type NameRule = 'subdomain' | 'label' | 'dns1035';

export interface SubresourceDefinition {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** `group/version` of the kind where it is not the resource's own. */
  readonly groupVersion?: { readonly group: string; readonly version: string };
}

/** One resource as one group and version shows it. */
export interface ResourceDefinition {
  readonly resource: ResourceName;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly schema: ObjectSchema;
  readonly nameRule: NameRule;
  /** Has a `/status` whose writes change nothing but status; other writes ignore status. */
  readonly statusSubresource: boolean;
  /** Subresources that discovery lists, with the kind that they answer with. Only `status` and `eviction` are served. */
  readonly subresources: readonly SubresourceDefinition[];
  /** How `metadata.generation` moves: never, with everything but metadata and also with labels, or with spec. */
  readonly generation: 'none' | 'all-and-labels' | 'spec';
  /** PUT without metadata.resourceVersion overwrites. */
  readonly unconditionalUpdate: boolean;
  /** PUT of an object that does not exist creates it. */
  readonly createOnUpdate: boolean;
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
  readonly deleteCollection: boolean;
  /** Field selectors besides metadata.name and metadata.namespace: label → path in the object. */
  readonly selectableFields: Readonly<Record<string, readonly string[]>>;
}

const base = {
  version: 'v1',
  namespaced: true,
  shortNames: [],
  categories: [],
  nameRule: 'subdomain',
  statusSubresource: false,
  subresources: [],
  generation: 'none',
  unconditionalUpdate: true,
  createOnUpdate: false,
  returnsDeleted: false,
  deleteCollection: true,
  selectableFields: {},
} as const;

const statusVerbs = ['get', 'patch', 'update'];

function status(kind: string): SubresourceDefinition {
  return { name: 'status', kind, verbs: statusVerbs };
}

function referenceFields(label: string, path: string): Record<string, readonly string[]> {
  const fields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  return Object.fromEntries(fields.map((field) => [`${label}.${field}`, [path, field]]));
}

const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'];
const connectVerbs = ['create', 'get'];

/** Every resource, in the order of discovery. */
export const resourceDefinitions: readonly ResourceDefinition[] = [
  {
    ...base,
    resource: 'events',
    group: '',
    kind: 'Event',
    singular: 'event',
    shortNames: ['ev'],
    schema: coreEventSchema,
    createOnUpdate: true,
    selectableFields: {
      ...referenceFields('involvedObject', 'involvedObject'),
      reason: ['reason'],
      reportingComponent: ['reportingComponent'],
      source: ['source', 'component'],
      type: ['type'],
    },
  },
  {
    ...base,
    resource: 'namespaces',
    group: '',
    kind: 'Namespace',
    singular: 'namespace',
    namespaced: false,
    shortNames: ['ns'],
    schema: namespaceSchema,
    nameRule: 'label',
    statusSubresource: true,
    subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, status('Namespace')],
    returnsDeleted: true,
    deleteCollection: false,
    selectableFields: { 'status.phase': ['status', 'phase'] },
  },
  {
    ...base,
    resource: 'nodes',
    group: '',
    kind: 'Node',
    singular: 'node',
    namespaced: false,
    shortNames: ['no'],
    schema: nodeSchema,
    statusSubresource: true,
    subresources: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: proxyVerbs }, status('Node')],
    selectableFields: { 'spec.unschedulable': ['spec', 'unschedulable'] },
  },
  {
    ...base,
    resource: 'pods',
    group: '',
    kind: 'Pod',
    singular: 'pod',
    shortNames: ['po'],
    categories: ['all'],
    schema: podSchema,
    statusSubresource: true,
    subresources: [
      { name: 'attach', kind: 'PodAttachOptions', verbs: connectVerbs },
      { name: 'binding', kind: 'Binding', verbs: ['create'] },
      { name: 'ephemeralcontainers', kind: 'Pod', verbs: statusVerbs },
      { name: 'eviction', kind: 'Eviction', verbs: ['create'], groupVersion: { group: 'policy', version: 'v1' } },
      { name: 'exec', kind: 'PodExecOptions', verbs: connectVerbs },
      { name: 'log', kind: 'Pod', verbs: ['get'] },
      { name: 'portforward', kind: 'PodPortForwardOptions', verbs: connectVerbs },
      { name: 'proxy', kind: 'PodProxyOptions', verbs: proxyVerbs },
      { name: 'resize', kind: 'Pod', verbs: statusVerbs },
      status('Pod'),
    ],
    generation: 'spec',
    returnsDeleted: true,
    selectableFields: Object.fromEntries(
      [
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.schedulerName',
        'spec.serviceAccountName',
        'spec.hostNetwork',
        'status.phase',
        'status.podIP',
        'status.nominatedNodeName',
      ].map((field) => [field, field.split('.')]),
    ),
  },
  {
    ...base,
    resource: 'services',
    group: '',
    kind: 'Service',
    singular: 'service',
    shortNames: ['svc'],
    categories: ['all'],
    schema: serviceSchema,
    nameRule: 'dns1035',
    statusSubresource: true,
    subresources: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: proxyVerbs }, status('Service')],
    returnsDeleted: true,
    selectableFields: { 'spec.clusterIP': ['spec', 'clusterIP'], 'spec.type': ['spec', 'type'] },
  },
  {
    ...base,
    resource: 'leases',
    group: 'coordination.k8s.io',
    kind: 'Lease',
    singular: 'lease',
    schema: leaseSchema,
    unconditionalUpdate: false,
    createOnUpdate: true,
  },
  {
    ...base,
    resource: 'endpointslices',
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    singular: 'endpointslice',
    schema: endpointSliceSchema,
    generation: 'all-and-labels',
  },
  {
    ...base,
    resource: 'events',
    group: 'events.k8s.io',
    kind: 'Event',
    singular: 'event',
    shortNames: ['ev'],
    schema: eventSchema,
    createOnUpdate: true,
    selectableFields: {
      ...referenceFields('regarding', 'involvedObject'),
      reason: ['reason'],
      reportingController: ['reportingComponent'],
      type: ['type'],
    },
  },
  {
    ...base,
    resource: 'mutatingadmissionpolicies',
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicy',
    singular: 'mutatingadmissionpolicy',
    namespaced: false,
    categories: ['api-extensions'],
    schema: admissionPolicySchema,
    generation: 'spec',
  },
  {
    ...base,
    resource: 'mutatingadmissionpolicybindings',
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicyBinding',
    singular: 'mutatingadmissionpolicybinding',
    namespaced: false,
    categories: ['api-extensions'],
    schema: admissionPolicyBindingSchema,
    generation: 'spec',
  },
];

/** The definition under which a resource is stored: the first one, so core/v1 for events. */
export function storedDefinition(resource: ResourceName): ResourceDefinition {
  const definition = resourceDefinitions.find((one) => one.resource === resource);
  if (definition === undefined) throw new Error(`Expected a resource of the sandbox, got ${resource}.`);
  return definition;
}

/** `v1` or `group/v1`. */
export function groupVersionOf(definition: ResourceDefinition): string {
  return definition.group === '' ? definition.version : `${definition.group}/${definition.version}`;
}

/** How answers name the resource, e.g. `endpointslices.discovery.k8s.io`. */
export function subjectOf(definition: ResourceDefinition): Subject {
  return { group: definition.group, name: definition.resource };
}

/** How a 422 names the kind, e.g. `EndpointSlice.discovery.k8s.io`. */
export function kindSubjectOf(definition: ResourceDefinition): Subject {
  return { group: definition.group, name: definition.kind };
}

export function verbsOf(definition: ResourceDefinition): readonly string[] {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  return definition.deleteCollection ? verbs : verbs.filter((verb) => verb !== 'deletecollection');
}

/** What discovery prints beside a resource: the first eight bytes of SHA-256 over group/version/kind. */
export function storageVersionHash(definition: ResourceDefinition): string {
  const name = `${definition.group}/${definition.version}/${definition.kind}`;
  return createHash('sha256').update(name).digest().subarray(0, 8).toString('base64');
}
