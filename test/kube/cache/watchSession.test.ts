import { expect, describe, test } from 'vitest';
import { runWatch, type WatchSessionEnd } from '../../../src/kube/cache/watchSession.js';
import { ApiError, type WatchEvent } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';
import { ScriptedTransport } from '../../support/modelApi.js';

const event: WatchEvent = { type: 'ADDED', object: {} };

/** A session that gives up after ten seconds without a line, and a minute after its start. */
function start(onLine: (event: WatchEvent) => string | undefined = () => undefined) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const transport = new ScriptedTransport();
  let end: WatchSessionEnd<string> | undefined;
  const session = runWatch<string>({
    transport,
    path: '/things',
    query: { resourceVersion: '5' },
    isKnown: ({ version }) => version === '6',
    clock,
    signal: stop.signal,
    onLine,
    giveUpAtMs: (startedMs, lastLineMs) => Math.min(lastLineMs + 10_000, startedMs + 60_000),
  }).then((ended) => (end = ended));
  return { clock, stop, feed: transport.watching, session, ended: () => end };
}

describe('a watch session', () => {
  test('sends path and query, and ends as `closed` when the server ends the watch in order', async () => {
    const { feed, session, clock } = start();
    expect(feed.request).toMatchObject({ path: '/things', query: { resourceVersion: '5' } });
    expect(['5', '6'].map((version) => feed.request.isKnown?.({ key: 'a', version }))).toEqual([false, true]);
    feed.push(event);
    feed.end();
    expect(await session).toEqual({ kind: 'closed' });
    expect(clock.pending).toBe(0);
  });

  test('ends with the result of the first line that has one, and closes the watch', async () => {
    const seen: string[] = [];
    const { feed, session, clock } = start(({ type }) => {
      seen.push(type);
      return type === 'ERROR' ? 'enough' : undefined;
    });
    feed.push(event, { type: 'ERROR', object: {} }, event);
    expect(await session).toEqual({ kind: 'result', result: 'enough' });
    expect(seen).toEqual(['ADDED', 'ERROR']);
    expect(feed.request.signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('is given up when no line comes for too long', async () => {
    const { clock, ended, feed } = start();
    await clock.advance(9_999);
    expect(ended()).toBeUndefined();
    await clock.advance(1);
    expect(ended()).toEqual({ kind: 'silent' });
    expect(feed.request.signal?.aborted).toBe(true);
  });

  test('goes on while lines come, with one timer, until its own limit', async () => {
    const { clock, feed, ended } = start();
    for (let i = 0; i < 9; i++) {
      feed.push(event);
      await clock.advance(6_000);
      expect(ended()).toBeUndefined();
      expect(clock.pending).toBe(1);
    }
    feed.push(event);
    await clock.advance(6_000);
    expect(ended()).toEqual({ kind: 'silent' });
  });

  test('ends as `stopped` when its signal fires', async () => {
    const { stop, session, clock } = start();
    await clock.advance(5);
    stop.abort();
    expect(await session).toEqual({ kind: 'stopped' });
    expect(clock.pending).toBe(0);
  });

  test('handles no line that comes after the signal', async () => {
    const seen: WatchEvent[] = [];
    const { stop, feed, session } = start((line) => void seen.push(line));
    feed.push(event);
    stop.abort();
    expect(await session).toEqual({ kind: 'stopped' });
    expect(seen).toEqual([]);
  });

  test('opens no watch when its signal has fired before', async () => {
    const transport = new ScriptedTransport();
    const options = {
      transport,
      path: '/x',
      query: {},
      isKnown: () => false,
      clock: new FakeClock(),
      onLine: () => undefined,
    };
    expect(await runWatch({ ...options, signal: AbortSignal.abort(), giveUpAtMs: () => 1 })).toEqual({
      kind: 'stopped',
    });
    expect(transport.watches).toEqual([]);
  });

  test('ends as `failed` with the error of the transport', async () => {
    const { feed, session } = start();
    const error = new ApiError('network', 'reset');
    feed.fail(error);
    expect(await session).toEqual({ kind: 'failed', error });
  });

  test('ends as `failed` when the handler of lines throws', async () => {
    const { feed, session } = start(() => {
      throw new Error('cannot read');
    });
    feed.push(event);
    const end = await session;
    expect(end.kind === 'failed' && end.error).toMatchObject({ kind: 'network', message: 'cannot read' });
  });
});
