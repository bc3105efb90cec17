import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InTreeQueue } from '../../../src/sandbox/inTree/queue.js';
import { FakeClock, settle } from '../../support/fakeClock.js';

let clock: FakeClock;
let stop: AbortController;
let worked: string[];
let outcomes: Map<string, ('done' | 'retry')[]>;
let queue: InTreeQueue;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
  worked = [];
  outcomes = new Map();
  queue = new InTreeQueue({
    clock,
    retryMs: 10,
    longestRetryMs: 40,
    run: (key) => {
      worked.push(`${key}@${clock.monotonicMs()}`);
      return Promise.resolve(outcomes.get(key)?.shift() ?? 'done');
    },
  });
  running = queue.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
});

describe('the queue', () => {
  test('works nothing off before it starts', async () => {
    queue.add('a', 0);
    await clock.advance(100);
    expect([worked, queue.idle]).toEqual([[], false]);
    queue.start();
    await settle();
    expect([worked, queue.idle]).toEqual([['a@100'], true]);
  });

  test('works keys off when they are due, the one that is due for longest first', async () => {
    queue.add('b', 5);
    queue.add('c', 20);
    queue.add('a', 0);
    await clock.advance(6);
    queue.start();
    await clock.advance(14);
    expect(worked).toEqual(['a@6', 'b@6', 'c@20']);
  });

  test.each([
    [5, 20],
    [20, 5],
  ])('works a key off once, at the earlier of %i and %i ms', async (first, second) => {
    queue.start();
    queue.add('a', first);
    queue.add('a', second);
    await clock.advance(30);
    expect(worked).toEqual(['a@5']);
  });

  test('waits twice as long after each failure, up to a limit, and from the start after a success', async () => {
    outcomes.set('a', ['retry', 'retry', 'retry', 'retry', 'done', 'retry']);
    queue.start();
    queue.add('a', 0);
    await clock.advance(200);
    expect(worked).toEqual(['a@0', 'a@10', 'a@30', 'a@70', 'a@110']);
    queue.add('a', 0);
    await clock.advance(10);
    expect(worked.slice(5)).toEqual(['a@200', 'a@210']);
  });

  test('is not idle while a key waits or is worked off', async () => {
    expect(queue.idle).toBe(false);
    queue.start();
    await settle();
    expect(queue.idle).toBe(true);
    queue.add('a', 5);
    expect(queue.idle).toBe(false);
    await clock.advance(5);
    expect(queue.idle).toBe(true);
  });

  test('takes up a key that is added to an empty queue', async () => {
    queue.start();
    await clock.advance(50);
    queue.add('a', 0);
    await settle();
    expect(worked).toEqual(['a@50']);
  });

  test('ends with its signal, and no timer stays', async () => {
    queue.start();
    queue.add('a', 50);
    await settle();
    stop.abort();
    await running;
    expect([worked, clock.pending]).toEqual([[], 0]);
  });
});
