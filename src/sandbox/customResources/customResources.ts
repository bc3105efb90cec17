import type { Clock } from '../../kube/clock.js';
import { listAt, textAt, valueAt } from '../schema/kubeObject.js';
import type { JsonObject, KubeObject } from '../schema/kubeObject.js';
import type { ResourceCatalog } from '../schema/resourceCatalog.js';
import type { ResourceDefinition, ResourceName } from '../schema/resources.js';
import { secondsTime } from '../schema/schema.js';
import { StatusError } from '../schema/status.js';
import type { StoreEvent } from '../storage/storage.js';
import type { ObjectStore } from '../storage/store.js';
import { resourceOf } from '../schema/custom/definition.js';

/** From the creation of a definition until its kind is served: paths are 404 before. */
const ESTABLISH_MS = 100;
/** From then until reads are answered: they are 429 before, while the server fills its cache. Writes are served at once. */
const READY_MS = 1000;
/** From the deletion of a definition until its objects, and then the definition, are removed. */
const CLEAN_UP_MS = 100;

const RESOURCE = 'customresourcedefinitions';
const SERVER = { fieldManager: 'kube-apiserver', userAgent: 'kube-apiserver/sandbox' } as const;

export interface CustomResourcesOptions {
  readonly store: ObjectStore;
  readonly catalog: ResourceCatalog;
  readonly clock: Clock;
  /** Ends the watches on a resource that is no longer served, or is served in another form. */
  readonly endWatches: (plural: string) => void;
}

/** Lets kinds come and go with their CustomResourceDefinitions, at the pace of the real server. */
export class CustomResources {
  readonly #options: CustomResourcesOptions;
  /** Resources whose reads are not answered yet. */
  readonly #filling = new Set<ResourceName>();
  readonly #terminating = new Set<ResourceName>();
  readonly #timers = new Set<() => void>();

  constructor(options: CustomResourcesOptions) {
    this.#options = options;
  }

  /** Follows the definitions in the store from now on. @returns ends that */
  start(): () => void {
    const unsubscribe = this.#options.store.subscribe(RESOURCE, (event) => this.#changed(event));
    return () => {
      unsubscribe();
      for (const cancel of this.#timers) cancel();
      this.#timers.clear();
    };
  }

  /** Puts a definition into the store, with its kind served at once. */
  install(definition: KubeObject): void {
    const { metadata } = this.#options.store.write(RESOURCE, definition);
    this.#establish(metadata.name ?? '');
    this.#filling.delete(resourceNameOf(metadata.name ?? ''));
  }

  /**
   * A request for a custom resource that is found in the catalog.
   * @throws {StatusError} 429 for reads while the storage of a new kind is prepared, 405 for creations once it goes
   */
  admit({ resource }: ResourceDefinition, verb: string): void {
    if (this.#filling.has(resource) && (verb === 'get' || verb === 'list' || verb === 'watch')) {
      throw new StatusError(429, 'TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 });
    }
    if (this.#terminating.has(resource) && verb === 'create') {
      const why = 'create not allowed while custom resource definition is terminating';
      throw new StatusError(405, 'MethodNotAllowed', why, {});
    }
  }

  #changed({ type, object, previous }: StoreEvent): void {
    const name = object.metadata.name ?? '';
    if (type === 'DELETED') {
      this.#remove(name);
    } else if (type === 'ADDED') {
      this.#after(ESTABLISH_MS, () => this.#establish(name));
    } else if (object.metadata.deletionTimestamp !== undefined) {
      if (previous?.metadata.deletionTimestamp !== undefined) return;
      this.#terminating.add(resourceNameOf(name));
      this.#after(CLEAN_UP_MS, () => this.#cleanUp(name));
    } else if (object.metadata.generation !== previous?.metadata.generation && isEstablished(object)) {
      const definition = resourceOf(object);
      this.#options.catalog.set(definition);
      this.#options.endWatches(definition.plural);
    }
  }

  #establish(name: string): void {
    const { store, catalog, clock } = this.#options;
    const crd = store.get(RESOURCE, '', name);
    if (crd === undefined || crd.metadata.deletionTimestamp !== undefined || isEstablished(crd)) return;
    const definition = resourceOf(crd);
    catalog.set(definition);
    this.#filling.add(definition.resource);
    this.#after(READY_MS, () => this.#filling.delete(definition.resource));
    const status = { acceptedNames: valueAt(crd, 'spec', 'names'), conditions: establishedAt(clock.wallMs()) };
    store.patch(RESOURCE, '', name, 'merge', { status }, { ...SERVER, subresource: 'status' });
  }

  /** The objects go first, then the finalizer, and the definition with it. */
  #cleanUp(name: string): void {
    const { store, catalog } = this.#options;
    const resource = resourceNameOf(name);
    const crd = store.get(RESOURCE, '', name);
    if (crd === undefined) return;
    const served = catalog.all.find((one) => one.resource === resource);
    for (const object of served === undefined ? [] : store.list(resource)) {
      store.delete(resource, object.metadata.namespace ?? '', object.metadata.name ?? '', SERVER);
    }
    this.#remove(name);
    const rest = (crd.metadata.finalizers ?? []).filter((one) => !one.startsWith('customresourcecleanup.'));
    store.patch(RESOURCE, '', name, 'merge', { metadata: { finalizers: rest } }, SERVER);
  }

  #remove(name: string): void {
    const { catalog, endWatches } = this.#options;
    const resource = resourceNameOf(name);
    const served = catalog.all.find((one) => one.resource === resource);
    this.#filling.delete(resource);
    this.#terminating.delete(resource);
    if (served === undefined) return;
    catalog.delete(resource);
    endWatches(served.plural);
  }

  #after(ms: number, act: () => void): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
  }
}

/** A definition has the name of its resource: the plural and the group, which validation checks. */
function resourceNameOf(name: string): ResourceName {
  return name as ResourceName;
}

function isEstablished(crd: KubeObject): boolean {
  return listAt(crd, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Established' && textAt(condition, 'status') === 'True',
  );
}

function establishedAt(wallMs: number): JsonObject[] {
  const lastTransitionTime = secondsTime(wallMs);
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastTransitionTime,
    reason,
    message,
  });
  return [
    condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
    condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
  ];
}
