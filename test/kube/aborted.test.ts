import { expect, test } from 'vitest';
import { aborted } from '../../src/kube/aborted.js';
import { settle } from '../support/fakeClock.js';

test.each([
  ['settles when the signal fires, and not before', false],
  ['settles at once when the signal has fired', true],
])('%s', async (_, isEarly) => {
  const stop = new AbortController();
  if (isEarly) stop.abort();
  let isSettled = false;
  void aborted(stop.signal).then(() => (isSettled = true));
  await settle();
  expect(isSettled).toBe(isEarly);
  stop.abort();
  await settle();
  expect(isSettled).toBe(true);
});
