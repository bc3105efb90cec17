import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { FakeClock } from '../../support/fakeClock.js';
import { TestClient } from '../client.js';
import type { WatchLine } from '../client.js';
import { nodeOf, sliceOf, slicesPath } from '../samples.js';

let clock: FakeClock;
let server: SandboxApiServer;
let client: TestClient;

beforeEach(async () => {
  clock = new FakeClock();
  server = new SandboxApiServer({ clock, bookmarkIntervalMs: 1000, historyLimit: 50 });
  client = new TestClient(await server.listen());
});

afterEach(async () => {
  client.close();
  await server.close();
});

function shown(lines: readonly WatchLine[]): string[] {
  return lines.map((line) => `${line.type} ${line.object.metadata.name ?? line.object.metadata.resourceVersion ?? ''}`);
}

describe('watches', () => {
  test('bookmarks come at their interval, for those who want them, with the newest version of all', async () => {
    const wanted = await client.watch(`${slicesPath}?watch=true&allowWatchBookmarks=true`);
    const without = await client.watch(`${slicesPath}?watch=true`);
    server.store.create('nodes', nodeOf('n'));
    await clock.advance(2500);
    const lines = await wanted.until(2);
    const version = server.store.resourceVersion;
    expect(shown(lines)).toEqual([`BOOKMARK ${version}`, `BOOKMARK ${version}`]);
    expect(without.lines).toEqual([]);
  });

  test('a watch ends in order at its timeout, two seconds after its last bookmark', async () => {
    await server.close();
    server = new SandboxApiServer({ clock });
    client.close();
    client = new TestClient(await server.listen());
    const watch = await client.watch(`${slicesPath}?watch=true&allowWatchBookmarks=true&timeoutSeconds=10`);
    await clock.advance(8000);
    expect(await watch.until(1)).toHaveLength(1);
    await clock.advance(1999);
    expect(server.openWatches).toBe(1);
    await clock.advance(1);
    expect(await watch.ended).toBe('end');
    expect(server.openWatches).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('a watch resumes after the version that it names, of one namespace, one name or one selection', async () => {
    server.store.create('namespaces', { metadata: { name: 'other' } });
    const from = server.store.resourceVersion;
    server.store.create('endpointslices', sliceOf('a', ['a'], { pick: 'me' }));
    server.store.create('endpointslices', { ...sliceOf('a'), metadata: { name: 'a', namespace: 'other' } });
    server.store.create('endpointslices', sliceOf('b'));
    const all = '/apis/discovery.k8s.io/v1/endpointslices';
    const watches = await Promise.all(
      [
        `${all}?watch=true&resourceVersion=${from}`,
        `${slicesPath}?watch=true&resourceVersion=${from}`,
        `${slicesPath}?watch=true&resourceVersion=${from}&fieldSelector=metadata.name%3Db`,
        `${slicesPath}?watch=true&resourceVersion=${from}&labelSelector=pick`,
        `${slicesPath}/b?watch=true&resourceVersion=${from}`,
      ].map((path) => client.watch(path)),
    );
    server.store.delete('endpointslices', 'default', 'b');
    const counts = [4, 3, 2, 1, 2];
    const lines = await Promise.all(watches.map((watch, index) => watch.until(counts[index] ?? 0)));
    expect(lines.map(shown)).toEqual([
      ['ADDED a', 'ADDED a', 'ADDED b', 'DELETED b'],
      ['ADDED a', 'ADDED b', 'DELETED b'],
      ['ADDED b', 'DELETED b'],
      ['ADDED a'],
      ['ADDED b', 'DELETED b'],
    ]);
  });

  test('a deletion carries the last state and its own version', async () => {
    server.store.create('nodes', nodeOf('n'));
    const watch = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${server.store.resourceVersion}`);
    server.store.delete('nodes', '', 'n');
    const [line] = await watch.until(1);
    expect(line).toMatchObject({ type: 'DELETED', object: { status: { allocatable: { cpu: '4' } } } });
    expect(line?.object.metadata.resourceVersion).toBe(String(server.store.resourceVersion));
  });

  test('changes beyond the history limit are gone: 410', async () => {
    server.store.create('nodes', nodeOf('n'));
    const from = server.store.resourceVersion;
    for (let i = 0; i < 100; i++)
      server.store.patch('nodes', '', 'n', 'merge', { metadata: { labels: { i: String(i) } } });
    const watch = await client.watch(`/api/v1/nodes?watch=true&resourceVersion=${from}`);
    expect((await watch.until(1))[0]).toMatchObject({ type: 'ERROR', object: { reason: 'Expired', code: 410 } });
    expect(await watch.ended).toBe('end');
  });

  test('a table watch names its columns once, as kubectl get -w expects it', async () => {
    server.store.create('nodes', nodeOf('n'));
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const watch = await client.watch('/api/v1/nodes?watch=true', { accept });
    server.store.create('nodes', nodeOf('m'));
    const objects = (await watch.until(2)).map((line) => line.object);
    expect(objects.map((table) => table['columnDefinitions'] === null)).toEqual([false, true]);
    expect(objects).toMatchObject([
      { kind: 'Table', rows: [{ cells: expect.arrayContaining(['n', 'Ready', '0s']) }] },
      {
        kind: 'Table',
        rows: [{ cells: expect.arrayContaining(['m', 'Ready', '0s']), object: { kind: 'PartialObjectMetadata' } }],
      },
    ]);
  });

  test.each([
    ['sendInitialEvents=true', 422],
    ['resourceVersionMatch=NotOlderThan&resourceVersion=1', 422],
    ['resourceVersion=abc', 500],
    ['labelSelector=a%20in', 400],
  ])('a watch with %s gets %i before it begins', async (query, status) => {
    expect((await client.get(`/api/v1/nodes?watch=true&${query}`)).status).toBe(status);
    expect(server.openWatches).toBe(0);
  });

  test('a watch whose client went while it was held back does not begin', async () => {
    server.faults.add('latency:ms=100');
    const unanswered = client.watch(`${slicesPath}?watch=true&allowWatchBookmarks=true`);
    await vi.waitUntil(() => clock.pending === 1);
    client.close();
    await expect(unanswered).rejects.toThrow('socket hang up');
    await vi.waitUntil(() => server.requests.total === 1);
    await clock.advance(100);
    expect([server.openWatches, clock.pending]).toEqual([0, 0]);
  });

  test('close waits for no request that a fault holds back, and does none of them', async () => {
    server.faults.add('latency:ms=100000');
    const answers = [client.watch(`${slicesPath}?watch=true`), client.send('POST', slicesPath, sliceOf('late'))];
    const broken = Promise.allSettled(answers);
    await vi.waitUntil(() => clock.pending === 2);
    await server.close();
    expect((await broken).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([server.openWatches, clock.pending, server.store.list('endpointslices')]).toEqual([0, 0, []]);
  });

  test('a dozen requests that a fault holds back are no leak to Node.js', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    try {
      server.faults.add('latency:ms=100');
      const answers = Array.from({ length: 12 }, () => client.get('/api/v1/nodes'));
      await vi.waitUntil(() => clock.pending === 12);
      await clock.advance(100);
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', onWarning);
    }
  });

  test('close ends watches and connections at once', async () => {
    const watch = await client.watch('/api/v1/nodes?watch=true');
    await server.close();
    await watch.ended;
    expect(server.openWatches).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
