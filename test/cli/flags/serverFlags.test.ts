import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { addressOf, LOG_FLAGS, readLogLevel, SERVER_FLAGS } from '../../../src/cli/flags/serverFlags.js';
import { UsageError } from '../../../src/cli/flags/usageError.js';

const levelOf = (...args: string[]): string => readLogLevel(parseFlags(LOG_FLAGS, args).values);

describe('the level of the log', () => {
  test.each([
    [[], 'info'],
    [['--log-level=warn'], 'warn'],
    [['--v=2'], 'info'],
    [['--v=3'], 'debug'],
    [['--v=5'], 'trace'],
  ])('of %j is %s', (args, level) => {
    expect(levelOf(...args)).toBe(level);
  });

  test('has one flag at a time', () => {
    const message = '--log-level and --v say the same thing; give one of them';
    expect(() => levelOf('--log-level=info', '--v=0')).toThrow(new UsageError(message));
  });
});

test('metrics and health have an address each, and 0 stands for no server', () => {
  const { values } = parseFlags(SERVER_FLAGS, ['--health-probe-bind-address=0']);
  expect(addressOf(values['metrics-bind-address'])).toMatchObject({ port: 8080 });
  expect(addressOf(values['health-probe-bind-address'])).toBeUndefined();
});
