import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonValues } from '../../../src/cli/input/jsonValues.js';

describe('JSON values one after another', () => {
  test.each<[string, string, unknown[] | undefined]>([
    ['are read with nothing between them', '{"a":1}{"b":2}', [{ a: 1 }, { b: 2 }]],
    ['are read with white space around them', ' {"a":1}\n\n[2]\t', [{ a: 1 }, [2]]],
    ['may have brackets and quotes in texts', '{"a":"}\\"{"}{"b":"]"}', [{ a: '}"{' }, { b: ']' }]],
    ['are none in an empty text', ' \n', undefined],
    ['are no plain values', '{"a":1} 2', undefined],
    ['are not cut short', '{"a":1}{"b":', undefined],
    ['have no comma between them', '{"a":1},{"b":2}', undefined],
    ['are no YAML', 'a: 1', undefined],
    ['are JSON each', '{"a":1}{b:2}', undefined],
  ])('%s', (_, text, values) => {
    expect(parseJsonValues(text)).toEqual(values);
  });

  test('are read as they were written, whatever is in them', () => {
    const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    const space = fc.constantFrom('', ' ', '\n', '\r\n\t');
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), space, (values, between) => {
        const texts = values.map((one) => JSON.stringify(one));
        expect(parseJsonValues(texts.join(between))).toEqual(texts.map((text) => JSON.parse(text) as unknown));
      }),
    );
  });
});
