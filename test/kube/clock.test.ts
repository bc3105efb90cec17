import { afterEach, describe, expect, vi, test } from 'vitest';
import { systemClock } from '../../src/kube/clock.js';

describe('a timer of the system clock', () => {
  afterEach(() => void vi.restoreAllMocks());

  test.each([
    ['waits as long as asked', 1000, 1000],
    ['is never set for longer than Node.js can, which would fire at once', 2 ** 40, 2 ** 31 - 1],
    ['is never set for ever', Infinity, 2 ** 31 - 1],
  ])('%s', (_, ms, expected) => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    systemClock.after(ms, () => undefined)();
    expect(set.mock.calls.map(([, wait]) => wait)).toEqual([expected]);
  });
});
