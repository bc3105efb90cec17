/**
 * Time as the shell sees it. Everything that waits or compares times gets one of these, so that tests own time and so
 * that a wall clock that jumps (NTP, a suspended machine) cannot shorten a lease or stretch a back-off.
 */
export interface Clock {
  /** Milliseconds that only ever grow; for durations, leases, back-off. */
  monotonicMs(): number;
  /** Milliseconds since 1970; only for times that people read. */
  wallMs(): number;
  /** Calls `fn` once after `ms`, or after 24 days if that is less; the value returned cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/** A timer of Node.js that is set for longer than this fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Settles after `ms`, or at once when the signal fires; never rejects. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
