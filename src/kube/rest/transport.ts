import type { Identity } from '../identity.js';

/** The contract between the clients of the API server and the one implementation over HTTP. */

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path without query, e.g. `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** A JSON value; sent as `contentType`, by default `application/json`. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Time for the whole exchange; by default the transport's own deadline. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Asked in the last moment before the request is sent, after any wait for the rate limit, and again when a connection had to be
   * opened for it; false withholds it.
   */
  readonly precondition?: () => boolean;
  /**
   * Asked with the object in an answer, or in a MODIFIED line of a watch, before it is parsed: whether the caller has it
   * in this version. Then it is not parsed, and the answer is undefined.
   */
  readonly isKnown?: (object: Identity) => boolean;
}

/** One line of a watch: `object` is a Status for ERROR, and carries only kind and resourceVersion for BOOKMARK. */
export interface WatchEvent {
  readonly type: string;
  /** undefined where the object is `known`. */
  readonly object: unknown;
  /** The object that the request's `isKnown` said is known. */
  readonly known?: Identity;
}

export interface Transport {
  /**
   * Sends one request and answers with the JSON body of a 2xx answer (undefined when empty).
   * @throws {ApiError} for every other answer, for a connection that fails, a deadline that passes, a body that is no
   *   JSON, and an aborted signal
   */
  send(request: ApiRequest): Promise<unknown>;
  /**
   * Opens a watch (`watch=true` is added) and yields its events until the server ends it, then returns.
   * A line that is no event is yielded as type `MALFORMED`, with the text (cut) as object, and the watch goes on.
   * @throws {ApiError} as `send`; also when the connection breaks in the middle
   */
  watch(request: Omit<ApiRequest, 'method' | 'body' | 'contentType' | 'deadlineMs'>): AsyncIterable<WatchEvent>;
  /** Closes every connection; requests under way reject. */
  close(): void;
}

/** Longest Retry-After that is honoured, in ms: a mistyped header must not stop a client for a day. */
export const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

/** The message of an error quotes the server, which may be of any length. */
export const LONGEST_ERROR_MESSAGE = 1000;

/** What to do about an answer that no API server gives. */
export const WRONG_ANSWER = 'check whether a proxy in between changes what the API server answers';

/** What went wrong, in words that a log can count: `http` has a status, the others never reached an answer. */
export type ApiErrorKind = 'http' | 'network' | 'timeout' | 'aborted' | 'malformed' | 'withheld';

export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** `reason` of the Status object, e.g. Conflict, Expired, NotFound; empty when there is none. */
  readonly reason: string;
  /** An object cannot be created, because its Namespace is being deleted. */
  readonly isNamespaceTerminating: boolean;
  /** From the header Retry-After or from `details.retryAfterSeconds`; between 0 and `LONGEST_RETRY_AFTER_MS`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ApiErrorKind,
    message: string,
    more: {
      status?: number;
      reason?: string;
      isNamespaceTerminating?: boolean;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ApiError';
    this.kind = kind;
    this.status = more.status ?? 0;
    this.reason = more.reason ?? '';
    this.isNamespaceTerminating = more.isNamespaceTerminating ?? false;
    this.retryAfterMs =
      more.retryAfterMs === undefined ? undefined : Math.min(Math.max(0, more.retryAfterMs), LONGEST_RETRY_AFTER_MS);
  }
}
