import { describe, expect, test } from 'vitest';
import { parseDurationMs } from '../../../src/cli/flags/duration.js';

describe('durations', () => {
  test.each([
    ['15s', 15_000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['0', 0],
    ['0s', 0],
    ['1h1m1s1ms', 3_661_001],
    ['0.5s', 500],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  test.each(['', '15', 's', '15 s', '-1s', '1d', '1s2', '.5s', '1S', '1s 1s'])('"%s" is refused', (text) => {
    expect(() => parseDurationMs(text)).toThrow(`expected a duration such as 15s, 500ms or 1m30s, got "${text}"`);
  });
});
