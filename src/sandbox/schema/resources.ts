import { createHash } from 'node:crypto';
import {
  configMapSchema,
  admissionPolicyBindingSchema,
  admissionPolicySchema,
  coreEventSchema,
  customResourceDefinitionSchema,
  endpointSliceSchema,
  eventSchema,
  leaseSchema,
  namespaceSchema,
  nodeSchema,
  podSchema,
  serviceSchema,
} from './schemas.js';
import type { ObjectSchema } from './schema.js';
import type { JsonObject, KubeObject } from './kubeObject.js';
import type { FieldError, Subject } from './status.js';

/** The resources that the stand-in always serves. */
export type BuiltInResource =
  | 'configmaps'
  | 'customresourcedefinitions'
  | 'endpointslices'
  | 'events'
  | 'leases'
  | 'mutatingadmissionpolicies'
  | 'mutatingadmissionpolicybindings'
  | 'namespaces'
  | 'nodes'
  | 'pods'
  | 'services';

/**
 * The names under which objects are stored: plural names, and the names of definitions (`policies.example.com`) for custom
 * resources. Events are stored once and seen through two groups.
 */
export type ResourceName = BuiltInResource | `${string}.${string}`;

/** What a name must look like. */
export type NameRule = 'subdomain' | 'label' | 'dns1035';

export interface SubresourceDefinition {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** `group/version` of the kind where it is not the resource's own. */
  readonly groupVersion?: { readonly group: string; readonly version: string };
}

/** What a custom resource has beyond its schema, from its CustomResourceDefinition. */
export interface CustomParts {
  /** `openAPIV3Schema` as it is published. */
  readonly openApi: JsonObject;
  readonly withDefaults: (object: KubeObject) => KubeObject;
  /** What is wrong with an object; `live` is the state before an update. */
  readonly validate: (object: KubeObject, live?: KubeObject) => FieldError[];
  readonly printerColumns: readonly PrinterColumn[];
}

/** One of `additionalPrinterColumns`, with all its fields. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

/** One resource as one group and version shows it. */
export interface ResourceDefinition {
  readonly resource: ResourceName;
  /** The name in paths and messages. */
  readonly plural: string;
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
  /** How `metadata.generation` moves: never, with everything but metadata and also with labels, or only, or without status, or with spec. */
  readonly generation: 'none' | 'all-and-labels' | 'all-but-metadata' | 'all-but-status' | 'spec';
  /** PUT without metadata.resourceVersion overwrites. */
  readonly unconditionalUpdate: boolean;
  /** PUT of an object that does not exist creates it. */
  readonly createOnUpdate: boolean;
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
  readonly deleteCollection: boolean;
  /** Field selectors besides metadata.name and metadata.namespace: label → path in the object. */
  readonly selectableFields: Readonly<Record<string, readonly string[]>>;
  /** A DELETE adds it, and the object goes when the controller of its kind has taken it away. */
  readonly finalizer?: string;
  readonly custom?: CustomParts;
}

export const definitionBase = {
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

type BuiltInDefinition = Omit<ResourceDefinition, 'plural' | 'resource'> & { readonly resource: BuiltInResource };

const builtIns: readonly BuiltInDefinition[] = [
  {
    ...definitionBase,
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
    ...definitionBase,
    resource: 'configmaps',
    group: '',
    kind: 'ConfigMap',
    singular: 'configmap',
    shortNames: ['cm'],
    schema: configMapSchema,
  },
  {
    ...definitionBase,
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
    ...definitionBase,
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
    ...definitionBase,
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
    ...definitionBase,
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
    ...definitionBase,
    resource: 'leases',
    group: 'coordination.k8s.io',
    kind: 'Lease',
    singular: 'lease',
    schema: leaseSchema,
    unconditionalUpdate: false,
    createOnUpdate: true,
  },
  {
    ...definitionBase,
    resource: 'endpointslices',
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    singular: 'endpointslice',
    schema: endpointSliceSchema,
    generation: 'all-and-labels',
  },
  {
    ...definitionBase,
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
    ...definitionBase,
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
    ...definitionBase,
    resource: 'mutatingadmissionpolicybindings',
    group: 'admissionregistration.k8s.io',
    kind: 'MutatingAdmissionPolicyBinding',
    singular: 'mutatingadmissionpolicybinding',
    namespaced: false,
    categories: ['api-extensions'],
    schema: admissionPolicyBindingSchema,
    generation: 'spec',
  },
  {
    ...definitionBase,
    resource: 'customresourcedefinitions',
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    singular: 'customresourcedefinition',
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    schema: customResourceDefinitionSchema,
    statusSubresource: true,
    subresources: [status('CustomResourceDefinition')],
    generation: 'spec',
    finalizer: 'customresourcecleanup.apiextensions.k8s.io',
  },
];

/** Every resource that is always there, in the order of discovery. */
export const builtInDefinitions: readonly ResourceDefinition[] = builtIns.map((one) => ({
  ...one,
  plural: one.resource,
}));

/** The definition under which a resource is stored: the first one, so core/v1 for events. */
export function storedDefinition(resource: BuiltInResource): ResourceDefinition {
  const definition = builtInDefinitions.find((one) => one.resource === resource);
  if (definition === undefined) throw new Error(`Expected a resource of the sandbox, got ${resource}.`);
  return definition;
}

/** The definition under which the objects of a resource are stored, of one that may be another view on them. */
export function storedForm(definition: ResourceDefinition): ResourceDefinition {
  return builtInDefinitions.find((one) => one.resource === definition.resource) ?? definition;
}

/** `v1` or `group/v1`. */
export function groupVersionOf(definition: ResourceDefinition): string {
  return definition.group === '' ? definition.version : `${definition.group}/${definition.version}`;
}

/** How answers name the resource, e.g. `endpointslices.discovery.k8s.io`. */
export function subjectOf(definition: ResourceDefinition): Subject {
  return { group: definition.group, name: definition.plural };
}

/** How a 422 names the kind, e.g. `EndpointSlice.discovery.k8s.io`. */
export function kindSubjectOf(definition: ResourceDefinition): Subject {
  return { group: definition.group, name: definition.kind };
}

/** In the order in which the server of custom resources lists them. */
const customVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

export function verbsOf(definition: ResourceDefinition): readonly string[] {
  if (definition.custom !== undefined) return customVerbs;
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  return definition.deleteCollection ? verbs : verbs.filter((verb) => verb !== 'deletecollection');
}

/** What discovery prints beside a resource: the first eight bytes of SHA-256 over group/version/kind. */
export function storageVersionHash(definition: ResourceDefinition): string {
  const name = `${definition.group}/${definition.version}/${definition.kind}`;
  return createHash('sha256').update(name).digest().subarray(0, 8).toString('base64');
}
