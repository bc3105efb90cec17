import { expect, test } from 'vitest';
import { isFields } from '../../src/model/fields.js';

test.each<[string, unknown, boolean]>([
  ['an object', { a: 1 }, true],
  ['an object without fields', {}, true],
  ['null', null, false],
  ['an array', [{}], false],
  ['a text', 'text', false],
  ['nothing', undefined, false],
])('%s: %s has fields: %s', (_, value, expected) => {
  expect(isFields(value)).toBe(expected);
});
