import type { Clock } from '../../src/kube/clock.js';

const SPEED = 10;

/** A clock that runs ten times as fast, for tests with real sockets whose waits (back-offs, windows, leases) are real. */
export const hurriedClock: Clock = {
  monotonicMs: () => performance.now() * SPEED,
  wallMs: () => Date.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms / SPEED, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
