import type { Clock } from '../../kube/clock.js';
import { managedOnCreate, managedOnUpdate } from '../patch/managedFields.js';
import type { FieldWriter } from '../patch/managedFields.js';
import { withAddresses, withCreateDefaults, withKeptFields } from '../schema/defaults.js';
import { viewOf } from '../schema/eventConversion.js';
import { ServiceAllocator, randomUid } from '../schema/identifiers.js';
import { isJsonObject, listAt, omit, toKubeObject, valueAt } from '../schema/kubeObject.js';
import type { KubeObject, ManagedFieldsEntry } from '../schema/kubeObject.js';
import { groupVersionOf, kindSubjectOf, storedForm, subjectOf } from '../schema/resources.js';
import type { ResourceCatalog } from '../schema/resourceCatalog.js';
import type { ResourceDefinition, ResourceName } from '../schema/resources.js';
import { decode, secondsTime } from '../schema/schema.js';
import { validateCreate, validateUpdate } from '../schema/validation.js';
import { StatusError, alreadyExists, conflict, invalid, invalidValue } from '../schema/status.js';
import { keyOf } from './storage.js';
import type { Storage } from './storage.js';
import { nextGeneration, stamped, unchanged, updatedParts } from './versions.js';
import type { WriteHook, WriteOptions, WriteRecord } from './writes.js';

export interface WriterOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onWrite?: WriteHook | undefined;
  /** Plays a server that accepts `hints.forNodes` and drops it. */
  readonly withoutNodeHints?: boolean;
  /** Called with every committed write, in order. */
  readonly onCommit?: (record: WriteRecord) => void;
}

/** The verb of a write and whatever else its record needs. */
export interface Writing {
  readonly verb: WriteRecord['verb'];
  readonly options: WriteOptions;
}

/**
 * The last steps of every write: defaults of creation, the mutating hook, validation, versions, generations, owners of
 * fields, the commit and its record.
 */
export class Commits {
  readonly #storage: Storage;
  readonly #catalog: ResourceCatalog;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #withoutNodeHints: boolean;
  readonly #onCommit: (record: WriteRecord) => void;
  readonly #allocator = new ServiceAllocator();
  /** The mutating hook on updates of EndpointSlices; may be set and taken away at any time. */
  onWrite: WriteHook | undefined;

  constructor(storage: Storage, catalog: ResourceCatalog, options: WriterOptions) {
    this.#storage = storage;
    this.#catalog = catalog;
    this.onWrite = options.onWrite;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#withoutNodeHints = options.withoutNodeHints ?? false;
    this.#onCommit = options.onCommit ?? ((): void => undefined);
  }

  #get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    return this.#storage.get(resource, keyOf(namespace, name));
  }

  fieldWriter(definition: ResourceDefinition, options: WriteOptions, operation: FieldWriter['operation']): FieldWriter {
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

  insert(
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
    const writer = this.fieldWriter(definition, writing.options, 'Update');
    const managedFields = managed ?? managedOnCreate(viewOf(definition, toKubeObject(bare)), definition.schema, writer);
    const checked = this.#renormalized(withCreateDefaults(resource, toKubeObject(bare)), definition);
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

  replace(
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
    wanted = this.#renormalized(wanted, definition);
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
      return this.remove(definition, live, writing.options);
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
    const writer = this.fieldWriter(definition, options, 'Update');
    return managedOnUpdate(viewOf(definition, from), viewOf(definition, wanted), definition.schema, writer);
  }

  /** Zero values that defaults or hooks brought in are put into the stored form. */
  #renormalized(object: KubeObject, definition: ResourceDefinition): KubeObject {
    const slice = definition.resource === 'endpointslices';
    const supported = this.#withoutNodeHints && slice ? withoutNodeHints(object) : object;
    return toKubeObject(decode(supported, storedForm(definition).schema, '').object);
  }

  markDeleted(
    definition: ResourceDefinition,
    live: KubeObject,
    options: WriteOptions,
    deletionGracePeriodSeconds = 0,
  ): KubeObject {
    if (live.metadata.deletionTimestamp !== undefined) return live;
    if (definition.finalizer !== undefined) return this.#terminate(definition, definition.finalizer, live, options);
    const deletionTimestamp = secondsTime(this.#clock.wallMs() + deletionGracePeriodSeconds * 1000);
    const marked: KubeObject = {
      ...live,
      metadata: { ...live.metadata, deletionTimestamp, deletionGracePeriodSeconds },
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

  /** A DELETE of an object whose kind has a finalizer: its controller clears up and takes the finalizer away. */
  #terminate(definition: ResourceDefinition, finalizer: string, live: KubeObject, options: WriteOptions): KubeObject {
    const deletionTimestamp = secondsTime(this.#clock.wallMs());
    const finalizers = [...new Set([...(live.metadata.finalizers ?? []), finalizer])];
    const marked = withTerminating({ ...live, metadata: { ...live.metadata, deletionTimestamp, finalizers } });
    const stored = stamped(definition, marked, {
      uid: live.metadata.uid ?? '',
      generation: live.metadata.generation,
      creationTimestamp: live.metadata.creationTimestamp ?? '',
      managedFields: live.metadata.managedFields ?? [],
    });
    return this.#commit({ verb: 'delete', options }, definition, live, keyOf('', live.metadata.name ?? ''), stored);
  }

  emptyNamespace(namespace: string, options: WriteOptions): void {
    const stored = new Set(
      this.#catalog.all.filter((one) => one.namespaced).map((one) => this.#catalog.stored(one.resource)),
    );
    for (const definition of stored) {
      for (const object of this.#storage.list(definition.resource, namespace)) this.remove(definition, object, options);
    }
  }

  remove(definition: ResourceDefinition, live: KubeObject, options: WriteOptions): KubeObject {
    const key = keyOf(live.metadata.namespace ?? '', live.metadata.name ?? '');
    this.#release(live);
    const record = (removed: KubeObject): void => {
      const version = Number(removed.metadata.resourceVersion);
      this.#record({ verb: 'delete', options }, definition, live, undefined, version);
    };
    return this.#storage.remove(definition.resource, key, record) ?? live;
  }

  /** Stores a version. It is recorded before listeners are called, so that records are in the order of versions. */
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

/** As the registry of CustomResourceDefinitions, the only kind with a finalizer of its own, marks one. */
function withTerminating(definition: KubeObject): KubeObject {
  const terminating = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: definition.metadata.deletionTimestamp,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  const status = valueAt(definition, 'status');
  const conditions = [...listAt(definition, 'status', 'conditions'), terminating];
  return { ...definition, status: { ...(isJsonObject(status) ? status : {}), conditions } };
}

/** `hints: {}` is left where the hints named nodes only. */
function withoutNodeHints(slice: KubeObject): KubeObject {
  const endpoints = listAt(slice, 'endpoints');
  if (!endpoints.some((endpoint) => valueAt(endpoint, 'hints', 'forNodes') !== undefined)) return slice;
  return {
    ...slice,
    endpoints: endpoints.map((endpoint) => {
      if (!isJsonObject(endpoint)) return endpoint;
      const { hints } = endpoint;
      return isJsonObject(hints) ? { ...endpoint, hints: omit(hints, 'forNodes') } : endpoint;
    }),
  };
}
