import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

export interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly metadata: { readonly name?: string; readonly resourceVersion?: string; readonly annotations?: object };
    readonly [field: string]: unknown;
  };
}

/** A watch of a test: its lines so far, and promises for more of them and for its end. */
export interface OpenWatch {
  readonly lines: readonly WatchLine[];
  /** Settles when there are so many lines. */
  until(count: number): Promise<readonly WatchLine[]>;
  /** `end` when the server ended it in order, `broken` when the connection went. */
  readonly ended: Promise<'end' | 'broken'>;
  close(): void;
}

/** A bare HTTP client for the tests of the server: nothing retries, nothing is hidden. */
export class TestClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly userAgent: string;

  constructor(url: string, userAgent = 'test/1') {
    this.#url = url;
    this.userAgent = userAgent;
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const outgoing = request(
        `${this.#url}${path}`,
        {
          method,
          agent: this.#agent,
          headers: {
            'user-agent': this.userAgent,
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const incoming = await this.#open(method, path, body, headers);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const value: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: value as Record<string, unknown> };
  }

  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.send('GET', path, undefined, headers);
  }

  patch(path: string, patch: unknown, type: 'merge' | 'json' | 'strategic-merge'): Promise<Reply> {
    return this.send('PATCH', path, patch, { 'content-type': `application/${type}-patch+json` });
  }

  async watch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<OpenWatch> {
    const incoming = await this.#open('GET', path, undefined, headers);
    const lines: WatchLine[] = [];
    const waiting = new Set<() => void>();
    let rest = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((part) => JSON.parse(part) as WatchLine));
      for (const check of waiting) check();
    });
    const ended = new Promise<'end' | 'broken'>((resolve) => {
      incoming.on('end', () => resolve('end'));
      incoming.on('error', () => resolve('broken'));
    });
    return {
      lines,
      ended,
      close: () => incoming.destroy(),
      until: (count) =>
        new Promise((resolve) => {
          const check = (): void => {
            if (lines.length < count) return;
            waiting.delete(check);
            resolve(lines);
          };
          waiting.add(check);
          check();
        }),
    };
  }
}
