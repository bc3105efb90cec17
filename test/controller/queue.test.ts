import { describe, expect, test } from 'vitest';
import { ServiceQueue, type Outcome } from '../../src/controller/queue.js';
import { WorkStretches } from '../../src/controller/workStretches.js';
import { FakeClock, settle } from '../support/fakeClock.js';

interface Run {
  readonly key: string;
  readonly atMs: number;
  readonly end: (outcome: Outcome) => void;
}

const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(
  concurrency = 2,
  quietMs?: (key: string) => number,
): {
  queue: ServiceQueue;
  clock: FakeClock;
  runs: Run[];
  answer: (outcome?: Outcome) => Promise<void>;
  retried: string[];
} {
  const clock = new FakeClock();
  const retried: string[] = [];
  const runs: Run[] = [];
  const queue = new ServiceQueue({
    run: (key) => new Promise((end) => runs.push({ key, atMs: clock.monotonicMs(), end })),
    concurrency,
    coalesceMs: 50,
    ...(quietMs === undefined ? {} : { quietMs }),
    stretches: new WorkStretches({ clock, yieldToEventLoop }),
    clock,
    observer: {},
    onRetry: (key, error) => void retried.push(`${key} ${String(error)}`),
  });
  let answered = 0;
  const answer = async (outcome: Outcome = { kind: 'done' }): Promise<void> => {
    runs[answered++]?.end(outcome);
    await settle();
  };
  return { queue, clock, runs, answer, retried };
}

const failure: Outcome = { kind: 'retry', error: new Error('503') };
/** Starts the queue with one Service, which fails three times and runs for the fourth. */
async function failThrice({
  queue,
  clock,
  answer,
}: Pick<ReturnType<typeof setUp>, 'queue' | 'clock' | 'answer'>): Promise<void> {
  queue.start();
  queue.add('a/x');
  await settle();
  for (const waitMs of [1000, 2000, 4000]) {
    await answer(failure);
    await clock.advance(waitMs);
  }
}

const times = (runs: Run[]): number[] => runs.map(({ atMs }) => atMs);

describe('the queue of Services', () => {
  test('takes keys in before it is started and runs each of them once', async () => {
    const { queue, runs } = setUp();
    for (const key of ['a/x', 'a/y', 'a/x']) queue.add(key);
    await settle();
    expect(runs).toEqual([]);
    queue.start();
    await settle();
    expect(runs.map(({ key }) => key)).toEqual(['a/x', 'a/y']);
  });

  test('tells why a key backs off, also where its run throws, but not once it is stopped', async () => {
    const { queue, clock, answer, retried } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    await answer({ kind: 'again' });
    await answer(failure);
    expect(retried).toEqual(['a/x Error: 503']);
    await clock.advance(1000);
    const stopped = queue.stop();
    await answer(failure);
    await stopped;
    expect(retried).toHaveLength(1);
    const told: unknown[] = [];
    const broken = new ServiceQueue({
      run: () => Promise.reject(new TypeError('a bug')),
      concurrency: 1,
      coalesceMs: 50,
      stretches: new WorkStretches({ clock, yieldToEventLoop }),
      clock,
      observer: {},
      onRetry: (_, error) => void told.push(error),
    });
    broken.start();
    broken.add('a/x');
    await settle();
    expect(told).toEqual([new TypeError('a bug')]);
  });

  test('runs fewer keys at a time while it is told to, and those that wait as soon as it may run more', async () => {
    const { queue, runs, answer } = setUp(3);
    queue.start();
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'a/5']) queue.add(key);
    await settle();
    queue.setConcurrency(1);
    await answer();
    await answer();
    expect(runs).toHaveLength(3);
    await answer();
    expect(runs).toHaveLength(4);
    queue.setConcurrency(3);
    await settle();
    expect(runs).toHaveLength(5);
  });

  test('runs the first event of a quiet key at once and the burst that follows once more when it pauses', async () => {
    const { queue, clock, runs, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    await answer();
    for (let i = 0; i < 10; i++) {
      await clock.advance(20);
      queue.add('a/x');
    }
    expect(times(runs)).toEqual([0]);
    await clock.advance(50);
    expect(times(runs)).toEqual([0, 250]);
  });

  test('plans a burst that never pauses all the same', async () => {
    const { queue, clock, runs } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    runs[0]?.end({ kind: 'done' });
    for (let i = 0; i < 200; i++) {
      await clock.advance(10);
      queue.add('a/x');
      const last = runs.at(-1);
      last?.end({ kind: 'done' });
    }
    expect(runs.length).toBeGreaterThanOrEqual(2);
    expect(runs.length).toBeLessThanOrEqual(3);
  });

  describe('of which some must be quiet first', () => {
    const quiet = (key: string): number => (key === 'a/shared' ? 500 : 0);

    test('runs such a key when its events have paused, and others at once', async () => {
      const { queue, clock, runs } = setUp(2, quiet);
      queue.start();
      for (let i = 0; i < 3; i++) {
        queue.add('a/shared');
        queue.add('a/own');
        await clock.advance(400);
      }
      expect(runs.filter(({ key }) => key === 'a/shared')).toEqual([]);
      expect(runs[0]).toMatchObject({ key: 'a/own', atMs: 0 });
      await clock.advance(100);
      expect(runs.filter(({ key }) => key === 'a/shared').map(({ atMs }) => atMs)).toEqual([1300]);
    });

    test('waits for a pause after a conflict, too', async () => {
      const { queue, clock, runs, answer } = setUp(2, quiet);
      queue.start();
      queue.add('a/shared');
      await clock.advance(500);
      await answer({ kind: 'again' });
      await clock.advance(499);
      expect(times(runs)).toEqual([500]);
      await clock.advance(1);
      expect(times(runs)).toEqual([500, 1000]);
    });

    test('runs a key that is never quiet all the same', async () => {
      const { queue, clock, runs } = setUp(2, quiet);
      queue.start();
      for (let i = 0; i < 101; i++) {
        queue.add('a/shared');
        await clock.advance(100);
      }
      expect(times(runs)).toEqual([10_000]);
    });
  });

  test('never runs a key twice at a time, and runs it again when it changed meanwhile', async () => {
    const { queue, clock, runs, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    queue.add('a/x');
    await clock.advance(1000);
    expect(runs).toHaveLength(1);
    await answer();
    await clock.advance(50);
    expect(runs).toHaveLength(2);
  });

  test('runs no more keys at a time than there are workers', async () => {
    const { queue, runs, answer } = setUp(2);
    queue.start();
    for (const key of ['a/1', 'a/2', 'a/3']) queue.add(key);
    await settle();
    expect(runs.map(({ key }) => key)).toEqual(['a/1', 'a/2']);
    await answer();
    expect(runs.map(({ key }) => key)).toEqual(['a/1', 'a/2', 'a/3']);
  });

  test('backs off per key from 1 s, doubling to 5 min, and starts over after a success', async () => {
    const { queue, clock, runs, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    for (let i = 0; i < 11; i++) {
      await answer(failure);
      await clock.advance(300_000);
    }
    const waits = times(runs)
      .slice(1)
      .map((atMs, i) => atMs - (i === 0 ? 0 : i * 300_000));
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
    await answer();
    await clock.advance(50);
    queue.add('a/x');
    await settle();
    const startMs = clock.monotonicMs();
    await answer(failure);
    await clock.advance(1000);
    expect(runs.at(-1)?.atMs).toBe(startMs + 1000);
  });

  test('a key that failed is tried again although its events never pause', async () => {
    const { queue, clock, runs, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    for (let failures = 0; failures < 4; failures++) {
      await answer(failure);
      // An event every 100 ms, until it runs again.
      for (let i = 0; i < 100 && runs.length === failures + 1; i++) {
        queue.add('a/x');
        await clock.advance(100);
      }
    }
    expect(times(runs)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  test('an event shortens a long back-off to the base delay', async () => {
    const { queue, clock, runs, answer } = setUp();
    await failThrice({ queue, clock, answer });
    await answer(failure);
    await clock.advance(100);
    const startMs = clock.monotonicMs();
    queue.add('a/x');
    await clock.advance(1000);
    expect(runs.at(-1)?.atMs).toBe(startMs + 1000);
  });

  test.each([
    ['during a run that fails counts like one after it', undefined, 1000],
    ['during a run that fails does not shorten the pause that the server requested', 30_000, 30_000],
  ])('a change %s', async (_, retryAfterMs, waitMs) => {
    const { queue, clock, runs, answer } = setUp();
    await failThrice({ queue, clock, answer });
    queue.add('a/x');
    await answer({ kind: 'retry', retryAfterMs, error: new Error('503') });
    const startMs = clock.monotonicMs();
    await clock.advance(60_000);
    expect(runs[4]?.atMs).toBe(startMs + waitMs);
    await answer(failure);
    // Without another change it backs off as before.
    await clock.advance(300_000);
    expect(runs[5]!.atMs - startMs).toBeGreaterThanOrEqual(60_000 + 16_000);
  });

  test('what the server asked for (Retry-After) is kept even when events come', async () => {
    const { queue, clock, runs, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    await answer({ kind: 'retry', retryAfterMs: 30_000, error: new Error('429') });
    queue.add('a/x');
    await clock.advance(29_999);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
  });

  test('a conflict runs again at once', async () => {
    const { queue, runs, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    await answer({ kind: 'again' });
    expect(times(runs)).toEqual([0, 0]);
  });

  test('a run that throws is tried again like any other failure', async () => {
    const clock = new FakeClock();
    let runs = 0;
    const run = (): Promise<Outcome> =>
      runs++ === 0 ? Promise.reject(new Error('a bug')) : Promise.resolve({ kind: 'done' });
    const queue = new ServiceQueue({
      run,
      concurrency: 1,
      coalesceMs: 50,
      stretches: new WorkStretches({ clock, yieldToEventLoop }),
      clock,
      observer: {},
    });
    queue.start();
    queue.add('a/x');
    await settle();
    await clock.advance(1000);
    expect(runs).toBe(2);
  });

  test('stops: drops what waits, lets what runs end, takes nothing more, leaves no timer', async () => {
    const { queue, clock, runs, answer } = setUp(1);
    queue.start();
    queue.add('a/x');
    queue.add('a/y');
    await settle();
    let stopped = false;
    const stopping = queue.stop().then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    await answer();
    await stopping;
    queue.add('a/z');
    await clock.advance(600_000);
    expect(runs.map(({ key }) => key)).toEqual(['a/x']);
    expect(clock.pending).toBe(0);
  });

  describe('of which some are dropped, because their shard goes to another replica,', () => {
    const isX = (key: string): boolean => key.endsWith('x');

    test('never runs those that wait, and settles when those that run have ended', async () => {
      const { queue, clock, runs, answer } = setUp(2);
      queue.start();
      for (const key of ['a/1x', 'a/1y', 'a/2x', 'a/2y']) queue.add(key);
      await settle();
      let dropped = false;
      void queue.drop(isX).then(() => (dropped = true));
      await settle();
      expect(dropped).toBe(false);
      await answer();
      expect(dropped).toBe(true);
      await answer();
      await answer();
      await clock.advance(1000);
      expect(runs.map(({ key }) => key)).toEqual(['a/1x', 'a/1y', 'a/2y']);
      expect(queue.idle).toBe(true);
    });

    test('runs one that was added again once, although its first turn is still there', async () => {
      const { queue, clock, runs, answer } = setUp(1);
      queue.start();
      for (const key of ['a/y', 'a/x']) queue.add(key);
      await settle();
      void queue.drop(isX);
      queue.add('a/x');
      queue.setConcurrency(3);
      await answer();
      expect(runs.map(({ key }) => key)).toEqual(['a/y', 'a/x']);
      await answer();
      await clock.advance(1000);
      expect([runs.length, queue.idle]).toEqual([2, true]);
    });

    test('forgets that they changed while they ran, their back-off and their failures', async () => {
      const { queue, clock, runs, answer } = setUp(2);
      queue.start();
      queue.add('a/x');
      queue.add('b/x');
      await settle();
      queue.add('b/x');
      await answer(failure);
      void queue.drop(isX);
      await answer();
      expect([queue.failing, queue.idle, clock.pending]).toEqual([0, true, 0]);
      await clock.advance(600_000);
      expect(runs).toHaveLength(2);
      queue.add('a/x');
      await settle();
      expect(runs).toHaveLength(3);
    });
  });

  test('forgets a key that has been quiet for a window', async () => {
    const { queue, clock, answer } = setUp();
    queue.start();
    queue.add('a/x');
    await settle();
    await answer();
    expect(queue.idle).toBe(false);
    await clock.advance(50);
    expect(queue.idle).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('tells how many keys wait, and no more of those that are dropped', async () => {
    const { queue, answer } = setUp(1);
    queue.start();
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'a/2']) queue.add(key);
    await settle();
    expect(queue.waiting).toBe(3);
    void queue.drop((key) => key === 'a/3');
    expect(queue.waiting).toBe(2);
    await answer();
    expect(queue.waiting).toBe(1);
    void queue.drop(() => true);
    expect(queue.waiting).toBe(0);
  });

  test('tells how long the key that waits or runs for longest has done so', async () => {
    const { queue, clock, answer } = setUp(1);
    expect(queue.oldestMs).toBe(0);
    queue.start();
    queue.add('a/x');
    await settle();
    await clock.advance(1000);
    queue.add('a/y');
    await clock.advance(500);
    expect(queue.oldestMs).toBe(1500);
    await answer();
    expect(queue.oldestMs).toBe(500);
    await answer();
    expect(queue.oldestMs).toBe(0);
  });

  test('counts keys whose last run failed until one succeeds', async () => {
    const { queue, clock, answer } = setUp();
    queue.start();
    queue.add('a/x');
    queue.add('a/y');
    await settle();
    await answer(failure);
    await answer();
    expect(queue.failing).toBe(1);
    // It waits for its next try, and is not late for that.
    expect(queue.oldestMs).toBe(0);
    await clock.advance(1000);
    await settle();
    expect(queue.failing).toBe(1);
    await answer();
    expect(queue.failing).toBe(0);
  });

  describe('with many Services of one namespace that take long to plan', () => {
    /** Planning moves the clock; the writes of a run take no time. */
    class BusyClock extends FakeClock {
      busyMs = 0;
      override monotonicMs(): number {
        return super.monotonicMs() + this.busyMs;
      }
    }

    function busy(costOf: (key: string) => number): { queue: ServiceQueue; started: Map<string, number> } {
      const clock = new BusyClock();
      const started = new Map<string, number>();
      const queue = new ServiceQueue({
        run: (key) => {
          started.set(key, clock.busyMs);
          clock.busyMs += costOf(key);
          return Promise.resolve({ kind: 'done' });
        },
        concurrency: 10,
        coalesceMs: 50,
        stretches: new WorkStretches({ clock, yieldToEventLoop }),
        clock,
        observer: {},
      });
      queue.start();
      return { queue, started };
    }

    test('those of another namespace wait for one of them, not for all', async () => {
      const { queue, started } = busy((key) => (key.startsWith('big/') ? 200 : 5));
      for (let i = 0; i < 200; i++) queue.add(`big/${i}`);
      for (let i = 0; i < 40; i++) queue.add(`small/${i}`);
      await settle(300);
      expect(started.size).toBe(240);
      const others = [...started].filter(([key]) => key.startsWith('small/')).map(([, atMs]) => atMs);
      // The last begins when all others of its namespace, and one of big, have been planned.
      expect(Math.max(...others)).toBe(200 + 39 * 5);
    });

    test('they wait as long as they would alone, and a little, when all have equal parts', async () => {
      const { queue, started } = busy(() => 10);
      for (const namespace of ['a', 'b', 'c']) for (let i = 0; i < 20; i++) queue.add(`${namespace}/${i}`);
      await settle(100);
      expect([...started.keys()].slice(0, 6)).toEqual(['a/0', 'b/0', 'c/0', 'a/1', 'b/1', 'c/1']);
    });
  });
});
