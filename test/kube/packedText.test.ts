import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { holdsText, packText, unpackText } from '../../src/kube/packedText.js';

const KEY = 'measured.txt';
/** A text that gzip cannot shorten much. */
const noise = (length: number): string => {
  let state = 1;
  let text = '';
  while (text.length < length) text += String.fromCharCode(32 + ((state = (state * 48271) % 2147483647) % 95));
  return text;
};

describe('a text in a ConfigMap', () => {
  test('a short one stays readable', () => {
    expect(packText(KEY, 'hello')).toEqual({ data: { [KEY]: 'hello' } });
  });

  test('a long one is packed', () => {
    const text = 'shop/web 20 0 100\n'.repeat(20_000);
    const packed = packText(KEY, text)!;
    expect(Object.keys(packed.binaryData ?? {})).toEqual([`${KEY}.gz`]);
    expect(packed.data).toBeUndefined();
    expect(unpackText(packed, KEY)).toBe(text);
  });

  test('one that does not fit is refused', () => {
    expect(packText(KEY, noise(2_000_000))).toBeUndefined();
    // What its reader would not unpack, either.
    expect(packText(KEY, 'x'.repeat(4 * 1024 * 1024 + 1))).toBeUndefined();
  });

  test.each([
    ['data', { data: { [KEY]: 'x' } }, true],
    ['packed data', { binaryData: { [`${KEY}.gz`]: 'x' } }, true],
    ['another key', { data: { other: 'x' } }, false],
    ['nothing', {}, false],
    ['no object', 'x', false],
  ])('whether it is there: %s', (_, configMap, holds) => {
    expect(holdsText(configMap, KEY)).toBe(holds);
  });

  test.each([
    ['nothing', {}, 'it has neither data["measured.txt"] nor binaryData["measured.txt.gz"]'],
    ['another type', { data: { [KEY]: 5 } }, 'it has neither'],
    ['no gzip', { binaryData: { [`${KEY}.gz`]: 'aGVsbG8=' } }, 'binaryData["measured.txt.gz"] cannot be unpacked'],
    [
      'more than 4 MiB',
      { binaryData: { [`${KEY}.gz`]: gzipSync(Buffer.alloc(4 * 1024 * 1024 + 1)).toString('base64') } },
      'cannot be unpacked',
    ],
  ])('what cannot be read is an error: %s', (_, configMap, message) => {
    expect(() => unpackText(configMap, KEY)).toThrow(message);
  });
});
