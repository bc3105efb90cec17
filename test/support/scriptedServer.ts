import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Counts the connections in the order in which they were opened, from 1. */
  readonly connection: number;
}

/** What the server does with one request; the answer is left open when nothing ends it. */
export type Script = (request: SeenRequest, response: ServerResponse, socket: Socket) => void | Promise<void>;

/** A real HTTP server on loopback that does what a test tells it to, one script per request or one for all. */
export class ScriptedServer {
  readonly requests: SeenRequest[] = [];
  connections = 0;
  port = 0;
  /** Used up first, one per request. */
  readonly next: Script[] = [];
  script: Script = answer(200, {});
  readonly #server: Server;
  readonly #numbers = new WeakMap<object, number>();
  readonly #secure: boolean;

  constructor(tls?: ServerOptions) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    this.#secure = tls !== undefined;
    this.#server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.connections += 1;
      this.#numbers.set(socket, this.connections);
      socket.on('error', () => undefined);
    });
    this.#server.on('tlsClientError', () => undefined);
    this.#server.keepAliveTimeout = 0;
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `${this.#secure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Closes connections that wait for another request, as a restarting server does. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    } catch {
      return;
    }
    const seen: SeenRequest = {
      method: request.method ?? '',
      url: new URL(request.url ?? '', this.url),
      headers: request.headers,
      body: Buffer.concat(parts).toString('utf8'),
      connection: this.#numbers.get(request.socket) ?? 0,
    };
    this.requests.push(seen);
    await (this.next.shift() ?? this.script)(seen, response, request.socket);
  }
}

/** A complete answer; an object is sent as JSON, a string as it is. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  };
}

/** A Status, as the API server refuses. */
export function refuse(code: number, reason: string, message = '', headers: Record<string, string> = {}): Script {
  return answer(code, { kind: 'Status', status: 'Failure', code, reason, message }, headers);
}

/** Nothing at all, and the connection stays. */
export const silence: Script = () => undefined;

/** The connection is torn down before an answer. */
export const reset: Script = (_request, _response, socket) => {
  socket.resetAndDestroy();
};

/** Headers and the beginning of a body; then the connection is torn down, or silent. */
export function begin(text: string, then: 'reset' | 'silence' | 'end'): Script {
  return async (_request, response, socket) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    await new Promise<void>((resolve) => response.write(text, () => resolve()));
    if (then === 'reset') setImmediate(() => socket.resetAndDestroy());
    if (then === 'end') response.end();
  };
}

/** Events as lines of a watch. */
export function lines(...events: readonly unknown[]): string {
  return events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`).join('');
}
