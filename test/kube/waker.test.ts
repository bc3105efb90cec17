import { describe, expect, test } from 'vitest';
import { Waker } from '../../src/kube/waker.js';
import { FakeClock, settle } from '../support/fakeClock.js';

function sleeping(ms: number) {
  const clock = new FakeClock();
  const waker = new Waker(clock);
  const stop = new AbortController();
  let isAwake = false;
  void waker.sleep(ms, stop.signal).then(() => (isAwake = true));
  return { clock, waker, stop, isAwake: () => isAwake };
}

describe('a sleep ends', () => {
  test('after its time, and not before', async () => {
    const { clock, isAwake } = sleeping(1000);
    await clock.advance(999);
    expect(isAwake()).toBe(false);
    await clock.advance(1);
    expect(isAwake()).toBe(true);
  });

  test('never by itself without a time', async () => {
    const { clock, waker, isAwake } = sleeping(Infinity);
    await clock.advance(2 ** 40);
    expect(isAwake()).toBe(false);
    waker.wake();
    await settle();
    expect(isAwake()).toBe(true);
  });

  test.each<[string, (given: ReturnType<typeof sleeping>) => void]>([
    ['when it is woken', ({ waker }) => waker.wake()],
    ['when the signal fires', ({ stop }) => stop.abort()],
  ])('%s', async (_, act) => {
    const given = sleeping(1000);
    act(given);
    await settle();
    expect(given.isAwake()).toBe(true);
  });

  test('at once where the signal has fired already', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(new Waker(new FakeClock()).sleep(Infinity, stop.signal)).resolves.toBeUndefined();
  });
});

test('who is woken while awake sleeps as long as ever afterwards', async () => {
  const clock = new FakeClock();
  const waker = new Waker(clock);
  const { signal } = new AbortController();
  waker.wake();
  let isAwake = false;
  void waker.sleep(1000, signal).then(() => (isAwake = true));
  await clock.advance(999);
  expect(isAwake).toBe(false);
});

test('the time of a sleep that was ended does not end the next one', async () => {
  const { clock, waker, stop } = sleeping(1000);
  waker.wake();
  let isAwake = false;
  void waker.sleep(5000, stop.signal).then(() => (isAwake = true));
  await clock.advance(4999);
  expect(isAwake).toBe(false);
  await clock.advance(1);
  expect(isAwake).toBe(true);
});
