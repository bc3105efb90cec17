import type { Clock } from '../../kube/clock.js';
import { withAddresses, withCreateDefaults, withDecodeDefaults, withKeptFields } from '../schema/defaults.js';
import { decodeBody, decodePatched } from '../schema/decoding.js';
import { viewOf } from '../schema/eventConversion.js';
import { ServiceAllocator, randomSuffix, randomUid } from '../schema/identifiers.js';
import { applyJsonPatch } from '../patch/jsonPatch.js';
import { isJsonObject, listAt, omit, toKubeObject, valueAt } from '../schema/kubeObject.js';
import type { JsonObject, KubeObject, ManagedFieldsEntry, ObjectMeta } from '../schema/kubeObject.js';
import { managedOnCreate, managedOnUpdate } from '../patch/managedFields.js';
import type { FieldWriter } from '../patch/managedFields.js';
import { applyMergePatch } from '../patch/mergePatch.js';
import {
  groupVersionOf,
  kindSubjectOf,
  resourceDefinitions,
  storedDefinition,
  subjectOf,
} from '../schema/resources.js';
import type { ResourceDefinition, ResourceName } from '../schema/resources.js';
import { decode, secondsTime } from '../schema/schema.js';
import { applyToLive } from '../patch/serverSideApply.js';
import {
  StatusError,
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  invalidValue,
  notFound,
  requiredValue,
} from '../wire/status.js';
import { keyOf } from './storage.js';
import type { Storage } from './storage.js';
import { applyStrategicMerge } from '../patch/strategicMerge.js';
import { nextGeneration, stamped, unchanged, updatedParts } from './versions.js';
import type {
  DeleteOptions,
  PatchOptions,
  PatchType,
  WriteHook,
  WriteOptions,
  WriteRecord,
  WriteResult,
} from './writes.js';
import { validateCreate, validateUpdate } from '../schema/validation.js';

export interface WriterOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onWrite?: WriteHook | undefined;
  /** Hears of every committed write, in order. */
  readonly onCommit?: (record: WriteRecord) => void;
}

/** The verb of a write and whatever else its record needs. */
interface Writing {
  readonly verb: WriteRecord['verb'];
  readonly options: WriteOptions;
}

/**
 * Writes with all rules of the API: defaults, validation, versions, generations, owners of fields. A write comes through
 * one group and version of a resource, as a path of HTTP does.
 */
export class ResourceWriter {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onCommit: (record: WriteRecord) => void;
  readonly #allocator = new ServiceAllocator();
  /** The mutating hook on updates of EndpointSlices; may be set and taken away at any time. */
  onWrite: WriteHook | undefined;

  constructor(storage: Storage, options: WriterOptions) {
    this.#storage = storage;
    this.onWrite = options.onWrite;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#onCommit = options.onCommit ?? ((): void => undefined);
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
    const withDefaults = withDecodeDefaults(definition.resource, named);
    return this.#insert(definition, withDefaults, { verb: 'create', options });
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
    const object = withDecodeDefaults(definition.resource, {
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
      return { object: this.#insert(definition, object, { verb: 'create', options }), created: true };
    }
    return { object: this.#replace(definition, live, object, { verb: 'update', options }), created: false };
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
    // Through events.k8s.io an Event is stored under other field names; its patches speak those names.
    const shown = viewOf(definition, live);
    const patched = type === 'json' ? applyJsonPatch(shown, patch) : merged(definition, shown, type, patch);
    if (!isJsonObject(patched)) throw badRequest('the patched object is no JSON object');
    const decoded = decodePatched(definition, patched, patch, options);
    const errors = (['name', 'namespace', 'uid'] as const)
      .filter((field) => decoded.metadata[field] !== live.metadata[field] && decoded.metadata[field] !== undefined)
      .map((field) => invalidValue(`metadata.${field}`, decoded.metadata[field], 'field is immutable'));
    if (errors.length > 0) throw invalid(kindSubjectOf(definition), name, errors);
    const object = withDecodeDefaults(definition.resource, {
      ...decoded,
      metadata: { ...decoded.metadata, name, ...(definition.namespaced ? { namespace } : {}) },
    });
    return { object: this.#replace(definition, live, object, { verb: 'patch', options }), created: false };
  }

  /** DELETE through one group and version. Owners' references are not followed; grace periods are over at once. */
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
    if ((live.metadata.finalizers ?? []).length > 0) return this.#markDeleted(definition, live, options);
    if (definition.resource === 'namespaces') this.#emptyNamespace(name, options);
    return this.#remove(definition, live, options);
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
    if (!isJsonObject(patch)) throw badRequest('error decoding YAML: the applied configuration is no object');
    const given = decodeBody(definition, patch, options);
    if ((given.metadata.managedFields ?? []).length > 0) throw badRequest('metadata.managedFields must be nil');
    // Only what the configuration says itself is applied and owned, not what decoding fills in.
    const applied = decode(patch, definition.schema, definition.kind, false).object;
    const writer = this.#fieldWriter(definition, options, 'Apply');
    if (live === undefined) {
      if ((options.subresource ?? '') !== '') throw notFound(subjectOf(definition), name);
      this.#checkNamespace(definition, namespace, given.metadata.namespace);
      const metadata = { ...given.metadata, name, ...(definition.namespaced ? { namespace } : {}) };
      const object = withDecodeDefaults(definition.resource, { ...given, metadata });
      const managed = managedOnCreate(toKubeObject(applied), definition.schema, writer);
      return { object: this.#insert(definition, object, { verb: 'apply', options }, managed), created: true };
    }
    const result = applyToLive(viewOf(definition, live), applied, definition.schema, writer, options.force ?? false);
    const object = withDecodeDefaults(definition.resource, decodeBody(definition, result.object, options));
    const replaced = this.#replace(definition, live, object, { verb: 'apply', options }, result.managedFields);
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

  #fieldWriter(
    definition: ResourceDefinition,
    options: WriteOptions,
    operation: FieldWriter['operation'],
  ): FieldWriter {
    const fromAgent = (options.userAgent ?? '').split('/')[0] ?? '';
    const manager = (options.fieldManager ?? '') !== '' ? (options.fieldManager ?? '') : fromAgent.slice(0, 128);
    return {
      manager: manager === '' ? 'unknown' : manager,
      operation,
      apiVersion: groupVersionOf(definition),
      subresource: options.subresource ?? '',
      time: secondsTime(this.#clock.wallMs()),
    };
  }

  #insert(
    definition: ResourceDefinition,
    object: KubeObject,
    writing: Writing,
    managed?: readonly ManagedFieldsEntry[],
  ): KubeObject {
    const { resource } = definition;
    if ((object.metadata.resourceVersion ?? '') !== '') {
      throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
    }
    const bare = definition.statusSubresource && resource !== 'nodes' ? omit(object, 'status') : object;
    const writer = this.#fieldWriter(definition, writing.options, 'Update');
    const managedFields = managed ?? managedOnCreate(viewOf(definition, toKubeObject(bare)), definition.schema, writer);
    const checked = this.#renormalized(withCreateDefaults(resource, toKubeObject(bare)), resource);
    const errors = validateCreate(definition, checked);
    const { name = '', namespace = '' } = checked.metadata;
    if (errors.length > 0) throw invalid(kindSubjectOf(definition), name, errors);
    if (this.#get(resource, namespace, name) !== undefined) throw alreadyExists(subjectOf(definition), name);
    const complete = withAddresses(resource, checked, this.#allocator);
    const stored = stamped(definition, complete, {
      uid: randomUid(this.#random),
      generation: definition.generation === 'none' ? undefined : 1,
      creationTimestamp: secondsTime(this.#clock.wallMs()),
      managedFields,
    });
    if (writing.options.dryRun === true) return stored('');
    return this.#commit(writing, definition, undefined, keyOf(namespace, name), stored);
  }

  #replace(
    definition: ResourceDefinition,
    live: KubeObject,
    object: KubeObject,
    writing: Writing,
    applied?: readonly ManagedFieldsEntry[],
  ): KubeObject {
    const { resource } = definition;
    const { name = '', namespace = '' } = live.metadata;
    const { resourceVersion = '', uid = '' } = object.metadata;
    if (uid !== '' && uid !== live.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`;
      throw conflict(subjectOf(definition), name, why);
    }
    if (resourceVersion !== '' && resourceVersion !== live.metadata.resourceVersion) {
      if (!/^\d+$/.test(resourceVersion)) {
        throw invalid(kindSubjectOf(definition), name, [
          invalidValue('metadata.resourceVersion', resourceVersion, 'must be an unsigned integer'),
        ]);
      }
      throw conflict(subjectOf(definition), name);
    }
    if (resourceVersion === '' && !definition.unconditionalUpdate) {
      throw invalid(kindSubjectOf(definition), name, [
        {
          field: 'metadata.resourceVersion',
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0: must be specified for an update',
        },
      ]);
    }
    const { onWrite } = this;
    const kept = withAddresses(resource, withKeptFields(resource, object, live), this.#allocator);
    let wanted = updatedParts(definition, live, kept, writing.options.subresource ?? '');
    if (onWrite !== undefined && resource === 'endpointslices') {
      const { user = 'system:admin', userAgent = '', fieldManager = '' } = writing.options;
      wanted = onWrite(live, wanted, { user, userAgent, fieldManager });
    }
    wanted = this.#renormalized(wanted, resource);
    const errors = validateUpdate(definition, wanted, live);
    if (errors.length > 0) throw invalid(kindSubjectOf(definition), name, errors);
    const entries = this.#entriesAfter(definition, live, wanted, writing.options, applied);
    if (unchanged(live, wanted, entries)) return live;
    const stored = stamped(definition, wanted, {
      uid: live.metadata.uid ?? '',
      generation: nextGeneration(definition, live, wanted),
      creationTimestamp: live.metadata.creationTimestamp ?? '',
      managedFields: entries,
    });
    if (writing.options.dryRun === true) return stored(live.metadata.resourceVersion ?? '');
    if (live.metadata.deletionTimestamp !== undefined && (wanted.metadata.finalizers ?? []).length === 0) {
      return this.#remove(definition, live, writing.options);
    }
    return this.#commit(writing, definition, live, keyOf(namespace, name), stored);
  }

  #entriesAfter(
    definition: ResourceDefinition,
    live: KubeObject,
    wanted: KubeObject,
    options: WriteOptions,
    applied: readonly ManagedFieldsEntry[] | undefined,
  ): readonly ManagedFieldsEntry[] {
    if (applied !== undefined) return applied;
    // A list with one empty entry takes all ownership away; nothing else that a client sends there is listened to.
    const sent = wanted.metadata.managedFields;
    const cleared = sent?.length === 1 && sent[0] !== undefined && Object.keys(sent[0]).length === 0;
    const from = cleared ? { ...live, metadata: omit(live.metadata, 'managedFields') } : live;
    const writer = this.#fieldWriter(definition, options, 'Update');
    return managedOnUpdate(viewOf(definition, from), viewOf(definition, wanted), definition.schema, writer);
  }

  /** Zero values that defaults or hooks brought in are put into the stored form. */
  #renormalized(object: KubeObject, resource: ResourceName): KubeObject {
    return toKubeObject(decode(object, storedDefinition(resource).schema, '').object);
  }

  #markDeleted(definition: ResourceDefinition, live: KubeObject, options: WriteOptions): KubeObject {
    if (live.metadata.deletionTimestamp !== undefined) return live;
    const deletionTimestamp = secondsTime(this.#clock.wallMs());
    const marked: KubeObject = {
      ...live,
      metadata: { ...live.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 },
    };
    const stored = stamped(definition, marked, {
      uid: live.metadata.uid ?? '',
      generation: live.metadata.generation === undefined ? undefined : live.metadata.generation + 1,
      creationTimestamp: live.metadata.creationTimestamp ?? '',
      managedFields: live.metadata.managedFields ?? [],
    });
    const key = keyOf(live.metadata.namespace ?? '', live.metadata.name ?? '');
    return this.#commit({ verb: 'delete', options }, definition, live, key, stored);
  }

  #emptyNamespace(namespace: string, options: WriteOptions): void {
    const resources = new Set(resourceDefinitions.filter((one) => one.namespaced).map((one) => one.resource));
    for (const resource of resources) {
      for (const object of this.#storage.list(resource, namespace))
        this.#remove(storedDefinition(resource), object, options);
    }
  }

  #remove(definition: ResourceDefinition, live: KubeObject, options: WriteOptions): KubeObject {
    const key = keyOf(live.metadata.namespace ?? '', live.metadata.name ?? '');
    this.#release(live);
    const record = (removed: KubeObject): void => {
      const version = Number(removed.metadata.resourceVersion);
      this.#record({ verb: 'delete', options }, definition, live, undefined, version);
    };
    return this.#storage.remove(definition.resource, key, record) ?? live;
  }

  /** Stores a version; it is on record before anybody hears of it, so that the record keeps the order of versions. */
  #commit(
    writing: Writing,
    definition: ResourceDefinition,
    before: KubeObject | undefined,
    key: string,
    stamp: (resourceVersion: string) => KubeObject,
  ): KubeObject {
    return this.#storage.put(definition.resource, key, (resourceVersion) => {
      const after = stamp(resourceVersion);
      this.#record(writing, definition, before, after, Number(resourceVersion));
      return after;
    });
  }

  #release(object: KubeObject): void {
    for (const address of listAt(object, 'spec', 'clusterIPs')) this.#allocator.release(String(address));
    for (const port of listAt(object, 'spec', 'ports')) this.#allocator.release(String(valueAt(port, 'nodePort')));
  }

  #record(
    writing: Writing,
    definition: ResourceDefinition,
    before: KubeObject | undefined,
    after: KubeObject | undefined,
    resourceVersion: number,
  ): void {
    const { user = 'system:admin', userAgent = '', fieldManager = '' } = writing.options;
    const metadata = (after ?? before)?.metadata ?? {};
    this.#onCommit({
      verb: writing.verb,
      resource: definition.resource,
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      resourceVersion,
      wallMs: this.#clock.wallMs(),
      user,
      userAgent,
      fieldManager,
      before,
      after,
    });
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
