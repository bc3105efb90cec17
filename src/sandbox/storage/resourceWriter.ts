import { applyJsonPatch } from '../patch/jsonPatch.js';
import { managedOnCreate } from '../patch/managedFields.js';
import { applyMergePatch } from '../patch/mergePatch.js';
import { applyToLive } from '../patch/serverSideApply.js';
import { applyStrategicMerge } from '../patch/strategicMerge.js';
import { decodeBody, decodePatched } from '../schema/decoding.js';
import { withDecodeDefaults } from '../schema/defaults.js';
import { viewOf } from '../schema/eventConversion.js';
import { randomSuffix } from '../schema/identifiers.js';
import { isJsonObject, textAt, toKubeObject, valueAt } from '../schema/kubeObject.js';
import type { JsonObject, KubeObject, ObjectMeta } from '../schema/kubeObject.js';
import { kindSubjectOf, subjectOf } from '../schema/resources.js';
import type { ResourceCatalog } from '../schema/resourceCatalog.js';
import type { ResourceDefinition, ResourceName } from '../schema/resources.js';
import { decode } from '../schema/schema.js';
import { badRequest, conflict, invalid, invalidValue, notFound, requiredValue } from '../schema/status.js';
import { Commits } from './commits.js';
import type { WriterOptions } from './commits.js';
import { keyOf } from './storage.js';
import type { Storage } from './storage.js';
import type { DeleteOptions, PatchOptions, PatchType, WriteHook, WriteOptions, WriteResult } from './writes.js';

/**
 * Writes with all rules of the API: defaults, validation, versions, generations, owners of fields. A write comes through
 * one group and version of a resource, as a path of HTTP does.
 */
export class ResourceWriter {
  readonly #storage: Storage;
  readonly #random: () => number;
  readonly #commits: Commits;

  constructor(storage: Storage, catalog: ResourceCatalog, options: WriterOptions) {
    this.#storage = storage;
    this.#random = options.random;
    this.#commits = new Commits(storage, catalog, options);
  }

  /** The mutating hook on updates of EndpointSlices; may be set and taken away at any time. */
  get onWrite(): WriteHook | undefined {
    return this.#commits.onWrite;
  }

  set onWrite(hook: WriteHook | undefined) {
    this.#commits.onWrite = hook;
  }

  #get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    return this.#storage.get(resource, keyOf(namespace, name));
  }

  /** Creation through one group and version. */
  create(definition: ResourceDefinition, namespace: string, body: JsonObject, options: WriteOptions): KubeObject {
    const decoded = decodeBody(definition, body, options);
    this.#checkNamespace(definition, namespace, decoded.metadata.namespace);
    const base = { ...decoded.metadata };
    const metadata: ObjectMeta = definition.namespaced ? { ...base, namespace } : base;
    const named = this.#named(definition, { ...decoded, metadata });
    const withDefaults = withDecodeDefaults(definition, named);
    return this.#commits.insert(definition, withDefaults, { verb: 'create', options });
  }

  /** PUT through one group and version. */
  update(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    body: JsonObject,
    options: WriteOptions,
  ): WriteResult {
    const decoded = decodeBody(definition, body, options);
    if (decoded.metadata.name !== undefined && decoded.metadata.name !== name) {
      throw badRequest(
        `the name of the object (${decoded.metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    this.#checkBodyNamespace(namespace, decoded.metadata.namespace);
    const object = withDecodeDefaults(definition, {
      ...decoded,
      metadata: { ...decoded.metadata, name, ...(definition.namespaced ? { namespace } : {}) },
    });
    const live = this.#get(definition.resource, namespace, name);
    if (live === undefined) {
      const { resourceVersion = '', uid = '' } = object.metadata;
      if (!definition.createOnUpdate || resourceVersion !== '' || uid !== '' || (options.subresource ?? '') !== '') {
        throw notFound(subjectOf(definition), name);
      }
      this.#checkNamespace(definition, namespace, undefined);
      return { object: this.#commits.insert(definition, object, { verb: 'create', options }), created: true };
    }
    return { object: this.#commits.replace(definition, live, object, { verb: 'update', options }), created: false };
  }

  /** PATCH of one of the four kinds through one group and version. */
  patch(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    type: PatchType,
    patch: unknown,
    options: PatchOptions,
  ): WriteResult {
    const live = this.#get(definition.resource, namespace, name);
    if (type === 'apply') return this.#apply(definition, namespace, name, live, patch, options);
    if (live === undefined) throw notFound(subjectOf(definition), name);
    // Through events.k8s.io an Event is stored under other field names; its patches use those names.
    const shown = viewOf(definition, live);
    const patched = type === 'json' ? applyJsonPatch(shown, patch) : merged(definition, shown, type, patch);
    if (!isJsonObject(patched)) throw badRequest('the patched object is not a JSON object');
    const decoded = decodePatched(definition, patched, patch, options);
    const errors = (['name', 'namespace', 'uid'] as const)
      .filter((field) => decoded.metadata[field] !== live.metadata[field] && decoded.metadata[field] !== undefined)
      .map((field) => invalidValue(`metadata.${field}`, decoded.metadata[field], 'field is immutable'));
    if (errors.length > 0) throw invalid(kindSubjectOf(definition), name, errors);
    const object = withDecodeDefaults(definition, {
      ...decoded,
      metadata: { ...decoded.metadata, name, ...(definition.namespaced ? { namespace } : {}) },
    });
    return { object: this.#commits.replace(definition, live, object, { verb: 'patch', options }), created: false };
  }

  /** DELETE through one group and version. Owner references are not followed, and there is no grace period. */
  delete(definition: ResourceDefinition, namespace: string, name: string, options: DeleteOptions): KubeObject {
    const live = this.#get(definition.resource, namespace, name);
    if (live === undefined) throw notFound(subjectOf(definition), name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== live.metadata.uid) {
      const why = `the UID in the precondition (${uid}) does not match the UID in record (${live.metadata.uid ?? ''}). The object might have been deleted and then recreated`;
      throw conflict(subjectOf(definition), name, why);
    }
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion ?? ''}). The object might have been modified`;
      throw conflict(subjectOf(definition), name, why);
    }
    if (options.dryRun === true) return live;
    if (definition.finalizer !== undefined || (live.metadata.finalizers ?? []).length > 0)
      return this.#commits.markDeleted(definition, live, options);
    if (definition.resource === 'namespaces') this.#commits.emptyNamespace(name, options);
    return this.#commits.remove(definition, live, options);
  }

  /**
   * DELETE with a grace period, as an eviction makes it: a Pod on a node is marked as terminating, one without a grace
   * period or a node is removed at once.
   * @returns the Pod as it is stored, or was last
   */
  terminate(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    options: DeleteOptions & { readonly graceSeconds?: number },
  ): KubeObject {
    const live = this.#get(definition.resource, namespace, name);
    if (live === undefined) throw notFound(subjectOf(definition), name);
    const own = valueAt(live, 'spec', 'terminationGracePeriodSeconds');
    const grace = options.graceSeconds ?? (typeof own === 'number' ? own : 0);
    const scheduled = textAt(live, 'spec', 'nodeName') !== '';
    if (grace === 0 || !scheduled) return this.delete(definition, namespace, name, options);
    return options.dryRun === true ? live : this.#commits.markDeleted(definition, live, options, grace);
  }

  #apply(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    live: KubeObject | undefined,
    patch: unknown,
    options: PatchOptions,
  ): WriteResult {
    if ((options.fieldManager ?? '') === '') {
      throw invalid({ group: 'meta.k8s.io', name: 'PatchOptions' }, '', [
        requiredValue('fieldManager', 'is required for apply patch'),
      ]);
    }
    if (!isJsonObject(patch)) throw badRequest('error decoding YAML: the applied configuration is not an object');
    const given = decodeBody(definition, patch, options);
    if ((given.metadata.managedFields ?? []).length > 0) throw badRequest('metadata.managedFields must be nil');
    // Only the fields of the configuration are applied and owned, not the defaults of decoding.
    const applied = decode(patch, definition.schema, definition.kind, false).object;
    const writer = this.#commits.fieldWriter(definition, options, 'Apply');
    if (live === undefined) {
      if ((options.subresource ?? '') !== '') throw notFound(subjectOf(definition), name);
      this.#checkNamespace(definition, namespace, given.metadata.namespace);
      const metadata = { ...given.metadata, name, ...(definition.namespaced ? { namespace } : {}) };
      const object = withDecodeDefaults(definition, { ...given, metadata });
      const managed = managedOnCreate(toKubeObject(applied), definition.schema, writer);
      return { object: this.#commits.insert(definition, object, { verb: 'apply', options }, managed), created: true };
    }
    const result = applyToLive(viewOf(definition, live), applied, definition.schema, writer, options.force ?? false);
    const object = withDecodeDefaults(definition, decodeBody(definition, result.object, options));
    const replaced = this.#commits.replace(definition, live, object, { verb: 'apply', options }, result.managedFields);
    return { object: replaced, created: false };
  }

  #checkNamespace(definition: ResourceDefinition, namespace: string, inBody: string | undefined): void {
    if (!definition.namespaced) return;
    this.#checkBodyNamespace(namespace, inBody);
    const found = this.#get('namespaces', '', namespace);
    if (found === undefined) throw notFound({ group: '', name: 'namespaces' }, namespace);
  }

  #checkBodyNamespace(namespace: string, inBody: string | undefined): void {
    if (inBody !== undefined && inBody !== '' && inBody !== namespace) {
      throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
    }
  }

  #named(definition: ResourceDefinition, object: KubeObject): KubeObject {
    const { name, generateName } = object.metadata;
    if ((name ?? '') !== '' || generateName === undefined) return object;
    for (let attempt = 0; ; attempt++) {
      const candidate = `${generateName}${randomSuffix(this.#random)}`;
      const taken = this.#get(definition.resource, object.metadata.namespace ?? '', candidate) !== undefined;
      if (!taken || attempt === 8) return { ...object, metadata: { ...object.metadata, name: candidate } };
    }
  }
}

function merged(
  definition: ResourceDefinition,
  target: JsonObject,
  type: 'merge' | 'strategic',
  patch: unknown,
): unknown {
  if (!isJsonObject(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
  }
  return type === 'merge' ? applyMergePatch(target, patch) : applyStrategicMerge(target, patch, definition.schema);
}
