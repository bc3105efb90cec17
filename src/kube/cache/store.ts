import { LRUCache } from 'lru-cache';
import type { Identity } from '../identity.js';

export interface Snapshot<T> {
  /** What the list held. `undefined` as value: the object is there but could not be read, so keep what is known. */
  readonly entries: Map<string, { readonly version: string; readonly value: T | undefined }>;
}

/**
 * Where a change comes from: `watch` (or a list), the `answer` to a write of this process, or a `refresh`, the object
 * read anew after a conflict. An answer is already known to the writer.
 */
export type ChangeOrigin = 'watch' | 'answer' | 'refresh';

export interface CacheHooks<T> {
  onChange(key: string, next: T | undefined, previous: T | undefined, origin: ChangeOrigin): void;
}

/** What an event is: `new`, `echo` of what the cache holds already (first time in this watch), `replay` of an old one. */
export type Outcome = 'new' | 'echo' | 'replay';

/** How many versions of one object that a watch has shown are remembered, and for how many objects. */
const versionsPerKey = 16;
const keysWithVersions = 4096;

/**
 * The objects of one resource, as the server last sent them. Changes are reported in order.
 *
 * Since versions have no order, an old event that comes again is recognised by having been shown by the same watch
 * before. What an earlier watch has shown does not count: a new one may start before it and then correctly goes through
 * all of it again. Nor does a version that came as an answer and not by the watch: the watch may still have to go
 * through versions in between, and ends there only if this one counts as new when it arrives.
 */
export class Store<T> {
  readonly #items = new Map<string, T>();
  readonly #versions = new Map<string, string>();
  readonly #shown = new LRUCache<string, string[]>({ max: keysWithVersions });
  /** The list that the cache was filled from is part of the watch that goes on now. */
  #listIsOfThisWatch = false;
  /**
   * Objects that are known from an answer (to a write of this process, or to a read after a conflict) and that the watch has not
   * caught up with: earlier versions of them that it may still show.
   */
  readonly #local = new Map<string, string[]>();
  readonly #hooks: CacheHooks<T>;

  constructor(hooks: CacheHooks<T>) {
    this.#hooks = hooks;
  }

  get items(): ReadonlyMap<string, T> {
    return this.#items;
  }

  versionOf(key: string): string | undefined {
    return this.#versions.get(key);
  }

  /** A new watch starts. */
  beginWatch(): void {
    this.#shown.clear();
    this.#listIsOfThisWatch = false;
  }

  /** What an ADDED or MODIFIED event is; evaluated before the transform, which is expensive. `new` goes to `put`. */
  look({ key, version }: Identity): Outcome {
    if (this.#wasShown(key, version)) return 'replay';
    const behind = this.#local.get(key);
    if (this.#versions.get(key) === version) {
      if (behind === undefined && this.#listIsOfThisWatch) return 'replay';
      this.#local.delete(key);
    } else if (behind?.includes(version) !== true) {
      return 'new';
    }
    // Known from the answer to a write of this process, or this watch started before what the cache holds.
    this.#show(key, version);
    return 'echo';
  }

  /** Whether an event with this version is an `echo` of what came as an answer. */
  isAnswer({ key, version }: Identity): boolean {
    const behind = this.#local.get(key);
    return behind !== undefined && (this.#versions.get(key) === version || behind.includes(version));
  }

  /** An object in a new version; `undefined` when it is of no interest. */
  put({ key, version }: Identity, value: T | undefined): void {
    this.#showCurrent(key);
    this.#show(key, version);
    this.#store(key, version, value);
  }

  /** A DELETED event; its version is that of the deletion, or on old servers the last one of the object. */
  remove({ key, version }: Identity): Outcome {
    if (this.#versions.get(key) !== version && this.#wasShown(key, version)) return 'replay';
    this.put({ key, version }, undefined);
    return 'new';
  }

  /** A whole list: what it does not hold is gone, what it holds in a known version did not change. */
  replace({ entries }: Snapshot<T>, isOfThisWatch: boolean): void {
    // The list may be older than the answer to a write of this process that arrived while it was read.
    const isBehindOurs = (key: string, version: string): boolean => this.#local.get(key)?.includes(version) === true;
    const gone = [...this.#items.keys()].filter((key) => !entries.has(key));
    for (const key of gone) this.#store(key, '', undefined);
    for (const [key, { version, value }] of entries) {
      if (this.#versions.get(key) === version) this.#local.delete(key);
      else if (value !== undefined && !isBehindOurs(key, version)) this.#store(key, version, value);
    }
    this.#shown.clear();
    this.#listIsOfThisWatch = isOfThisWatch;
  }

  /**
   * The answer to a write of this process to the version `from`, or to a read after that write met a conflict. It is taken only
   * while the cache still holds that version: otherwise the watch has overtaken it.
   */
  applyLocal(
    { key, version }: Identity,
    from: string,
    value: T | undefined,
    origin: Exclude<ChangeOrigin, 'watch'> = 'answer',
  ): boolean {
    if (this.#versions.get(key) !== from || version === from) return false;
    const behind = [...(this.#local.get(key) ?? []), from];
    this.#showCurrent(key);
    this.#store(key, version, value, origin);
    if (value !== undefined) this.#local.set(key, behind);
    return true;
  }

  #store(key: string, version: string, value: T | undefined, origin: ChangeOrigin = 'watch'): void {
    const previous = this.#items.get(key);
    this.#local.delete(key);
    if (value === undefined) {
      this.#versions.delete(key);
      if (this.#items.delete(key)) this.#hooks.onChange(key, undefined, previous, origin);
      return;
    }
    this.#items.set(key, value);
    this.#versions.set(key, version);
    this.#hooks.onChange(key, value, previous, origin);
  }

  /** The watch that began with a list has shown what the list held; what came as an answer it has yet to show. */
  #showCurrent(key: string): void {
    const version = this.#versions.get(key);
    if (version !== undefined && this.#listIsOfThisWatch && !this.#local.has(key)) this.#show(key, version);
  }

  #wasShown(key: string, version: string): boolean {
    return this.#shown.get(key)?.includes(version) === true;
  }

  #show(key: string, version: string): void {
    const versions = this.#shown.get(key) ?? [];
    if (versions.includes(version)) return;
    if (versions.length >= versionsPerKey) versions.shift();
    versions.push(version);
    this.#shown.set(key, versions);
  }
}
