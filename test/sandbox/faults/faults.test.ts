import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { FaultBoard } from '../../../src/sandbox/faults/faults.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { TestClient } from '../client.js';
import { nodeOf, sliceOf, slicesPath } from '../samples.js';

describe('the fault board', () => {
  const subject = { resource: 'nodes', verb: 'list', userAgent: 'slicehints/1', fieldManager: '' };

  test('a fault strikes at its rate, so often and so long as it says, and only where it matches', async () => {
    const clock = new FakeClock();
    const numbers = [0.1, 0.9, 0.2];
    const board = new FaultBoard({ clock, random: () => numbers.shift() ?? 0 });
    board.add('gone:rate=0.5,resource=nodes');
    expect(board.take('gone', subject)).toBeDefined();
    expect(board.take('gone', subject)).toBeUndefined();
    expect(board.take('gone', subject)).toBeDefined();
    expect(board.take('gone', { ...subject, resource: 'pods' })).toBeUndefined();
    expect(board.take('latency', subject)).toBeUndefined();
    expect(board.remove('gone')).toBe(1);
    board.add('unauthorized:count=2,userAgent=slicehints');
    const struck = Array.from({ length: 3 }, () => board.take('unauthorized', subject) !== undefined);
    expect(struck).toEqual([true, true, false]);
    board.add('forbidden:durationMs=1000');
    expect(board.take('forbidden', subject)).toBeDefined();
    await clock.advance(1000);
    expect(board.take('forbidden', subject)).toBeUndefined();
    expect(board.list()).toEqual([]);
    expect(board.fired()).toEqual({ gone: 2, unauthorized: 2, forbidden: 1 });
    expect(clock.pending).toBe(0);
  });

  test('a deed of a moment does not stay on, unless it is to be repeated', async () => {
    const clock = new FakeClock();
    const board = new FaultBoard({ clock, random: () => 0 });
    const struck: string[] = [];
    board.onStrike((spec) => struck.push(spec.name));
    board.add('restart');
    expect(board.list()).toEqual([]);
    board.add('compact:everyMs=100,durationMs=350');
    await clock.advance(1000);
    expect(struck).toEqual(['restart', 'compact', 'compact', 'compact']);
    expect(clock.pending).toBe(0);
  });
});

describe('a server with faults', () => {
  let clock: FakeClock;
  let server: SandboxApiServer;
  let client: TestClient;

  beforeEach(async () => {
    clock = new FakeClock();
    server = new SandboxApiServer({ clock, random: () => 0.5, bookmarkIntervalMs: 1000 });
    client = new TestClient(await server.listen());
    server.store.create('nodes', nodeOf('n1'));
    server.store.create('endpointslices', sliceOf('cart-1'));
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  /** An answer that waits for the server's clock. */
  async function held<T>(answer: Promise<T>): Promise<'held' | 'answered'> {
    const state = { value: 'held' as 'held' | 'answered' };
    void answer.then(() => (state.value = 'answered'));
    await settle(50);
    return state.value;
  }

  test('latency holds answers back for ms and a share of jitterMs', async () => {
    server.faults.add('latency:ms=100,jitterMs=100');
    const answer = client.get('/api/v1/nodes');
    expect(await held(answer)).toBe('held');
    await clock.advance(149);
    expect(await held(answer)).toBe('held');
    await clock.advance(1);
    expect((await answer).status).toBe(200);
  });

  test.each([
    ['too-many-requests:retryAfterSeconds=7', 429, 'TooManyRequests'],
    ['server-error', 500, 'InternalError'],
    ['server-error:status=503', 503, 'ServiceUnavailable'],
    ['unauthorized', 401, 'Unauthorized'],
    ['forbidden', 403, 'Forbidden'],
  ])('%s answers with a Status, once when counted', async (fault, status, reason) => {
    server.faults.add(fault.includes(':') ? `${fault},count=1` : `${fault}:count=1`);
    const answer = await client.get('/api/v1/nodes');
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ kind: 'Status', reason, code: status });
    expect(answer.headers['retry-after']).toBe(status === 429 ? '7' : undefined);
    expect((await client.get('/api/v1/nodes')).status).toBe(200);
  });

  test('RBAC forbids one resource in the words of the real server, and nothing else', async () => {
    server.faults.add('forbidden:resource=endpointslices,verb=patch');
    const refused = await client.patch(`${slicesPath}/cart-1`, {}, 'merge');
    expect(refused.body['message']).toBe(
      'endpointslices.discovery.k8s.io "cart-1" is forbidden: User "system:admin" cannot patch resource "endpointslices" in API group "discovery.k8s.io" in the namespace "default"',
    );
    expect((await client.get(slicesPath)).status).toBe(200);
  });

  test('a body breaks off in the middle, and the write behind it took place', async () => {
    server.faults.add('reset-body:count=1');
    await expect(client.patch(`${slicesPath}/cart-1`, { metadata: { labels: { x: 'y' } } }, 'merge')).rejects.toThrow();
    expect(server.store.get('endpointslices', 'default', 'cart-1')?.metadata.labels).toHaveProperty('x', 'y');
  });

  test('a watch goes silent without closing: no event, no bookmark, no end at its timeout', async () => {
    const watch = await client.watch('/api/v1/nodes?watch=true&allowWatchBookmarks=true&timeoutSeconds=5');
    await watch.until(1);
    server.faults.add('silent-watch:count=1');
    server.store.create('nodes', nodeOf('n2'));
    await clock.advance(10_000);
    expect(watch.lines).toHaveLength(1);
    const other = await client.watch('/api/v1/nodes?watch=true');
    await other.until(2);
    expect(server.openWatches).toBe(2);
  });

  test('open watches are closed at once and in order; new ones only when told so', async () => {
    const nodes = await client.watch('/api/v1/nodes?watch=true');
    const slices = await client.watch(`${slicesPath}?watch=true`);
    server.faults.add('close-watches:resource=nodes');
    expect(await nodes.ended).toBe('end');
    expect(server.openWatches).toBe(1);
    server.faults.add('close-watches:count=1');
    expect(await slices.ended).toBe('end');
    expect(await (await client.watch('/api/v1/nodes?watch=true')).ended).toBe('end');
    const open = await client.watch('/api/v1/nodes?watch=true');
    await open.until(1);
    expect(server.openWatches).toBe(1);
  });

  test('410 comes as an ERROR event on a watch and as a status on a continue token', async () => {
    server.store.create('nodes', nodeOf('n2'));
    const page = await client.get('/api/v1/nodes?limit=1');
    const token = (page.body['metadata'] as { continue: string }).continue;
    server.faults.add('gone:count=2');
    const watch = await client.watch('/api/v1/nodes?watch=true&resourceVersion=1');
    expect((await watch.until(1))[0]).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await watch.ended).toBe('end');
    const expired = await client.get(`/api/v1/nodes?limit=1&continue=${token}`);
    expect(expired.body).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = (expired.body['metadata'] as { continue: string }).continue;
    const inconsistent = await client.get(`/api/v1/nodes?limit=5&continue=${rest}`);
    expect(inconsistent.body).toMatchObject({ items: [{ metadata: { name: 'n2' } }] });
  });

  test('events come twice', async () => {
    server.faults.add('duplicate-events:count=1');
    const watch = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${server.store.resourceVersion}`);
    server.store.create('nodes', nodeOf('n2'));
    server.store.create('nodes', nodeOf('n3'));
    const lines = await watch.until(3);
    expect(lines.map((line) => line.object.metadata.name)).toEqual(['n2', 'n2', 'n3']);
  });

  test('events come late, and later ones wait behind them', async () => {
    server.faults.add('delay-events:ms=500,count=1');
    const watch = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${server.store.resourceVersion}`);
    server.store.create('nodes', nodeOf('n2'));
    server.store.create('nodes', nodeOf('n3'));
    await clock.advance(499);
    expect(watch.lines).toEqual([]);
    await clock.advance(1);
    await clock.advance(1);
    const lines = await watch.until(2);
    expect(lines.map((line) => line.object.metadata.name)).toEqual(['n2', 'n3']);
  });

  test('another writer touches each slice after writes of one user agent, at once or later', async () => {
    server.faults.add('foreign-write:userAgent=test');
    const answer = await client.patch(`${slicesPath}/cart-1`, { metadata: { labels: { x: 'y' } } }, 'merge');
    const touched = server.store.get('endpointslices', 'default', 'cart-1');
    expect(Number(touched?.metadata.resourceVersion)).toBeGreaterThan(
      Number((answer.body['metadata'] as { resourceVersion: string }).resourceVersion),
    );
    expect(touched?.metadata.annotations).toHaveProperty(['foreign.example.com/touched']);
    server.faults.clear();
    server.faults.add('foreign-write:change=strip,ms=1000');
    const hints = [{ op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: 'a' }] } }];
    await client.patch(`${slicesPath}/cart-1?fieldManager=ours`, hints, 'json');
    expect(JSON.stringify(server.store.get('endpointslices', 'default', 'cart-1'))).toContain('forZones');
    await clock.advance(1000);
    const stripped = server.store.get('endpointslices', 'default', 'cart-1');
    expect(JSON.stringify(stripped)).not.toContain('forZones');
    const owner = stripped?.metadata.managedFields?.find((entry) => Object.hasOwn(entry.fieldsV1, 'f:endpoints'));
    expect(owner?.manager).toBe('foreign-writer');
  });

  test('a compacted history: old versions are gone for watches and exact lists, open watches go on', async () => {
    const old = server.store.resourceVersion;
    server.store.create('nodes', nodeOf('n2'));
    const open = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${server.store.resourceVersion}`);
    server.faults.add('compact');
    const late = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${old}`);
    expect((await late.until(1))[0]).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    expect((await client.get(`/api/v1/nodes?resourceVersion=${old}&resourceVersionMatch=Exact`)).status).toBe(410);
    server.store.create('nodes', nodeOf('n3'));
    expect((await open.until(1))[0]?.object.metadata.name).toBe('n3');
  });

  test('a restart breaks every connection and forgets the past, but no object', async () => {
    const watch = await client.watch('/api/v1/nodes?watch=true');
    await watch.until(1);
    const old = Number(watch.lines[0]?.object.metadata.resourceVersion) - 1;
    server.faults.add('restart');
    await watch.ended;
    await settle();
    const again = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${old}`);
    expect((await again.until(1))[0]).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    expect((await client.get('/api/v1/nodes')).body['items']).toHaveLength(1);
  });

  test('connections are refused for a while', async () => {
    server.faults.add('refuse-connections:durationMs=1000');
    await settle();
    await expect(client.get('/api/v1/nodes')).rejects.toThrow();
    await clock.advance(1000);
    expect((await client.get('/api/v1/nodes')).status).toBe(200);
  });

  test('faults are switched over HTTP, as text and as JSON, and no fault touches that', async () => {
    const on = await client.send('POST', '/sandbox/faults', 'server-error:status=503', {
      'content-type': 'text/plain',
    });
    expect(on.status).toBe(201);
    await client.send('POST', '/sandbox/faults', { name: 'forbidden', resource: 'nodes' });
    expect((await client.get('/api/v1/nodes')).status).toBe(403);
    expect((await client.get('/readyz')).status).toBe(503);
    const state = await client.get('/sandbox/faults');
    expect(state.body['fired']).toEqual({ forbidden: 1, 'server-error': 1 });
    expect(state.body['active']).toHaveLength(2);
    expect((await client.send('DELETE', '/sandbox/faults/forbidden')).body).toEqual({ removed: 1 });
    expect((await client.send('DELETE', `/sandbox/faults/${String(on.body['id'])}`)).body).toEqual({ removed: 1 });
    expect((await client.send('DELETE', '/sandbox/faults/gone')).status).toBe(404);
    const bad = await client.send('POST', '/sandbox/faults', { name: 'flood' });
    expect(bad.status).toBe(400);
    expect(bad.body['message']).toMatch(/^Expected a fault name, one of latency, .* got "flood"\.$/);
    expect((await client.get('/api/v1/nodes')).status).toBe(200);
  });
});
