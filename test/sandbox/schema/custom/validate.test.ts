import { describe, expect, test } from 'vitest';
import { readOpenApiSchema } from '../../../../src/sandbox/schema/custom/openApiSchema.js';
import { validateValue } from '../../../../src/sandbox/schema/custom/validate.js';

const problems = (value: unknown, node: object): string[] =>
  validateValue(value, readOpenApiSchema(node), 'at').map(({ field, message }) => `${field}: ${message}`);

const wrongType = (found: string, type: string, field = 'at'): string =>
  `${field}: Invalid value: "${found}": ${field} in body must be of type ${type}: "${found}"`;

const text = { type: 'string' };
const list = { type: 'array', items: text };
const set = { ...list, 'x-kubernetes-list-type': 'set' };
const map = { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a', 'b'] }; // prettier-ignore
const either = { 'x-kubernetes-int-or-string': true };
const open = { 'x-kubernetes-preserve-unknown-fields': true };
const time = { type: 'string', format: 'date-time' };

describe('a value fits', () => {
  test.each<[string, unknown, object]>([
    ['its type', 'a', text],
    ['an integer as a number', 1, { type: 'number' }],
    ['an integer or a text', 1, either],
    ['a text or an integer', '1', either],
    ['anything, where anything may be', [1], open],
    ['null, where it may be', null, { ...text, nullable: true }],
    ['a time', '2026-01-01T00:00:00Z', time],
    ['a time with an offset', '2026-01-01t00:00:00.5+02:00', time],
    ['one of the values', { b: 1, a: 2 }, { type: 'object', enum: [{ a: 2, b: 1 }] }],
    ['the least number', 1, { type: 'integer', minimum: 1, maximum: 1 }],
    ['the longest text, by characters', '🙂🙂', { ...text, minLength: 2, maxLength: 2 }],
    ['as many items as it may have', ['a'], { ...list, minItems: 1, maxItems: 1 }],
    ['as many fields as it may have', { a: 'b' }, { type: 'object', additionalProperties: text, maxProperties: 1 }],
    ['items that differ in one key', [{ a: 1 }, { a: 1, b: 2 }], map],
  ])('%s', (_, value, node) => {
    expect(problems(value, node)).toEqual([]);
  });
});

describe('a value does not fit', () => {
  test.each<[string, unknown, object, string[]]>([
    ['another type', 1, text, [wrongType('integer', 'string')]],
    ['a list as an object', [], { type: 'object' }, [wrongType('array', 'object')]],
    ['null', null, text, [wrongType('null', 'string')]],
    ['a fraction as an integer', 1.5, { type: 'integer' }, [wrongType('number', 'integer')]],
    ['a fraction as an integer or a text', 1.5, either, [wrongType('number', 'integer,string')]],
    ['a date as a time', '2026-01-01', time, [wrongType('2026-01-01', 'date-time')]],
    ['a time of no month', '2026-13-01T00:00:00Z', time, [wrongType('2026-13-01T00:00:00Z', 'date-time')]],
    ['a wrong type, and nothing else is reported', 1, { ...text, enum: ['a'], minLength: 5 }, [wrongType('integer', 'string')]],
    ['none of the values', 'c', { ...text, enum: ['a', 'b'] }, ['at: Unsupported value: "c": supported values: "a", "b"']],
    ['below the least', 0, { type: 'integer', minimum: 1 }, ['at: Invalid value: 0: at in body should be greater than or equal to 1']],
    ['above the most', 2, { type: 'integer', maximum: 1 }, ['at: Invalid value: 2: at in body should be less than or equal to 1']],
    ['too short', '', { ...text, minLength: 1 }, ['at: Invalid value: "": at in body should be at least 1 chars long']],
    ['too long', 'abc', { ...text, maxLength: 2 }, ['at: Too long: may not be more than 2 bytes']],
    ['without its pattern', 'a', { ...text, pattern: '^b$' }, [`at: Invalid value: "a": at in body should match '^b$'`]],
    ['too few items', [], { ...list, minItems: 1 }, ['at: Invalid value: 0: at in body should have at least 1 items']],
    ['too many items', ['a', 'b'], { ...list, maxItems: 1 }, ['at: Too many: 2: must have at most 1 items']],
    ['an item of another type', ['a', 1], list, [wrongType('integer', 'string', 'at[1]')]],
    ['a value of a set twice', ['a', 'b', 'a'], set, ['at[2]: Duplicate value: "a"']],
    ['keys of an item twice', [{ a: 1 }, { a: 1, c: 1 }], map, ['at[1]: Duplicate value: {"a":1}']],
    ['a required field that is missing', {}, { type: 'object', required: ['a'] }, ['at.a: Required value']],
    ['too many fields', { a: 1, b: 1 }, { type: 'object', maxProperties: 1 }, ['at: Too many: 2: must have at most 1 items']],
    ['a field of another type', { a: 1 }, { type: 'object', properties: { a: text } }, [wrongType('integer', 'string', 'at.a')]],
    ['a value of a map of another type', { a: 1 }, { type: 'object', additionalProperties: text }, [wrongType('integer', 'string', 'at.a')]],
    ['several at once', { a: 1, b: '' }, { type: 'object', properties: { a: text, b: { ...text, minLength: 1 } } }, [wrongType('integer', 'string', 'at.a'), 'at.b: Invalid value: "": at.b in body should be at least 1 chars long']],
  ])('%s', (_, value, node, expected) => {
    expect(problems(value, node)).toEqual(expected);
  }); // prettier-ignore
});

test('at the top, fields have no prefix, and inherited ones do not count as required', () => {
  const schema = readOpenApiSchema({ type: 'object', required: ['spec', 'constructor'] });
  expect(validateValue({}, schema).map(({ field }) => field)).toEqual(['spec', 'constructor']);
});
