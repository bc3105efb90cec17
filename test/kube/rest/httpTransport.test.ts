import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/kube/clock.js';
import { anonymousAccess, type Authorization, type ClusterAccess } from '../../../src/kube/auth/credentials.js';
import { HttpTransport, type HttpTransportOptions, type RequestReport } from '../../../src/kube/rest/httpTransport.js';
import { RateLimiter } from '../../../src/kube/rest/rateLimiter.js';
import { ApiError, type WatchEvent } from '../../../src/kube/rest/transport.js';
import { answer, begin, lines, refuse, reset, ScriptedServer, silence } from '../../support/scriptedServer.js';

let server: ScriptedServer;
const opened: HttpTransport[] = [];

beforeEach(async () => {
  server = await new ScriptedServer().listen();
});

afterEach(async () => {
  for (const transport of opened.splice(0)) transport.close();
  await server.close();
});

function connect(options: Partial<HttpTransportOptions> = {}): HttpTransport {
  const transport = new HttpTransport({
    access: anonymousAccess(server.url),
    userAgent: 'slicehints/1.2.3',
    clock: systemClock,
    ...options,
  });
  opened.push(transport);
  return transport;
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`Expected an ApiError, got ${String(error)}`);
  return error;
}

async function collect(events: AsyncIterable<WatchEvent>, upTo = Infinity): Promise<WatchEvent[]> {
  const seen: WatchEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (seen.length >= upTo) break;
  }
  return seen;
}

const get = { method: 'GET', path: '/api/v1/nodes' } as const;

describe('a request', () => {
  test('carries path, query, body and headers as the API server expects them', async () => {
    server.script = answer(201, { ok: true });
    const access = anonymousAccess(`${server.url}/k8s/clusters/c-1/`);
    const body = { text: 'grün', list: [1] };
    const contentType = 'application/json-patch+json';
    const query = { labelSelector: 'a in (b,c),d!=e', limit: 500, watch: true, none: undefined };
    await expect(connect({ access }).send({ method: 'PATCH', path: '/x', query, body, contentType })).resolves.toEqual({
      ok: true,
    });
    const [seen] = server.requests;
    expect(seen?.method).toBe('PATCH');
    expect(seen?.url.pathname).toBe('/k8s/clusters/c-1/x');
    expect(Object.fromEntries(seen!.url.searchParams)).toEqual({
      labelSelector: 'a in (b,c),d!=e',
      limit: '500',
      watch: 'true',
    });
    expect(JSON.parse(seen!.body)).toEqual(body);
    expect(seen?.headers).toMatchObject({
      'user-agent': 'slicehints/1.2.3',
      accept: 'application/json',
      'content-type': 'application/json-patch+json',
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
    });
    expect(seen?.headers).not.toHaveProperty('accept-encoding');
    expect(seen?.headers).not.toHaveProperty('authorization');
  });

  test('answered with nothing is undefined', async () => {
    server.script = answer(200, '');
    await expect(connect().send({ method: 'DELETE', path: '/x' })).resolves.toBeUndefined();
  });

  test('two hundred times in a row uses one connection', async () => {
    const transport = connect();
    for (let i = 0; i < 200; i++) await transport.send(get);
    expect([server.requests.length, server.connections]).toEqual([200, 1]);
  });

  test('on a second transport uses another connection', async () => {
    await connect().send(get);
    await connect().send(get);
    expect(server.connections).toBe(2);
  });

  test('is reported with method, host, code and time; an error as <error>', async () => {
    const reports: RequestReport[] = [];
    const transport = connect({ onRequest: (report) => reports.push(report) });
    server.next.push(answer(200, {}), refuse(409, 'Conflict'), reset);
    await transport.send(get);
    await failure(transport.send({ method: 'PUT', path: '/x', body: {} }));
    await failure(transport.send({ method: 'POST', path: '/x', body: {} }));
    expect(reports.map(({ method, host, code }) => [method, host, code])).toEqual([
      ['GET', `127.0.0.1:${server.port}`, '200'],
      ['PUT', `127.0.0.1:${server.port}`, '409'],
      ['POST', `127.0.0.1:${server.port}`, '<error>'],
    ]);
    expect(reports.every(({ seconds }) => seconds >= 0)).toBe(true);
  });

  test('waits for the client-side limit, and an abort ends the wait', async () => {
    const transport = connect({ limiter: new RateLimiter({ qps: 0.001, burst: 1, clock: systemClock }) });
    await transport.send(get);
    const stop = new AbortController();
    const waiting = failure(transport.send({ ...get, signal: stop.signal }));
    stop.abort();
    expect((await waiting).kind).toBe('aborted');
    expect(server.requests).toHaveLength(1);
  });
});

describe('an answer that is no success', () => {
  test.each<[number, string, Record<string, string>, Partial<ApiError>]>([
    [409, 'Conflict', {}, { reason: 'Conflict', retryAfterMs: undefined }],
    [410, 'Expired', {}, { reason: 'Expired' }],
    [429, 'TooManyRequests', { 'Retry-After': '7' }, { retryAfterMs: 7000 }],
    [503, 'ServiceUnavailable', { 'Retry-After': 'soon' }, { retryAfterMs: undefined }],
    [500, 'InternalError', { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' }, { retryAfterMs: 0 }],
  ])('%d %s becomes an ApiError with its parts', async (status, reason, headers, expected) => {
    server.script = refuse(status, reason, 'why it is so', headers);
    const error = await failure(connect().send(get));
    expect(error).toMatchObject({ kind: 'http', status, ...expected });
    expect(error.message).toBe(`GET /api/v1/nodes: ${status} ${reason}: why it is so`);
  });

  test('may say when to come again in the Status', async () => {
    server.script = answer(429, { kind: 'Status', details: { retryAfterSeconds: 3 } });
    expect((await failure(connect().send(get))).retryAfterMs).toBe(3000);
  });

  test('may be HTML, or endless', async () => {
    server.next.push(answer(502, '<html>bad gateway</html>'), answer(500, 'x'.repeat(1_000_000)));
    expect(await failure(connect().send(get))).toMatchObject({ kind: 'http', status: 502, reason: '' });
    expect(await failure(connect().send(get))).toMatchObject({ kind: 'http', status: 500 });
  });

  test('is a redirect, which is not followed', async () => {
    server.script = answer(302, '', { Location: '/elsewhere' });
    const error = await failure(connect().send(get));
    expect(error.message).toBe('GET /api/v1/nodes: 302 redirects are not followed');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a body that cannot be used', () => {
  test.each<[string, string, string]>([
    ['is not JSON', '{"half":', 'is not JSON'],
    ['is too long', `"${'x'.repeat(2000)}"`, 'longer than 1000 bytes'],
  ])('because it %s is malformed, and the transport goes on', async (_name, body, message) => {
    server.next.push(answer(200, body));
    const transport = connect({ maxResponseBytes: 1000 });
    const error = await failure(transport.send(get));
    expect(error.kind).toBe('malformed');
    expect(error.message).toContain(message);
    await expect(transport.send(get)).resolves.toEqual({});
  });

  test('because the connection breaks in its middle is a network error', async () => {
    server.script = begin('{"items":[', 'reset');
    expect((await failure(connect().send(get))).kind).toBe('network');
  });
});

describe('a deadline', () => {
  test.each([
    ['no answer', silence],
    ['half an answer', begin('{"items":[', 'silence')],
  ])('ends a request with %s', async (_name, script) => {
    server.script = script;
    const error = await failure(connect({ requestTimeoutMs: 50 }).send(get));
    expect(error).toMatchObject({ kind: 'timeout', message: 'GET /api/v1/nodes: no complete answer within 50 ms' });
  });

  test('can be given with the request', async () => {
    server.script = silence;
    expect((await failure(connect().send({ ...get, deadlineMs: 30 }))).message).toContain('30 ms');
  });

  test('covers credentials that never come', async () => {
    const access = { ...anonymousAccess(server.url), authorize: () => new Promise<Authorization>(() => undefined) };
    expect((await failure(connect({ access, requestTimeoutMs: 30 }).send(get))).kind).toBe('timeout');
  });

  test('ends a watch that does not open, but not one that is open', async () => {
    const transport = connect({ requestTimeoutMs: 500 });
    server.next.push(silence);
    expect((await failure(collect(transport.watch({ path: '/x' })))).kind).toBe('timeout');
    server.next.push(async (request, response, socket) => {
      await begin(lines({ type: 'ADDED', object: 1 }), 'silence')(request, response, socket);
      setTimeout(() => response.end(lines({ type: 'ADDED', object: 2 })), 1000);
    });
    expect(await collect(transport.watch({ path: '/x' }))).toHaveLength(2);
  });
});

describe('a connection', () => {
  test('refused is a network error that names the address', async () => {
    const { port, url } = server;
    await server.close();
    const error = await failure(connect({ access: anonymousAccess(url) }).send(get));
    expect(error.kind).toBe('network');
    expect(error.message).toBe(`GET /api/v1/nodes: connect ECONNREFUSED 127.0.0.1:${port}`);
    server = await new ScriptedServer().listen();
  });

  test('that dies just when it is used again costs a GET nothing', async () => {
    const transport = connect();
    await transport.send(get);
    server.next.push(reset);
    await expect(transport.send(get)).resolves.toEqual({});
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  test('that dies again on the second try is an error', async () => {
    const transport = connect();
    await transport.send(get);
    server.next.push(reset, reset);
    expect((await failure(transport.send(get))).kind).toBe('network');
    expect(server.requests).toHaveLength(3);
  });

  test('that dies when it is new is an error at once', async () => {
    server.next.push(reset);
    expect((await failure(connect().send(get))).kind).toBe('network');
    expect(server.requests).toHaveLength(1);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('that dies under a %s is not tried again', async (method) => {
    const transport = connect();
    await transport.send(get);
    server.next.push(reset);
    expect((await failure(transport.send({ method, path: '/x', body: {} }))).kind).toBe('network');
    expect(server.requests).toHaveLength(2);
  });

  test('closed by the server while idle is replaced', async () => {
    const transport = connect();
    await transport.send(get);
    server.closeIdle();
    // Each turn of the event loop reads what the sockets have: the end of the connection is seen in the first or second.
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    await expect(transport.send({ method: 'POST', path: '/x', body: {} })).resolves.toEqual({});
  });
});

describe('stopping', () => {
  test.each(['before', 'during'])('%s a request rejects it as aborted', async (when) => {
    const stop = new AbortController();
    if (when === 'before') stop.abort();
    server.script = () => stop.abort();
    expect((await failure(connect().send({ ...get, signal: stop.signal }))).kind).toBe('aborted');
    expect(server.requests).toHaveLength(when === 'before' ? 0 : 1);
  });

  test('while the body comes rejects as aborted', async () => {
    const stop = new AbortController();
    server.script = async (...exchange) => {
      await begin('{', 'silence')(...exchange);
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      stop.abort();
    };
    expect((await failure(connect().send({ ...get, signal: stop.signal }))).kind).toBe('aborted');
  });

  test('the transport rejects what is under way and what comes later', async () => {
    const transport = connect();
    server.script = begin(lines({ type: 'ADDED', object: {} }), 'silence');
    const sending = failure(transport.send(get));
    const watching = failure(collect(transport.watch({ path: '/x' })));
    setTimeout(() => transport.close(), 50);
    expect((await sending).kind).toBe('aborted');
    expect((await watching).kind).toBe('aborted');
    expect((await failure(transport.send(get))).kind).toBe('aborted');
    expect((await failure(collect(transport.watch({ path: '/x' })))).kind).toBe('aborted');
  });
});

describe('a watch', () => {
  test('yields what comes, line by line, until the server ends it', async () => {
    const text = lines({ type: 'ADDED', object: { name: 'grün' } }, '', 'no json', '{"object":{}}', '"text"', {
      type: 'BOOKMARK',
      object: { metadata: {} },
    });
    server.script = async (_request, response) => {
      response.writeHead(200);
      // Byte by byte, so that every line and every character is torn apart.
      for (const byte of Buffer.from(text)) {
        await new Promise<void>((resolve) => response.write(Buffer.from([byte]), () => resolve()));
      }
      response.end('{"type":"DELETED","object":1}');
    };
    const events = await collect(connect().watch({ path: '/x', query: { resourceVersion: '5' } }));
    expect(events).toEqual([
      { type: 'ADDED', object: { name: 'grün' } },
      { type: 'MALFORMED', object: 'no json' },
      { type: 'MALFORMED', object: '{"object":{}}' },
      { type: 'MALFORMED', object: '"text"' },
      { type: 'BOOKMARK', object: { metadata: {} } },
      { type: 'DELETED', object: 1 },
    ]);
    expect(server.requests[0]?.url.search).toBe('?resourceVersion=5&watch=true');
  });

  test('leaves an object that the reader knows unparsed, in a watch and in an answer', async () => {
    const text = (version: string): string =>
      `{"kind":"K","metadata":{"name":"n","namespace":"s","resourceVersion":"${version}"}}`;
    server.next.push(
      begin(`{"type":"MODIFIED","object":${text('7')}}\n{"type":"MODIFIED","object":${text('8')}}`, 'end'),
    );
    server.next.push(answer(200, text('7')), answer(200, text('8')));
    const transport = connect();
    const isKnown = ({ key, version }: { key: string; version: string }): boolean => `${key} ${version}` === 's/n 7';
    expect(await collect(transport.watch({ path: '/x', isKnown }))).toEqual([
      { type: 'MODIFIED', object: undefined, known: { key: 's/n', version: '7' } },
      { type: 'MODIFIED', object: JSON.parse(text('8')) as unknown },
    ]);
    expect(await transport.send({ ...get, isKnown })).toBeUndefined();
    expect(await transport.send({ ...get, isKnown })).toEqual(JSON.parse(text('8')));
  });

  test('passes over a line that is too long', async () => {
    server.script = begin(lines({ type: 'ADDED', object: 'x'.repeat(300_000) }, { type: 'ADDED', object: 1 }), 'end');
    const events = await collect(connect({ maxLineBytes: 100_000 }).watch({ path: '/x' }));
    expect(events.map(({ type }) => type)).toEqual(['MALFORMED', 'ADDED']);
    expect(String(events[0]?.object)).toHaveLength(200);
  });

  test('that breaks off yields what came and then throws', async () => {
    server.script = begin(lines({ type: 'ADDED', object: 1 }) + '{"type":', 'reset');
    const seen: WatchEvent[] = [];
    const error = await failure(
      (async () => {
        for await (const event of connect().watch({ path: '/x' })) seen.push(event);
      })(),
    );
    expect(error.kind).toBe('network');
    expect(seen).toHaveLength(1);
  });

  test('refused is thrown as any other answer', async () => {
    server.script = refuse(410, 'Expired', 'too old resource version');
    expect(await failure(collect(connect().watch({ path: '/x' })))).toMatchObject({ status: 410, reason: 'Expired' });
  });

  test('stopped by its signal throws aborted, and the connection is gone', async () => {
    let closed: Promise<void> | undefined;
    server.script = async (request, response, socket) => {
      closed = new Promise((resolve) => socket.once('close', () => resolve()));
      await begin(lines({ type: 'ADDED', object: 1 }), 'silence')(request, response, socket);
    };
    const stop = new AbortController();
    const error = await failure(
      (async () => {
        for await (const event of connect().watch({ path: '/x', signal: stop.signal })) {
          expect(event.object).toBe(1);
          stop.abort();
        }
      })(),
    );
    expect(error.kind).toBe('aborted');
    await closed;
  });

  test('left early by its reader closes the connection', async () => {
    let closed: Promise<void> | undefined;
    server.script = async (request, response, socket) => {
      closed = new Promise((resolve) => socket.once('close', () => resolve()));
      await begin(lines({ type: 'ADDED', object: 1 }, { type: 'ADDED', object: 2 }), 'silence')(
        request,
        response,
        socket,
      );
    };
    expect(await collect(connect().watch({ path: '/x' }), 1)).toHaveLength(1);
    await closed;
  });

  test('is answered while another watch is open: they share no connection', async () => {
    server.next.push(begin(lines({ type: 'ADDED', object: 1 }), 'silence'));
    const transport = connect();
    const watching = transport.watch({ path: '/x' })[Symbol.asyncIterator]();
    await watching.next();
    await expect(transport.send(get)).resolves.toEqual({});
    await watching.return?.(undefined);
    expect(server.connections).toBe(2);
  });
});

describe('credentials', () => {
  function changing(...tokens: string[]): ClusterAccess & { asked: number } {
    const list = tokens.map((token) => ({ headers: { Authorization: `Bearer ${token}` } }));
    let current = list[0]!;
    const access = {
      ...anonymousAccess(server.url),
      asked: 0,
      authorize: (rejected?: Authorization) => {
        if (rejected === current) {
          access.asked += 1;
          current = list[list.indexOf(current) + 1] ?? current;
        }
        return Promise.resolve(current);
      },
    };
    return access;
  }

  const checkToken = (token: string): void => {
    server.script = (request, response, socket) =>
      request.headers.authorization === `Bearer ${token}`
        ? answer(200, { in: true })(request, response, socket)
        : refuse(401, 'Unauthorized')(request, response, socket);
  };

  test.each(['GET', 'POST'] as const)(
    'that have expired are read again once, and the %s goes through',
    async (method) => {
      checkToken('new');
      const access = changing('old', 'new');
      await expect(connect({ access }).send({ method, path: '/x' })).resolves.toEqual({ in: true });
      expect([access.asked, server.requests.length]).toEqual([1, 2]);
    },
  );

  test('that have expired are read again for a watch', async () => {
    server.next.push(refuse(401, 'Unauthorized'), begin(lines({ type: 'ADDED', object: 1 }), 'end'));
    expect(await collect(connect({ access: changing('old', 'new') }).watch({ path: '/x' }))).toHaveLength(1);
  });

  test('that stay bad are not tried again and again', async () => {
    checkToken('another');
    const access = changing('old');
    expect(await failure(connect({ access }).send(get))).toMatchObject({ status: 401, reason: 'Unauthorized' });
    expect(server.requests).toHaveLength(1);
    const twice = changing('old', 'new', 'newer');
    await failure(connect({ access: twice }).send(get));
    expect([twice.asked, server.requests.length]).toEqual([1, 3]);
  });

  test('never show in errors', async () => {
    const secret = 'very-secret-token';
    const errors: ApiError[] = [];
    for (const script of [refuse(403, 'Forbidden'), reset, silence, answer(200, 'x'), answer(302, '')]) {
      server.script = script;
      errors.push(await failure(connect({ access: changing(secret), requestTimeoutMs: 40 }).send(get)));
    }
    for (const error of errors) {
      const everything = JSON.stringify([error, error.message, error.stack, String(error.cause)]);
      expect(everything).not.toContain(secret);
    }
  });
});

describe('a precondition', () => {
  test('that does not hold withholds the request, and the connection is free for the next', async () => {
    const transport = connect();
    const error = await failure(transport.send({ method: 'PATCH', path: '/x', body: [], precondition: () => false }));
    expect(error.kind).toBe('withheld');
    await transport.send({ ...get, precondition: () => true });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('is asked after the wait for the limit and for credentials', async () => {
    const asked: string[] = [];
    const access = {
      ...anonymousAccess(server.url),
      authorize: () => {
        asked.push('credentials');
        return Promise.resolve({ headers: {} });
      },
    };
    const precondition = (): boolean => asked.push('precondition') > 0;
    await connect({ access }).send({ method: 'PATCH', path: '/x', body: [], precondition });
    expect(asked).toEqual(['credentials', 'precondition', 'precondition']);
  });

  test('is asked again when a connection had to be opened, and only then', async () => {
    const codes: string[] = [];
    const transport = connect({ onRequest: ({ code }) => void codes.push(code) });
    let asked = 0;
    const patch = { method: 'PATCH', path: '/x', body: [] } as const;
    // As for a process that was suspended meanwhile, and has lost its lease.
    const error = await failure(transport.send({ ...patch, precondition: () => ++asked === 1 }));
    expect([error.kind, asked, server.requests.length, codes]).toEqual(['withheld', 2, 0, []]);
    await transport.send(get);
    await transport.send({ ...patch, precondition: () => ++asked === 3 });
    expect([asked, server.requests.length]).toEqual([3, 2]);
  });

  test('is asked again before a request goes out a second time with fresh credentials', async () => {
    const list = [{ headers: { Authorization: 'Bearer old' } }, { headers: { Authorization: 'Bearer new' } }];
    const access = {
      ...anonymousAccess(server.url),
      authorize: (rejected?: Authorization) => Promise.resolve(list[rejected === undefined ? 0 : 1]!),
    };
    server.script = refuse(401, 'Unauthorized');
    const precondition = (): boolean => server.requests.length === 0;
    const error = await failure(connect({ access }).send({ method: 'PATCH', path: '/x', body: [], precondition }));
    expect([error.kind, server.requests.length]).toEqual(['withheld', 1]);
  });
});
