import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/flags/usageError.js';
import { checkMessage, LONGEST_MESSAGE, unlessRefused } from './refusal.js';

const throws = (error: unknown) => (): never => {
  throw error;
};

describe('what a reader of foreign input may do', () => {
  test('it may answer', () => {
    expect(unlessRefused(() => 5)).toBe(5);
  });

  test('it may refuse the input with a UsageError of one short line', () => {
    expect(unlessRefused(throws(new UsageError('x'.repeat(LONGEST_MESSAGE))))).toBeUndefined();
  });

  test.each<[string, Error, string]>([
    ['a TypeError', new TypeError('x is undefined'), 'x is undefined'],
    ['an error of another class', new Error('no'), 'no'],
    ['a longer line', new UsageError('x'.repeat(LONGEST_MESSAGE + 1)), 'a message of 1001 characters'],
    ['several lines', new UsageError('a\nb'), 'several lines'],
  ])('%s is a finding', (_name, error, finding) => {
    expect(() => unlessRefused(throws(error))).toThrow(finding);
  });

  test('a message of a Warning is bounded as well', () => {
    expect(() => checkMessage('x'.repeat(LONGEST_MESSAGE + 1))).toThrow('a message of 1001 characters');
    checkMessage('x'.repeat(LONGEST_MESSAGE));
  });
});
