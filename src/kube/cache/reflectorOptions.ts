import type { Logger } from 'pino';
import type { ChangeOrigin } from './store.js';
import type { Clock } from '../clock.js';
import type { ApiError, Transport } from '../rest/transport.js';
import type { WatchEndReason } from './watchEnd.js';

export interface ReflectorEvents<T> {
  /** Called synchronously and in order: added (`previous` undefined), changed, or deleted (`next` undefined). */
  onChange(key: string, next: T | undefined, previous: T | undefined, origin: ChangeOrigin): void;
  /** Called once, when the first list is complete and every object of it has been reported. */
  onSynced?(): void;
}

/** For metrics; called for every reflector with its name. */
export interface ReflectorObserver {
  /** A list is complete. `how`: streaming list or pages. */
  onList?(name: string, report: { how: 'stream' | 'pages'; items: number; seconds: number }): void;
  onListFailed?(name: string, error: ApiError): void;
  onWatchEnd?(name: string, reason: WatchEndReason): void;
  /** Every line of a watch by its type: ADDED, MODIFIED, DELETED, BOOKMARK, ERROR, MALFORMED. */
  onEvent?(name: string, type: string): void;
  /** A line or an object that could not be used and was passed over. */
  onBadEvent?(name: string): void;
  /** `onChange` or `onSynced` threw. */
  onHandlerError?(name: string): void;
}

/** What all reflectors of a process have in common. */
export interface ReflectorSurroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly observer: ReflectorObserver;
}

export interface ReflectorOptions<T> extends Omit<ReflectorSurroundings, 'observer'> {
  /** For logs and metrics, e.g. `nodes`. */
  readonly name: string;
  /** Of the collection, e.g. `/api/v1/nodes`. */
  readonly path: string;
  readonly labelSelector?: string;
  /** E.g. `metadata.name=x`: with it, RBAC that names one object allows to list and watch that object. */
  readonly fieldSelector?: string;
  /** Keeps what is needed of a raw object; undefined when the object is of no interest. May throw. */
  readonly transform: (raw: unknown) => T | undefined;
  readonly events: ReflectorEvents<T>;
  readonly observer?: ReflectorObserver;
  readonly pageSize?: number;
  /** How often the server sends bookmarks; twice this time without any line and a watch counts as dead. */
  readonly bookmarkIntervalMs?: number;
  /** A streaming list without a new line for this long has no end; the reflector then uses pages. */
  readonly initialEventsTimeoutMs?: number;
  /** Deadline of one page of a list. */
  readonly listTimeoutMs?: number;
  /** Off: never request a streaming list. */
  readonly streamingList?: boolean;
}

/** Defaults, and constants that need no option. */
export const REFLECTOR_DEFAULTS = {
  pageSize: 500,
  bookmarkIntervalMs: 60_000,
  /** Longer than a request may take to be answered at all: a server that hangs has not shown what it supports. */
  initialEventsTimeoutMs: 45_000,
  /** A server without streaming lists but with constant changes would never be silent. */
  initialEventsTotalMs: 5 * 60_000,
  listTimeoutMs: 60_000,
  backoffBaseMs: 800,
  backoffMaxMs: 30_000,
  /**
   * A watch that stayed open for this long was stable: the next failure starts with a short wait again. What client-go calls
   * a very short watch is shorter; so is one that is refused, or whose version has expired.
   */
  goodWatchMs: 1_000,
  /** As client-go: a watch is requested for 5 to 10 minutes, so that watches spread over servers that come and go. */
  watchMinSeconds: 300,
} as const;
