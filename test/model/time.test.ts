import { expect, test } from 'vitest';
import fc from 'fast-check';
import { readTime, writeTime } from '../../src/model/time.js';

test.each<[string, string | Date | null | undefined, number | undefined]>([
  ['a time as the API server writes it', '2026-01-05T08:00:01Z', Date.UTC(2026, 0, 5, 8, 0, 1)],
  ['the day after a leap day', '2024-03-01T00:00:00Z', Date.UTC(2024, 2, 1)],
  ['a leap day', '2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
  ['the last day of a year', '2025-12-31T00:00:00Z', Date.UTC(2025, 11, 31)],
  ['1970', '1970-01-01T00:00:00Z', 0],
  ['a time before 1970', '1969-12-31T23:59:59Z', -1000],
  ['a time with a fraction', '2026-01-05T08:00:01.250000Z', Date.UTC(2026, 0, 5, 8, 0, 1, 250)],
  ['a time with an offset', '2026-01-05T08:00:00+01:00', Date.UTC(2026, 0, 5, 7)],
  ['a Date', new Date(7), 7],
  ['a Date that is none', new Date(NaN), undefined],
  ['a month that there is not', '2026-13-05T08:00:00Z', undefined],
  ['an hour that there is not', '2026-01-05T25:00:00Z', undefined],
  ['letters for digits', '2026-01-0:T08:00:00Z', undefined],
  ['another word', 'yesterday', undefined],
  ['a number, which is no year', '5', undefined],
  ['a day without a time', '2026-01-05', undefined],
  ['a time that leaves open where it is meant', '2026-01-05T08:00:00', undefined],
  ['a time as people write it', 'Jan 5 2026 08:00:00 UTC', undefined],
  ['a day that there is not', '2026-02-30T08:00:00Z', undefined],
  ['a leap day that there is not', '2025-02-29T08:00:00.5Z', undefined],
  ['the last day of a month', '2026-01-31T08:00:00+02:00', Date.UTC(2026, 0, 31, 6)],
  ['small letters and a space, which RFC 3339 allows', '2026-01-05 08:00:00z', Date.UTC(2026, 0, 5, 8)],
  ['null', null, undefined],
  ['nothing', undefined, undefined],
])('%s', (_, time, expected) => {
  expect(readTime(time)).toBe(expected);
});

test('every second of our time is read as Date.parse reads it', () => {
  const seconds = fc.integer({ min: Date.UTC(1960, 0, 1) / 1000, max: Date.UTC(2110, 0, 1) / 1000 });
  fc.assert(
    fc.property(seconds, (at) => {
      const text = new Date(at * 1000).toISOString().replace('.000Z', 'Z');
      expect(readTime(text)).toBe(at * 1000);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [1_800_000_000, '2027-01-15T08:00:00Z'],
  [0, '1970-01-01T00:00:00Z'],
  [-Number.MAX_SAFE_INTEGER, '1970-01-01T00:00:00Z'],
])('%d seconds are written as %s', (seconds, text) => {
  expect(writeTime(seconds)).toBe(text);
});
