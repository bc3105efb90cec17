import { identify } from '../../src/kube/identity.js';
import { ApiError, type ApiRequest, type Transport, type WatchEvent } from '../../src/kube/rest/transport.js';

export interface ModelObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string };
  readonly value: number;
}

export type WatchRequest = Parameters<Transport['watch']>[0];

/** The events of one open watch, pushed by a test. Ends with `aborted` when the reader's signal fires. */
export class WatchFeed {
  readonly request: WatchRequest;
  readonly sent: WatchEvent[] = [];
  readonly #queue: ({ event: WatchEvent } | { error: ApiError } | 'end')[] = [];
  #wake: (() => void) | undefined;
  open = true;

  constructor(request: WatchRequest) {
    this.request = request;
    request.signal?.addEventListener('abort', () => this.fail(new ApiError('aborted', 'stopped')), { once: true });
  }

  push(...events: WatchEvent[]): void {
    for (const event of events) {
      this.sent.push(event);
      this.#queue.push({ event });
    }
    this.#wake?.();
  }

  end(): void {
    this.open = false;
    this.#queue.push('end');
    this.#wake?.();
  }

  fail(error: ApiError): void {
    this.open = false;
    this.#queue.push({ error });
    this.#wake?.();
  }

  /** What the request says it knows is yielded without the object, as over HTTP. */
  #asAsked(event: WatchEvent): WatchEvent {
    const known = event.type === 'MODIFIED' ? identify(event.object) : undefined;
    if (known === undefined || this.request.isKnown?.(known) !== true) return event;
    return { type: event.type, object: undefined, known };
  }

  async *read(): AsyncGenerator<WatchEvent, void, undefined> {
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      } else if (next === 'end') {
        return;
      } else if ('error' in next) {
        throw next.error;
      } else {
        yield this.#asAsked(next.event);
      }
    }
  }
}

/** A Transport whose answers a test gives by hand. */
export class ScriptedTransport implements Transport {
  readonly sent: ApiRequest[] = [];
  readonly watches: WatchFeed[] = [];
  /** Answers a request; throw an ApiError to refuse. */
  onSend: (request: ApiRequest) => unknown = () => {
    throw new ApiError('http', 'no answer scripted', { status: 500 });
  };
  /** Called when a watch opens, before its first event is read; throw to refuse it. */
  onWatch: (feed: WatchFeed) => void = () => undefined;

  async send(request: ApiRequest): Promise<unknown> {
    this.sent.push(request);
    await Promise.resolve();
    return this.onSend(request);
  }

  async *watch(request: WatchRequest): AsyncGenerator<WatchEvent, void, undefined> {
    const feed = new WatchFeed(request);
    this.watches.push(feed);
    this.onWatch(feed);
    yield* feed.read();
  }

  close(): void {
    for (const feed of this.watches) if (feed.open) feed.fail(new ApiError('aborted', 'closed'));
  }

  /** The watch that was opened last. */
  get watching(): WatchFeed {
    const feed = this.watches.at(-1);
    if (feed === undefined) throw new Error('No watch was opened.');
    return feed;
  }
}

/**
 * One collection of a server as a model: objects, a history, pages, watches, streaming lists. Its versions have no
 * order that a client could guess.
 */
export class ModelApi extends ScriptedTransport {
  readonly objects = new Map<string, ModelObject>();
  readonly #history: WatchEvent[] = [];
  readonly #positions = new Map<WatchFeed, number>();
  readonly #order: string[] = [];
  #forgottenBefore = 0;
  streaming = true;
  /** Watches lag: they get an event only by `deliver`. */
  lagging = false;
  /** As servers before 1.13 do: a DELETED event carries the last version of the object and not that of its deletion. */
  deletesInOldVersion = false;
  /** Thrown, one each, by the next requests and watches. */
  readonly refusals: ApiError[] = [];

  constructor() {
    super();
    this.#nextVersion();
    this.onSend = (request) => this.#list(request);
    this.onWatch = (feed) => this.#openWatch(feed);
  }

  get version(): string {
    return this.#order.at(-1) ?? '';
  }

  get openWatches(): WatchFeed[] {
    return this.watches.filter((feed) => feed.open);
  }

  put(key: string, value: number): ModelObject {
    const [namespace = '', name = ''] = key.split('/');
    const type = this.objects.has(key) ? 'MODIFIED' : 'ADDED';
    const object = { metadata: { namespace, name, resourceVersion: this.#nextVersion() }, value };
    this.objects.set(key, object);
    this.#tell({ type, object });
    return object;
  }

  delete(key: string): void {
    const object = this.objects.get(key);
    if (object === undefined) return;
    this.objects.delete(key);
    const metadata = { ...object.metadata, resourceVersion: this.#nextVersion() };
    this.#tell({ type: 'DELETED', object: this.deletesInOldVersion ? object : { ...object, metadata } });
  }

  /** Every open watch gets the next events that it lags behind by. */
  deliver(events = Infinity): void {
    for (const feed of this.openWatches) {
      const from = this.#positions.get(feed);
      if (from === undefined) continue;
      const next = this.#history.slice(from, from + events);
      this.#positions.set(feed, from + next.length);
      feed.push(...next);
    }
  }

  bookmark(): void {
    for (const feed of this.openWatches) {
      if (this.#positions.get(feed) === this.#history.length) feed.push(bookmark(this.version));
    }
  }

  /** History up to now is gone: who asks for it gets 410. */
  compact(): void {
    this.#forgottenBefore = this.#order.length - 1;
  }

  #tell(event: WatchEvent): void {
    this.#history.push(event);
    if (!this.lagging) this.deliver();
  }

  #nextVersion(): string {
    const version = `v${((this.#order.length + 1) * 7919) % 104729}`;
    this.#order.push(version);
    return version;
  }

  #list({ query }: ApiRequest): unknown {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    const [version = this.version, from = '0'] = String(query?.continue ?? '')
      .split('@')
      .filter((part) => part !== '');
    // Pages are cut from the present, so a change between pages shows as an expired token.
    if (version !== this.version) throw new ApiError('http', 'continue token expired', { status: 410 });
    const all = [...this.objects.values()];
    const limit = Number(query?.limit ?? all.length) || all.length;
    const items = all.slice(Number(from), Number(from) + limit);
    const next = Number(from) + limit;
    const token = next < all.length ? `${version}@${next}` : '';
    return { kind: 'List', metadata: { resourceVersion: version, continue: token }, items };
  }

  #openWatch(feed: WatchFeed): void {
    const refusal = this.refusals.shift();
    const { resourceVersion, sendInitialEvents } = feed.request.query ?? {};
    if (refusal !== undefined) throw this.#refuse(feed, refusal);
    if (sendInitialEvents === true) {
      if (!this.streaming)
        throw this.#refuse(feed, new ApiError('http', 'unknown', { status: 422, reason: 'Invalid' }));
      for (const object of this.objects.values()) feed.push({ type: 'ADDED', object });
      feed.push(bookmark(this.version, true));
      this.#positions.set(feed, this.#history.length);
      return;
    }
    const at = this.#order.indexOf(String(resourceVersion));
    if (at < this.#forgottenBefore) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      feed.push({ type: 'ERROR', object });
      feed.end();
      return;
    }
    // Every version after the first belongs to one entry of the history.
    this.#positions.set(feed, at);
    if (!this.lagging) this.deliver();
  }

  #refuse(feed: WatchFeed, error: ApiError): ApiError {
    feed.open = false;
    return error;
  }
}

export function bookmark(version: string, initialEventsEnd = false): WatchEvent {
  const annotations = initialEventsEnd ? { 'k8s.io/initial-events-end': 'true' } : undefined;
  return { type: 'BOOKMARK', object: { kind: 'Thing', metadata: { resourceVersion: version, annotations } } };
}
