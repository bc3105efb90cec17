import { describe, expect, test } from 'vitest';
import { readOpenApiSchema } from '../../../../src/sandbox/schema/custom/openApiSchema.js';
import type { OpenApiSchema } from '../../../../src/sandbox/schema/custom/openApiSchema.js';

describe('a node of a schema', () => {
  test('has nothing that it leaves out', () => {
    expect(readOpenApiSchema({ type: 'object' })).toEqual({
      type: 'object',
      format: '',
      nullable: false,
      intOrString: false,
      preserveUnknownFields: false,
      properties: new Map(),
      values: undefined,
      items: undefined,
      required: [],
      defaultValue: undefined,
      enumeration: undefined,
      pattern: undefined,
      limits: {},
      listType: '',
      listMapKeys: [],
      atomic: false,
      rules: [],
    });
  });

  test.each<[string, object, Partial<OpenApiSchema>]>([
    ['may be a number or a text', { 'x-kubernetes-int-or-string': true }, { type: '', intOrString: true }],
    ['may be anything', { 'x-kubernetes-preserve-unknown-fields': true }, { type: '', preserveUnknownFields: true }],
    ['may have any fields', { type: 'object', additionalProperties: true }, { preserveUnknownFields: true, values: undefined }],
    ['may have values of one kind', { type: 'object', additionalProperties: { type: 'string' } }, { preserveUnknownFields: false, values: expect.objectContaining({ type: 'string' }) as OpenApiSchema }],
    ['may be a list by keys', { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a'] }, { listType: 'map', listMapKeys: ['a'] }],
    ['has limits that are numbers', { type: 'integer', minimum: 0, maximum: 9, minLength: 'x' }, { limits: { minimum: 0, maximum: 9 } }],
    ['has a default, also null or false', { type: 'boolean', default: false, nullable: true }, { defaultValue: false, nullable: true }],
    ['may be one of some values', { type: 'string', enum: ['a', 'b'] }, { enumeration: ['a', 'b'] }],
    ['may be atomic', { type: 'object', 'x-kubernetes-map-type': 'atomic' }, { atomic: true }],
    ['may have rules', { type: 'object', 'x-kubernetes-validations': [{ rule: 'true', message: 'm', fieldPath: '.a' }] }, { rules: [{ rule: 'true', message: 'm', messageExpression: '', reason: 'FieldValueInvalid', fieldPath: '.a' }] }],
  ])('%s', (_, raw, expected) => {
    expect(readOpenApiSchema(raw)).toMatchObject(expected);
  }); // prettier-ignore

  test('reads properties below, with any word as a name', () => {
    const raw: unknown = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"},"a":{"type":"array","items":{"type":"integer"}}}}'); // prettier-ignore
    const { properties } = readOpenApiSchema(raw);
    expect([...properties].map(([name, node]) => [name, node.type, node.items?.type])).toEqual([
      ['__proto__', 'string', undefined],
      ['a', 'array', 'integer'],
    ]);
  });

  test('reads a pattern as Unicode', () => {
    expect(readOpenApiSchema({ type: 'string', pattern: '^.$' }).pattern?.test('🙂')).toBe(true);
  });
});

describe('a schema that is not structural is refused in one sentence', () => {
  test.each<[unknown, string]>([
    ['object', 'openAPIV3Schema: must be an object'],
    [{}, 'openAPIV3Schema.type: Required value: must not be empty for specified object fields'],
    [{ type: 'text' }, 'openAPIV3Schema.type: Required value: must not be empty for specified object fields'],
    [{ type: 'object', properties: { a: { type: 'array', items: {} } } }, 'openAPIV3Schema.properties[a].items.type: Required value: must not be empty for specified object fields'],
    [{ type: 'object', additionalProperties: {} }, 'openAPIV3Schema.additionalProperties.type: Required value: must not be empty for specified object fields'],
    [{ type: 'array', 'x-kubernetes-list-type': 'bag' }, 'openAPIV3Schema.x-kubernetes-list-type: Unsupported value: "bag"'],
    [{ type: 'string', pattern: '(' }, 'openAPIV3Schema.pattern: Invalid value: "(": must be a valid regular expression'],
  ])('%j', (raw, message) => {
    expect(() => readOpenApiSchema(raw)).toThrow(new Error(message));
  }); // prettier-ignore
});
