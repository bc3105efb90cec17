import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { readOpenApiSchema } from '../../../../src/sandbox/schema/custom/openApiSchema.js';
import { shapeOf, withSchemaDefaults } from '../../../../src/sandbox/schema/custom/structure.js';
import type { JsonObject } from '../../../../src/sandbox/schema/kubeObject.js';
import { decode } from '../../../../src/sandbox/schema/schema.js';

const schemaOf = (properties: object, more: object = {}): ReturnType<typeof readOpenApiSchema> =>
  readOpenApiSchema({ type: 'object', properties, ...more });

const specOf = (node: object): unknown => shapeOf(schemaOf({ spec: node })).fields.get('spec');

describe('the shape of a kind', () => {
  const anyShape = { type: 'any', presence: 'keep', custom: true };
  test.each<[string, object, object]>([
    ['a text is any value, for the validation to report', { type: 'string' }, anyShape],
    ['a list without items is any value', { type: 'array' }, anyShape],
    ['a map has values', { type: 'object', additionalProperties: { type: 'string' } }, { type: 'map', values: anyShape, atomic: false, custom: true }],
    ['an atomic map is owned as one', { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' }, { type: 'map', atomic: true }],
    ['a list by keys', { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a'] }, { type: 'list', keys: ['a'], set: false }],
    ['a list that is a set', { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' }, { type: 'list', keys: undefined, set: true }],
    ['any other list is one value', { type: 'array', items: { type: 'object' } }, { type: 'list', keys: undefined, set: false }],
    ['an object has an owner itself', { type: 'object' }, { type: 'object', marked: true, open: false }],
    ['an open object keeps unknown fields', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, { type: 'object', open: true }],
  ])('%s', (_, node, expected) => {
    expect(specOf(node)).toMatchObject(expected);
  }); // prettier-ignore

  test('has the type and metadata of the API, whatever the schema has', () => {
    const shape = shapeOf(schemaOf({ metadata: { type: 'object' }, kind: { type: 'integer' } }));
    const { object, unknown } = decode({ kind: 'A', metadata: { name: 'a', odd: 1 } }, shape, '');
    expect(object).toEqual({ kind: 'A', metadata: { name: 'a' } });
    expect(unknown).toEqual(['metadata.odd']);
  });
});

describe('a default', () => {
  const share = { type: 'integer', default: 1 };
  test.each<[string, object, JsonObject, JsonObject]>([
    ['fills in what is absent', { share }, {}, { share: 1 }],
    ['leaves what is there', { share }, { share: 0 }, { share: 0 }],
    ['takes the place of null', { share }, { share: null }, { share: 1 }],
    ['leaves null that is allowed', { share: { ...share, nullable: true } }, { share: null }, { share: null }],
    ['may be false', { on: { type: 'boolean', default: false } }, {}, { on: false }],
    ['is in no object that is absent itself', { spec: { type: 'object', properties: { share } } }, {}, {}],
    ['is in an object that a default makes', { spec: { type: 'object', default: {}, properties: { share } } }, {}, { spec: { share: 1 } }],
    ['is in each item', { list: { type: 'array', items: { type: 'object', properties: { share } } } }, { list: [{}, { share: 2 }] }, { list: [{ share: 1 }, { share: 2 }] }],
    ['is in each value of a map', { map: { type: 'object', additionalProperties: { type: 'object', properties: { share } } } }, { map: { a: {} } }, { map: { a: { share: 1 } } }],
    ['leaves values of other types', { spec: { type: 'object', properties: { share } } }, { spec: 'text' }, { spec: 'text' }],
  ])('%s', (_, properties, value, expected) => {
    const before = JSON.stringify(value);
    expect(withSchemaDefaults(value, schemaOf(properties))).toEqual(expected);
    expect(JSON.stringify(value)).toBe(before);
  }); // prettier-ignore

  test('is a copy for each object', () => {
    const schema = schemaOf({ list: { type: 'array', default: [1] } });
    const [first, second] = [withSchemaDefaults<JsonObject>({}, schema), withSchemaDefaults<JsonObject>({}, schema)];
    expect(first['list']).toEqual(second['list']);
    expect(first['list']).not.toBe(second['list']);
  });

  test('for any object: filling in twice changes nothing more', () => {
    const schema = schemaOf({ share, spec: { type: 'object', default: {}, properties: { share } }, __proto__: share });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('share', 'spec', '__proto__'), fc.jsonValue({ maxDepth: 2 })), (value) => {
        const once = withSchemaDefaults(value, schema);
        expect(withSchemaDefaults(once, schema)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  }); // prettier-ignore
});
