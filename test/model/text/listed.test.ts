import { expect, test } from 'vitest';
import { listed } from '../../../src/model/text/listed.js';

test.each<[readonly string[], string]>([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('the names %p are listed as "%s"', (names, expected) => {
  expect(listed(names)).toBe(expected);
});
