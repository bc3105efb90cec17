import { expect, it } from 'vitest';
import { fnv1a, fnv1aOfAll, mixed } from '../../src/model/hash.js';

it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('FNV-1a of "%s" is as published (draft-eastlake-fnv)', (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
  expect(fnv1a(`xx${text}`, 2)).toBe(hash);
});

it('goes on from the hash of a text as if both were one', () => {
  expect(fnv1a('bar', 0, fnv1a('foo'))).toBe(fnv1a('foobar'));
  expect(fnv1aOfAll(['bar', ''], fnv1a('foo'))).toBe(fnv1a('foobar  '));
  expect(fnv1aOfAll([], fnv1a('foo'))).toBe(fnv1a('foo'));
});

// https://github.com/aappleby/smhasher, MurmurHash3_x86_32, fmix32
it.each([
  [0, 0],
  [1, 0x514e28b7],
  [0xffffffff, 0x81f16f39],
])('%d mixed is %d, as by the finalizer of MurmurHash3', (hash, result) => {
  expect(mixed(hash)).toBe(result);
});
