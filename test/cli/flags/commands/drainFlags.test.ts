import { describe, expect, test } from 'vitest';
import { DRAIN_FLAGS, type DrainArguments } from '../../../../src/cli/flags/commands/drainFlags.js';
import { parseFlags } from '../../../../src/cli/flags/parseFlags.js';
import { UsageError } from '../../../../src/cli/flags/usageError.js';

const read = (...args: string[]): DrainArguments => parseFlags(DRAIN_FLAGS, args).values;

describe('how long a drain lasts', () => {
  test.each([
    ['1s', 1000],
    ['2h', 7_200_000],
    ['24h', 86_400_000],
  ])('%s', (text, ms) => {
    expect(read(`--for=${text}`).for).toBe(ms);
  });

  test('is stated, and has no default', () => {
    expect(read().for).toBeUndefined();
  });

  test.each([
    ['24h1s', '--for: expected at most 24h'],
    ['0', '--for: expected a duration longer than 0, such as 15s, 500ms or 1m30s, got "0"'],
    ['2', '--for: expected a duration longer than 0, such as 15s, 500ms or 1m30s, got "2"'],
  ])('is not %s', (text, message) => {
    expect(() => read(`--for=${text}`)).toThrow(new UsageError(message));
  });
});

test('a drain waits for a controller, is judged and written, unless the flags ask for something else', () => {
  expect(read()).toMatchObject({ timeout: 30_000, force: false, 'dry-run': false, 'drain-limit': 2, output: 'text' });
  expect(read('--timeout=0', '--force', '--dry-run=client', '--drain-limit=1.5', '-o', 'json')).toMatchObject({
    ...{ timeout: 0, force: true, 'dry-run': true, 'drain-limit': 1.5, output: 'json' },
  });
});

test('a limit below the mean is refused', () => {
  expect(() => read('--drain-limit=0.9')).toThrow('--drain-limit: expected a number of at least 1, got "0.9"');
});
