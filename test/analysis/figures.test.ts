import { expect, test } from 'vitest';
import { counted, percent } from '../../src/analysis/figures.js';

test.each([
  [0, '0%'],
  [0.5, '50%'],
  [1 / 3, '33.3%'],
  [0.9996, '100%'],
  [0.0004, '0%'],
  [1.5, '150%'],
])('the share %d is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

test.each([
  [0, '0 pods'],
  [1, '1 pod'],
  [2, '2 pods'],
])('%d of them are %s', (count, text) => {
  expect(counted(count, 'pod', 'pods')).toBe(text);
});
