import { readStatus } from '../rest/apiStatus.js';
import { ApiError, LONGEST_ERROR_MESSAGE } from '../rest/transport.js';

/**
 * Why a watch ended. `closed`: by the server, in order; `refused`, `unmarked`: the server has no streaming lists;
 * `unfinished`: a streaming list broke off before its end.
 */
export type WatchEndReason =
  'closed' | 'expired' | 'silent' | 'refused' | 'unmarked' | 'unfinished' | 'error' | 'stopped';

export interface WatchEnd {
  readonly reason: WatchEndReason;
  readonly error?: ApiError;
}

/** Whether a line is about an object. */
export function isChange(type: string): boolean {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}

/** How a watch ended that ended with an error. */
export function failedWatch(error: ApiError): WatchEnd {
  const expired = error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone';
  return expired ? { reason: 'expired' } : { reason: 'error', error };
}

/** Answers that mean that the server has no streaming lists, and not that it is busy. */
const REFUSALS: ReadonlySet<number> = new Set([400, 405, 406, 415, 422, 501]);

/**
 * How a streaming list ended that never came to its end.
 * @param began whether it brought an object
 */
export function endOfPart(end: WatchEnd, began: boolean): WatchEnd {
  if (end.reason === 'silent') return { reason: 'unmarked' };
  if (end.error !== undefined && REFUSALS.has(end.error.status)) return { reason: 'refused', error: end.error };
  const isBroken = end.reason === 'closed' || (end.reason === 'error' && began);
  return isBroken ? { ...end, reason: 'unfinished' } : end;
}

/** The Status of an ERROR line as an error. */
export function errorOfEvent(object: unknown, name: string): ApiError {
  const { code, reason, message, retryAfterMs } = readStatus(object);
  const words = [code > 0 ? String(code) : '', reason, message].filter((part) => part !== '').join(' ');
  const text = `WATCH ${name}: the server sent ERROR ${words}`.slice(0, LONGEST_ERROR_MESSAGE);
  return new ApiError('http', text, { status: code, reason, retryAfterMs });
}

/** Undefined when the bookmark has no version. `initialEventsEnd`: the streaming list is complete here. */
export function readBookmark(object: unknown): { version: string; initialEventsEnd: boolean } | undefined {
  const metadata = (object as { metadata?: { resourceVersion?: unknown; annotations?: unknown } } | null)?.metadata;
  const version = metadata?.resourceVersion;
  if (typeof version !== 'string' || version === '') return undefined;
  const annotations = metadata?.annotations as Record<string, unknown> | null | undefined;
  return { version, initialEventsEnd: annotations?.['k8s.io/initial-events-end'] === 'true' };
}
