import type { ApiError } from '../rest/transport.js';

/**
 * What failed is tried again after this part of the retry period: a holder that ends for a server that fails every second
 * request lists all objects anew, which costs that server far more.
 */
export const FAILED_TRY_FACTOR = 0.25;

/**
 * After what time, in ms, a renewal that failed is tried again: just before the end ever sooner, so that a server that comes
 * back then is not missed.
 * @param leftMs until the renew deadline
 */
export function nextTryMs({ status }: Pick<ApiError, 'status'>, retryPeriodMs: number, leftMs: number): number {
  // Who is asked for less gets no more than usual.
  const waitMs = status === 429 ? retryPeriodMs : retryPeriodMs * FAILED_TRY_FACTOR;
  if (leftMs > waitMs) return waitMs;
  return leftMs > 400 ? leftMs / 2 : leftMs;
}
