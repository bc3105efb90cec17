import { describe, expect, test } from 'vitest';
import { createLogger, levelOfVerbosity, type LogLevel } from '../../../src/cli/output/logging.js';
import { Sink } from '../../support/sink.js';

test.each<[number, LogLevel]>([
  [0, 'info'],
  [2, 'info'],
  [3, 'debug'],
  [4, 'debug'],
  [5, 'trace'],
  [10, 'trace'],
])('--v=%d is the level %s', (verbosity, level) => {
  expect(levelOfVerbosity(verbosity)).toBe(level);
});

function logged(options: { format: 'json' | 'text'; level?: LogLevel; colour?: boolean }): string {
  const sink = new Sink();
  const logger = createLogger({ level: 'info', colour: false, stream: sink, ...options });
  logger.info({ component: 'writer', slices: 2 }, 'wrote');
  logger.debug('not at this level');
  return sink.text;
}

describe('a line of the log', () => {
  test('as JSON has the level by name and the time, and nothing of the process', () => {
    const line = JSON.parse(logged({ format: 'json' })) as object;
    expect(line).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), component: 'writer', slices: 2, msg: 'wrote' }); // prettier-ignore
  });

  test('as text is one line, written at once', () => {
    expect(logged({ format: 'text' })).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: wrote \{"slices":2\}\n$/);
  });

  test('has colours only where they are wanted', () => {
    expect(logged({ format: 'text', colour: true })).toContain('\u001b[');
    expect(logged({ format: 'text' })).not.toContain('\u001b[');
  });

  test('is written from its level on', () => {
    expect(logged({ format: 'json', level: 'error' })).toBe('');
    expect(logged({ format: 'json', level: 'debug' }).trim().split('\n')).toHaveLength(2);
  });
});
