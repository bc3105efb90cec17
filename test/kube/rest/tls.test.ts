import { afterEach, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { createServer, connect as connectSocket, type Server, type AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { systemClock } from '../../../src/kube/clock.js';
import type { Authorization, ClusterAccess } from '../../../src/kube/auth/credentials.js';
import { HttpTransport } from '../../../src/kube/rest/httpTransport.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { answer, ScriptedServer } from '../../support/scriptedServer.js';

const pem = (name: string): Buffer =>
  readFileSync(new URL(`../../../../test/fixtures/tls/${name}.pem`, import.meta.url));
const [ca, otherCa] = [pem('ca'), pem('other-ca')];
const identity = { cert: pem('client'), key: pem('client-key') };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(mutual = false): Promise<ScriptedServer> {
  const server = await new ScriptedServer({
    key: pem('server-key'),
    cert: pem('server'),
    ca,
    requestCert: mutual,
    rejectUnauthorized: mutual,
  }).listen();
  cleanups.push(() => server.close());
  return server;
}

function connect(server: string, first: Authorization, more: Partial<ClusterAccess> = {}): HttpTransport {
  const access: ClusterAccess = {
    server,
    insecureSkipTlsVerify: false,
    source: 'test',
    authorize: () => Promise.resolve(first),
    ...more,
  };
  const transport = new HttpTransport({ access, userAgent: 'slicehints/test', clock: systemClock });
  cleanups.push(() => transport.close());
  return transport;
}

async function attempt(transport: HttpTransport, precondition = (): boolean => true): Promise<string> {
  try {
    await transport.send({ method: 'GET', path: '/healthz', precondition });
    return 'in';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.kind}: ${error.message}`;
  }
}

describe('a server certificate', () => {
  test('signed by the CA of the kubeconfig is accepted, and 200 requests in a row use one connection', async () => {
    const server = await listen();
    const transport = connect(server.url, { headers: {}, ca });
    for (let i = 0; i < 200; i++) expect(await attempt(transport)).toBe('in');
    expect(server.connections).toBe(1);
  });

  test.each<[string, Authorization]>([
    ['signed by another CA', { headers: {}, ca: otherCa }],
    ['that nobody on this machine knows', { headers: {} }],
  ])('%s is refused, and no request is sent', async (_name, authorization) => {
    const server = await listen();
    expect(await attempt(connect(server.url, authorization))).toMatch(/^network: .*(certificate|signature)/);
    expect(server.requests).toHaveLength(0);
  });

  test('of another CA is accepted with insecure-skip-tls-verify', async () => {
    const server = await listen();
    const transport = connect(server.url, { headers: {}, ca: otherCa }, { insecureSkipTlsVerify: true });
    expect(await attempt(transport)).toBe('in');
  });

  test('is checked for the name in tls-server-name', async () => {
    const server = await listen();
    const right = connect(server.url, { headers: {}, ca }, { tlsServerName: 'kubernetes.default' });
    expect(await attempt(right)).toBe('in');
    const wrong = connect(server.url, { headers: {}, ca }, { tlsServerName: 'elsewhere.example' });
    expect(await attempt(wrong)).toContain('elsewhere.example');
  });

  test('that cannot be parsed is an error and not a crash', async () => {
    const server = await listen();
    expect(await attempt(connect(server.url, { headers: {}, ca, cert: 'rubbish', key: 'rubbish' }))).toMatch(
      'network: ',
    );
  });
});

describe('a client certificate', () => {
  test('lets us in, and without one we stay out', async () => {
    const server = await listen(true);
    let subject: unknown;
    server.script = (request, response, socket) => {
      subject = (socket as TLSSocket).getPeerCertificate().subject.CN;
      return answer(200, {})(request, response, socket);
    };
    expect(await attempt(connect(server.url, { headers: {}, ca, ...identity }))).toBe('in');
    expect(subject).toBe('slicehints-test');
    expect(await attempt(connect(server.url, { headers: {}, ca }))).toMatch('network: ');
  });

  test('or CA that rotates gets new connections; a token that rotates does not', async () => {
    const server = await listen();
    let current: Authorization = { headers: { Authorization: 'Bearer a' }, ca };
    const transport = connect(server.url, current, { authorize: () => Promise.resolve(current) });
    await attempt(transport);
    current = { headers: { Authorization: 'Bearer b' }, ca: Buffer.from(ca) };
    await attempt(transport);
    expect(server.connections).toBe(1);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer a', 'Bearer b']);
    current = { ...current, ...identity };
    await attempt(transport);
    expect(server.connections).toBe(2);
    current = { headers: {}, ca: otherCa };
    expect(await attempt(transport)).toMatch('network: ');
  });
});

test('a precondition that no longer holds after the handshake withholds the request', async () => {
  const server = await listen();
  const transport = connect(server.url, { headers: {}, ca });
  let asked = 0;
  expect(await attempt(transport, () => ++asked === 1)).toMatch(/^withheld: /);
  expect([asked, server.requests.length]).toEqual([2, 0]);
  expect(await attempt(transport)).toBe('in');
});

test('TLS spoken to a server that does not is a network error', async () => {
  const plain = await new ScriptedServer().listen();
  cleanups.push(() => plain.close());
  expect(await attempt(connect(plain.url.replace('http:', 'https:'), { headers: {}, ca }))).toMatch('network: ');
});

/** A proxy that knows CONNECT, or SOCKS 5 without a password, and notes where it was sent. */
async function listenProxy(kind: 'http' | 'socks'): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const server: Server = createServer((client) => {
    client.on('error', () => undefined);
    const tunnel = (host: string, port: number, reply: Buffer | string): void => {
      const upstream = connectSocket(port, host, () => {
        client.write(reply);
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
    };
    client.once('data', (first) => {
      if (kind === 'http') {
        const [, host = '', port = ''] = /^CONNECT ([^:]+):(\d+)/.exec(first.toString()) ?? [];
        seen.push(
          `${host}:${port}${/\r\nproxy-authorization: Basic /i.test(first.toString()) ? ' with password' : ''}`,
        );
        tunnel(host, Number(port), 'HTTP/1.1 200 OK\r\n\r\n');
        return;
      }
      client.write(Buffer.from([5, 0]));
      client.once('data', (request) => {
        const host = [...request.subarray(4, 8)].join('.');
        const port = request.readUInt16BE(8);
        seen.push(`${host}:${port}`);
        tunnel(host, port, Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

describe('a proxy', () => {
  test.each([
    ['http', 'http://me:secret@127.0.0.1'],
    ['socks', 'socks5://127.0.0.1'],
  ] as const)('that speaks %s is passed through, and connections through it are kept', async (kind, url) => {
    const server = await listen();
    const proxy = await listenProxy(kind);
    const transport = connect(server.url, { headers: {}, ca }, { proxyUrl: `${url}:${proxy.port}` });
    for (let i = 0; i < 5; i++) expect(await attempt(transport)).toBe('in');
    expect(proxy.seen).toEqual([`127.0.0.1:${server.port}${kind === 'http' ? ' with password' : ''}`]);
    const suspicious = connect(server.url, { headers: {}, ca: otherCa }, { proxyUrl: `${url}:${proxy.port}` });
    expect(await attempt(suspicious)).toMatch(/^network: .*(certificate|signature)/);
  });

  test.each(['http', 'socks'] as const)('that speaks %s is used for plain http too', async (kind) => {
    const server = await new ScriptedServer().listen();
    cleanups.push(() => server.close());
    const proxy = await listenProxy(kind);
    const proxyUrl = `${kind === 'http' ? 'http' : 'socks5'}://127.0.0.1:${proxy.port}`;
    expect(await attempt(connect(server.url, { headers: {} }, { proxyUrl }))).toBe('in');
    expect(proxy.seen).toHaveLength(1);
  });

  test('that is not there is a network error without its password', async () => {
    const server = await listen();
    const { port, seen } = await listenProxy('http');
    await cleanups.pop()?.();
    const transport = connect(server.url, { headers: {}, ca }, { proxyUrl: `http://me:secret@127.0.0.1:${port}` });
    const outcome = await attempt(transport);
    expect(outcome).toMatch('network: ');
    expect(outcome).not.toContain('secret');
    expect(seen).toEqual([]);
  });
});
