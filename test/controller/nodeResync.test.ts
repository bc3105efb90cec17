import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { NodeResync } from '../../src/controller/nodeResync.js';
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
    yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
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
    expect(logged[0]).toContain('strategy is not a function');
  });

  test('survives keys that cannot be listed', async () => {
    let broken = true;
    const { node, clock, queued, failures } = resync(undefined, () => {
      if (broken) throw new Error('no keys');
      return ['a'];
    });
    node.schedule();
    await clock.advance(PAUSE_MS);
    broken = false;
    node.schedule();
    await clock.advance(PAUSE_MS);
    expect([queued, failures()]).toEqual([['a'], 1]);
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
      yieldToEventLoop: () => Promise.resolve(),
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

  test('ends with its signal in the middle of a pass', async () => {
    const { node, clock, checks, stop, ended } = resync((key) => {
      if (key === 'a') void clock.advance(10);
      if (key === 'b') stop.abort();
      return false;
    });
    node.schedule();
    await clock.advance(PAUSE_MS);
    await ended;
    expect(checks.length).toBeLessThanOrEqual(3);
  });

  test('lets the process breathe between stretches of planning', async () => {
    const clock = new FakeClock();
    let nowMs = 0;
    let yields = 0;
    const stop = new AbortController();
    const node = new NodeResync({
      clock: {
        ...clock,
        monotonicMs: () => nowMs,
        wallMs: () => 0,
        after: (_, fn) => (setImmediate(fn), () => undefined),
      },
      logger: pino({ level: 'silent' }),
      pauseMs: 0,
      maxWaitMs: 0,
      keys: () => Array.from({ length: 10 }, (_, i) => `s${i}`),
      needsWork: () => {
        nowMs += 3;
        return false;
      },
      enqueue: () => undefined,
      yieldToEventLoop: () => {
        yields++;
        return Promise.resolve();
      },
    });
    const ended = node.run(stop.signal);
    node.schedule();
    await settle();
    stop.abort();
    await ended;
    expect(yields).toBe(5);
  });
});
