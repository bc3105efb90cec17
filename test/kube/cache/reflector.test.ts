import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Reflector } from '../../../src/kube/cache/reflector.js';
import type { ReflectorOptions } from '../../../src/kube/cache/reflectorOptions.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { bookmark, ModelApi, ScriptedTransport, type ModelObject } from '../../support/modelApi.js';

interface Rig<A extends ScriptedTransport> {
  readonly api: A;
  readonly clock: FakeClock;
  readonly reflector: Reflector<ModelObject>;
  readonly seen: string[];
  readonly log: { msg: string; suppressed?: number }[];
  readonly stop: () => Promise<void>;
}

/** Starts a reflector; `seen` lists the changes, the observer's reports and `synced`, in order. */
function start<A extends ScriptedTransport>(api: A, options: Partial<ReflectorOptions<ModelObject>> = {}): Rig<A> {
  const clock = new FakeClock();
  const seen: string[] = [];
  const log: { msg: string }[] = [];
  const reflector = new Reflector<ModelObject>({
    name: 'things',
    transport: api,
    path: '/api/v1/things',
    transform: (raw) => raw as ModelObject,
    events: {
      onChange: (key, next, previous) => seen.push(`${key} ${previous?.value ?? '-'}>${next?.value ?? '-'}`),
      onSynced: () => seen.push('synced'),
    },
    observer: {
      onList: (name, { how, items }) => seen.push(`${name} ${how} ${items}`),
      onListFailed: (_name, error) => seen.push(`list failed ${error.kind} ${error.status}`),
      onWatchEnd: (_name, reason) => seen.push(reason),
      onBadEvent: () => seen.push('bad'),
      onHandlerError: () => seen.push('handler error'),
    },
    clock,
    random: () => 0.5,
    logger: pino({ level: 'warn' }, { write: (line: string) => void log.push(JSON.parse(line) as { msg: string }) }),
    ...options,
  });
  const ended = new AbortController();
  const running = reflector.run(ended.signal);
  const stop = async (): Promise<void> => {
    ended.abort();
    await running;
    expect(clock.pending).toBe(0);
  };
  return { api, clock, reflector, seen, log, stop };
}

function http(status: number, more: { reason?: string; retryAfterMs?: number } = {}): ApiError {
  return new ApiError('http', `answer ${status}`, { status, ...more });
}

function item(name: string, version: string, value = 0): ModelObject {
  return { metadata: { namespace: 'n', name, resourceVersion: version }, value };
}

function page(version: string, items: readonly unknown[], token = ''): unknown {
  return { metadata: { resourceVersion: version, continue: token }, items };
}

describe('the first list', () => {
  test('is streamed, told in order, and the same watch goes on', async () => {
    const api = new ModelApi();
    api.put('n/a', 1);
    api.put('n/b', 2);
    const rig = start(api, { labelSelector: 'x=y' });
    await settle();
    expect(rig.seen).toEqual(['n/a ->1', 'n/b ->2', 'things stream 2', 'synced']);
    api.put('n/a', 3);
    await settle();
    expect(rig.seen.at(-1)).toBe('n/a 1>3');
    expect(api.watches).toHaveLength(1);
    expect(api.sent).toHaveLength(0);
    expect(api.watching.request.query).toEqual({
      labelSelector: 'x=y',
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    });
    expect(rig.reflector.resourceVersion).toBe(api.version);
    await rig.stop();
  });

  test.each([400, 405, 422, 501])('comes in pages for good when the server answers %d to streaming', async (status) => {
    const api = new ModelApi();
    for (const name of ['a', 'b', 'c', 'd', 'e']) api.put(`n/${name}`, 1);
    api.refusals.push(http(status));
    const rig = start(api, { pageSize: 2 });
    await settle(20);
    expect(rig.seen.slice(-2)).toEqual(['things pages 5', 'synced']);
    expect(api.sent.map(({ query }) => [query?.limit, query?.continue])).toEqual([
      [2, undefined],
      [2, `${api.version}@2`],
      [2, `${api.version}@4`],
    ]);
    expect(api.watching.request.query?.resourceVersion).toBe(api.version);
    api.watching.push({ type: 'ERROR', object: { code: 410 } });
    await rig.clock.advance(1000);
    expect(api.sent).toHaveLength(6);
    await rig.stop();
  });

  test.each<[string, (api: ScriptedTransport) => void]>([
    ['sends an ordinary bookmark instead of the marked one', (api) => api.watching.push(bookmark('v1'))],
    ['falls silent before the marked bookmark', () => undefined],
    [
      'sends the refusal as an ERROR line',
      (api) => api.watching.push({ type: 'ERROR', object: { code: 422, reason: 'Invalid' } }),
    ],
  ])('comes in pages when the server %s', async (_name, act) => {
    const api = new ScriptedTransport();
    api.onSend = () => page('v2', [item('a', 'v1', 7)]);
    const rig = start(api);
    await settle();
    api.watching.push({ type: 'ADDED', object: item('old', 'v0') });
    act(api);
    await rig.clock.advance(45_000);
    expect([...rig.reflector.items.keys()]).toEqual(['n/a']);
    expect(api.sent).toHaveLength(1);
    await rig.stop();
  });

  test('comes in pages when a chatty server never sends the marked bookmark', async () => {
    const api = new ScriptedTransport();
    api.onSend = () => page('v2', []);
    const rig = start(api);
    await settle();
    for (let i = 0; i < 20 && api.sent.length === 0; i++) {
      api.watching.push({ type: 'ADDED', object: item('a', `v${i}`) });
      await rig.clock.advance(20_000);
    }
    expect(rig.clock.monotonicMs()).toBe(300_000);
    expect(rig.reflector.synced).toBe(true);
    await rig.stop();
  });

  test('is tried again when the stream breaks, and comes in pages after the third time', async () => {
    const api = new ScriptedTransport();
    api.onSend = () => page('v2', []);
    api.onWatch = (feed) => {
      feed.push({ type: 'ADDED', object: item('a', 'v1') });
      if (feed.request.query?.sendInitialEvents === true) feed.fail(new ApiError('network', 'reset'));
    };
    const rig = start(api);
    await rig.clock.advance(10_000);
    expect(rig.seen.filter((line) => line === 'unfinished')).toHaveLength(3);
    expect(api.sent).toHaveLength(1);
    await rig.stop();
  });

  test('is streamed again after an outage: a server that is away has refused nothing', async () => {
    const api = new ModelApi();
    api.put('n/a', 1);
    for (const status of [503, 500, 429, 403, 401]) api.refusals.push(http(status));
    api.refusals.push(new ApiError('network', 'ECONNREFUSED'));
    const rig = start(api);
    await rig.clock.advance(60_000);
    expect(rig.seen.slice(-3)).toEqual(['n/a ->1', 'things stream 1', 'synced']);
    expect(rig.seen.filter((line) => line.startsWith('list failed'))).toHaveLength(6);
    await rig.stop();
  });

  test('lets a deletion in the middle of the stream count', async () => {
    const api = new ScriptedTransport();
    const rig = start(api);
    await settle();
    api.watching.push(
      { type: 'ADDED', object: item('a', 'v1') },
      { type: 'ADDED', object: item('b', 'v2') },
      { type: 'DELETED', object: item('a', 'v3') },
      bookmark('v3', true),
    );
    await settle();
    expect([...rig.reflector.items.keys()]).toEqual(['n/b']);
    await rig.stop();
  });
});

describe('pages', () => {
  async function lists(answers: readonly unknown[]): Promise<{ rig: Rig<ScriptedTransport>; asked: unknown[][] }> {
    const api = new ScriptedTransport();
    const left = [...answers];
    api.onSend = () => {
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const rig = start(api, { streamingList: false, pageSize: 1 });
    await rig.clock.advance(100);
    return { rig, asked: api.sent.map(({ query }) => [query?.limit, query?.continue]) };
  }

  test('start again when the continue token has expired, and what came before is void', async () => {
    const { rig, asked } = await lists([
      page('v1', [item('gone', 'x1')], 't1'),
      http(410),
      page('v2', [item('a', 'x2')], 't2'),
      page('v2', [item('b', 'x3')]),
    ]);
    expect([...rig.reflector.items.keys()]).toEqual(['n/a', 'n/b']);
    expect(asked.map(([, token]) => token)).toEqual([undefined, 't1', undefined, 't2']);
    await rig.stop();
  });

  test('are given up for one whole list when tokens expire twice', async () => {
    const { rig, asked } = await lists([
      page('v1', [], 't1'),
      http(410),
      page('v2', [], 't2'),
      http(410),
      page('v3', []),
    ]);
    expect(asked.at(-1)).toEqual([undefined, undefined]);
    expect(rig.reflector.resourceVersion).toBe('v3');
    await rig.stop();
  });

  test('of different versions are not put together', async () => {
    const { rig } = await lists([
      page('v1', [item('a', 'x1')], 't1'),
      page('v2', [item('b', 'x2')]),
      page('v3', [item('c', 'x3')]),
    ]);
    expect([...rig.reflector.items.keys()]).toEqual(['n/c']);
    await rig.stop();
  });

  test.each([
    ['an answer that is no list', { kind: 'Status' }],
    ['a list without a version', { metadata: {}, items: [] }],
    ['no body at all', undefined],
  ])('%s is a failed list, and the next try counts', async (_name, answer) => {
    const { rig } = await lists([answer]);
    expect(rig.seen).toEqual(['list failed malformed 0']);
    rig.api.onSend = () => page('v1', [item('a', 'x1')]);
    await rig.clock.advance(1000);
    expect(rig.reflector.synced).toBe(true);
    await rig.stop();
  });

  test('that hand out the same token for ever end as a failed list', async () => {
    const { rig } = await lists([page('v1', [], 't'), page('v1', [], 't')]);
    expect(rig.seen).toEqual(['list failed malformed 0']);
    await rig.stop();
  });

  test('may say null for no items, as Go does', async () => {
    const { rig } = await lists([{ metadata: { resourceVersion: 'v1' }, items: null }]);
    expect(rig.seen).toEqual(['things pages 0', 'synced']);
    await rig.stop();
  });
});

describe('a watch', () => {
  async function synced(options: Partial<ReflectorOptions<ModelObject>> = {}): Promise<Rig<ModelApi>> {
    const api = new ModelApi();
    api.put('n/a', 1);
    const rig = start(api, options);
    await settle();
    rig.seen.length = 0;
    return rig;
  }

  test('that the server ends after its time goes on at once where it was', async () => {
    const { api, clock, seen, stop } = await synced();
    await clock.advance(60_000);
    api.put('n/a', 2);
    const { version } = api;
    await settle();
    api.watching.end();
    await settle();
    expect(api.watches).toHaveLength(2);
    expect(api.watching.request.query).toMatchObject({ resourceVersion: version });
    api.put('n/a', 3);
    await settle();
    expect(seen).toEqual(['n/a 1>2', 'closed', 'n/a 2>3']);
    await stop();
  });

  test('resumes from the version of a bookmark', async () => {
    const { api, clock, stop } = await synced();
    await clock.advance(10_000);
    api.watching.push(bookmark('from-a-bookmark'));
    await settle();
    api.onWatch = () => undefined;
    api.watching.end();
    await settle();
    expect(api.watching.request.query?.resourceVersion).toBe('from-a-bookmark');
    await stop();
  });

  test('is asked to last between five and ten minutes', async () => {
    const seconds: unknown[] = [];
    for (const chance of [0, 0.25, 0.999]) {
      const { api, stop } = await synced({ random: () => chance });
      seconds.push(api.watching.request.query?.timeoutSeconds);
      await stop();
    }
    expect(seconds).toEqual([300, 375, 599]);
  });

  test.each<[string, (api: ModelApi) => void]>([
    ['as HTTP status', (api) => (api.refusals.push(http(410)), api.watching.end())],
    ['as an ERROR line', (api) => api.watching.push({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })],
    ['as a reason without code', (api) => api.watching.push({ type: 'ERROR', object: { reason: 'Gone' } })],
  ])('that has expired (%s) leads to a list that tells only the differences', async (_name, act) => {
    const { api, clock, seen, stop } = await synced();
    api.put('n/b', 2);
    api.put('n/c', 3);
    await settle();
    seen.length = 0;
    await clock.advance(10_000);
    // The watch hears nothing of these.
    const deaf = api.watching;
    const push = deaf.push.bind(deaf);
    deaf.push = () => undefined;
    api.delete('n/b');
    api.put('n/c', 4);
    api.compact();
    deaf.push = push;
    act(api);
    await clock.advance(2000);
    expect(seen.filter((line) => line.includes('>'))).toEqual(['n/b 2>-', 'n/c 3>4']);
    await stop();
  });

  test('without a line for twice the bookmark interval is cut and resumed', async () => {
    const { api, clock, seen, stop } = await synced({ bookmarkIntervalMs: 10_000, initialEventsTimeoutMs: 10_000 });
    await clock.advance(19_999);
    expect(api.watches).toHaveLength(1);
    await clock.advance(1);
    expect(seen).toEqual(['silent']);
    expect(api.watches).toHaveLength(2);
    expect(api.openWatches).toHaveLength(1);
    await stop();
  });

  test('with a line now and then lives on', async () => {
    const { api, clock, stop } = await synced({ bookmarkIntervalMs: 10_000, initialEventsTimeoutMs: 10_000 });
    for (let i = 0; i < 20; i++) {
      api.bookmark();
      await clock.advance(15_000);
    }
    expect(api.watches).toHaveLength(1);
    await stop();
  });

  test('that is silent twice is followed by a list, for its version may lie in the future', async () => {
    const { api, clock, seen, stop } = await synced({ bookmarkIntervalMs: 10_000, initialEventsTimeoutMs: 10_000 });
    await clock.advance(40_000);
    expect(seen).toEqual(['silent', 'silent', 'things stream 1']);
    await stop();
    expect(api.openWatches).toHaveLength(0);
  });

  test('that is silent once after such a list goes on', async () => {
    const { clock, seen, stop } = await synced({ bookmarkIntervalMs: 10_000, streamingList: false });
    await clock.advance(40_000);
    expect(seen).toEqual(['silent', 'silent', 'things pages 1']);
    seen.length = 0;
    await clock.advance(20_000);
    expect(seen).toEqual(['silent']);
    await stop();
  });

  test('closed at once again and again is reopened with growing pauses, at most 30 s apart', async () => {
    const { api, clock, stop } = await synced();
    const opened: number[] = [];
    api.onWatch = (feed) => {
      opened.push(clock.monotonicMs());
      feed.end();
    };
    api.watching.end();
    await clock.advance(180_000);
    const pauses = opened.slice(1).map((at, index) => at - (opened[index] ?? 0));
    expect(pauses.slice(0, 8)).toEqual([800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000]);
    await stop();
  });

  test.each<[string, ApiError]>([
    ['503', http(503)],
    ['429', http(429)],
    ['410', http(410)],
    ['silence', new ApiError('timeout', 'no complete answer')],
  ])('refused by a server that takes its time (%s) is reopened with growing pauses', async (_name, error) => {
    const { api, clock, stop } = await synced();
    const opened: number[] = [];
    api.onWatch = (feed) => {
      opened.push(clock.monotonicMs());
      clock.after(2_000, () => feed.fail(error));
    };
    api.watching.fail(new ApiError('network', 'reset'));
    await clock.advance(60_000);
    const pauses = opened.slice(1).map((at, index) => at - (opened[index] ?? 0) - 2_000);
    expect(pauses.slice(0, 5)).toEqual([800, 1600, 3200, 6400, 12_800]);
    api.onWatch = () => undefined;
    await clock.advance(20_000);
    await stop();
  });

  test('starts with short pauses again after one that lived', async () => {
    const { api, clock, stop } = await synced();
    let failures = 6;
    const opened: number[] = [];
    const usual = api.onWatch;
    api.onWatch = (feed) => {
      opened.push(clock.monotonicMs());
      if (failures-- > 0) feed.fail(new ApiError('network', 'reset'));
      else usual(feed);
    };
    api.watching.fail(new ApiError('network', 'reset'));
    await clock.advance(60_000);
    api.watching.fail(new ApiError('network', 'reset'));
    const before = clock.monotonicMs();
    await clock.advance(60_000);
    expect((opened.at(-1) ?? 0) - before).toBe(400);
    await stop();
  });

  test('obeys Retry-After, from the header or from an ERROR line', async () => {
    const { api, clock, stop } = await synced();
    api.refusals.push(http(429, { retryAfterMs: 20_000 }));
    api.watching.push({ type: 'ERROR', object: { code: 429, details: { retryAfterSeconds: 10 } } });
    await clock.advance(10_000);
    expect(api.watches).toHaveLength(1);
    await clock.advance(1000);
    expect(api.watches).toHaveLength(2);
    await clock.advance(19_000);
    expect(api.watches).toHaveLength(2);
    await clock.advance(2500);
    expect(api.watches).toHaveLength(3);
    expect(api.openWatches).toHaveLength(1);
    await stop();
  });

  test('that the server refuses three times is followed by a list: perhaps it dislikes the version', async () => {
    const { api, clock, seen, stop } = await synced();
    for (let i = 0; i < 3; i++) api.refusals.push(http(500));
    api.watching.fail(new ApiError('network', 'reset'));
    await clock.advance(20_000);
    expect(seen.at(-1)).toBe('things stream 1');
    await stop();
  });

  test('that is told to come later again and again is not followed by a list, which would be the greater load', async () => {
    const { api, clock, seen, stop } = await synced();
    for (let i = 0; i < 5; i++) api.refusals.push(http(429, { retryAfterMs: 1000 }));
    api.watching.fail(new ApiError('network', 'reset'));
    await clock.advance(60_000);
    expect(api.refusals).toHaveLength(0);
    expect(api.watching.request.query).toMatchObject({ resourceVersion: api.version });
    expect(seen).toEqual(Array(6).fill('error'));
    await stop();
  });

  test('passes over what it cannot read, and says so once in a while', async () => {
    const { api, seen, log, reflector, stop } = await synced({
      transform: (raw) => {
        if ((raw as ModelObject).value === 13) throw new Error('a thing that cannot be');
        return raw as ModelObject;
      },
    });
    api.watching.push(
      { type: 'MALFORMED', object: '{"type":"ADD' },
      { type: 'ADDED', object: { metadata: { name: 'no version' } } },
      { type: 'SURPRISE', object: item('x', 'x1') },
      { type: 'BOOKMARK', object: {} },
      { type: 'DELETED', object: null },
    );
    api.put('n/b', 13);
    api.put('n/c', 14);
    await settle();
    expect(seen).toEqual(['bad', 'bad', 'bad', 'bad', 'bad', 'bad', 'n/c ->14']);
    expect(log).toHaveLength(1);
    expect(reflector.resourceVersion).toBe(api.version);
    await stop();
  });

  test('goes on when a handler throws', async () => {
    const api = new ModelApi();
    api.put('n/a', 1);
    const rig = start(api, {
      events: {
        onChange: () => {
          throw new Error('handler');
        },
      },
    });
    await settle();
    api.put('n/a', 2);
    await settle();
    expect(rig.seen).toEqual(['handler error', 'things stream 1', 'handler error']);
    expect(rig.reflector.items.get('n/a')?.value).toBe(2);
    await rig.stop();
  });

  test('ignores an event that comes twice', async () => {
    const { api, seen, stop } = await synced();
    api.put('n/a', 2);
    api.put('n/a', 3);
    api.watching.push(...api.watching.sent.slice(-2));
    await settle();
    expect(seen).toEqual(['n/a 1>2', 'n/a 2>3']);
    await stop();
  });

  test('hears of our own write at once, and its event later is no news', async () => {
    const { api, reflector, seen, stop } = await synced();
    const before = reflector.items.get('n/a')!.metadata.resourceVersion;
    const answer = api.put('n/a', 5);
    expect(reflector.applyLocal('n/a', before, answer)).toEqual(answer);
    expect(reflector.applyLocal('n/b', before, answer)).toBeUndefined();
    expect(reflector.applyLocal('n/a', before, 'rubbish')).toBeUndefined();
    await settle();
    expect(seen).toEqual(['n/a 1>5']);
    expect(reflector.resourceVersion).toBe(answer.metadata.resourceVersion);
    await stop();
  });

  test('reads an answer that the watch was ahead of from the cache', async () => {
    const { api, reflector, seen, stop } = await synced();
    const before = reflector.items.get('n/a')!.metadata.resourceVersion;
    const answer = api.put('n/a', 5);
    await settle();
    const cached = reflector.items.get('n/a');
    expect(reflector.applyLocal('n/a', before, { ...answer })).toBe(cached);
    expect(reflector.itemAt({ key: 'n/a', version: answer.metadata.resourceVersion })).toBe(cached);
    expect(reflector.itemAt({ key: 'n/a', version: before })).toBeUndefined();
    expect(seen).toEqual(['n/a 1>5']);
    await stop();
  });

  test('asks for the objects of a watch to be parsed, but for those that came as answers and are still to come', async () => {
    const { api, reflector, stop } = await synced();
    const { isKnown } = api.watching.request;
    const before = reflector.items.get('n/a')!.metadata.resourceVersion;
    const answer = api.put('n/a', 5);
    const { resourceVersion: version } = answer.metadata;
    expect(isKnown?.({ key: 'n/a', version })).toBe(false);
    reflector.applyLocal('n/a', before, answer);
    const asked = [{ key: 'n/a', version }, { key: 'n/b', version }, { key: 'n/a', version: 'other' }]; // prettier-ignore
    expect(asked.map((identity) => isKnown?.(identity))).toEqual([true, false, false]);
    await settle();
    expect(isKnown?.({ key: 'n/a', version })).toBe(false);
    await stop();
  });

  test('a streaming list takes in what changed meanwhile, although a read after a conflict brought it before', async () => {
    const api = new ScriptedTransport();
    const { reflector, clock, seen, stop } = start(api);
    await settle();
    api.watching.push({ type: 'ADDED', object: item('a', 'v1', 1) }, bookmark('v1', true));
    await settle();
    api.watching.push({ type: 'ERROR', object: { code: 410 } });
    await clock.advance(1000);
    // Two foreign writes: the list begins with the first, the read brings the second.
    api.watching.push({ type: 'ADDED', object: item('a', 'v2', 2) });
    await settle();
    reflector.applyLocal('n/a', 'v1', item('a', 'v3', 3), 'refresh');
    api.watching.push({ type: 'MODIFIED', object: item('a', 'v3', 3) }, bookmark('v3', true));
    await settle();
    expect(reflector.items.get('n/a')?.value).toBe(3);
    expect(seen).not.toContain('bad');
    await stop();
  });

  test('passes over an event that claims to be known and is not', async () => {
    const { api, reflector, seen, stop } = await synced();
    api.watching.push({ type: 'MODIFIED', object: undefined, known: { key: 'n/a', version: 'never seen' } });
    await settle();
    expect([seen, reflector.items.get('n/a')?.value]).toEqual([['bad'], 1]);
    await stop();
  });

  test('leaves the age of the last contact to read', async () => {
    const api = new ModelApi();
    api.refusals.push(http(503));
    const rig = start(api);
    expect(rig.reflector.lastContactMs).toBe(-Infinity);
    await rig.clock.advance(5000);
    const first = rig.reflector.lastContactMs;
    await rig.clock.advance(5000);
    expect(rig.reflector.lastContactMs).toBe(first);
    api.bookmark();
    await settle();
    expect(rig.reflector.lastContactMs).toBe(10_000);
    await rig.stop();
  });
});

describe('the loop', () => {
  test('logs an outage of an hour a line a minute, with what it held back', async () => {
    const api = new ModelApi();
    api.onWatch = () => {
      throw new ApiError('network', 'ECONNREFUSED');
    };
    const rig = start(api);
    await rig.clock.advance(3_600_000);
    expect(rig.log.length).toBeGreaterThan(40);
    expect(rig.log.length).toBeLessThanOrEqual(60);
    expect(rig.log.at(-1)?.suppressed).toBeGreaterThan(0);
    await rig.stop();
  });

  test('ends at once when stopped, wherever it is', async () => {
    for (const ms of [0, 1, 1000, 100_000]) {
      const api = new ModelApi();
      api.refusals.push(http(503), http(500), http(410));
      const rig = start(api);
      await rig.clock.advance(ms);
      await rig.stop();
      expect(api.openWatches).toHaveLength(0);
    }
  });

  test('does not run twice at the same time', async () => {
    const rig = start(new ModelApi());
    await expect(rig.reflector.run(new AbortController().signal)).rejects.toThrow('running already');
    await rig.stop();
  });
});
