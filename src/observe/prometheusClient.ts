import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../kube/json.js';
import type { Clock } from '../kube/clock.js';
import { quoted } from '../model/text/quoted.js';
import { withoutSecrets } from './withoutSecrets.js';

export interface PrometheusAccess {
  /** Of the server, or of a proxy before it; `/api/v1/query` is added. */
  readonly url: URL;
  /** Sent with every request, e.g. `X-Scope-OrgID` for Mimir. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Paths of files; each is read again for every request, because tokens are renewed. */
  readonly bearerTokenFile: string | undefined;
  readonly caFile: string | undefined;
  readonly username: string | undefined;
  readonly passwordFile: string | undefined;
  readonly timeoutMs: number;
}

/** A longer answer is refused. */
export const MOST_ANSWER_BYTES = 10 * 1024 * 1024;
const MOST_ERROR_BYTES = 64 * 1024;

/** Why there is no answer, in words that a metric can count. */
export type QueryFailure = 'network' | 'timeout' | 'status' | 'too-large' | 'not-json' | 'credentials' | 'stopped';

export class QueryError extends Error {
  readonly failure: QueryFailure;

  constructor(failure: QueryFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'QueryError';
    this.failure = failure;
  }
}

/** Asks Prometheus, or what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics): `POST /api/v1/query`. */
export class PrometheusClient {
  readonly #access: PrometheusAccess;
  readonly #clock: Clock;
  readonly #userAgent: string;

  constructor(access: PrometheusAccess, { clock, userAgent }: { readonly clock: Clock; readonly userAgent: string }) {
    this.#access = access;
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  /**
   * Evaluates a query now.
   * @returns the JSON of the answer, not checked further
   * @throws {QueryError} one sentence without its end
   */
  async query(query: string, signal: AbortSignal): Promise<unknown> {
    const { timeoutMs } = this.#access;
    const stop = new AbortController();
    let late = false;
    const cancel = this.#clock.after(timeoutMs, () => {
      late = true;
      stop.abort();
    });
    const onAbort = (): void => stop.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted) throw new QueryError('stopped', 'the query is stopped');
      return await this.#exchange(query, stop.signal);
    } catch (error) {
      if (late) throw new QueryError('timeout', `Prometheus gives no complete answer within ${timeoutMs} ms`, error);
      if (signal.aborted) throw new QueryError('stopped', 'the query is stopped', error);
      if (error instanceof QueryError) throw error;
      const message = messageOf(error).trim().replaceAll(/\s+/g, ' ');
      throw new QueryError('network', `Prometheus cannot be reached: ${message}`, error);
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #exchange(query: string, signal: AbortSignal): Promise<unknown> {
    const body = new URLSearchParams({ query, timeout: `${this.#access.timeoutMs}ms` }).toString();
    const authorization = this.#authorization();
    const response = await this.#send(body, authorization?.header, signal);
    const { statusCode = 0 } = response;
    const type = response.headers['content-type'] ?? 'unknown type';
    const isGood = statusCode >= 200 && statusCode < 300;
    const text = await readBody(response, isGood ? MOST_ANSWER_BYTES : MOST_ERROR_BYTES, isGood);
    const json = parse(text);
    if (!isGood) {
      const { error } = ((typeof json === 'object' ? json : null) as { error?: unknown }) ?? {};
      const said = typeof error === 'string' ? error : text.trim();
      // Some proxies answer with what they were sent.
      const detail = withoutSecrets(said, [...(authorization?.secrets ?? []), ...this.#headerWords()]);
      throw new QueryError(
        'status',
        `Prometheus answers ${statusCode}${detail === '' ? '' : `: ${quoted(detail, 200)}`}`,
      );
    }
    if (json === undefined) {
      throw new QueryError(
        'not-json',
        `the answer of Prometheus (${quoted(type)}) is not JSON; does --prometheus-url lead to it?`,
      );
    }
    return json;
  }

  #send(body: string, authorization: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, headers, caFile } = this.#access;
    const target = new URL(url);
    target.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
    const isTls = target.protocol === 'https:';
    const options = {
      method: 'POST',
      signal,
      headers: {
        ...Object.fromEntries(headers),
        ...(authorization === undefined ? {} : { authorization }),
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
        'user-agent': this.#userAgent,
      },
      ...(isTls && caFile !== undefined ? { ca: readCertificates(caFile) } : {}),
    };
    return new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(target, options, resolve);
      request.on('error', reject);
      // An answer such as 101 ends the request without a response and without an error.
      request.on('close', () => reject(new Error('the connection was closed without an answer')));
      request.end(body);
    });
  }

  /** The header, and what of it must not be shown. */
  #authorization(): { readonly header: string; readonly secrets: readonly string[] } | undefined {
    const { bearerTokenFile, username, passwordFile } = this.#access;
    if (bearerTokenFile !== undefined) {
      const token = readToken(bearerTokenFile);
      return { header: `Bearer ${token}`, secrets: [token] };
    }
    if (username === undefined) return undefined;
    const password = passwordFile === undefined ? '' : readPassword(passwordFile);
    const encoded = Buffer.from(`${username}:${password}`).toString('base64');
    return { header: `Basic ${encoded}`, secrets: [encoded, password] };
  }

  /** Any header may hold a key, such as `Authorization: Bearer …`. */
  #headerWords(): readonly string[] {
    return this.#access.headers.flatMap(([, value]) => value.split(' '));
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new QueryError('credentials', `could not read ${path}: ${messageOf(error)}`, error);
  }
}

/** What RFC 6750 allows, and all that a header may hold without being understood otherwise. */
const TOKEN = /^[\x21-\x7e]+$/;

function readToken(path: string): string {
  const token = readFile(path).trim();
  if (token === '') throw new QueryError('credentials', `${path} holds no token: it is empty`);
  if (!TOKEN.test(token)) {
    throw new QueryError('credentials', `${path} holds no token: it has spaces, lines or characters beyond ASCII`);
  }
  return token;
}

function readPassword(path: string): string {
  const password = readFile(path).replace(/\r?\n$/, '');
  if (password === '') throw new QueryError('credentials', `${path} holds no password: it is empty`);
  return password;
}

/** Node.js passes over what is no certificate, and then trusts none. */
function readCertificates(path: string): string {
  const certificates = readFile(path);
  if (certificates.includes('-----BEGIN ')) return certificates;
  throw new QueryError('credentials', `${path} holds no certificate in PEM`);
}

/** @throws {QueryError} for a body beyond the bound, where it must be complete; else the rest is left out */
async function readBody(response: IncomingMessage, most: number, complete: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) {
      response.destroy();
      if (complete)
        throw new QueryError(
          'too-large',
          `the answer of Prometheus has more than ${most} bytes; aggregate in the query`,
        );
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
