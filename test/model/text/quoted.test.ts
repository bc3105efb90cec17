import { describe, expect, test } from 'vitest';
import { quoted, quotedValue } from '../../../src/model/text/quoted.js';

describe('quoted', () => {
  test.each<[string, string, string]>([
    ['a short text is shown whole', 'AUTO', '"AUTO"'],
    ['60 characters are shown whole', 'x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['61 are cut', 'x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['a quarter of a mebibyte is cut', 'x'.repeat(262_144), `"${'x'.repeat(60)}…"`],
    ['control characters and quotes are escaped', 'a"\n\u0000', String.raw`"a\"\n\u0000"`],
    ['a character outside the first plane is not cut in two', '😀'.repeat(61), `"${'😀'.repeat(60)}…"`],
  ])('%s', (_, text, shown) => {
    expect(quoted(text)).toBe(shown);
  });

  test.each<[unknown, string]>([
    ['a', '"a"'],
    [undefined, 'nothing'],
    [null, '"null"'],
    [-0.5, '"-0.5"'],
    [NaN, '"NaN"'],
    [Infinity, '"Infinity"'],
    [{ a: ['b'] }, String.raw`"{\"a\":[\"b\"]}"`],
    [['x'.repeat(100)], String.raw`"[\"${'x'.repeat(58)}…"`],
  ])('a value of %#', (value, shown) => {
    expect(quotedValue(value)).toBe(shown);
  });

  test('a value that is nested without end is cut, or named where this version of Node.js cannot write it', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect([`"${'['.repeat(60)}…"`, '"a value that is nested too deeply"']).toContain(quotedValue(deep));
  });

  test('the bound can be another', () => {
    expect(quoted('abcd', 3)).toBe('"abc…"');
  });
});
