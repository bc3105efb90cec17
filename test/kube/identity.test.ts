import { describe, expect, test } from 'vitest';
import { identify } from '../../src/kube/identity.js';

describe('what identifies an object', () => {
  test.each([
    [{ metadata: { name: 'n', resourceVersion: '1' } }, { key: 'n', version: '1' }],
    [{ metadata: { name: 'n', namespace: 'ns', resourceVersion: '1' } }, { key: 'ns/n', version: '1' }],
    [{ metadata: { name: 'n' } }, undefined],
    [{ metadata: { name: '', resourceVersion: '1' } }, undefined],
    [{ metadata: { name: 'n', resourceVersion: 7 } }, undefined],
    [{ metadata: null }, undefined],
    [null, undefined],
    ['text', undefined],
  ])('of %j is %j', (raw, expected) => {
    expect(identify(raw)).toEqual(expected);
  });
});
