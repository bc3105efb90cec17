import { describe, expect, test } from 'vitest';
import { ownValue, setOwnValue } from '../../src/model/ownValue.js';

const INHERITED = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];

describe('words from outside as keys of records', () => {
  test.each(INHERITED)('%s is in no record that does not have it', (word) => {
    expect(ownValue({ a: 1 }, word)).toBeUndefined();
  });

  test.each(['a', ...INHERITED])('%s is set and found like any other, and changes nothing else', (word) => {
    const record: Record<string, unknown> = {};
    setOwnValue(record, word, { b: 1 });
    setOwnValue(record, word, { b: 2 });
    expect(ownValue(record, word)).toEqual({ b: 2 });
    expect(Object.keys(record)).toEqual([word]);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(JSON.stringify(record)).toBe(`{"${word}":{"b":2}}`);
  });
});
