import { describe, expect, test } from 'vitest';
import { ChangePacer } from '../../../src/controller/demand/changePacer.js';
import { FakeClock } from '../../support/fakeClock.js';

/** A pacer whose calls are noted as `key@ms`. */
function pacer() {
  const clock = new FakeClock();
  const due: string[] = [];
  const stop = new AbortController();
  const paced = new ChangePacer({
    clock,
    pauseMs: 1000,
    intervalMs: 10_000,
    burst: 3,
    onDue: (key) => due.push(`${key}@${clock.monotonicMs()}`),
  });
  const ended = paced.run(stop.signal);
  return { paced, clock, due, stop, ended };
}

describe('changes are due', () => {
  test('when they pause', async () => {
    const { paced, clock, due } = pacer();
    for (let i = 0; i < 5; i++) {
      paced.changed('a');
      await clock.advance(500);
    }
    expect([due, paced.idle]).toEqual([[], false]);
    await clock.advance(500);
    expect(due).toEqual(['a@3000']);
    expect(paced.idle).toBe(true);
    await clock.advance(60_000);
    expect(due).toHaveLength(1);
  });

  test('each key by itself', async () => {
    const { paced, clock, due } = pacer();
    paced.changed('a');
    await clock.advance(600);
    paced.changed('b');
    await clock.advance(600);
    paced.changed('a');
    await clock.advance(2000);
    expect(due).toEqual(['a@1000', 'b@1600', 'a@2200']);
  });

  test('at the latest after the interval, when they do not pause', async () => {
    const { paced, clock, due } = pacer();
    for (let i = 0; i < 42; i++) {
      paced.changed('a');
      await clock.advance(500);
    }
    expect(due).toEqual(['a@10000', 'a@20000']);
  });

  test('a few times in a row at once, in the long run once per interval', async () => {
    const { paced, clock, due } = pacer();
    for (let i = 0; i < 40; i++) {
      paced.changed('a');
      await clock.advance(2000);
    }
    const times = due.map((text) => Number(text.split('@')[1]));
    expect(times).toEqual([1, 3, 5, 11, 21, 31, 41, 51, 61, 71].map((seconds) => seconds * 1000));
    await clock.advance(100_000);
    const before = due.length;
    for (let i = 0; i < 3; i++) {
      paced.changed('a');
      await clock.advance(1000);
    }
    expect(due).toHaveLength(before + 3);
  });

  test('not any more after the end, and not for what happened before the start', async () => {
    const { paced, clock, due, stop, ended } = pacer();
    paced.changed('a');
    stop.abort();
    await clock.advance(0);
    await ended;
    paced.changed('b');
    await clock.advance(60_000);
    expect([due, clock.pending]).toEqual([[], 0]);
    const again = new AbortController();
    const running = paced.run(again.signal);
    await clock.advance(60_000);
    expect(due).toEqual([]);
    again.abort();
    await running;
  });
});

test('a change that a call brings is not lost', async () => {
  const clock = new FakeClock();
  const due: string[] = [];
  const stop = new AbortController();
  const paced: ChangePacer = new ChangePacer({
    clock,
    pauseMs: 1000,
    intervalMs: 10_000,
    burst: 3,
    onDue: (key) => {
      due.push(key);
      if (key === 'a') paced.changed('b');
    },
  });
  void paced.run(stop.signal);
  paced.changed('a');
  await clock.advance(5000);
  expect(due).toEqual(['a', 'b']);
  stop.abort();
});

test('a key that is due after others waits for the timer that is set already', async () => {
  const clock = new FakeClock();
  let timers = 0;
  const counting = {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    after: (ms: number, callback: () => void) => {
      timers++;
      return clock.after(ms, callback);
    },
  };
  const due: string[] = [];
  const stop = new AbortController();
  const onDue = (key: string): unknown => due.push(`${key}@${clock.monotonicMs()}`);
  const paced = new ChangePacer({ clock: counting, pauseMs: 1000, intervalMs: 10_000, burst: 3, onDue });
  const ended = paced.run(stop.signal);
  for (let i = 0; i < 50; i++) {
    paced.changed(`k${i}`);
    await clock.advance(1);
  }
  expect(timers).toBe(1);
  await clock.advance(2000);
  expect(due).toEqual(Array.from({ length: 50 }, (_, i) => `k${i}@${1000 + i}`));
  stop.abort();
  await ended;
});
