import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  isJsonObject,
  jsonEqual,
  listAt,
  omit,
  textAt,
  toKubeObject,
  valueAt,
} from '../../../src/sandbox/schema/kubeObject.js';

describe('JSON values are equal', () => {
  test.each<[string, unknown, unknown, boolean]>([
    ['whatever the order of keys', { a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }, true],
    ['only in the same order of a list', [1, 2], [2, 1], false],
    ['not when a list goes on', [1], [1, 2], false],
    ['not when a key is missing', { a: 1 }, { a: 1, b: 1 }, false],
    ['not when keys have other names', { a: undefined }, { b: undefined }, false],
    ['not a list and an object', [], {}, false],
    ['not null and an object', null, {}, false],
    ['not a number and its text', 1, '1', false],
    ['not by what every object inherits', JSON.parse('{"constructor":1}'), { a: 1 }, false],
  ])('%s', (_, a, b, expected) => {
    expect(jsonEqual(a, b)).toBe(expected);
    expect(jsonEqual(b, a)).toBe(expected);
  });

  test('for any value: with its copy, and with no other text of the same keys', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonEqual(a, structuredClone(a))).toBe(true);
        if (JSON.stringify(a).length !== JSON.stringify(b).length) expect(jsonEqual(a, b)).toBe(false);
      }),
    );
  });
});

describe('reading at a path', () => {
  const object = { spec: { name: 'a', ports: [80], none: null, count: 0 } };
  test.each<[string, unknown, unknown]>([
    ['a value', valueAt(object, 'spec', 'count'), 0],
    ['the whole, without a path', valueAt(object), object],
    ['nothing below a text', valueAt(object, 'spec', 'name', 'length'), undefined],
    ['nothing below a list', valueAt(object, 'spec', 'ports', '0'), undefined],
    ['nothing below null', valueAt(object, 'spec', 'none', 'a'), undefined],
    ['nothing that is inherited', valueAt(object, 'constructor'), undefined],
    ['a text', textAt(object, 'spec', 'name'), 'a'],
    ['no text for a number', textAt(object, 'spec', 'count'), ''],
    ['no text for what is absent', textAt(object, 'spec', 'other'), ''],
    ['a list', listAt(object, 'spec', 'ports'), [80]],
    ['no list for an object', listAt(object, 'spec'), []],
    ['no list for what is absent', listAt(undefined, 'spec'), []],
  ])('%s', (_, value, expected) => {
    expect(value).toEqual(expected);
  });
});

test.each<[string, unknown, boolean]>([
  ['an object', {}, true],
  ['a list', [], false],
  ['null', null, false],
  ['a text', 'a', false],
])('%s is an object of JSON: %s', (_, value, expected) => {
  expect(isJsonObject(value)).toBe(expected);
});

test('an object without some fields is a copy, in the order of the rest', () => {
  const object = { a: 1, b: 2, c: 3 };
  expect(JSON.stringify(omit(object, 'b'))).toBe('{"a":1,"c":3}');
  expect(object).toEqual({ a: 1, b: 2, c: 3 });
});

test('an object of the API always has metadata, and is the very same when it had', () => {
  const complete = { kind: 'A', metadata: { name: 'a' } };
  expect(toKubeObject(complete)).toBe(complete);
  expect(toKubeObject({ kind: 'A' })).toEqual({ kind: 'A', metadata: {} });
  expect(toKubeObject({ metadata: 'a' })).toEqual({ metadata: {} });
});
