import { describe, expect, test } from 'vitest';
import { isReady, isReadyInTree, isServingTerminating } from '../../src/model/readiness.js';

describe('the conditions of an endpoint', () => {
  test.each([
    ['is ready when the condition is true', true, true],
    ['is ready when the condition is absent', undefined, true],
    ['is not ready when the condition is false', false, false],
  ])('an endpoint %s', (_, ready, expected) => {
    expect(isReady({ ready })).toBe(expected);
  });

  test.each([
    ['counts an endpoint whose condition is true', true, true],
    ['does not count one without the condition', undefined, false],
    ['does not count one whose condition is false', false, false],
  ])("upstream's rule of Auto %s", (_, ready, expected) => {
    expect(isReadyInTree({ ready })).toBe(expected);
  });

  test.each([
    ['terminates and serves', true, true, true],
    ['terminates, with serving absent, which means true', undefined, true, true],
    ['terminates and no longer serves', false, true, false],
    ['serves and does not terminate', true, false, false],
    ['serves, with terminating absent, which means false', true, undefined, false],
  ])('whether proxies fall back to an endpoint that %s', (_, serving, terminating, expected) => {
    expect(isServingTerminating({ serving, terminating })).toBe(expected);
  });
});
