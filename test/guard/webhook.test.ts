import { afterEach, describe, expect, it } from 'vitest';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { GUARD_PATH, GuardWebhook, type GuardWebhookOptions } from '../../src/guard/webhook.js';
import { systemClock } from '../../src/kube/clock.js';
import { makeCertificate, mountCertificate } from '../support/certificate.js';
import { FakeClock } from '../support/fakeClock.js';

const WRITER = 'system:serviceaccount:slicehints:slicehints';
const metadata = { name: 'web-1', annotations: { 'slicehints.io/hints': '' } };
const REVIEW = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'f0-1',
    operation: 'UPDATE',
    resource: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
    userInfo: { username: 'system:kube-controller-manager' },
    oldObject: {
      metadata,
      endpoints: [{ addresses: ['10.0.0.1'], zone: 'a', hints: { forZones: [{ name: 'b' }] } }],
    },
    object: { metadata, endpoints: [{ addresses: ['10.0.0.1'], zone: 'a' }] },
  },
};

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly keepAlive: unknown;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
}

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Partial<GuardWebhookOptions> = {}) {
  const certificate = makeCertificate();
  const mounted = mountCertificate(certificate);
  stops.push(() => Promise.resolve(mounted.remove()));
  const stop = new AbortController();
  const answers: { status: number; operations: number }[] = [];
  const reloads: { ok: boolean }[] = [];
  let tell: (port: number) => void = () => undefined;
  const listening = new Promise<number>((resolve) => (tell = resolve));
  const webhook = new GuardWebhook({
    clock: systemClock,
    address: { host: '127.0.0.1', port: 0 },
    certFile: mounted.certFile,
    keyFile: mounted.keyFile,
    exemptUsers: [WRITER],
    onAnswer: ({ status, operations }) => answers.push({ status, operations }),
    onReload: (result) => reloads.push(result),
    onListening: tell,
    ...options,
  });
  const running = webhook.run(stop.signal);
  const port = await Promise.race([listening, running.then(() => 0)]);
  stops.push(() => {
    stop.abort();
    return running;
  });
  return { port, certificate, mounted, answers, reloads, stop, running };
}

function send(port: number, ca: string, sent: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path = GUARD_PATH, headers = { 'content-type': 'application/json' }, body = '' } = sent;
    const request = httpsRequest({ host: '127.0.0.1', port, ca, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, keepAlive: response.headers['keep-alive'] }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function open(port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

describe('GuardWebhook', () => {
  it('answers a review over TLS and tells what it did', async () => {
    const { port, certificate, answers } = await start();
    const reply = await send(port, certificate.cert, {
      body: JSON.stringify(REVIEW),
      path: `${GUARD_PATH}?timeout=1s`,
    });
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.body)).toMatchObject({ response: { uid: 'f0-1', allowed: true, patchType: 'JSONPatch' } });
    expect(answers).toEqual([{ status: 200, operations: 1 }]);
  });

  it('keeps an idle connection for longer than kube-apiserver does, which would lose a review otherwise', async () => {
    const { port, certificate } = await start();
    const headers = { 'content-type': 'application/json', connection: 'keep-alive' };
    const { keepAlive } = await send(port, certificate.cert, { body: JSON.stringify(REVIEW), headers });
    expect(keepAlive).toBe('timeout=120');
  });

  it.each<[string, Sent, number, RegExp]>([
    ['a body that is no JSON', { body: '{"kind":' }, 400, /^Expected an AdmissionReview, got a body that is no JSON/],
    ['an empty body', {}, 400, /no JSON/],
    ['a body that is no review', { body: '{"kind":"Pod"}' }, 400, /got "Pod" of nothing/],
    ['another media type', { headers: { 'content-type': 'text/yaml' }, body: 'a: 1' }, 415, /got text\/yaml/],
    ['no media type', { headers: {}, body: '{}' }, 415, /got none/],
    ['another method', { method: 'GET' }, 405, /Expected a POST, got GET/],
    ['another path', { path: '/', body: '{}' }, 404, /the guard is at \/keep-hints/],
  ])('refuses %s cleanly, and goes on', async (_, sent, status, message) => {
    const { port, certificate, answers } = await start();
    const reply = await send(port, certificate.cert, sent);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatch(message);
    expect(answers).toEqual([{ status, operations: 0 }]);
    expect((await send(port, certificate.cert, { body: JSON.stringify(REVIEW) })).status).toBe(200);
  });

  it('answers 413 to a body that says it is too long, before it comes', async () => {
    const { port, certificate, answers } = await start();
    const headers = { 'content-type': 'application/json', 'content-length': 10 * 1024 * 1024 + 1 };
    const reply = await send(port, certificate.cert, { headers, body: Buffer.alloc(10 * 1024 * 1024 + 1, 32) });
    expect(reply).toEqual({ status: 413, body: 'Expected at most 10 MiB.\n' });
    expect(answers).toEqual([{ status: 413, operations: 0 }]);
  });

  it('answers 413 to a body that turns out too long', async () => {
    const { port, certificate } = await start();
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const reply = await send(port, certificate.cert, { headers, body: Buffer.alloc(11 * 1024 * 1024, 32) });
    expect(reply.status).toBe(413);
  });

  it('takes a review of just below the limit', async () => {
    const { port, certificate } = await start();
    const padding = ' '.repeat(10 * 1024 * 1024 - JSON.stringify(REVIEW).length);
    expect((await send(port, certificate.cert, { body: JSON.stringify(REVIEW) + padding })).status).toBe(200);
  });

  it('ends a client that is too slow, and goes on', async () => {
    const { port, certificate } = await start({ requestTimeoutMs: 300 });
    const slow = await open(port, certificate.cert);
    slow.write(
      `POST ${GUARD_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
    );
    let text = '';
    slow.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    // The connection may end with a reset: the server does not read what is still on its way.
    slow.on('error', () => undefined);
    await new Promise<void>((resolve) => slow.once('close', () => resolve()));
    expect(text).toMatch(/^HTTP\/1.1 408 /);
    expect((await send(port, certificate.cert, { body: JSON.stringify(REVIEW) })).status).toBe(200);
  });

  it('survives a client that goes away in the middle, and one that speaks no TLS', async () => {
    const { port, certificate, answers } = await start();
    const gone = await open(port, certificate.cert);
    gone.write(
      `POST ${GUARD_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
    );
    gone.destroy();
    await expect(send(port, 'none', { body: '{}' })).rejects.toThrow();
    expect((await send(port, certificate.cert, { body: JSON.stringify(REVIEW) })).status).toBe(200);
    expect(answers).toEqual([{ status: 200, operations: 1 }]);
  });

  it('uses a renewed certificate for new connections, and keeps the old one while the new one is broken', async () => {
    const clock = new FakeClock();
    const { port, certificate, mounted, reloads } = await start({ clock, reloadMs: 1000 });
    const renewed = makeCertificate();

    mounted.renew({ cert: 'half written', key: renewed.key });
    while (reloads.length < 1) await clock.advance(1000);
    expect(reloads.map(({ ok }) => ok)).toEqual([false]);
    expect((await send(port, certificate.cert, { body: JSON.stringify(REVIEW) })).status).toBe(200);

    mounted.renew(renewed);
    while (reloads.length < 2) await clock.advance(1000);
    expect(reloads[1]).toEqual({ ok: true });
    expect((await send(port, renewed.cert, { body: JSON.stringify(REVIEW) })).status).toBe(200);
    await expect(send(port, certificate.cert, { body: JSON.stringify(REVIEW) })).rejects.toThrow();
  });

  it('stops when told, though a client holds its connection open', async () => {
    const { port, certificate, stop, running } = await start({ graceMs: 50 });
    const idle = await open(port, certificate.cert);
    stop.abort();
    await running;
    await expect(send(port, certificate.cert, { body: '{}' })).rejects.toThrow(/ECONNREFUSED/);
    idle.destroy();
  });

  it('says at once when it has no certificate', async () => {
    const options = { certFile: '/nonexistent/tls.crt', keyFile: '/nonexistent/tls.key' };
    const address = { host: '127.0.0.1', port: 0 };
    const webhook = new GuardWebhook({ clock: systemClock, address, exemptUsers: [], ...options });
    await expect(webhook.run(new AbortController().signal)).rejects.toThrow(/tls\.crt/);
  });

  it('says at once when it cannot have the port', async () => {
    const { port, mounted } = await start();
    const { certFile, keyFile } = mounted;
    const second = new GuardWebhook({
      clock: systemClock,
      address: { host: '127.0.0.1', port },
      certFile,
      keyFile,
      exemptUsers: [],
    });
    await expect(second.run(new AbortController().signal)).rejects.toThrow(/EADDRINUSE/);
  });
});
