import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { LineReader } from '../../../src/kube/rest/lineReader.js';

describe('the line reader', () => {
  test('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(40)), (texts, cuts) => {
        const wanted = texts.map((text) => text.replaceAll('\n', ' ')).filter((text) => text.trim() !== '');
        const bytes = Buffer.from(wanted.map((text) => `${text}\n\n`).join(''));
        const reader = new LineReader(1_000_000);
        const got: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          for (const { text } of reader.push(bytes.subarray(at, at + cut))) got.push(text);
          at += cut;
        }
        expect(got).toEqual(wanted);
        expect(reader.rest()).toBeUndefined();
      }),
    );
  });

  test('hands out the rest, and of a line that is too long only its beginning', () => {
    const reader = new LineReader(10);
    const push = (text: string): unknown[] =>
      [...reader.push(Buffer.from(text))].map(({ text, tooLong }) => [text, tooLong]);
    expect(push('0123456789abc')).toEqual([['0123456789abc', true]]);
    expect(push('still the same line')).toEqual([]);
    expect(push('end\nnext\nre')).toEqual([['next', false]]);
    expect(reader.rest()).toEqual({ text: 're', tooLong: false });
  });
});
