import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { answerReview } from './admissionReview.js';
import { sleep, type Clock } from '../kube/clock.js';
import type { BindAddress } from '../server/bindAddress.js';

/** Where the MutatingWebhookConfiguration points. */
export const GUARD_PATH = '/keep-hints';

/** kube-apiserver sends both objects; a slice of 1,000 endpoints is below one megabyte. */
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/**
 * Longer than the 90 s that kube-apiserver keeps an idle connection to a webhook (client-go, IdleConnTimeout): were the
 * server first to close, a review that is sent at that moment would be lost, and a POST is not sent again. With
 * failurePolicy Ignore the update would then pass without the guard.
 */
const KEEP_ALIVE_MS = 120_000;

/** Where the chart mounts the certificate. */
export const GUARD_CERT_DIR = '/etc/slicehints/guard-tls';

export interface GuardWebhookSettings {
  readonly address: BindAddress;
  /** Folder with tls.crt and tls.key. */
  readonly certDir: string;
  readonly exemptUsers: readonly string[];
}

export interface GuardWebhookOptions {
  readonly clock: Clock;
  /** Where to listen; port 0 takes a free one. */
  readonly address: BindAddress;
  /** PEM files, as a mounted Secret of type kubernetes.io/tls has them. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Users whose updates pass untouched: `system:serviceaccount:<namespace>:<name>` of the controller. */
  readonly exemptUsers: readonly string[];
  /** How often the files are checked; a renewed Secret reaches a mount within about a minute. By default 10 s. */
  readonly reloadMs?: number;
  /** Time for a client to send a whole request. By default 5 s; kube-apiserver gives up after 1 s. */
  readonly requestTimeoutMs?: number;
  /** Time for connections under way when stopping. By default 5 s. */
  readonly graceMs?: number;
  /** After every answer: its HTTP status, and how many hints it set. */
  readonly onAnswer?: (answer: { readonly status: number; readonly operations: number; readonly ms: number }) => void;
  /** Called once the server listens, with its port. */
  readonly onListening?: (port: number) => void;
  /** Called when a renewed certificate is in use, or could not be used (the old one stays). */
  readonly onReload?: (result: { readonly ok: true } | { readonly ok: false; readonly message: string }) => void;
}

interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Changes whenever one of the files does. */
  readonly version: string;
}

/** A request that cannot be answered with a review. */
class BadRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves the rule of the guard as a mutating webhook, for API servers without MutatingAdmissionPolicy. It needs nothing
 * but the review itself, so every replica serves it and none of them must be leader.
 */
export class GuardWebhook {
  readonly #options: GuardWebhookOptions;

  constructor(options: GuardWebhookOptions) {
    this.#options = options;
  }

  /**
   * Serves until the signal fires, then closes and returns.
   * @throws {Error} when the certificate cannot be read at the start, or the port cannot be bound
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, certFile, keyFile, address, requestTimeoutMs = 5000, graceMs = 5000 } = this.#options;
    const certificate = await readFirst(certFile, keyFile);
    const server = createServer(
      {
        cert: certificate.cert,
        key: certificate.key,
        minVersion: 'TLSv1.2',
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        handshakeTimeout: requestTimeoutMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: Math.max(10, requestTimeoutMs / 5),
      },
      (request, response) => void this.#serve(request, response),
    );
    // What a client does wrong below HTTP ends its connection and nothing else.
    server.on('tlsClientError', (_, socket) => socket.destroy());
    if (signal.aborted) return;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const closed = new Promise<void>((resolve) => server.once('close', resolve));
    this.#options.onListening?.((server.address() as AddressInfo).port);
    await this.#reloadUntil(signal, certificate.version, (renewed) => server.setSecureContext(renewed));
    server.close();
    server.closeIdleConnections();
    const cancel = clock.after(graceMs, () => server.closeAllConnections());
    await closed;
    cancel();
  }

  async #reloadUntil(signal: AbortSignal, first: string, use: (renewed: Certificate) => void): Promise<void> {
    const { clock, certFile, keyFile, reloadMs = 10_000, onReload } = this.#options;
    let current = first;
    let complained = '';
    for (;;) {
      await sleep(clock, reloadMs, signal);
      if (signal.aborted) return;
      try {
        const version = await versionOf(certFile, keyFile);
        if (version === current) continue;
        const renewed = await readCertificate(certFile, keyFile);
        use(renewed);
        current = renewed.version;
        complained = '';
        onReload?.({ ok: true });
      } catch (error) {
        // The files may be replaced one after the other: the next check finds them whole.
        const message = error instanceof Error ? error.message : String(error);
        if (message !== complained) onReload?.({ ok: false, message });
        complained = message;
      }
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, exemptUsers, onAnswer } = this.#options;
    const startMs = clock.monotonicMs();
    let status = 200;
    let operations = 0;
    try {
      checkHead(request);
      const outcome = answerReview(parse(await readBody(request)), exemptUsers);
      if (!outcome.ok) throw new BadRequest(400, outcome.message);
      operations = outcome.operations;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(outcome.answer));
    } catch (error) {
      // Without a BadRequest the connection broke within the body; there is no client to answer.
      if (!(error instanceof BadRequest)) {
        response.destroy();
        return;
      }
      status = error.status;
      refuse(request, response, error);
    }
    onAnswer?.({ status, operations, ms: clock.monotonicMs() - startMs });
  }
}

/**
 * Serves the guard as a webhook until the signal fires, and logs renewals of its certificate.
 * @throws {Error} one sentence when the certificate cannot be read at the start, or the port cannot be bound
 */
export async function serveGuard(
  { address, certDir, exemptUsers }: GuardWebhookSettings,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  hooks: Pick<GuardWebhookOptions, 'onAnswer' | 'onListening'> = {},
): Promise<void> {
  const { onAnswer, onListening } = hooks;
  await new GuardWebhook({
    clock,
    address,
    certFile: join(certDir, 'tls.crt'),
    keyFile: join(certDir, 'tls.key'),
    exemptUsers,
    onReload: (result) => {
      if (result.ok) logger.info({ certDir }, 'the renewed certificate of the guard webhook is in use');
      else
        logger.error(
          { certDir, error: result.message },
          'could not load the renewed certificate; the previous one stays in use',
        );
    },
    onListening: (port) => {
      logger.info({ port, certDir }, 'the guard webhook listens');
      onListening?.(port);
    },
    ...(onAnswer === undefined ? {} : { onAnswer }),
  }).run(signal);
}

/** A refusal ends the connection, because the rest of the body has not been read and will not be. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, message }: BadRequest): void {
  // Closing while the client still sends would reset the connection and lose the answer, so what comes is thrown away
  // until the client has read it and stops; the request timeout ends one who does not.
  request.resume();
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${message}\n`);
}

function checkHead({ url, method, headers }: IncomingMessage): void {
  const path = url?.split('?')[0];
  if (path !== GUARD_PATH) throw new BadRequest(404, `There is nothing at this path; the guard is at ${GUARD_PATH}.`);
  if (method !== 'POST') throw new BadRequest(405, `Expected a POST, got ${method ?? 'nothing'}.`);
  const mediaType = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new BadRequest(415, `Expected content of type application/json, got ${mediaType ?? 'none'}.`);
  }
  if (Number(headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw tooLarge();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): BadRequest {
  return new BadRequest(413, `Expected at most ${BODY_LIMIT_BYTES / 1024 / 1024} MiB.`);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new BadRequest(400, 'Expected an AdmissionReview, got a body that is no JSON.');
  }
}

async function versionOf(...files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file)));
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join(' ');
}

/** @throws {Error} one sentence that names the files */
async function readFirst(certFile: string, keyFile: string): Promise<Certificate> {
  try {
    const certificate = await readCertificate(certFile, keyFile);
    createSecureContext({ cert: certificate.cert, key: certificate.key });
    return certificate;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The certificate of the guard webhook (${certFile}, ${keyFile}) cannot be used: ${why}`, {
      cause: error,
    });
  }
}

async function readCertificate(certFile: string, keyFile: string): Promise<Certificate> {
  // The version is taken first: a change between the two is then found by the next check.
  const version = await versionOf(certFile, keyFile);
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  return { cert, key, version };
}
