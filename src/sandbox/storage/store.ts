import { omit } from '../schema/kubeObject.js';
import type { KubeObject, ObjectMeta } from '../schema/kubeObject.js';
import { groupVersionOf } from '../schema/resources.js';
import type { ResourceCatalog } from '../schema/resourceCatalog.js';
import type { ResourceDefinition, ResourceName } from '../schema/resources.js';
import type { WriterOptions } from './commits.js';
import { ResourceWriter } from './resourceWriter.js';
import { keyOf } from './storage.js';
import type { Storage, StoreListener } from './storage.js';
import type { DeleteOptions, PatchOptions, PatchType, WriteHook, WriteOptions } from './writes.js';

/** The hook belongs to the store's face: who sets `onWrite` needs its type. */
export type { WriteHook } from './writes.js';

/**
 * The objects of the stand-in with all rules of the API: defaults, validation, versions, generations, owners of fields.
 * HTTP goes through it, and tests, samples and the model of the in-tree controller may use it directly. What it gives
 * out is shared and must not be changed.
 */
export class ObjectStore {
  /** The raw shelves under the rules, for watches and lists. */
  readonly storage: Storage;
  /** Writes through one group and version, as HTTP makes them. */
  readonly writer: ResourceWriter;
  /** The resources that there are at the moment. */
  readonly catalog: Pick<ResourceCatalog, 'ofKind' | 'stored'>;

  constructor(storage: Storage, catalog: ResourceCatalog, options: WriterOptions) {
    this.storage = storage;
    this.catalog = catalog;
    this.writer = new ResourceWriter(storage, catalog, options);
  }

  /** The mutating hook on updates of EndpointSlices; may be set and taken away at any time. */
  get onWrite(): WriteHook | undefined {
    return this.writer.onWrite;
  }

  set onWrite(hook: WriteHook | undefined) {
    this.writer.onWrite = hook;
  }

  /** The version of the newest change of all resources. */
  get resourceVersion(): number {
    return this.storage.resourceVersion;
  }

  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    return this.storage.get(resource, keyOf(namespace, name));
  }

  /** Objects in the order of namespace and name. */
  list(resource: ResourceName, namespace = ''): KubeObject[] {
    return this.storage.list(resource, namespace);
  }

  /** Calls the listener for every later change, in order; the value returned ends that. */
  subscribe(resource: ResourceName, listener: StoreListener): () => void {
    return this.storage.subscribe(resource, listener);
  }

  /** @throws {StatusError} as the API would answer */
  create(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const definition = this.catalog.stored(resource);
    return this.writer.create(definition, object.metadata.namespace ?? '', typed(definition, object), options);
  }

  /** @throws {StatusError} as the API would answer a PUT */
  update(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const { namespace = '', name = '' } = object.metadata;
    return this.writer.update(this.catalog.stored(resource), namespace, name, object, options).object;
  }

  /** @throws {StatusError} as the API would answer a PATCH */
  patch(
    resource: ResourceName,
    namespace: string,
    name: string,
    type: PatchType,
    patch: unknown,
    options: PatchOptions = {},
  ): KubeObject {
    return this.writer.patch(this.catalog.stored(resource), namespace, name, type, patch, options).object;
  }

  /** @throws {StatusError} as the API would answer a DELETE */
  delete(resource: ResourceName, namespace: string, name: string, options: DeleteOptions = {}): KubeObject {
    return this.writer.delete(this.catalog.stored(resource), namespace, name, options);
  }

  /**
   * Makes the object what is given, status included, whether it exists or not: for manifests as `kubectl get -o yaml`
   * prints them and for models of other controllers. Versions, uids and owners of another cluster are dropped.
   * @throws {StatusError} as the API would answer
   */
  write(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const definition = this.catalog.stored(resource);
    const foreign = ['resourceVersion', 'uid', 'creationTimestamp', 'managedFields', 'generation'] as const;
    const metadata: ObjectMeta = omit(object.metadata, ...foreign);
    const namespace = definition.namespaced ? (metadata.namespace ?? 'default') : '';
    const wanted: KubeObject = {
      ...typed(definition, object),
      metadata: { ...metadata, ...(namespace === '' ? {} : { namespace }) },
    };
    const exists = metadata.name !== undefined && this.get(resource, namespace, metadata.name) !== undefined;
    const live = exists ? this.get(resource, namespace, metadata.name ?? '') : undefined;
    let written =
      live === undefined
        ? this.writer.create(definition, namespace, wanted, options)
        : this.writer.update(
            definition,
            namespace,
            metadata.name ?? '',
            { ...wanted, metadata: { ...wanted.metadata, resourceVersion: live.metadata.resourceVersion ?? '' } },
            options,
          ).object;
    if (definition.statusSubresource && wanted['status'] !== undefined) {
      written = this.writer.update(
        definition,
        namespace,
        written.metadata.name ?? '',
        { ...written, status: wanted['status'] },
        { ...options, subresource: 'status' },
      ).object;
    }
    return written;
  }
}

/** Callers in the same process need not repeat the type that the resource has. */
function typed(definition: ResourceDefinition, object: KubeObject): KubeObject {
  return { kind: definition.kind, apiVersion: groupVersionOf(definition), ...object };
}
