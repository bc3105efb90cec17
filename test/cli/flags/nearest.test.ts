import { expect, test } from 'vitest';
import { nearest } from '../../../src/cli/flags/nearest.js';

const FLAGS = ['namespace', 'node-selector', 'dry-run', 'v', 'output'];

test.each([
  ['namespac', 'namespace'],
  ['dryrun', 'dry-run'],
  ['DRY_RUN', 'dry-run'],
  ['nodeselector', 'node-selector'],
  ['outptu', 'output'],
  ['w', undefined],
  ['input', undefined],
  ['nothing-of-all', undefined],
  ['x'.repeat(61), undefined],
])('%s may mean %s', (word, meant) => {
  expect(nearest(word, FLAGS)).toBe(meant);
});

test('of two that are near the nearer is meant, and the first of equals', () => {
  expect(nearest('context', ['contest', 'context'])).toBe('context');
  expect(nearest('contexx', ['contexy', 'contexz'])).toBe('contexy');
});

test('a word of 60 characters is compared still', () => {
  expect(nearest('x'.repeat(60), ['x'.repeat(61)])).toBe('x'.repeat(61));
});
