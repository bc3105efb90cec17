import { describe, expect, test } from 'vitest';
import { errorForAnswer, parseRetryAfter, readStatus, toApiError } from '../../../src/kube/rest/apiStatus.js';
import type { ApiError } from '../../../src/kube/rest/transport.js';

describe('Retry-After', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['5', 5000],
    [' 1.5 ', 1500],
    ['0', 0],
    ['-3', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ])('%j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, Date.UTC(2026, 0, 1))).toBe(expected);
  });
});

const NOTHING = { code: 0, reason: '', message: '', retryAfterMs: undefined, isNamespaceTerminating: false };
const terminating = { code: 403, details: { causes: [{ reason: 'NamespaceTerminating', message: 'it is' }] } };

describe('a Status', () => {
  test.each<[string, unknown, ReturnType<typeof readStatus>]>([
    ['that is none', undefined, NOTHING],
    ['of other types', { code: '1', reason: 2, message: {} }, NOTHING],
    [
      'with details',
      { code: 429, reason: 'TooManyRequests', message: 'slow down', details: { retryAfterSeconds: 3 } },
      { ...NOTHING, code: 429, reason: 'TooManyRequests', message: 'slow down', retryAfterMs: 3000 },
    ],
    ['with a wait of nothing', { details: { retryAfterSeconds: 0 } }, NOTHING],
    ['of a Namespace that is being deleted', terminating, { ...NOTHING, code: 403, isNamespaceTerminating: true }],
    [
      'with other causes',
      { code: 422, details: { causes: [null, 'x', { reason: 'FieldValueInvalid' }] } },
      { ...NOTHING, code: 422 },
    ],
  ])('%s is read', (_, value, expected) => {
    expect(readStatus(value)).toEqual(expected);
  });
});

describe('the error of an answer', () => {
  const wallMs = Date.UTC(2026, 0, 1);
  test.each<[number, Record<string, string>, string, Partial<ApiError>]>([
    [403, {}, '{"reason":"Forbidden","message":"no"}', { message: 'GET /x: 403 Forbidden: no', reason: 'Forbidden' }],
    [403, {}, JSON.stringify(terminating), { isNamespaceTerminating: true }],
    [502, {}, '<html>', { message: 'GET /x: 502', reason: '' }],
    [302, {}, '', { message: 'GET /x: 302 redirects are not followed' }],
    [429, { 'retry-after': '7' }, '{"details":{"retryAfterSeconds":3}}', { retryAfterMs: 7000 }],
    [429, {}, '{"details":{"retryAfterSeconds":3}}', { retryAfterMs: 3000 }],
    [503, { 'retry-after': '3600' }, '', { retryAfterMs: 300_000 }],
    [503, { 'retry-after': '99999999999' }, '', { retryAfterMs: 300_000 }],
    [429, {}, '{"details":{"retryAfterSeconds":1e12}}', { retryAfterMs: 300_000 }],
  ])('%d %j %s', (status, headers, body, expected) => {
    expect(errorForAnswer('GET /x', status, headers, body, wallMs)).toMatchObject({
      kind: 'http',
      status,
      ...expected,
    });
  });

  test('is bounded, whatever the server writes', () => {
    const body = JSON.stringify({ message: 'x'.repeat(50_000) });
    expect(errorForAnswer('GET /x', 500, {}, body, wallMs).message).toHaveLength(1000);
  });

  test.each<[unknown, string]>([
    [new Error('broken'), 'broken'],
    ['text', 'unknown error'],
    [undefined, 'unknown error'],
  ])('thrown as %p is one of the network', (thrown, message) => {
    expect(toApiError(thrown)).toMatchObject({ kind: 'network', status: 0, message });
  });
});
