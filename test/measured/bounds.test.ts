import { expect, test } from 'vitest';
import { isServiceKey } from '../../src/measured/bounds.js';

test.each([
  ['shop/web', true],
  ['a/b', true],
  [`${'a'.repeat(63)}/${'b'.repeat(63)}`, true],
  [`${'a'.repeat(64)}/b`, false],
  ['web', false],
  ['/web', false],
  ['shop/', false],
  ['shop/web/more', false],
  ['Shop/web', false],
  ['shop/web\n', false],
  ['', false],
])('%j is the key of a Service: %s', (text, expected) => {
  expect(isServiceKey(text)).toBe(expected);
});
