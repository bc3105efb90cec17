import { toApiError } from '../rest/apiStatus.js';
import { Backoff } from '../backoff.js';
import { sleep } from '../clock.js';
import { LogThrottle } from '../logThrottle.js';
import { listPages } from '../rest/pagedList.js';
import { Store, type ChangeOrigin, type Snapshot } from './store.js';
import { identify, type Identity } from '../identity.js';
import { REFLECTOR_DEFAULTS as defaults, type ReflectorOptions } from './reflectorOptions.js';
import { ApiError, type WatchEvent } from '../rest/transport.js';
import { endOfPart, errorOfEvent, failedWatch, isChange, readBookmark, type WatchEnd } from './watchEnd.js';
import { runWatch } from './watchSession.js';

/** So much of a name is logged; Kubernetes' own, with the namespace, are no longer than 317 characters. */
const LONGEST_NAME = 320;

/**
 * Keeps a transformed copy of one resource equal to the server: list, watch from there, resume where the watch ended, list
 * again when the server no longer has that version (410). Nothing but its signal ends it.
 */
export class Reflector<T> {
  readonly name: string;
  readonly #options: ReflectorOptions<T>;
  readonly #store: Store<T>;
  readonly #backoff: Backoff;
  readonly #failureLog: LogThrottle;
  readonly #badEventLog: LogThrottle;
  readonly #handlerLog: LogThrottle;
  #version = '';
  #synced = false;
  #running = false;
  #lastContactMs = -Infinity;
  #streaming: boolean;
  /** The watch that goes on, or the last one, delivered an event other than ERROR. */
  #delivered = false;
  #brokenStreams = 0;
  #silentWatches = 0;
  #refusedWatches = 0;

  constructor(options: ReflectorOptions<T>) {
    this.name = options.name;
    this.#options = options;
    this.#streaming = options.streamingList ?? true;
    this.#backoff = new Backoff({
      baseMs: defaults.backoffBaseMs,
      maxMs: defaults.backoffMaxMs,
      random: options.random,
    });
    this.#failureLog = new LogThrottle(options.clock);
    this.#badEventLog = new LogThrottle(options.clock);
    this.#handlerLog = new LogThrottle(options.clock);
    this.#store = new Store<T>({
      onChange: (key, next, previous, origin) => this.#call(() => options.events.onChange(key, next, previous, origin)),
    });
  }

  /** By `namespace/name`, or `name` when there is no namespace. A live view. */
  get items(): ReadonlyMap<string, T> {
    return this.#store.items;
  }

  /** True from the first complete list on; a lost connection does not make it false again. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Monotonic time of the last line or list that came from the server; -Infinity before the first. */
  get lastContactMs(): number {
    return this.#lastContactMs;
  }

  /** Where the next watch starts; empty when the next step is a list. */
  get resourceVersion(): string {
    return this.#version;
  }

  /**
   * Puts an object into the cache that a request other than a list or watch brought: the answer to a write, or a read
   * after a conflict. The next reader of the cache sees it.
   * @param patchedVersion the resourceVersion that the write was made for (and that the server checked); when the cache
   *   has moved on from there, the watch brings all that there is to know
   * @returns the object as it was brought; undefined when it cannot be used
   */
  applyLocal(
    key: string,
    patchedVersion: string,
    raw: unknown,
    origin: Exclude<ChangeOrigin, 'watch'> = 'answer',
  ): T | undefined {
    const identity = identify(raw);
    if (identity === undefined || identity.key !== key) return undefined;
    let value = this.itemAt(identity);
    if (value !== undefined) return value;
    try {
      value = this.#options.transform(raw);
    } catch {
      return undefined;
    }
    this.#store.applyLocal(identity, patchedVersion, value, origin);
    return value;
  }

  /** An object of the cache, if the cache has it in this version. */
  itemAt({ key, version }: Identity): T | undefined {
    return this.#store.versionOf(key) === version ? this.#store.items.get(key) : undefined;
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`The reflector ${this.name} is running already.`);
    this.#running = true;
    try {
      while (!signal.aborted) {
        const waitMs = await this.#round(signal);
        if (waitMs > 0) await sleep(this.#options.clock, waitMs, signal);
      }
    } finally {
      this.#running = false;
    }
  }

  /** One list, if needed, and one watch. Answers how long to wait before the next. */
  async #round(signal: AbortSignal): Promise<number> {
    const { clock } = this.#options;
    if (this.#version === '' && !this.#streaming) {
      try {
        await this.#listByPages(signal);
      } catch (error) {
        return signal.aborted ? 0 : this.#listFailed(toApiError(error));
      }
    }
    const startedMs = clock.monotonicMs();
    const end = this.#version === '' ? await this.#streamAndWatch(signal) : await this.#watch(signal);
    this.#options.observer?.onWatchEnd?.(this.name, end.reason);
    this.#options.logger.debug({ reflector: this.name, reason: end.reason, error: end.error?.message }, 'watch ended');
    // An overloaded server may refuse late or not answer at all; such a watch never opened, however late it ended.
    const kind = end.reason === 'expired' ? 'http' : end.error?.kind;
    const neverOpened = !this.#delivered && (kind === 'http' || kind === 'timeout');
    const wasGood = !neverOpened && clock.monotonicMs() - startedMs >= defaults.goodWatchMs;
    if (wasGood) this.#backoff.reset();
    return this.#afterWatch(end, wasGood);
  }

  async #listByPages(signal: AbortSignal): Promise<void> {
    const { transport, path, labelSelector, fieldSelector, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const snapshot: Snapshot<T> = { entries: new Map() };
    const version = await listPages({
      transport,
      path,
      labelSelector,
      fieldSelector,
      pageSize: this.#options.pageSize ?? defaults.pageSize,
      deadlineMs: this.#options.listTimeoutMs ?? defaults.listTimeoutMs,
      signal,
      onPage: (items, restart) => {
        this.#lastContactMs = clock.monotonicMs();
        if (restart) snapshot.entries.clear();
        for (const raw of items) this.#collect(snapshot, raw);
      },
    });
    this.#replace(snapshot, version, 'pages', startedMs);
  }

  /** A watch that begins with everything there is, ended by a marked bookmark, and then goes on as a watch. */
  async #streamAndWatch(signal: AbortSignal): Promise<WatchEnd> {
    const startedMs = this.#options.clock.monotonicMs();
    const snapshot: Snapshot<T> = { entries: new Map() };
    let complete = false;
    const end = await this.#session(signal, {
      query: { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' },
      isListing: () => !complete,
      onEvent: (event) => {
        if (complete) {
          this.#take(event);
        } else if (event.type === 'BOOKMARK') {
          const bookmark = readBookmark(event.object);
          // A server without streaming lists sends ordinary bookmarks and will never send the marked one.
          if (bookmark?.initialEventsEnd !== true) return { reason: 'unmarked' };
          complete = true;
          this.#brokenStreams = 0;
          this.#replace(snapshot, bookmark.version, 'stream', startedMs);
          // The watch goes on for minutes with this closure: it must not keep every object as it was at the beginning.
          snapshot.entries.clear();
        } else {
          this.#gather(snapshot, event);
        }
        return undefined;
      },
    });
    return complete ? end : endOfPart(end, snapshot.entries.size > 0);
  }

  #watch(signal: AbortSignal): Promise<WatchEnd> {
    return this.#session(signal, {
      query: { resourceVersion: this.#version },
      isListing: () => false,
      onEvent: (event) => {
        this.#refusedWatches = 0;
        this.#take(event);
        return undefined;
      },
    });
  }

  async #session(
    signal: AbortSignal,
    watch: {
      readonly query: Readonly<Record<string, string | boolean>>;
      /** Whether what comes is still part of a streaming list. */
      readonly isListing: () => boolean;
      readonly onEvent: (event: WatchEvent) => WatchEnd | undefined;
    },
  ): Promise<WatchEnd> {
    const { clock, transport, path, labelSelector, fieldSelector, random, observer } = this.#options;
    const { initialEventsTimeoutMs = defaults.initialEventsTimeoutMs } = this.#options;
    const timeoutSeconds = Math.floor(defaults.watchMinSeconds * (1 + random()));
    this.#store.beginWatch();
    this.#delivered = false;
    const end = await runWatch<WatchEnd>({
      transport,
      path,
      query: { labelSelector, fieldSelector, allowWatchBookmarks: true, timeoutSeconds, ...watch.query },
      // A list is taken as a whole: what the cache has by its end may be another version.
      isKnown: (identity) => !watch.isListing() && this.#store.isAnswer(identity),
      clock,
      signal,
      giveUpAtMs: (startedMs, lastLineMs) =>
        watch.isListing()
          ? Math.min(lastLineMs + initialEventsTimeoutMs, startedMs + defaults.initialEventsTotalMs)
          : lastLineMs + this.#silentMs,
      onLine: (event) => {
        this.#lastContactMs = clock.monotonicMs();
        this.#silentWatches = 0;
        if (event.type !== 'ERROR') this.#delivered = true;
        observer?.onEvent?.(this.name, event.type);
        return event.type === 'ERROR' ? failedWatch(errorOfEvent(event.object, this.name)) : watch.onEvent(event);
      },
    });
    if (end.kind === 'result') return end.result;
    return end.kind === 'failed' ? failedWatch(end.error) : { reason: end.kind };
  }

  get #silentMs(): number {
    return 2 * (this.#options.bookmarkIntervalMs ?? defaults.bookmarkIntervalMs);
  }

  /** Decides from where to go on, and after how long. */
  #afterWatch(end: WatchEnd, wasGood: boolean): number {
    const { logger } = this.#options;
    switch (end.reason) {
      case 'stopped':
        return 0;
      case 'refused':
      case 'unmarked':
        logger.info(
          { reflector: this.name, error: end.error?.message },
          'the server has no streaming lists; listing by pages',
        );
        this.#streaming = false;
        return 0;
      case 'unfinished':
        // Broken off in the middle again and again: pages are smaller bites.
        this.#brokenStreams += 1;
        if (this.#brokenStreams >= 3) this.#streaming = false;
        return this.#listFailed(end.error ?? new ApiError('network', 'the streaming list was closed before its end'));
      case 'silent':
        // Twice nothing at all, not even a bookmark: the version may be one that this server has yet to reach (it was
        // restored from a backup), and it would then stay silent for ever.
        this.#silentWatches += 1;
        if (this.#silentWatches >= 2) this.#version = '';
        return 0;
      case 'expired':
        this.#version = '';
        return this.#backoff.nextMs();
      case 'closed':
        return wasGood ? 0 : this.#backoff.nextMs();
      case 'error':
        return this.#watchFailed(end.error ?? new ApiError('network', 'the watch broke off'));
    }
  }

  #listFailed(error: ApiError): number {
    this.#options.observer?.onListFailed?.(this.name, error);
    const waitMs = this.#backoff.nextMs(error.retryAfterMs);
    this.#logFailure(error, 'cannot list', waitMs);
    return waitMs;
  }

  #watchFailed(error: ApiError): number {
    if (this.#version === '') return this.#listFailed(error);
    if (error.kind === 'http' && error.status !== 429) {
      // The server keeps refusing the request; the cause may be the version.
      this.#refusedWatches += 1;
      if (this.#refusedWatches >= 3) this.#version = '';
    }
    const waitMs = this.#backoff.nextMs(error.retryAfterMs);
    this.#logFailure(error, 'cannot watch', waitMs);
    return waitMs;
  }

  #logFailure(error: ApiError, what: string, waitMs: number): void {
    const suppressed = this.#failureLog.pass();
    const level = suppressed === undefined ? 'debug' : 'warn';
    this.#options.logger[level](
      { reflector: this.name, error: error.message, waitMs: Math.round(waitMs), suppressed },
      what,
    );
  }

  /** One line of a running watch. */
  #take(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      const bookmark = readBookmark(event.object);
      if (bookmark === undefined) this.#bad(event.type, undefined);
      else this.#version = bookmark.version;
      return;
    }
    const identity = event.known ?? identify(event.object);
    if (identity === undefined || !isChange(event.type)) return this.#bad(event.type, undefined);
    if (event.type === 'DELETED') {
      if (this.#store.remove(identity) !== 'replay') this.#version = identity.version;
      return;
    }
    const outcome = this.#store.look(identity);
    // After a replayed event the stream goes on where it was; to take its version would step back.
    if (outcome === 'replay') return;
    if (outcome === 'new') {
      if (event.known !== undefined) return this.#bad(event.type, undefined);
      const value = this.#transform(event.object, identity);
      if (value !== undefined) this.#store.put(identity, value.transformed);
    }
    this.#version = identity.version;
  }

  /** One line of a streaming list before its end. */
  #gather(snapshot: Snapshot<T>, event: WatchEvent): void {
    if (!isChange(event.type)) return this.#bad(event.type, undefined);
    if (event.type !== 'DELETED') return this.#collect(snapshot, event.object);
    const identity = identify(event.object);
    if (identity === undefined) return this.#bad(event.type, undefined);
    snapshot.entries.delete(identity.key);
  }

  #collect(snapshot: Snapshot<T>, raw: unknown): void {
    const identity = identify(raw);
    if (identity === undefined) return this.#bad('list item', undefined);
    const { key, version } = identity;
    const known = this.itemAt(identity);
    const value = known === undefined ? this.#transform(raw, identity) : { transformed: known };
    // What cannot be read is kept as it was known: it is there, and to call it deleted would be the greater lie.
    if (value === undefined) snapshot.entries.set(key, { version, value: undefined });
    else if (value.transformed === undefined) snapshot.entries.delete(key);
    else snapshot.entries.set(key, { version, value: value.transformed });
  }

  #transform(raw: unknown, identity: Identity): { readonly transformed: T | undefined } | undefined {
    try {
      return { transformed: this.#options.transform(raw) };
    } catch (error) {
      this.#bad(identity.key, error);
      return undefined;
    }
  }

  #replace(snapshot: Snapshot<T>, version: string, how: 'stream' | 'pages', startedMs: number): void {
    const { clock, observer, logger, events } = this.#options;
    this.#store.replace(snapshot, how === 'stream');
    this.#version = version;
    this.#refusedWatches = 0;
    this.#silentWatches = 0;
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    observer?.onList?.(this.name, { how, items: this.#store.items.size, seconds });
    logger.debug({ reflector: this.name, how, items: this.#store.items.size, seconds }, 'listed');
    if (this.#synced) return;
    this.#synced = true;
    if (events.onSynced !== undefined) this.#call(() => events.onSynced?.());
  }

  #bad(what: string, error: unknown): void {
    this.#options.observer?.onBadEvent?.(this.name);
    const suppressed = this.#badEventLog.pass();
    if (suppressed === undefined) return;
    this.#options.logger.warn(
      { reflector: this.name, what: what.slice(0, LONGEST_NAME), err: error, suppressed },
      'skipped what could not be read',
    );
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#options.observer?.onHandlerError?.(this.name);
      const suppressed = this.#handlerLog.pass();
      if (suppressed === undefined) return;
      this.#options.logger.error({ reflector: this.name, err: error, suppressed }, 'a handler of changes threw');
    }
  }
}
