import { describe, expect, test } from 'vitest';
import { errorForAnswer, readStatus } from '../../../src/kube/rest/apiStatus.js';
import { ApiError } from '../../../src/kube/rest/transport.js';

const FIVE_MINUTES_MS = 300_000;

describe('Retry-After is honoured', () => {
  test.each<[string, string, number | undefined]>([
    ['in seconds', '7', 7000],
    ['not at all when it is zero', '0', 0],
    ['up to five minutes', '300', FIVE_MINUTES_MS],
    ['no longer than five minutes', '3600', FIVE_MINUTES_MS],
    ['no longer when it would overflow a timer', '2147484', FIVE_MINUTES_MS],
    ['no longer when it is no number any more', '9'.repeat(400), FIVE_MINUTES_MS],
    ['as a date', 'Thu, 01 Jan 1970 00:01:40 GMT', 100_000],
    ['no longer than five minutes as a date', 'Thu, 01 Jan 2170 00:00:00 GMT', FIVE_MINUTES_MS],
    ['not from a date that is past', 'Wed, 31 Dec 1969 00:00:00 GMT', 0],
    ['not when it is something else', 'soon', undefined],
  ])('%s', (_, header, expected) => {
    expect(errorForAnswer('GET /x', 429, { 'retry-after': header }, '', 0).retryAfterMs).toBe(expected);
  });

  test('no longer than five minutes from a Status', () => {
    const body = JSON.stringify({ details: { retryAfterSeconds: 86_400 } });
    expect(errorForAnswer('GET /x', 503, {}, body, 0).retryAfterMs).toBe(FIVE_MINUTES_MS);
    const { retryAfterMs } = readStatus(JSON.parse(body));
    expect(new ApiError('http', 'of a watch', { retryAfterMs }).retryAfterMs).toBe(FIVE_MINUTES_MS);
  });
});
