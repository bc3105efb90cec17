import type { ServerResponse } from 'node:http';
import type { Clock } from '../../kube/clock.js';
import type { FaultBoard, FaultSubject } from '../faults/faults.js';
import { omit } from '../schema/kubeObject.js';
import type { KubeObject } from '../schema/kubeObject.js';
import { parseVersion, selectionOf } from './listing.js';
import type { ObjectMatcher } from './listing.js';
import type { Renderer } from '../wire/rendering.js';
import { isTrue } from './requestInfo.js';
import type { ResourceRequest } from './requestInfo.js';
import { groupVersionOf } from '../schema/resources.js';
import { decode } from '../schema/schema.js';
import { expired, forbiddenValue, invalid } from '../schema/status.js';
import type { StatusError } from '../schema/status.js';
import type { Storage, StoreEvent } from '../storage/storage.js';

export interface WatchContext {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly renderer: Renderer;
  readonly request: ResourceRequest;
  readonly query: URLSearchParams;
  readonly subject: FaultSubject;
  readonly bookmarkIntervalMs: number;
  /** Length of a watch that names none. */
  readonly defaultTimeoutMs: number;
}

/** A client that reads slower than this is cut off, as the real server does. */
const mostBufferedBytes = 256 * 1024 * 1024;
const chunkCharacters = 256 * 1024;
/** The server sends a last bookmark so long before it ends a watch. */
const beforeTimeoutMs = 2000;

/** One watch over HTTP: what has happened since a version, then what happens, until its time is over. */
export class WatchStream {
  readonly subject: FaultSubject;
  readonly #context: WatchContext;
  readonly #response: ServerResponse;
  readonly #matches: ObjectMatcher;
  readonly #bookmarks: boolean;
  readonly #cancels = new Set<() => void>();
  #buffer = '';
  #silent = false;
  #ended = false;
  /** Events wait here while the fault `delay-events` holds one of them back. */
  #delayed: (() => void)[] = [];
  #onEnd: () => void = () => undefined;

  /** @throws {StatusError} for a query that cannot be read; nothing has been answered then */
  constructor(context: WatchContext, response: ServerResponse) {
    this.#context = context;
    this.#response = response;
    this.subject = context.subject;
    this.#matches = selectionOf(context.request, context.query).matches;
    this.#bookmarks = isTrue(context.query.get('allowWatchBookmarks'));
  }

  /** Starts the answer; `onEnd` is called once when the watch is over, whoever ends it. */
  open(onEnd: () => void): void {
    const { storage, query, request, faults } = this.#context;
    const { resource } = request.definition;
    const versionText = query.get('resourceVersion') ?? '';
    const version = parseVersion(versionText);
    const initial = isTrue(query.get('sendInitialEvents'));
    checkInitialEvents(query);
    this.#onEnd = onEnd;
    // The client went while a fault held its request back: `close` is not emitted again.
    if (this.#response.destroyed) {
      this.#finish();
      return;
    }
    this.#response.on('close', () => this.#finish());
    this.#response.writeHead(200, { 'content-type': 'application/json' });
    this.#response.flushHeaders();
    const compacted = storage.compactedVersion(resource);
    const tooOld = version > 0 && version < compacted && !initial;
    if (tooOld || faults.take('gone', this.subject) !== undefined) {
      const oldest = tooOld ? compacted + 1 : storage.resourceVersion + 1;
      this.#write(errorLine(expired(`too old resource version: ${version} (${oldest})`)));
      this.end();
      return;
    }
    const fromState = version === 0 || initial;
    if (fromState && query.get('sendInitialEvents') !== 'false') this.#sendState(initial);
    else if (!fromState) for (const event of storage.eventsAfter(resource, version)) this.#send(event);
    this.#flush();
    const unsubscribe = storage.subscribe(resource, (event) => {
      if (event.resourceVersion <= version) return;
      this.#send(event);
      this.#flush();
    });
    this.#cancels.add(unsubscribe);
    this.#startTimers();
    if (faults.take('close-watches', this.subject) !== undefined) this.end();
  }

  /** Ends the answer in order. */
  end(): void {
    if (this.#ended) return;
    this.#finish();
    this.#response.end();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#onEnd();
  }

  #sendState(markEnd: boolean): void {
    const { storage, request, renderer } = this.#context;
    for (const object of storage.list(request.definition.resource, request.namespace)) {
      if (!this.#matches(object)) continue;
      this.#buffer += `{"type":"ADDED","object":${renderer.watched(object)}}\n`;
      if (this.#buffer.length > chunkCharacters) this.#flush();
    }
    if (markEnd && this.#bookmarks) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #startTimers(): void {
    const { clock, query, bookmarkIntervalMs, defaultTimeoutMs } = this.#context;
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    const timeoutMs = seconds > 0 ? seconds * 1000 : defaultTimeoutMs;
    this.#after(timeoutMs, () => {
      // A half-open connection does not even end.
      if (!this.#silent) this.end();
    });
    if (!this.#bookmarks) return;
    const ends = clock.monotonicMs() + timeoutMs;
    const schedule = (): void => {
      const last = ends - beforeTimeoutMs - clock.monotonicMs();
      const wait = last > 0 && last < bookmarkIntervalMs ? last : bookmarkIntervalMs;
      this.#after(wait, () => {
        this.#bookmark();
        this.#flush();
        schedule();
      });
    };
    schedule();
  }

  #after(ms: number, fn: () => void): void {
    const cancel = this.#context.clock.after(ms, () => {
      this.#cancels.delete(cancel);
      fn();
    });
    this.#cancels.add(cancel);
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { request, storage, renderer } = this.#context;
    const { definition } = request;
    const resourceVersion = String(storage.resourceVersion);
    const empty = decode({ metadata: {} }, definition.schema, definition.kind).object;
    const object: KubeObject = {
      kind: definition.kind,
      apiVersion: groupVersionOf(definition),
      ...omit(empty, 'metadata'),
      metadata: { resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
    };
    this.#line(`{"type":"BOOKMARK","object":${renderer.bookmark(object)}}\n`);
  }

  /** Sends an event as it is seen through the selectors. */
  #send(event: StoreEvent): void {
    const now = event.type !== 'DELETED' && this.#matches(event.object);
    const before = event.previous !== undefined && this.#matches(event.previous);
    const { renderer } = this.#context;
    if (now)
      this.#line(`{"type":"${before ? 'MODIFIED' : 'ADDED'}","object":${renderer.watched(event.object)}}\n`, true);
    else if (before) this.#line(`{"type":"DELETED","object":${renderer.watched(lastSeen(event))}}\n`, true);
  }

  #line(line: string, isEvent = false): void {
    const { faults, clock } = this.#context;
    if (this.#silent || this.#ended) return;
    if (faults.take('silent-watch', this.subject) !== undefined) {
      this.#flush();
      this.#silent = true;
      return;
    }
    const doubled = isEvent && faults.take('duplicate-events', this.subject) !== undefined ? line + line : line;
    const delay = isEvent ? faults.take('delay-events', this.subject) : undefined;
    if (delay === undefined && this.#delayed.length === 0) {
      this.#buffer += doubled;
      return;
    }
    this.#flush();
    // Later lines wait behind a delayed one, so that the order stays.
    const due = clock.monotonicMs() + (delay?.ms ?? 0);
    const release = (): void => {
      this.#write(doubled);
      this.#delayed.shift();
      this.#delayed[0]?.();
    };
    this.#delayed.push(() => this.#after(Math.max(0, due - clock.monotonicMs()), release));
    if (this.#delayed.length === 1) this.#delayed[0]?.();
  }

  #flush(): void {
    if (this.#buffer === '') return;
    const text = this.#buffer;
    this.#buffer = '';
    this.#write(text);
  }

  #write(text: string): void {
    if (this.#ended || this.#silent) return;
    if (this.#response.writableLength > mostBufferedBytes) this.#response.destroy();
    else this.#response.write(text);
  }
}

/** An object that left the selection is shown as it was, with the version of the change. */
function lastSeen(event: StoreEvent): KubeObject {
  if (event.type === 'DELETED' || event.previous === undefined) return event.object;
  const metadata = { ...event.previous.metadata, resourceVersion: String(event.resourceVersion) };
  return { ...event.previous, metadata };
}

function errorLine(error: StatusError): string {
  return `${JSON.stringify({ type: 'ERROR', object: error.body() })}\n`;
}

function checkInitialEvents(query: URLSearchParams): void {
  const asked = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  const wrong = (field: string, why: string): StatusError =>
    invalid({ group: 'meta.k8s.io', name: 'ListOptions' }, '', [forbiddenValue(field, why)]);
  if (asked !== null && match !== 'NotOlderThan') {
    throw wrong('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (asked === null && match !== '') {
    throw wrong(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
}
