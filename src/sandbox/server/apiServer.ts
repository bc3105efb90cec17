import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sleep, systemClock } from '../../kube/clock.js';
import type { Clock } from '../../kube/clock.js';
import { CustomResources } from '../customResources/customResources.js';
import type { KubeObject } from '../schema/kubeObject.js';
import { ResourceCatalog } from '../schema/resourceCatalog.js';
import { BoundedLog } from './boundedLog.js';
import { ControlApi, isControlPath } from './controlApi.js';
import { Discovery } from '../discovery/discovery.js';
import { NEWEST_VERSION, storesNodeHints } from '../discovery/kubernetesVersion.js';
import type { KubernetesVersion } from '../discovery/kubernetesVersion.js';
import { answer, answerError } from '../wire/exchange.js';
import { FaultBoard, matches } from '../faults/faults.js';
import type { FaultSubject } from '../faults/faults.js';
import type { FaultSpec } from '../faults/faultSpec.js';
import { kubeconfigFor } from './kubeconfig.js';
import { PlainPaths } from './plainPaths.js';
import { routeOf } from './requestInfo.js';
import type { ResourceRequest } from './requestInfo.js';
import { ResourceHandler } from './resourceHandler.js';
import { StatusError, methodNotAllowed, unauthorized } from '../schema/status.js';
import { Storage } from '../storage/storage.js';
import { ObjectStore } from '../storage/store.js';
import type { WriteHook, WriteRecord } from '../storage/writes.js';
import { ownValue } from '../../model/ownValue.js';

export interface SandboxServerOptions {
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Time between bookmarks of a watch; by default 60,000. */
  readonly bookmarkIntervalMs?: number;
  /** Changes kept per resource, from which watches resume; by default 10,000. */
  readonly historyLimit?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** When set, requests without this bearer token (or one of `users`) get 401. */
  readonly token?: string;
  /** User names by bearer token; every other request is made by system:admin. `Impersonate-User` goes first. */
  readonly users?: Readonly<Record<string, string>>;
  /** Runs on updates of EndpointSlices before validation; `store.onWrite` changes it later. */
  readonly onWrite?: WriteHook;
  /** The Kubernetes version to play, by default the newest one. */
  readonly kubernetesVersion?: KubernetesVersion;
  /** Groups that are not served, besides those that the version does not have. */
  readonly hiddenGroups?: readonly string[];
  /** CustomResourceDefinitions whose kinds are served from the start; none by default. */
  readonly definitions?: readonly KubeObject[];
  /** Writes kept in `history`; by default 10,000, 0 for none. */
  readonly writeHistoryLimit?: number;
  /** Requests kept in `requests`; by default 10,000, 0 for none. */
  readonly requestHistoryLimit?: number;
}

/** One request as it was answered; status 0 is a connection that broke before an answer. */
export interface RequestRecord {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly userAgent: string;
  readonly user: string;
  readonly status: number;
  readonly verb: string;
  /** '' for paths that are no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly wallMs: number;
}

/** Namespaces of a new cluster. */
const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** Versions start where those of a young cluster are, so that small numbers are in the past. */
const firstVersion = 200;

/**
 * A stand-in Kubernetes API server on loopback, in memory: enough of the API for controllers, `kubectl` and tests, and
 * faults on command. It answers as the transcripts of a real 1.36 server in test/fixtures do.
 */
export class SandboxApiServer {
  readonly store: ObjectStore;
  readonly faults: FaultBoard;
  /** Requests in the order in which their answers ended (watches: began). */
  readonly requests: BoundedLog<RequestRecord>;
  /** Every write that was committed, with the object before and after. */
  readonly history: BoundedLog<WriteRecord>;
  readonly kubernetesVersion: KubernetesVersion;
  readonly #options: SandboxServerOptions;
  readonly #clock: Clock;
  readonly #catalog = new ResourceCatalog();
  readonly #customResources: CustomResources;
  readonly #endCustomResources: () => void;
  readonly #discovery: Discovery;
  readonly #handler: ResourceHandler;
  readonly #paths: PlainPaths;
  readonly #control: ControlApi;
  readonly #sockets = new Set<Socket>();
  /** Fires at `close`, for requests that a fault holds back. */
  #closed = new AbortController();
  #server: Server | undefined;
  #url = '';

  constructor(options: SandboxServerOptions = {}) {
    this.#options = options;
    const version = options.kubernetesVersion ?? NEWEST_VERSION;
    this.kubernetesVersion = version;
    this.#clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    this.requests = new BoundedLog(options.requestHistoryLimit ?? 10_000);
    this.history = new BoundedLog(options.writeHistoryLimit ?? 10_000);
    const storage = new Storage(options.historyLimit ?? 10_000, firstVersion);
    this.store = new ObjectStore(storage, this.#catalog, {
      clock: this.#clock,
      random,
      onWrite: options.onWrite,
      withoutNodeHints: !storesNodeHints(version),
      onCommit: (record) => this.history.push(record),
    });
    for (const name of firstNamespaces)
      this.store.create('namespaces', { metadata: { name } }, { fieldManager: 'kube-apiserver' });
    this.#customResources = new CustomResources({
      store: this.store,
      catalog: this.#catalog,
      clock: this.#clock,
      endWatches: (plural) => this.#handler.endWatches(({ resource }) => resource === plural),
    });
    this.#endCustomResources = this.#customResources.start();
    for (const definition of options.definitions ?? []) this.#customResources.install(definition);
    this.history.clear();
    this.faults = new FaultBoard({ clock: this.#clock, random });
    this.faults.onStrike((spec) => this.#strike(spec));
    this.#discovery = new Discovery(this.#catalog, version, options.hiddenGroups);
    this.#paths = new PlainPaths(this.#discovery);
    this.#control = new ControlApi(this.faults);
    this.#handler = new ResourceHandler({
      store: this.store,
      clock: this.#clock,
      random,
      faults: this.faults,
      bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
    });
  }

  /** Binds 127.0.0.1 (port 0: any free one) and gives the base url, e.g. http://127.0.0.1:40123. */
  listen(port = 0): Promise<string> {
    const { tls } = this.#options;
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response);
    const server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
    // Keep-alive as long as the real server's, so that clients' pools are tested as they are used.
    server.keepAliveTimeout = 180_000;
    server.requestTimeout = 0;
    server.on('connection', (socket: Socket) => this.#connected(socket));
    server.on('clientError', answerGarbage);
    this.#server = server;
    this.#closed = new AbortController();
    // Any number of requests may be held back; Node would call more than ten listeners a leak.
    setMaxListeners(0, this.#closed.signal);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        const { port: bound } = server.address() as AddressInfo;
        this.#url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${bound}`;
        resolve(this.#url);
      });
    });
  }

  /** Ends all watches and connections at once. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#closed.abort();
    this.faults.clear();
    this.#endCustomResources();
    this.#handler.endWatches();
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.#handler.openWatches;
  }

  /** YAML for `kubectl --kubeconfig`; the server must be listening. */
  kubeconfig(): string {
    return kubeconfigFor(this.#url, { token: this.#options.token, ca: this.#options.tls?.cert });
  }

  #connected(socket: Socket): void {
    const subject = { resource: '', verb: 'connect', userAgent: '', fieldManager: '' };
    if (this.faults.take('refuse-connections', subject) !== undefined) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** What a fault does at the moment it is switched on. */
  #strike(spec: FaultSpec): void {
    const { name } = spec;
    if (name === 'compact' || name === 'restart') this.store.storage.compact();
    if (name === 'restart' || name === 'refuse-connections') this.#breakConnections();
    if (name === 'close-watches') this.#handler.endWatches((subject) => matches(spec, subject));
  }

  /** Cuts every connection; after the current turn, so that an order that came over HTTP is still answered. */
  #breakConnections(): void {
    const open = [...this.#sockets];
    this.#handler.endWatches();
    setImmediate(() => {
      for (const socket of open) socket.resetAndDestroy();
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = incoming.url ?? '/';
    // `//` is none, for example, which port scanners send.
    if (!URL.canParse(target, 'http://sandbox')) {
      notFoundPage(response);
      return;
    }
    const url = new URL(target, 'http://sandbox');
    const query = url.searchParams;
    const route = safeRoute(this.#catalog, incoming.method ?? 'GET', url.pathname, query);
    const subject: FaultSubject = {
      resource: typeof route === 'string' ? '' : route.definition.plural,
      verb: typeof route === 'string' ? (incoming.method ?? '').toLowerCase() : route.verb,
      userAgent: incoming.headers['user-agent'] ?? '',
      fieldManager: query.get('fieldManager') ?? '',
    };
    const note = this.#noteWhenDone(incoming, response, route, subject);
    try {
      this.#authenticate(incoming);
      const user = this.#userOf(incoming);
      if (isControlPath(url.pathname)) {
        await this.#control.handle(incoming, response, url.pathname);
        return;
      }
      const delay = this.faults.delayMs(subject);
      if (delay > 0) {
        const { signal } = this.#closed;
        await sleep(this.#clock, delay, signal);
        if (signal.aborted) return;
      }
      this.#failOnCommand(subject, user, route, query);
      const answerOptions = { breakOff: this.faults.take('reset-body', subject) !== undefined };
      if (typeof route === 'string') {
        if (route === 'method-not-allowed') throw methodNotAllowed();
        this.#paths.handle(incoming, response, url);
        return;
      }
      if (!this.#discovery.serves(route.definition)) {
        notFoundPage(response);
        return;
      }
      this.#customResources.admit(route.definition, route.verb);
      await this.#handler.handle({ request: route, query, incoming, response, user, subject, answerOptions });
      // A watch is on record from its beginning.
      if (route.verb === 'watch') note();
    } catch (error) {
      if (error instanceof StatusError) answerError(response, error);
      else answerError(response, new StatusError(500, 'InternalError', `Internal error occurred: ${String(error)}`));
    }
  }

  /** @throws {StatusError} 401 without a valid token, when one is required */
  #authenticate(incoming: IncomingMessage): void {
    const { token, users = {} } = this.#options;
    const given = bearerTokenOf(incoming);
    if (token !== undefined && given !== token && ownValue(users, given) === undefined) throw unauthorized();
  }

  #userOf(incoming: IncomingMessage): string {
    const named = ownValue(this.#options.users ?? {}, bearerTokenOf(incoming));
    const impersonated = incoming.headers['impersonate-user'];
    return (typeof impersonated === 'string' ? impersonated : undefined) ?? named ?? 'system:admin';
  }

  /** @throws {StatusError} when a fault strikes */
  #failOnCommand(subject: FaultSubject, user: string, route: ResourceRequest | string, query: URLSearchParams): void {
    if (this.faults.take('unauthorized', subject) !== undefined) throw unauthorized();
    if (this.faults.take('forbidden', subject) !== undefined) throw forbidden(subject, user, route, query);
    const throttled = this.faults.take('too-many-requests', subject);
    if (throttled !== undefined) {
      const retryAfterSeconds = throttled.retryAfterSeconds ?? 1;
      const message = 'the server has received too many requests and has asked us to try again later';
      throw new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });
    }
    const failed = this.faults.take('server-error', subject);
    if (failed === undefined) return;
    const code = failed.status ?? 500;
    if (code === 503)
      throw new StatusError(code, 'ServiceUnavailable', 'the server is currently unable to handle the request');
    throw new StatusError(code, 'InternalError', 'Internal error occurred: a fault of the sandbox');
  }

  #noteWhenDone(
    incoming: IncomingMessage,
    response: ServerResponse,
    route: ResourceRequest | string,
    subject: FaultSubject,
  ): () => void {
    const resource = typeof route === 'string' ? undefined : route;
    const note = (status: number): void =>
      this.requests.push({
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        userAgent: subject.userAgent,
        user: this.#userOf(incoming),
        status,
        verb: subject.verb,
        resource: subject.resource,
        namespace: resource?.namespace ?? '',
        name: resource?.name ?? '',
        wallMs: this.#clock.wallMs(),
      });
    let noted = false;
    const once = (): void => {
      if (noted) return;
      noted = true;
      note(response.headersSent ? response.statusCode : 0);
    };
    response.once('close', once);
    return once;
  }
}

function bearerTokenOf(incoming: IncomingMessage): string {
  return /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
}

function safeRoute(
  catalog: ResourceCatalog,
  method: string,
  path: string,
  query: URLSearchParams,
): ReturnType<typeof routeOf> {
  try {
    return routeOf(catalog, method, path, query);
  } catch {
    // A percent sign that begins no escape.
    return 'not-found';
  }
}

function forbidden(
  subject: FaultSubject,
  user: string,
  route: ResourceRequest | string,
  query: URLSearchParams,
): StatusError {
  const request = typeof route === 'string' ? undefined : route;
  const group = request?.definition.group ?? '';
  // A list or watch of one name is a request for that name, also to RBAC.
  const selected = /^metadata\.name==?([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
  const name = (request?.name ?? '') || selected;
  const what = group === '' ? subject.resource : `${subject.resource}.${group}`;
  const scope =
    (request?.namespace ?? '') === '' ? 'at the cluster scope' : `in the namespace "${request?.namespace ?? ''}"`;
  const message = `${what}${name === '' ? '' : ` "${name}"`} is forbidden: User "${user}" cannot ${subject.verb} resource "${subject.resource}" in API group "${group}" ${scope}`;
  return new StatusError(403, 'Forbidden', message, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: subject.resource,
  });
}

function notFoundPage(response: ServerResponse): void {
  answer(response, 404, '404 page not found\n', 'text/plain; charset=utf-8');
}

/**
 * Bytes that are no request. A client that closes after its request (`Connection: close`) may send a body that it did
 * not announce; the real server has stopped reading by then, so that the answer under way must not be lost.
 */
function answerGarbage(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'HPE_CLOSED_CONNECTION') return;
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  else socket.destroy();
}
