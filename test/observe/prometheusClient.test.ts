import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kube/clock.js';
import { MOST_ANSWER_BYTES, PrometheusClient, type PrometheusAccess } from '../../src/observe/prometheusClient.js';
import { answer, ScriptedServer } from '../support/scriptedServer.js';

let server: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await new ScriptedServer().listen();
  folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function client(more: Partial<PrometheusAccess> = {}): PrometheusClient {
  return new PrometheusClient(
    {
      url: new URL(`${server.url}/prometheus/`),
      headers: [],
      bearerTokenFile: undefined,
      caFile: undefined,
      username: undefined,
      passwordFile: undefined,
      timeoutMs: 5000,
      ...more,
    },
    { clock: systemClock, userAgent: 'slicehints/test' },
  );
}
const never = new AbortController().signal;
const failureOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => {
      const { failure, message } = error as { failure: string; message: string };
      return `${failure}: ${message}`;
    },
  );

describe('a query', () => {
  test('is posted as a form to the API below the URL', async () => {
    server.script = answer(200, { status: 'success' });
    expect(await client().query('sum by (a) (rate(x[5m]))', never)).toEqual({ status: 'success' });
    const [request] = server.requests;
    expect([request?.method, request?.url.pathname]).toEqual(['POST', '/prometheus/api/v1/query']);
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      query: 'sum by (a) (rate(x[5m]))',
      timeout: '5000ms',
    });
    expect(request?.headers['user-agent']).toBe('slicehints/test');
  });

  test('carries headers, such as the tenant of Mimir', async () => {
    await client({ headers: [['x-scope-orgid', 'shop']] }).query('x', never);
    expect(server.requests[0]?.headers['x-scope-orgid']).toBe('shop');
  });

  test('carries a token that is read again each time', async () => {
    const bearerTokenFile = join(folder, 'token');
    await writeFile(bearerTokenFile, 'first\n');
    const own = client({ bearerTokenFile });
    await own.query('x', never);
    await writeFile(bearerTokenFile, 'second\n');
    await own.query('x', never);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  test('carries basic authentication', async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'se:cret\n');
    await client({ username: 'me', passwordFile }).query('x', never);
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:se:cret').toString('base64')}`);
  });
});

describe('over TLS', () => {
  const tls = (name: string): string => readFileSync(`test/fixtures/tls/${name}.pem`, 'utf8');
  let secure: ScriptedServer;
  beforeEach(async () => {
    secure = await new ScriptedServer({ key: tls('server-key'), cert: tls('server') }).listen();
  });
  afterEach(() => secure.close());

  test('the given certificates are trusted, others are not', async () => {
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, tls('ca'));
    const url = new URL(secure.url);
    expect(await client({ url, caFile }).query('x', never)).toEqual({});
    expect(await failureOf(client({ url }).query('x', never))).toMatch(/^network: Prometheus cannot be reached: /);
  });
});

describe('what goes wrong is one sentence', () => {
  test.each<[string, number, string, string, string]>([
    ['a 503', 503, 'text/plain', 'upstream connect error', 'status: Prometheus answers 503: "upstream connect error"'],
    [
      'an error of the query',
      400,
      'application/json',
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      'status: Prometheus answers 400: "parse error"',
    ],
    ['a redirect', 302, 'text/html', '', 'status: Prometheus answers 302'],
    [
      'HTML',
      200,
      'text/html',
      '<html>Sign in</html>',
      'not-json: the answer of Prometheus ("text/html") is not JSON; does --prometheus-url lead to it?',
    ],
  ])('%s', async (_, status, type, body, failure) => {
    server.script = (_request, response) => void response.writeHead(status, { 'content-type': type }).end(body);
    expect(await failureOf(client().query('x', never))).toBe(failure);
  });

  test('what was sent is not shown, also where the answer repeats it and is cut', async () => {
    const token = `eyJhbGciOi.${'x'.repeat(300)}`;
    const [bearerTokenFile, passwordFile] = [join(folder, 'token'), join(folder, 'password')];
    await Promise.all([writeFile(bearerTokenFile, token), writeFile(passwordFile, 'secret')]);
    server.script = ({ headers }, response) =>
      void response.writeHead(401).end(`${headers.authorization} (secret) ${String(headers['x-key'])}`);
    const shown = 'status: Prometheus answers 401: ';
    expect(await failureOf(client({ bearerTokenFile, headers: [['x-key', 'Key 0123456789']] }).query('x', never))).toBe(
      `${shown}"Bearer … (secret) Key …"`,
    );
    expect(await failureOf(client({ username: 'me', passwordFile }).query('x', never))).toBe(
      `${shown}"Basic … (…) undefined"`,
    );
  });

  test('an answer of more than 10 MB', async () => {
    server.script = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(Buffer.alloc(MOST_ANSWER_BYTES + 1, 'x'));
    };
    expect(await failureOf(client().query('x', never))).toBe(
      `too-large: the answer of Prometheus has more than ${MOST_ANSWER_BYTES} bytes; aggregate in the query`,
    );
  });

  test('a server that does not answer, or not to the end', async () => {
    server.script = (_request, response) => void response.writeHead(200).write('{"status"');
    expect(await failureOf(client({ timeoutMs: 100 }).query('x', never))).toBe(
      'timeout: Prometheus gives no complete answer within 100 ms',
    );
  });

  test('a server that is away', async () => {
    const { url } = server;
    await server.close();
    expect(await failureOf(client({ url: new URL(url) }).query('x', never))).toMatch(
      /^network: Prometheus cannot be reached: .*ECONNREFUSED/,
    );
    await server.listen();
  });

  test('a file that is not there', async () => {
    expect(await failureOf(client({ bearerTokenFile: '/nowhere' }).query('x', never))).toMatch(
      /^credentials: could not read \/nowhere: /,
    );
  });

  test.each<[string, Partial<Record<'bearerTokenFile' | 'passwordFile' | 'caFile', string>>, string]>([
    ['a token that is empty', { bearerTokenFile: ' \n' }, 'holds no token: it is empty'],
    [
      'a token of two lines',
      { bearerTokenFile: 'one\ntwo' },
      'holds no token: it has spaces, lines or characters beyond ASCII',
    ],
    [
      'a token that no header can hold',
      { bearerTokenFile: 'tök€n' },
      'holds no token: it has spaces, lines or characters beyond ASCII',
    ],
    ['a password that is empty', { passwordFile: '\n' }, 'holds no password: it is empty'],
    ['certificates that are none', { caFile: 'hello' }, 'holds no certificate in PEM'],
  ])('%s', async (_, files, problem) => {
    const path = join(folder, 'file');
    const [[name = '', content = ''] = []] = Object.entries(files);
    await writeFile(path, content);
    const username = name === 'passwordFile' ? 'me' : undefined;
    const url = new URL(name === 'caFile' ? 'https://127.0.0.1:1' : server.url);
    expect(await failureOf(client({ url, username, [name]: path }).query('x', never))).toBe(
      `credentials: ${path} ${problem}`,
    );
    expect(server.requests).toEqual([]);
  });

  test('a server that wants to speak another protocol', async () => {
    server.script = (_request, response) =>
      void response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    expect(await failureOf(client().query('x', never))).toBe(
      'network: Prometheus cannot be reached: the connection was closed without an answer',
    );
  });

  test('a stop', async () => {
    server.script = () => undefined;
    const stop = new AbortController();
    const failure = failureOf(client().query('x', stop.signal));
    stop.abort();
    expect(await failure).toBe('stopped: the query is stopped');
  });
});
