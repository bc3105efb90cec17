import { describe, expect, test } from 'vitest';
import {
  endOfPart,
  errorOfEvent,
  failedWatch,
  isChange,
  readBookmark,
  type WatchEnd,
} from '../../../src/kube/cache/watchEnd.js';
import { ApiError } from '../../../src/kube/rest/transport.js';

test.each([
  ['ADDED', true],
  ['MODIFIED', true],
  ['DELETED', true],
  ['BOOKMARK', false],
  ['ERROR', false],
  ['MALFORMED', false],
])('whether a line of type %s is about an object: %s', (type, expected) => {
  expect(isChange(type)).toBe(expected);
});

describe('a watch that fails', () => {
  test.each<[string, { status?: number; reason?: string }]>([
    ['with the status 410', { status: 410 }],
    ['with the reason Expired', { reason: 'Expired' }],
    ['with the reason Gone', { reason: 'Gone' }],
  ])('%s has expired', (_, more) => {
    expect(failedWatch(new ApiError('http', 'x', more))).toEqual({ reason: 'expired' });
  });

  test('with anything else ends with that error', () => {
    const error = new ApiError('http', 'x', { status: 500, reason: 'InternalError' });
    expect(failedWatch(error)).toEqual({ reason: 'error', error });
  });
});

describe('a streaming list that does not come to its end', () => {
  const error = (status: number): ApiError => new ApiError('http', 'x', { status });
  test.each<[string, WatchEnd, boolean, WatchEnd['reason']]>([
    ['silent: the server knows of no marked bookmark', { reason: 'silent' }, true, 'unmarked'],
    ['refused as a request', { reason: 'error', error: error(422) }, false, 'refused'],
    ['refused as a request, though it began', { reason: 'error', error: error(422) }, true, 'refused'],
    ['closed', { reason: 'closed' }, false, 'unfinished'],
    ['with an error in its middle', { reason: 'error', error: error(500) }, true, 'unfinished'],
    ['with an error before it began', { reason: 'error', error: error(500) }, false, 'error'],
    ['expired', { reason: 'expired' }, true, 'expired'],
    ['stopped', { reason: 'stopped' }, true, 'stopped'],
  ])('%s', (_name, end, began, reason) => {
    expect(endOfPart(end, began)).toEqual({ ...end, reason });
  });
});

describe('the Status of an ERROR line', () => {
  test('becomes an error with its code, reason, message and wait', () => {
    const status = { code: 429, reason: 'TooManyRequests', message: 'slow down', details: { retryAfterSeconds: 7 } };
    const error = errorOfEvent(status, 'nodes');
    expect(error).toMatchObject({ kind: 'http', status: 429, reason: 'TooManyRequests', retryAfterMs: 7000 });
    expect(error.message).toBe('WATCH nodes: the server sent ERROR 429 TooManyRequests slow down');
  });

  test('of any length is an error of at most 1,000 characters', () => {
    const { message } = errorOfEvent({ code: 500, message: 'x'.repeat(5000) }, 'nodes');
    expect(message).toMatch(/^WATCH nodes: the server sent ERROR 500 x+$/);
    expect(message).toHaveLength(1000);
  });

  test.each([undefined, null, 'text', {}])('that is %p is an error without details', (object) => {
    expect(errorOfEvent(object, 'nodes')).toMatchObject({ kind: 'http', status: 0, reason: '' });
  });
});

describe('a bookmark', () => {
  const end = { 'k8s.io/initial-events-end': 'true' };
  test.each<[string, unknown, ReturnType<typeof readBookmark>]>([
    ['has a version', { metadata: { resourceVersion: '7' } }, { version: '7', initialEventsEnd: false }],
    ['may complete a streaming list', { metadata: { resourceVersion: '7', annotations: end } }, { version: '7', initialEventsEnd: true }], // prettier-ignore
    ['with another value does not complete one', { metadata: { resourceVersion: '7', annotations: { 'k8s.io/initial-events-end': 'false' } } }, { version: '7', initialEventsEnd: false }], // prettier-ignore
    ['with null annotations is read', { metadata: { resourceVersion: '7', annotations: null } }, { version: '7', initialEventsEnd: false }], // prettier-ignore
    ['without a version is none', { metadata: {} }, undefined],
    ['with an empty version is none', { metadata: { resourceVersion: '' } }, undefined],
    ['with a number as version is none', { metadata: { resourceVersion: 7 } }, undefined],
    ['that is null is none', null, undefined],
  ])('%s', (_, object, expected) => {
    expect(readBookmark(object)).toEqual(expected);
  });
});
