import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, LONGEST_ERROR_MESSAGE } from './transport.js';
import { asRecord, messageOf } from '../json.js';

/** The parts of a metav1.Status that matter. */
export interface ApiStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  /** The request would create an object in a Namespace that is being deleted. */
  readonly isNamespaceTerminating: boolean;
}

/** Reads a Status object; what is not there is 0 or empty. */
export function readStatus(value: unknown): ApiStatus {
  const status = asRecord(value);
  const { retryAfterSeconds: seconds, causes } = asRecord(status.details);
  return {
    code: typeof status.code === 'number' ? status.code : 0,
    reason: typeof status.reason === 'string' ? status.reason : '',
    message: typeof status.message === 'string' ? status.message : '',
    retryAfterMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
    isNamespaceTerminating:
      Array.isArray(causes) && causes.some((cause) => asRecord(cause).reason === 'NamespaceTerminating'),
  };
}

/** The error for an answer that is not 2xx. `what` names the request, `body` is the text of the answer, maybe cut. */
export function errorForAnswer(
  what: string,
  code: number,
  headers: IncomingHttpHeaders,
  body: string,
  wallMs: number,
): ApiError {
  let status: ApiStatus = readStatus(undefined);
  try {
    status = readStatus(JSON.parse(body));
  } catch {
    // A proxy or a server in distress answers with HTML or nothing; the code is sufficient.
  }
  const redirect = code >= 300 && code < 400 ? 'redirects are not followed' : '';
  const why = [status.reason, status.message || redirect].filter((part) => part !== '').join(': ');
  return new ApiError('http', `${what}: ${code}${why === '' ? '' : ` ${why}`}`.slice(0, LONGEST_ERROR_MESSAGE), {
    status: code,
    reason: status.reason,
    isNamespaceTerminating: status.isNamespaceTerminating,
    retryAfterMs: parseRetryAfter(headers['retry-after'], wallMs) ?? status.retryAfterMs,
  });
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as milliseconds from now. */
export function parseRetryAfter(header: string | undefined, wallMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  // Date.parse takes any number for a year.
  const date = /[a-z]/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}

/** Whatever a transport threw, as an ApiError. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('network', messageOf(error), { cause: error });
}
