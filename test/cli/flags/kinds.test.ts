import { describe, expect, test } from 'vitest';
import * as kinds from '../../../src/cli/flags/kinds.js';

/** What texts mean; undefined: nothing. */
const table = <T>(kind: kinds.Kind<T>, texts: Readonly<Record<string, unknown>>): void => {
  for (const [text, meaning] of Object.entries(texts)) expect([text, kind.read(text)]).toEqual([text, meaning]);
};

describe('what the text of a flag means', () => {
  test('a boolean', () => {
    table(kinds.BOOLEAN, { true: true, T: true, 1: true, false: false, FALSE: false, 0: false, yes: undefined, '': undefined, tRUE: undefined }); // prettier-ignore
  });

  test('whether to write', () => {
    table(kinds.DRY_RUN, { none: false, client: true, server: true, true: true, false: false, all: undefined });
  });

  test('whether something is so, or is to be found out', () => {
    table(kinds.BOOLEAN_OR_AUTO, { auto: 'auto', look: 'auto', yes: true, no: false, true: true, off: undefined });
  });

  test('numbers in a range', () => {
    table(kinds.number({ low: 0, high: 1 }), { 0: 0, 0.5: 0.5, '.5': 0.5, '1.': 1, '+1': 1, '1e0': 1, 1.1: undefined, '-0.1': undefined, '0x1': undefined, '': undefined, NaN: undefined, ' 1': undefined }); // prettier-ignore
    table(kinds.number({ low: -1 }), { '-1': -1, '1e300': 1e300, '1e999': undefined, Infinity: undefined });
    table(kinds.number({ low: 0, whole: true }), { 3: 3, 3.5: undefined, '3.0': 3 });
    expect(kinds.number({ low: 0, high: 1 }).expected).toBe('a number from 0 to 1');
    expect(kinds.number({ low: 1, whole: true }).expected).toBe('a whole number of at least 1');
  });

  test('durations, up to what a timer can wait', () => {
    table(kinds.DURATION, { '15s': 15_000, 0: 0, '596h': 2_145_600_000, '15': undefined });
    expect(() => kinds.DURATION.read('597h')).toThrow('expected at most 596h, got "597h"');
    table(kinds.POSITIVE_DURATION, { '1ms': 1, 0: undefined, '0s': undefined });
  });

  test('addresses, and none', () => {
    table(kinds.ADDRESS, { 0: 'off', here: undefined, ':99999': undefined });
    expect(kinds.ADDRESS.read(':8080')).toMatchObject({ port: 8080 });
  });

  test('one of some words, in their spelling', () => {
    table(kinds.oneOf(['json', 'yaml']), { json: 'json', JSON: undefined, '': undefined });
    expect(kinds.oneOf(['json', 'yaml']).expected).toBe('json, yaml');
  });

  test('texts, paths and texts that may be empty', () => {
    table(kinds.text('a name'), { x: 'x', '': undefined });
    table(kinds.path('a file'), { './x': './x', '': undefined });
    table(kinds.textOrEmpty('a name'), { x: 'x', '': '' });
    expect([kinds.path('a file').isPath, kinds.text('a name').isPath]).toEqual([true, undefined]);
  });

  test('names of Kubernetes', () => {
    table(kinds.NAMESPACE, { shop: 'shop', Shop: undefined, 'a.b': undefined, '': undefined });
    table(kinds.NAMESPACE_OR_ALL, { shop: 'shop', '': '', Shop: undefined });
    table(kinds.OBJECT_NAME, { 'a.b': 'a.b', 'A.b': undefined, '': undefined });
    table(kinds.SERVICE_KEY, { 'shop/cart': 'shop/cart', 'shop/a.b': 'shop/a.b', 'shop/': undefined, '/cart': undefined, cart: undefined, 'a/b/c': undefined, 'a.b/c': undefined }); // prettier-ignore
  });

  test('values of a label, of which one may be absent', () => {
    table(kinds.LABEL_VALUES, { a: ['a'], 'a,b': ['a', 'b'], '': [''], 'a,': ['a', ''], 'a b': undefined });
  });

  test('what a parser of its own reads, with its message', () => {
    const kind = kinds.parsedBy((text) => {
      if (text === 'bad') throw new Error('expected no bad text');
      return text.length;
    });
    expect(kind.read('four')).toBe(4);
    expect(() => kind.read('bad')).toThrow(new RangeError('expected no bad text'));
  });
});
