import { expect, test } from 'vitest';
import { sameElements } from '../../../src/model/lists/sameElements.js';

test.each<[string, readonly unknown[], readonly unknown[], boolean]>([
  ['two empty lists', [], [], true],
  ['the same elements', [1, 'a'], [1, 'a'], true],
  ['another order', [1, 2], [2, 1], false],
  ['one more', [1], [1, 2], false],
  ['one less', [1, 2], [1], false],
  ['objects that only look the same', [{}], [{}], false],
])('lists are the same by element and order: %s', (_name, a, b, same) => {
  expect(sameElements(a, b)).toBe(same);
});
