import { describe, expect, test } from 'vitest';
import { asRecord, isRecord, messageOf } from '../../src/kube/json.js';

describe('a value', () => {
  test.each<[string, unknown, boolean]>([
    ['an object', { a: 1 }, true],
    ['an array', [1], false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['a text', 'a', false],
  ])('that is %s', (_, value, expected) => {
    expect(isRecord(value)).toBe(expected);
    if (!expected && !Array.isArray(value)) expect(asRecord(value)).toEqual({});
  });

  test.each<[unknown, string]>([
    [new Error('broken'), 'broken'],
    [{ message: 'told' }, 'told'],
    [{ message: '' }, 'unknown error'],
    [undefined, 'unknown error'],
  ])('thrown as %p has the message %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
