import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { NodeResync } from '../../src/controller/nodeResync.js';
import { WorkStretches } from '../../src/controller/workStretches.js';
import { FakeClock, settle } from '../support/fakeClock.js';

const PAUSE_MS = 100;
const MAX_WAIT_MS = 2000;

/** A resync over three Services; `check` decides about one, every check is noted as `key@ms`. */
function resync(check: (key: string) => boolean = () => true, keys: () => Iterable<string> = () => ['a', 'b', 'c']) {
  const clock = new FakeClock();
  const checks: string[] = [];
  const queued: string[] = [];
  const logged: string[] = [];
  let failures = 0;
  const stop = new AbortController();
  const node = new NodeResync({
    clock,
    logger: pino({ level: 'error' }, { write: (line: string) => void logged.push(line) }),
    pauseMs: PAUSE_MS,
    maxWaitMs: MAX_WAIT_MS,
    keys,
    needsWork: (key) => {
      checks.push(`${key}@${clock.monotonicMs()}`);
      return check(key);
    },
    enqueue: (key) => queued.push(key),
    stretches: new WorkStretches({
      clock,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    }),
    onFailed: () => failures++,
  });
  const ended = node.run(stop.signal);
  return { node, clock, checks, queued, logged, stop, ended, failures: () => failures };
}

describe('the resync after node changes', () => {
  test('checks every Service once when changes pause, and queues those that need work', async () => {
    const { node, clock, checks, queued } = resync((key) => key !== 'b');
    for (const waitMs of [0, 60, 60]) {
      await clock.advance(waitMs);
      node.schedule();
    }
    await clock.advance(PAUSE_MS - 1);
    expect(checks).toEqual([]);
    await clock.advance(1);
    expect(checks).toEqual(['a@220', 'b@220', 'c@220']);
    expect(queued).toEqual(['a', 'c']);
    await clock.advance(60_000);
    expect(checks).toHaveLength(3);
  });

  test('waits no longer than the maximum for changes that never pause', async () => {
    const { node, clock, checks } = resync();
    for (let ms = 0; ms < 4500; ms += 50) {
      node.schedule();
      await clock.advance(50);
    }
    expect(checks.filter((text) => text.startsWith('a'))).toEqual(['a@2000', 'a@4000']);
  });

  test('makes a second pass for a change during the first', async () => {
    const once = { scheduled: false };
    const { node, clock, queued } = resync((key) => {
      if (key === 'c' && !once.scheduled) {
        once.scheduled = true;
        node.schedule();
      }
      return true;
    });
    node.schedule();
    await clock.advance(PAUSE_MS);
    expect(queued).toEqual(['a', 'b', 'c']);
    await clock.advance(PAUSE_MS);
    expect(queued).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('queues a Service whose check throws, checks the others, and goes on at the next change', async () => {
    const { node, clock, queued, logged, failures } = resync((key) => {
      if (key === 'b') throw new TypeError('strategy is not a function');
      return false;
    });
    node.schedule();
    await clock.advance(PAUSE_MS);
    node.schedule();
    await clock.advance(PAUSE_MS);
    expect([queued, failures()]).toEqual([['b', 'b'], 2]);
    expect(logged).toHaveLength(2);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      service: 'b',
      err: { message: 'strategy is not a function' },
      msg: 'the check of a Service after a change of nodes failed',
    });
  });

  test('survives keys that cannot be listed', async () => {
    let broken = true;
    const { node, clock, queued, logged, failures } = resync(undefined, () => {
      if (broken) throw new Error('no keys');
      return ['a'];
    });
    node.schedule();
    await clock.advance(PAUSE_MS);
    broken = false;
    node.schedule();
    await clock.advance(PAUSE_MS);
    expect([queued, failures()]).toEqual([['a'], 1]);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      err: { message: 'no keys' },
      msg: 'the pass over all Services after a change of nodes failed',
    });
  });

  test('makes no pass for changes before it runs', async () => {
    const clock = new FakeClock();
    const checks: string[] = [];
    const stop = new AbortController();
    const node = new NodeResync({
      clock,
      logger: pino({ level: 'silent' }),
      pauseMs: PAUSE_MS,
      maxWaitMs: MAX_WAIT_MS,
      keys: () => ['a'],
      needsWork: (key) => checks.push(key) > 0,
      enqueue: () => undefined,
      stretches: new WorkStretches({ clock, yieldToEventLoop: () => Promise.resolve() }),
    });
    node.schedule();
    const ended = node.run(stop.signal);
    await clock.advance(60_000);
    stop.abort();
    await ended;
    expect(checks).toEqual([]);
  });

  test.each([
    ['while nothing is scheduled', 0],
    ['while it waits for a pause', 1],
  ])('ends with its signal and leaves no timer %s', async (_, changes) => {
    const { node, clock, checks, stop, ended } = resync();
    for (let i = 0; i < changes; i++) node.schedule();
    await settle();
    stop.abort();
    await ended;
    node.schedule();
    await clock.advance(60_000);
    expect([checks, clock.pending]).toEqual([[], 0]);
  });

  test('waits again without a timer after a pass, and leaves no listener on its signal', async () => {
    const { node, clock, checks, stop, ended } = resync();
    for (let i = 0; i < 3; i++) {
      node.schedule();
      await clock.advance(PAUSE_MS);
    }
    expect([checks.length, clock.pending, getEventListeners(stop.signal, 'abort').length]).toEqual([9, 0, 1]);
    stop.abort();
    await ended;
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  test('a pass that nobody observes fails alike', async () => {
    const clock = new FakeClock();
    const queued: string[] = [];
    const stop = new AbortController();
    const node = new NodeResync({
      clock,
      logger: pino({ level: 'silent' }),
      pauseMs: PAUSE_MS,
      maxWaitMs: MAX_WAIT_MS,
      keys: () => ['a', 'b'],
      needsWork: () => {
        throw new Error('a bug');
      },
      enqueue: (key) => queued.push(key),
      stretches: new WorkStretches({ clock, yieldToEventLoop: () => Promise.resolve() }),
    });
    const ended = node.run(stop.signal);
    node.schedule();
    await clock.advance(PAUSE_MS);
    stop.abort();
    await ended;
    expect(queued).toEqual(['a', 'b']);
  });

  describe('with many Services of one namespace that take long to check', () => {
    const BIG = Array.from({ length: 50 }, (_, i) => `big/${i}`);
    const keys = [...BIG, 'small/0', 'small/1'];

    /** Checks of big take 200 ms on a clock that the checks move; `onCheck` may do more. */
    async function checked(onCheck: (key: string, node: NodeResync) => void = () => undefined): Promise<string[]> {
      const clock = new FakeClock();
      let busyMs = 0;
      const checks: string[] = [];
      const busy = { ...clock, monotonicMs: () => clock.monotonicMs() + busyMs, wallMs: () => 0 };
      const after = clock.after.bind(clock);
      const stop = new AbortController();
      const node = new NodeResync({
        clock: { ...busy, after },
        logger: pino({ level: 'silent' }),
        pauseMs: PAUSE_MS,
        maxWaitMs: MAX_WAIT_MS,
        keys: () => keys,
        needsWork: (key) => {
          checks.push(key);
          busyMs += key.startsWith('big/') ? 200 : 1;
          onCheck(key, node);
          return false;
        },
        enqueue: () => undefined,
        stretches: new WorkStretches({
          clock: busy,
          yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
        }),
      });
      const ended = node.run(stop.signal);
      node.schedule();
      await clock.advance(PAUSE_MS);
      await settle(200);
      stop.abort();
      await ended;
      return checks;
    }

    test('those of another namespace are checked after one of them', async () => {
      const checks = await checked();
      expect(checks.slice(0, 4)).toEqual(['big/0', 'small/0', 'small/1', 'big/1']);
      expect([...checks].sort()).toEqual([...keys].sort());
    });

    test('nodes that change again during the pass have those checked again at once, and each of the others once more', async () => {
      let changes = 0;
      const checks = await checked((key, node) => {
        if (key === 'big/10' && ++changes === 1) node.schedule();
      });
      const second = checks.slice(checks.indexOf('big/10') + 1);
      expect(second.slice(0, 4)).toEqual(['big/11', 'small/0', 'small/1', 'big/12']);
      // While big/11 was checked the nodes had not paused yet.
      expect([...second].sort()).toEqual([...keys, 'big/11'].sort());
    });
  });
});
