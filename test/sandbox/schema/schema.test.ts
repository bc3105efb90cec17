import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/sandbox/schema/kubeObject.js';
import * as schemas from '../../../src/sandbox/schema/schema.js';
import type { Schema } from '../../../src/sandbox/schema/schema.js';

const { always, decode, kept, keyValue, listOf, mapOf, object, secondsTime } = schemas;
const { anything, flag, integer, intOrString, microTime, text, time } = schemas;

const kind = object({
  text,
  keptText: kept(text),
  alwaysText: text,
  count: integer,
  keptCount: kept(integer),
  flag,
  port: intOrString,
  at: time,
  micro: microTime,
  labels: mapOf(text),
  list: listOf(text),
  items: listOf(object({ name: text, count: kept(integer) })),
  any: anything,
  inner: object({ name: text }),
  open: object({ name: text }, { open: true }),
});

describe('decoding keeps', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['values as they are', { text: 'a', count: 1, flag: true, any: [null] }, { text: 'a', count: 1, flag: true, any: [null] }],
    ['no zero value of a plain field', { text: '', count: 0, flag: false, labels: {}, list: [] }, {}],
    ['the zero value of a pointer', { keptText: '', keptCount: 0, port: 0 }, { keptText: '', keptCount: 0, port: 0 }],
    ['no null', { text: null, keptText: null, inner: null, any: null }, {}],
    ['an empty struct', { inner: {} }, { inner: {} }],
    ['a number or a text where either may be', { port: 'http' }, { port: 'http' }],
    ['unknown fields of an open struct', { open: { other: 1 } }, { open: { other: 1 } }],
    ['null in a map as the zero value', { labels: { a: null, b: 'b' } }, { labels: { a: '', b: 'b' } }],
    ['null in a list as the zero value', { list: [null, 'b'] }, { list: ['', 'b'] }],
    ['a time in whole seconds of UTC', { at: '2026-01-01T02:00:00.9+02:00' }, { at: '2026-01-01T00:00:00Z' }],
    ['a micro time with its six digits', { micro: '2026-01-01T02:00:00.000009+02:00' }, { micro: '2026-01-01T00:00:00.000009Z' }],
    ['any word as a key', JSON.parse('{"labels":{"__proto__":null,"constructor":"b"}}') as JsonObject, JSON.parse('{"labels":{"__proto__":"","constructor":"b"}}') as JsonObject],
  ])('%s', (_, value, expected) => {
    const before = JSON.stringify(value);
    expect(decode(value, kind, 'Kind')).toEqual({ object: expected, unknown: [] });
    expect(JSON.stringify(value)).toBe(before);
  }); // prettier-ignore

  test('parts that need no change, as the same references', () => {
    const value = { inner: { name: 'a' }, labels: { a: 'b' }, items: [{ name: 'a' }] };
    expect(decode(value, kind, 'Kind').object).toBe(value);
    const changed = decode({ ...value, text: '' }, kind, 'Kind').object;
    expect(changed['items']).toBe(value.items);
  });
});

describe('a field that is always written', () => {
  const full = object({
    text: always(text),
    count: always(integer),
    flag: always(flag),
    list: always(listOf(text)),
    at: always(time),
    inner: always(object({ name: always(text) })),
  });
  const zero = { text: '', count: 0, flag: false, list: null, at: null, inner: { name: '' } };
  test('gets its zero value', () => {
    expect(decode({}, full, '').object).toEqual(zero);
    expect(decode({ text: null, list: [], inner: null }, full, '').object).toEqual(zero);
  });

  test('stays absent where defaults are not filled in', () => {
    expect(decode({ inner: {} }, full, '', false).object).toEqual({ inner: {} });
  });
});

test('unknown fields are dropped and named with their paths', () => {
  const value = { odd: 1, inner: { odd: 2 }, items: [{ name: 'a' }, { odd: 3 }] };
  expect(decode(value, kind, '')).toEqual({
    object: { inner: {}, items: [{ name: 'a' }, {}] },
    unknown: ['odd', 'inner.odd', 'items[1].odd'],
  });
});

describe('a value of another type is refused in the words of Go', () => {
  const into = (found: string, field: string, type: string): string =>
    `json: cannot unmarshal ${found} into Go struct field Kind.${field} of type ${type}`;
  test.each<[JsonObject, string]>([
    [{ text: 1 }, into('number', 'text', 'string')],
    [{ text: ['a'] }, into('array', 'text', 'string')],
    [{ flag: 'true' }, into('string', 'flag', 'bool')],
    [{ count: true }, into('bool', 'count', 'int32')],
    [{ count: 1.5 }, into('number 1.5', 'count', 'int32')],
    [{ port: 1.5 }, into('number', 'port', 'intstr.IntOrString')],
    [{ port: {} }, into('object', 'port', 'intstr.IntOrString')],
    [{ at: 1 }, into('number', 'at', 'v1.Time')],
    [{ micro: 1 }, into('number', 'micro', 'v1.MicroTime')],
    [{ inner: [] }, into('array', 'inner', 'struct')],
    [{ labels: [] }, into('array', 'labels', 'map[string]string')],
    [{ labels: { a: 1 } }, into('number', 'labels.a', 'string')],
    [{ list: {} }, into('object', 'list', 'slice')],
    [{ items: [{ count: 'x' }] }, into('string', 'items.count', 'int32')],
    [{ at: '2026-01-01' }, 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "2026-01-01" as "2006"'],
    [{ at: '2026-13-01T00:00:00Z' }, 'cannot parse "2026-13-01T00:00:00Z" as "2006"'],
    [{ micro: 'soon' }, 'as "2006-01-02T15:04:05.000000Z07:00": cannot parse "soon" as "2006"'],
    [{ micro: '2026-01-01T00:00:00Z' }, 'cannot parse "Z" as ".000000"'],
    [{ micro: '2026-01-01T00:00:00.000000' }, 'cannot parse "" as "Z07:00"'],
  ])('%j', (value, message) => {
    expect(() => decode(value, kind, 'Kind')).toThrow(expect.objectContaining({ name: 'DecodeError', message: expect.stringContaining(message) as string }));
  }); // prettier-ignore
});

test('a field of a custom resource keeps null and values of another type, for its own validation', () => {
  const own = <T extends Schema>(schema: T): T => ({ ...schema, custom: true });
  const custom = object({
    map: own(mapOf(own(anything))),
    list: own({ ...listOf(own(object({ name: text }))), presence: 'keep' }),
    inner: own(object({ name: own(anything) })),
  });
  const value = { map: { a: null }, list: [null], inner: 'text' };
  expect(decode(value, custom, '').object).toBe(value);
  expect(decode({ map: null, inner: { odd: 1 } }, custom, '')).toEqual({
    object: { map: null, inner: {} },
    unknown: ['inner.odd'],
  });
});

test('for any object: what is decoded decodes to itself', () => {
  const value = fc.record(
    {
      text: fc.string(),
      keptCount: fc.option(fc.integer()),
      labels: fc.dictionary(fc.string(), fc.option(fc.string())),
      items: fc.array(fc.option(fc.record({ name: fc.string(), odd: fc.integer() }, { requiredKeys: [] }))),
      odd: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(value, (one) => {
      const { object: once } = decode(one, kind, '');
      expect(decode(once, kind, '')).toEqual({ object: once, unknown: [] });
    }),
  );
});

test.each<[JsonObject, unknown]>([
  [{ port: 80, protocol: 'UDP' }, 'UDP'],
  [{ port: 80 }, 'TCP'],
])('the key of an item has a default: %j', (item, expected) => {
  const list = listOf(anything, { keys: ['port', 'protocol'], keyDefaults: { protocol: 'TCP' } });
  expect(keyValue(item, 'protocol', list)).toBe(expected);
  expect(keyValue({}, 'port', list)).toBeUndefined();
});

test('a list of one key is merged by that key, one of several by what it names', () => {
  expect(listOf(anything, { keys: ['name'] }).mergeKey).toBe('name');
  expect(listOf(anything, { keys: ['a', 'b'] }).mergeKey).toBeUndefined();
  expect(listOf(anything, { keys: ['a', 'b'], mergeKey: 'b' }).mergeKey).toBe('b');
});

test('a time of the wall clock has whole seconds', () => {
  expect(secondsTime(Date.UTC(2026, 0, 2, 3, 4, 5, 999))).toBe('2026-01-02T03:04:05Z');
});
