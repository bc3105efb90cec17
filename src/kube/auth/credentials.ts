import type { RequestOptions } from 'node:https';
import { messageOf } from '../json.js';
import { systemClock, type Clock } from '../clock.js';
import { findCredentials, type LoadedConfig } from './kubeconfig.js';
import { proxyFromEnvironment } from './proxyEnvironment.js';

/** What one request needs to be let in. The same object is handed out until something in it may have changed. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** Where a cluster is and how to be let in. */
export interface ClusterAccess {
  /** Base URL without a slash at the end; may have a path (Rancher). */
  readonly server: string;
  /** Name of the kubeconfig's context; undefined where there is none. */
  readonly context?: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  /** Name to request (SNI) and to verify in the server's certificate, when it is not the host. */
  readonly tlsServerName?: string | undefined;
  /** http://, https:// or socks…:// URL; may hold a user and a password, so never log it. */
  readonly proxyUrl?: string | undefined;
  /** Where this came from, for a log line. */
  readonly source: string;
  /**
   * @param rejected what the server has just answered with 401; credentials are read anew unless that has happened
   *   since, or a moment ago. When the same object comes back there is nothing newer.
   */
  authorize(rejected?: Authorization): Promise<Authorization>;
}

export interface ClusterAccessOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  /** Where Kubernetes mounts the service account; for tests. */
  readonly serviceAccountDir?: string;
}

/** Files and plugins are read again this often; tokens and plugins have an expiry of their own on top. */
const rereadMs = 10_000;
/** A server that answers 401 to everything must not start an exec plugin for every request. */
const reloadAtMostEveryMs = 5_000;
/** A plugin that hangs is given up after this, so that the next request may start it again. */
const stuckMs = 60_000;

/**
 * Finds the cluster: the explicit file, else the Pod's service account, else KUBECONFIG, else ~/.kube/config.
 * @throws {Error} one sentence that names the file and what is wrong
 */
export function loadClusterAccess(options: ClusterAccessOptions): ClusterAccess {
  const env = options.env ?? process.env;
  const source = findCredentials({
    kubeconfig: options.kubeconfig,
    context: options.context,
    env,
    serviceAccountDir: options.serviceAccountDir ?? '/var/run/secrets/kubernetes.io/serviceaccount',
  });
  const loaded = source.load();
  const server = parseServer(loaded.cluster.server, source.description);
  return new KubeConfigAccess({
    server: server.href.replace(/\/+$/, ''),
    source: source.description,
    loaded,
    reload: () => source.load(),
    proxyUrl: checkProxy(loaded.cluster.proxyUrl ?? proxyFromEnvironment(server, env), source.description),
    clock: options.clock ?? systemClock,
  });
}

/** Access to a server that requires no credentials, such as the sandbox. */
export function anonymousAccess(server: string): ClusterAccess {
  const authorization: Authorization = { headers: {} };
  return {
    server: server.replace(/\/+$/, ''),
    insecureSkipTlsVerify: false,
    source: server,
    authorize: () => Promise.resolve(authorization),
  };
}

function parseServer(server: string, source: string): URL {
  const full = server.includes('://') ? server : `http://${server}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '' || url.hostname === 'undefined') {
    throw new Error(`${source}: the server address ${JSON.stringify(server)} is not an http(s) URL.`);
  }
  return url;
}

function checkProxy(proxyUrl: string | undefined, source: string): string | undefined {
  if (proxyUrl === undefined || proxyUrl === '') return undefined;
  if (URL.canParse(proxyUrl) && /^(https?|socks(4a?|5h?)?):$/.test(new URL(proxyUrl).protocol)) return proxyUrl;
  throw new Error(`${source}: the proxy address is not an http, https or socks URL.`);
}

interface AccessParts {
  readonly server: string;
  readonly source: string;
  readonly loaded: LoadedConfig;
  readonly reload: () => LoadedConfig;
  readonly proxyUrl: string | undefined;
  readonly clock: Clock;
}

class KubeConfigAccess implements ClusterAccess {
  readonly server: string;
  readonly context: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  readonly source: string;
  readonly #parts: AccessParts;
  #loaded: LoadedConfig;
  #current: Authorization | undefined;
  #readMs = -Infinity;
  #reloadedMs = -Infinity;
  #underWay: { readonly promise: Promise<Authorization>; readonly sinceMs: number } | undefined;

  constructor(parts: AccessParts) {
    this.#parts = parts;
    this.#loaded = parts.loaded;
    this.server = parts.server;
    this.source = parts.source;
    this.context = parts.loaded.context;
    this.insecureSkipTlsVerify = parts.loaded.cluster.skipTLSVerify;
    this.tlsServerName = parts.loaded.cluster.tlsServerName;
    this.proxyUrl = parts.proxyUrl;
  }

  authorize(rejected?: Authorization): Promise<Authorization> {
    const nowMs = this.#parts.clock.monotonicMs();
    const current = this.#current;
    let reload = false;
    if (current !== undefined) {
      if (rejected !== undefined && rejected === current) {
        // Whoever was refused meanwhile waits for what is being read.
        if (nowMs - this.#reloadedMs < reloadAtMostEveryMs) return this.#underWay?.promise ?? Promise.resolve(current);
        reload = true;
      } else if (nowMs - this.#readMs < rereadMs) {
        return Promise.resolve(current);
      }
    }
    const underWay = this.#underWay;
    if (underWay !== undefined && nowMs - underWay.sinceMs < stuckMs) return underWay.promise;
    const entry = { promise: this.#read(reload), sinceMs: nowMs };
    this.#underWay = entry;
    const done = (): void => {
      if (this.#underWay === entry) this.#underWay = undefined;
    };
    entry.promise.then(done, done);
    return entry.promise;
  }

  async #read(reload: boolean): Promise<Authorization> {
    const { clock } = this.#parts;
    if (reload) {
      this.#reloadedMs = clock.monotonicMs();
      // A kubeconfig that is being rewritten cannot be read for a moment; the old one is then as good as nothing newer.
      try {
        this.#loaded = this.#parts.reload();
      } catch {
        if (this.#current !== undefined) return this.#current;
      }
    }
    const { config, cluster } = this.#loaded;
    const applied: RequestOptions = {};
    // The error itself goes no further: what a plugin printed may be in it.
    const failure = await config.applyToHTTPSOptions(applied).then(() => undefined, describeFailure);
    if (failure !== undefined) throw new Error(`${this.source}: could not load credentials: ${failure}.`);
    const next = toAuthorization(applied);
    this.#readMs = clock.monotonicMs();
    if (cluster.server.startsWith('https:') && next.ca === undefined && cluster.caFile !== undefined) {
      throw new Error(`${this.source}: the CA file ${cluster.caFile} is empty.`);
    }
    if (this.#current === undefined || !sameAuthorization(this.#current, next)) this.#current = next;
    return this.#current;
  }
}

function toAuthorization(applied: RequestOptions): Authorization {
  // A token file usually ends with a newline, which no header may hold.
  const given = Object.entries(applied.headers ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.trim()] as const] : [],
  );
  const headers = {
    ...Object.fromEntries(given),
    ...(typeof applied.auth === 'string'
      ? { Authorization: `Basic ${Buffer.from(applied.auth).toString('base64')}` }
      : {}),
  };
  const { ca, cert, key } = applied;
  return {
    headers,
    ...(isMaterial(ca) ? { ca } : {}),
    ...(isMaterial(cert) ? { cert } : {}),
    ...(isMaterial(key) ? { key } : {}),
  };
}

function isMaterial(value: unknown): value is string | Buffer {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && value.length > 0;
}

function sameAuthorization(a: Authorization, b: Authorization): boolean {
  const before = new Map(Object.entries(a.headers));
  const after = Object.entries(b.headers);
  return (
    before.size === after.length && after.every(([name, value]) => before.get(name) === value) && sameTlsMaterial(a, b)
  );
}

/** Whether two authorizations can share connections. */
export function sameTlsMaterial(a: Authorization, b: Authorization): boolean {
  return sameMaterial(a.ca, b.ca) && sameMaterial(a.cert, b.cert) && sameMaterial(a.key, b.key);
}

function sameMaterial(a: string | Buffer | undefined, b: string | Buffer | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.from(a).equals(Buffer.from(b));
}

/** The first line of an error of a plugin or the file system, without anything that resembles a token. */
function describeFailure(error: unknown): string {
  if ((error as Partial<Error> | undefined)?.name === 'SyntaxError') return 'the exec plugin did not print JSON';
  const line = messageOf(error).trim().split('\n')[0] ?? '';
  return (
    line.replace(/[\w.+/=-]{40,}/g, (word) => (word.startsWith('/') ? word : '[cut]')).slice(0, 200) || 'it failed'
  );
}
