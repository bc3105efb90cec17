import { expect, test } from 'vitest';
import { isServiceKey, isZoneName } from '../../src/measured/bounds.js';

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

test.each([
  ['eu-west-1a', true],
  ['Zone_1.a', true],
  ['z'.repeat(63), true],
  ['z'.repeat(64), false],
  ['-a', false],
  ['a b', false],
  ['a,b', false],
  ['', false],
])('%j is the name of a zone: %s', (text, expected) => {
  expect(isZoneName(text)).toBe(expected);
});
