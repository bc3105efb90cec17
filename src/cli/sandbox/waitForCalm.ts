import { type Clock, sleep } from '../../kube/clock.js';

/** Polling interval. */
const POLL_MS = 20;

/**
 * Waits until something has held without a break for `calmMs`.
 * @returns false when `limitMs` passed before, or the signal fired
 */
export async function waitForCalm(
  holds: () => boolean,
  { calmMs, limitMs, clock }: { readonly calmMs: number; readonly limitMs: number; readonly clock: Clock },
  signal: AbortSignal,
): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + limitMs;
  let sinceMs: number | undefined;
  while (!signal.aborted) {
    const nowMs = clock.monotonicMs();
    if (!holds()) sinceMs = undefined;
    else if (nowMs - (sinceMs ??= nowMs) >= calmMs) return true;
    if (nowMs >= deadlineMs) return false;
    await sleep(clock, POLL_MS, signal);
  }
  return false;
}
