import { expect, test } from 'vitest';
import { nextTryMs } from '../../../src/kube/leaderElection/nextTry.js';

test.each<[string, number, number, number]>([
  ['a quarter of the retry period after a failure', 500, 10_000, 500],
  ['a quarter of it where there was no answer', 0, 10_000, 500],
  ['a retry period where the server asks for less', 429, 10_000, 2000],
  ['sooner where less is left', 429, 1500, 750],
  ['half of what is left, each time', 500, 450, 225],
  ['with what is left just before the end', 500, 300, 300],
])('a renewal is tried again %s', (_, status, leftMs, expected) => {
  expect(nextTryMs({ status }, 2000, leftMs)).toBe(expected);
});
