import type { KubeObject } from '../schema/kubeObject.js';
import type { ResourceName } from '../schema/resources.js';

export type StoreEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One committed change. A deletion carries the last state with the version of the deletion. */
export interface StoreEvent {
  readonly type: StoreEventType;
  readonly resource: ResourceName;
  /** `namespace/name`, or the name of a cluster-wide object. */
  readonly key: string;
  readonly resourceVersion: number;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

export type StoreListener = (event: StoreEvent) => void;

interface Shelf {
  readonly objects: Map<string, KubeObject>;
  /** Keys in order; undefined after a key came or went. */
  sortedKeys: readonly string[] | undefined;
  /** Events after `compacted`, oldest first. */
  log: StoreEvent[];
  /** Watches and exact lists from before this version are answered with 410. */
  compacted: number;
  readonly listeners: Set<StoreListener>;
}

export function keyOf(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * Objects in memory under one counter of versions, with a bounded log of changes from which watches resume and older
 * states are rebuilt. Independent of the kinds of the objects.
 */
export class Storage {
  readonly #shelves = new Map<ResourceName, Shelf>();
  readonly #historyLimit: number;
  readonly #json = new WeakMap<KubeObject, string>();
  readonly #pending: StoreEvent[] = [];
  #dispatching = false;
  #version: number;
  #compacted = 0;

  /** @param historyLimit events kept per resource */
  constructor(historyLimit: number, firstVersion: number) {
    this.#historyLimit = Math.max(1, historyLimit);
    this.#version = firstVersion;
  }

  /** The version of the newest change of all resources. */
  get resourceVersion(): number {
    return this.#version;
  }

  #shelf(resource: ResourceName): Shelf {
    let shelf = this.#shelves.get(resource);
    if (shelf === undefined) {
      shelf = { objects: new Map(), sortedKeys: undefined, log: [], compacted: 0, listeners: new Set() };
      this.#shelves.set(resource, shelf);
    }
    return shelf;
  }

  get(resource: ResourceName, key: string): KubeObject | undefined {
    return this.#shelf(resource).objects.get(key);
  }

  /** How many objects of a resource there are. */
  count(resource: ResourceName): number {
    return this.#shelf(resource).objects.size;
  }

  /** The version up to which changes are forgotten. */
  compactedVersion(resource: ResourceName): number {
    return Math.max(this.#shelf(resource).compacted, this.#compacted);
  }

  /** Objects in the order of their keys, of one namespace or of all. */
  list(resource: ResourceName, namespace = ''): KubeObject[] {
    const shelf = this.#shelf(resource);
    return keysWithin(this.#sortedKeys(shelf), namespace).flatMap((key) => shelf.objects.get(key) ?? []);
  }

  /** The objects as they were at a version that is not compacted yet. */
  listAt(resource: ResourceName, version: number, namespace = ''): KubeObject[] {
    const shelf = this.#shelf(resource);
    if (version >= (shelf.log.at(-1)?.resourceVersion ?? 0)) return this.list(resource, namespace);
    const objects = new Map(shelf.objects);
    for (let index = shelf.log.length - 1; index >= 0; index--) {
      const event = shelf.log[index];
      if (event === undefined || event.resourceVersion <= version) break;
      if (event.previous === undefined) objects.delete(event.key);
      else objects.set(event.key, event.previous);
    }
    return keysWithin([...objects.keys()].sort(compare), namespace).flatMap((key) => objects.get(key) ?? []);
  }

  /** The changes after a version, oldest first. */
  eventsAfter(resource: ResourceName, version: number): readonly StoreEvent[] {
    const log = this.#shelf(resource).log;
    let low = 0;
    let high = log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((log[middle]?.resourceVersion ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return log.slice(low);
  }

  /** Calls the listener, which must not throw, for every later change in order; the value returned ends that. */
  subscribe(resource: ResourceName, listener: StoreListener): () => void {
    const { listeners } = this.#shelf(resource);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Stores a new state; `stamp` makes the object for the version that it gets. */
  put(resource: ResourceName, key: string, stamp: (resourceVersion: string) => KubeObject): KubeObject {
    const shelf = this.#shelf(resource);
    const previous = shelf.objects.get(key);
    const resourceVersion = ++this.#version;
    const object = stamp(String(resourceVersion));
    shelf.objects.set(key, object);
    if (previous === undefined) shelf.sortedKeys = undefined;
    else this.#json.delete(previous);
    this.#commit(shelf, {
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      resource,
      key,
      resourceVersion,
      object,
      previous,
    });
    return object;
  }

  /** Removes an object; `onRemoved` gets its last state before any listener does. */
  remove(resource: ResourceName, key: string, onRemoved: (object: KubeObject) => void): KubeObject | undefined {
    const shelf = this.#shelf(resource);
    const previous = shelf.objects.get(key);
    if (previous === undefined) return undefined;
    const resourceVersion = ++this.#version;
    const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(resourceVersion) } };
    shelf.objects.delete(key);
    shelf.sortedKeys = undefined;
    this.#json.delete(previous);
    onRemoved(object);
    this.#commit(shelf, { type: 'DELETED', resource, key, resourceVersion, object, previous });
    return object;
  }

  /** Forgets every change up to now, as etcd's compaction and a restart of the server do. */
  compact(): void {
    this.#compacted = this.#version;
    for (const shelf of this.#shelves.values()) shelf.log = [];
  }

  /** The object as JSON, made once for each version. */
  json(object: KubeObject): string {
    let text = this.#json.get(object);
    if (text === undefined) {
      text = JSON.stringify(object);
      this.#json.set(object, text);
    }
    return text;
  }

  #sortedKeys(shelf: Shelf): readonly string[] {
    shelf.sortedKeys ??= [...shelf.objects.keys()].sort(compare);
    return shelf.sortedKeys;
  }

  #commit(shelf: Shelf, event: StoreEvent): void {
    shelf.log.push(event);
    // Trimmed in blocks, so that a commit does not move the whole log each time.
    if (shelf.log.length > this.#historyLimit * 1.25) {
      const dropped = shelf.log.splice(0, shelf.log.length - this.#historyLimit);
      shelf.compacted = dropped.at(-1)?.resourceVersion ?? shelf.compacted;
    }
    this.#pending.push(event);
    if (this.#dispatching) return;
    // A listener that writes must not make the others see the second change before the first.
    this.#dispatching = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        for (const listener of [...this.#shelf(next.resource).listeners]) listener(next);
      }
    } finally {
      this.#dispatching = false;
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keysWithin(keys: readonly string[], namespace: string): readonly string[] {
  if (namespace === '') return keys;
  const prefix = `${namespace}/`;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < keys.length && (keys[end] ?? '').startsWith(prefix)) end += 1;
  return keys.slice(low, end);
}
