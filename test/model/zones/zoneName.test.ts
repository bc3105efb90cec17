import { expect, test } from 'vitest';
import { isZoneName } from '../../../src/model/zones/zoneName.js';

test.each([
  ['eu-west-1a', true],
  ['Zone_1.a', true],
  ['z'.repeat(63), true],
  ['z'.repeat(64), false],
  ['-a', false],
  ['a b', false],
  ['a,b', false],
  ['a/b', false],
  ['\u001b[31m', false],
  ['__proto__', false],
  ['constructor', true],
  ['', false],
])('%j is the name of a zone: %s', (text, expected) => {
  expect(isZoneName(text)).toBe(expected);
});
