import { expect, test } from 'vitest';
import { quoted, UsageError } from '../../../src/cli/flags/usageError.js';

test('has its cause where there is one', () => {
  const cause = new Error('why');
  expect(new UsageError('what', cause)).toMatchObject({ name: 'UsageError', message: 'what', cause });
  expect('cause' in new UsageError('what')).toBe(false);
});

test.each([
  ['a text', '"a text"'],
  ['two\nlines', '"two\\nlines"'],
  ['x'.repeat(80), `"${'x'.repeat(80)}"`],
  ['x'.repeat(81), `"${'x'.repeat(80)}…"`],
])('foreign text is quoted on one line, cut: %j', (text, expected) => {
  expect(quoted(text)).toBe(expected);
});
