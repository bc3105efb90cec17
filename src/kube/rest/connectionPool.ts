import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { sameTlsMaterial, type Authorization, type ClusterAccess } from '../auth/credentials.js';

/** TLS settings that every request of a pool carries; none for plain http. */
export interface TlsOptions {
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** One set of keep-alive connections with one set of TLS credentials. */
export interface Connections {
  readonly agent: HttpAgent;
  readonly tls: TlsOptions;
}

// A kube-apiserver closes connections that idle for longer than this allows; who closes first wins the race.
const idleMs = 60_000;
const agentOptions = {
  keepAlive: true,
  // TCP keep-alive, for watches over networks that forget quiet connections; client-go uses the same.
  keepAliveMsecs: 30_000,
  maxFreeSockets: 32,
  scheduling: 'lifo',
  timeout: idleMs,
} as const;

/**
 * The connections to one server. The CA and the client certificate are parsed once, and the connections are replaced
 * when a credential that belongs to TLS rotates: those in use finish their work, idle ones are closed.
 */
export class ConnectionPool {
  readonly #access: ClusterAccess;
  #authorization: Authorization | undefined;
  #current: Connections | undefined;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** @throws {Error} when the certificate or key cannot be parsed; Node.js passes over a CA that cannot */
  for(authorization: Authorization): Connections {
    if (this.#current !== undefined && this.#authorization !== undefined) {
      if (authorization === this.#authorization || sameTlsMaterial(authorization, this.#authorization)) {
        this.#authorization = authorization;
        return this.#current;
      }
    }
    const next = this.#open(authorization);
    this.retire();
    this.#authorization = authorization;
    this.#current = next;
    return next;
  }

  /** Closes idle connections: after one of them turned out to be dead, the others are suspect. */
  closeIdle(): void {
    if (this.#current !== undefined) destroyIdle(this.#current.agent);
  }

  /** Lets go of the connections; those in use close when their request ends. */
  retire(): void {
    if (this.#current === undefined) return;
    this.#current.agent.maxFreeSockets = 0;
    destroyIdle(this.#current.agent);
    this.#current = undefined;
  }

  #open(authorization: Authorization): Connections {
    const { server, proxyUrl, insecureSkipTlsVerify, tlsServerName } = this.#access;
    const secure = server.startsWith('https:');
    if (!secure) return { agent: plainAgent(proxyUrl), tls: {} };
    const { ca, cert, key } = authorization;
    const tls: TlsOptions = {
      secureContext: createSecureContext({
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      }),
      rejectUnauthorized: !insecureSkipTlsVerify,
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    };
    return { agent: secureAgent(proxyUrl, tls), tls };
  }
}

function plainAgent(proxyUrl: string | undefined): HttpAgent {
  if (proxyUrl === undefined) return new HttpAgent(agentOptions);
  if (proxyUrl.startsWith('socks')) return new SocksProxyAgent(proxyUrl, agentOptions);
  return new HttpProxyAgent({ ...agentOptions, proxy: proxyUrl });
}

function secureAgent(proxyUrl: string | undefined, tls: TlsOptions): HttpAgent {
  if (proxyUrl === undefined) return new HttpsAgent({ ...agentOptions, ...tls });
  if (proxyUrl.startsWith('socks')) return new SocksProxyAgent(proxyUrl, agentOptions);
  return new HttpsProxyAgent({ ...agentOptions, ...tls, proxy: proxyUrl });
}

function destroyIdle(agent: HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}
