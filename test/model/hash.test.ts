import { expect, it } from 'vitest';
import { fnv1a } from '../../src/model/hash.js';

it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('FNV-1a of "%s" is as published (draft-eastlake-fnv)', (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
  expect(fnv1a(`xx${text}`, 2)).toBe(hash);
});
