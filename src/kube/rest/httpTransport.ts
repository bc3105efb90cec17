import { setMaxListeners } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import { knownObject } from '../identity.js';
import { errorForAnswer } from './apiStatus.js';
import { messageOf } from '../json.js';
import type { Clock } from '../clock.js';
import { ConnectionPool } from './connectionPool.js';
import type { Authorization, ClusterAccess } from '../auth/credentials.js';
import { LineReader } from './lineReader.js';
import { readBody } from './responseBody.js';
import { readWatchEvent } from './watchEvent.js';
import type { RateLimiter } from './rateLimiter.js';
import { ApiError, type ApiRequest, type Transport, type WatchEvent } from './transport.js';

/** One finished exchange, or for a watch its opening; for rest_client_requests_total and its duration. */
export interface RequestReport {
  readonly method: string;
  /** Host and port of the server. */
  readonly host: string;
  /** HTTP status, or `<error>` when there was no answer, as client-go reports it. */
  readonly code: string;
  readonly seconds: number;
}

export interface HttpTransportOptions {
  readonly access: ClusterAccess;
  /** `slicehints/<version>` */
  readonly userAgent: string;
  readonly clock: Clock;
  /** Client-side limit; opening a watch counts as a request. Waiting here is not part of a deadline. */
  readonly limiter?: RateLimiter;
  /** Deadline of a whole exchange, credentials and body included; of a watch until its headers are there. */
  readonly requestTimeoutMs?: number;
  /** A longer answer is refused. */
  readonly maxResponseBytes?: number;
  /** A longer line of a watch is reported as MALFORMED. */
  readonly maxLineBytes?: number;
  readonly onRequest?: (report: RequestReport) => void;
}

type WatchRequest = Parameters<Transport['watch']>[0];
const maxErrorBodyBytes = 64 * 1024;

/** JSON over HTTP/1.1 with pooled connections. One instance is one purpose: the lease has a pool of its own. */
export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  readonly #base: URL;
  readonly #host: Pick<RequestOptions, 'protocol' | 'hostname' | 'port'>;
  /** Of the server's URL, before the path of each request. */
  readonly #prefix: string;
  readonly #pool: ConnectionPool;
  readonly #open = new Set<ClientRequest>();
  #closed = false;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.#base = new URL(options.access.server);
    const { protocol, hostname, port, pathname } = this.#base;
    this.#host = {
      // Said outright, since the agent for SOCKS would otherwise guess and keep no connection.
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port || (protocol === 'https:' ? 443 : 80),
    };
    this.#prefix = pathname.replace(/\/+$/, '');
    this.#pool = new ConnectionPool(options.access);
  }

  async send(request: ApiRequest): Promise<unknown> {
    const what = `${request.method} ${request.path}`;
    await this.#admit(what, request.signal);
    const timeoutMs = request.deadlineMs ?? this.#options.requestTimeoutMs ?? 30_000;
    return this.#bounded(what, timeoutMs, request.signal, async (signal) => {
      const response = await this.#exchange(what, request, signal);
      const maxBytes = this.#options.maxResponseBytes ?? 256 * 1024 * 1024;
      const { bytes, whole } = await readBody(response, maxBytes);
      if (!whole) throw new ApiError('malformed', `${what}: the answer is longer than ${maxBytes} bytes`);
      if (bytes.length === 0) return undefined;
      const text = bytes.toString('utf8');
      if (knownObject(text, request.isKnown) !== undefined) return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch {
        const type = response.headers['content-type'] ?? 'unknown type';
        throw new ApiError('malformed', `${what}: the answer (${type}, ${bytes.length} bytes) is not JSON`);
      }
    });
  }

  async *watch(request: WatchRequest): AsyncGenerator<WatchEvent, void, undefined> {
    const what = `WATCH ${request.path}`;
    await this.#admit(what, request.signal);
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    request.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const timeoutMs = this.#options.requestTimeoutMs ?? 30_000;
      const query = { ...request.query, watch: true };
      const response = await this.#bounded(what, timeoutMs, request.signal, (signal) => {
        signal.addEventListener('abort', onAbort, { once: true });
        return this.#exchange(what, { method: 'GET', path: request.path, query }, stop.signal);
      });
      yield* this.#readEvents(what, response, request);
    } finally {
      request.signal?.removeEventListener('abort', onAbort);
      // A reader that stops early has no use for the rest.
      stop.abort();
    }
  }

  close(): void {
    this.#closed = true;
    for (const request of this.#open) request.destroy();
    this.#pool.retire();
  }

  async #admit(what: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw new ApiError('aborted', `${what}: the transport is closed`);
    if (signal?.aborted === true) throw new ApiError('aborted', `${what}: stopped`);
    // One signal may stop any number of requests; Node would call more than ten listeners a leak.
    if (signal !== undefined) setMaxListeners(0, signal);
    await this.#options.limiter?.acquire(signal);
  }

  /** Runs `work` with a signal that fires at the deadline or when the caller stops; turns either into its ApiError. */
  async #bounded<R>(
    what: string,
    timeoutMs: number,
    outer: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    const inner = new AbortController();
    return new Promise<R>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        cancel();
        outer?.removeEventListener('abort', onAbort);
        settle();
      };
      const giveUp = (error: ApiError): void => {
        finish(() => reject(error));
        inner.abort();
      };
      const onAbort = (): void => giveUp(new ApiError('aborted', `${what}: stopped`));
      const cancel = this.#options.clock.after(timeoutMs, () =>
        giveUp(new ApiError('timeout', `${what}: no complete answer within ${timeoutMs} ms`)),
      );
      outer?.addEventListener('abort', onAbort, { once: true });
      if (outer?.aborted === true) return onAbort();
      work(inner.signal).then(
        (value) => finish(() => resolve(value)),
        (error: unknown) => finish(() => reject(this.#asApiError(what, error))),
      );
    });
  }

  /** Sends until there is a 2xx answer to read: once more with fresh credentials, and once more on a dead connection. */
  async #exchange(what: string, request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let authorization = await this.#options.access.authorize();
    let refreshed = false;
    let reconnected = false;
    for (;;) {
      if (signal.aborted) throw new ApiError('aborted', `${what}: stopped`);
      // After every wait: for the limit, for credentials (a plugin may take its time), for a refusal of them.
      if (request.precondition?.() === false) throw withheld(what);
      const attempt = this.#attempt(request, authorization, signal);
      let response: IncomingMessage;
      try {
        response = await attempt.response;
      } catch (error) {
        // The server closed an idle connection just as it was taken. Only a GET is safe to send twice.
        if (request.method === 'GET' && !reconnected && !signal.aborted && attempt.reusedSocket()) {
          reconnected = true;
          this.#pool.closeIdle();
          continue;
        }
        throw error;
      }
      const code = response.statusCode ?? 0;
      if (code >= 200 && code < 300) return response;
      const text = await readBody(response, maxErrorBodyBytes).then(
        ({ bytes }) => bytes.toString('utf8'),
        () => '',
      );
      if (code === 401 && !refreshed) {
        refreshed = true;
        const next = await this.#options.access.authorize(authorization);
        if (next !== authorization && !signal.aborted) {
          authorization = next;
          continue;
        }
      }
      throw errorForAnswer(what, code, response.headers, text, this.#options.clock.wallMs());
    }
  }

  #attempt(
    request: ApiRequest,
    authorization: Authorization,
    signal: AbortSignal,
  ): { response: Promise<IncomingMessage>; reusedSocket: () => boolean } {
    const { clock, userAgent, onRequest } = this.#options;
    if (this.#closed) {
      const error = new ApiError('aborted', `${request.method} ${request.path}: the transport is closed`);
      return { response: Promise.reject(error), reusedSocket: () => false };
    }
    const { agent, tls } = this.#pool.for(authorization);
    // As a text, which leaves together with the headers.
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options: RequestOptions = {
      ...this.#host,
      method: request.method,
      path: this.#prefix + request.path + queryString(request.query),
      agent,
      ...tls,
      headers: {
        Accept: 'application/json',
        'User-Agent': userAgent,
        ...(body === undefined
          ? {}
          : { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        ...authorization.headers,
      },
    };
    const startedMs = clock.monotonicMs();
    const report = (code: string): void =>
      onRequest?.({
        method: request.method,
        host: this.#base.host,
        code,
        seconds: (clock.monotonicMs() - startedMs) / 1000,
      });
    const outgoing = (this.#base.protocol === 'https:' ? httpsRequest : httpRequest)(options);
    this.#open.add(outgoing);
    outgoing.once('close', () => this.#open.delete(outgoing));
    // As the option `signal` of Node.js does. With an iterator over the answer that takes a fifth of a small request's time.
    signal.addEventListener('abort', () => outgoing.destroy(new Error('stopped')), { once: true });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      let answered = false;
      outgoing.once('response', (incoming) => {
        answered = true;
        report(String(incoming.statusCode ?? 0));
        resolve(incoming);
      });
      // Stays for the life of the request: an error after the answer is reported to the reader of the body.
      outgoing.on('error', (error) => {
        if (!answered && !(error instanceof ApiError)) report('<error>');
        answered = true;
        reject(error);
      });
    });
    sendWhenConnected(outgoing, body, request);
    return { response, reusedSocket: () => outgoing.reusedSocket };
  }

  async *#readEvents(
    what: string,
    response: IncomingMessage,
    { signal, isKnown }: Pick<WatchRequest, 'signal' | 'isKnown'>,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    const reader = new LineReader(this.#options.maxLineBytes ?? 32 * 1024 * 1024);
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        for (const line of reader.push(chunk)) yield readWatchEvent(line, isKnown);
      }
    } catch (error) {
      if (signal?.aborted === true) throw new ApiError('aborted', `${what}: stopped`);
      throw this.#asApiError(what, error);
    }
    if (signal?.aborted === true) throw new ApiError('aborted', `${what}: stopped`);
    const rest = reader.rest();
    if (rest !== undefined) yield readWatchEvent(rest, isKnown);
  }

  #asApiError(what: string, error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    if (this.#closed) return new ApiError('aborted', `${what}: the transport is closed`);
    const { code } = error as NodeJS.ErrnoException;
    const message = messageOf(error);
    const named = code === undefined || message.includes(code) ? message : `${code} ${message}`;
    return new ApiError('network', `${what}: ${named}`, { cause: error });
  }
}

/** Sends a request. Time may pass until its connection is open, after which its precondition need not hold any more. */
function sendWhenConnected(outgoing: ClientRequest, body: string | undefined, request: ApiRequest): void {
  const { precondition, method, path } = request;
  if (precondition === undefined) {
    outgoing.end(body);
    return;
  }
  const send = (): void => {
    if (outgoing.destroyed) return;
    if (outgoing.reusedSocket || precondition()) outgoing.end(body);
    else outgoing.destroy(withheld(`${method} ${path}`));
  };
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', send);
    else send();
  });
}

function withheld(what: string): ApiError {
  return new ApiError('withheld', `${what}: not sent, as its precondition no longer holds`);
}

function queryString(query: ApiRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
