import { expect, test } from 'vitest';
import { metaTime, microTime } from '../../src/kube/metaTime.js';

test.each([
  [
    'a time with milliseconds',
    Date.UTC(2026, 0, 2, 3, 4, 5, 67),
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05.067000Z',
  ],
  [
    'the last millisecond of a second',
    Date.UTC(2026, 11, 31, 23, 59, 59, 999),
    '2026-12-31T23:59:59Z',
    '2026-12-31T23:59:59.999000Z',
  ],
  ['a fraction of a millisecond', 0.7, '1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000000Z'],
])('%s as the API takes it', (_, wallMs, seconds, micros) => {
  expect([metaTime(wallMs), microTime(wallMs)]).toEqual([seconds, micros]);
});
