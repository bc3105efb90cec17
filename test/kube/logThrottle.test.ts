import { describe, expect, test } from 'vitest';
import { LogThrottle } from '../../src/kube/logThrottle.js';
import { FakeClock } from '../support/fakeClock.js';

describe('a throttled log line', () => {
  test('passes once a period with the number of those held back', async () => {
    const clock = new FakeClock();
    const throttle = new LogThrottle(clock, 1000);
    const passed = [throttle.pass(), throttle.pass(), throttle.pass()];
    await clock.advance(1000);
    expect([...passed, throttle.pass()]).toEqual([0, undefined, undefined, 2]);
  });
});
