import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { applyToLive } from '../../../src/sandbox/patch/serverSideApply.js';
import { pathsOf } from '../../../src/sandbox/patch/fieldSets.js';
import type { FieldWriter } from '../../../src/sandbox/patch/managedFields.js';
import type { JsonObject, KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import type { ObjectSchema } from '../../../src/sandbox/schema/schema.js';
import { configMapSchema, endpointSliceSchema, serviceSchema } from '../../../src/sandbox/schema/schemas.js';

function writerOf(manager: string, operation: FieldWriter['operation'] = 'Apply'): FieldWriter {
  return { manager, operation, apiVersion: 'v1', subresource: '', time: '2026-01-01T00:00:00Z' };
}

/** What stands after each configuration is applied by its manager, on an empty object. */
function applied(schema: ObjectSchema, steps: readonly (readonly [manager: string, object: JsonObject])[]): KubeObject {
  return steps.reduce<KubeObject>(
    (live, [manager, object]) => {
      const result = applyToLive(live, object, schema, writerOf(manager), false);
      return { ...result.object, metadata: { ...result.object.metadata, managedFields: result.managedFields } };
    },
    { metadata: { name: 'a' } },
  );
}

const dataOf = (...keys: string[]): JsonObject => ({ data: Object.fromEntries(keys.map((key) => [key, key])) });

describe('server-side apply', () => {
  test.each<[string, ObjectSchema, (readonly [string, JsonObject])[], JsonObject]>([
    ['adds to what others set', configMapSchema, [['a', dataOf('x')], ['b', dataOf('y')]], dataOf('x', 'y')],
    ['drops what the manager no longer applies', configMapSchema, [['a', dataOf('x', 'y')], ['a', dataOf('x')]], dataOf('x')],
    ['keeps what another also owns', configMapSchema, [['a', dataOf('x', 'y')], ['b', dataOf('y')], ['a', dataOf('x')]], dataOf('x', 'y')],
    ['fills a map that was applied empty', configMapSchema, [['a', { data: {} }], ['a', dataOf('x')]], dataOf('x')],
    ['empties a map', configMapSchema, [['a', dataOf('x')], ['a', { data: {} }]], {}],
    ['keeps what is in a map that another applied empty', configMapSchema, [['a', { data: {} }], ['b', dataOf('x')], ['a', {}]], dataOf('x')],
    ['agrees to a value that another owns', configMapSchema, [['a', dataOf('x')], ['b', dataOf('x')]], dataOf('x')],
    ['merges items by their keys, with defaults', serviceSchema, [['a', { spec: { ports: [{ port: 80 }] } }], ['b', { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'http' }, { port: 81 }] } }]], { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'http' }, { port: 81 }] } }],
    ['drops an item with all its fields', serviceSchema, [['a', { spec: { type: 'ClusterIP', ports: [{ port: 80 }, { port: 81 }] } }], ['a', { spec: { type: 'ClusterIP', ports: [{ port: 81 }] } }]], { spec: { type: 'ClusterIP', ports: [{ port: 81 }] } }],
    ['replaces a list without keys', endpointSliceSchema, [['a', { endpoints: [{ addresses: ['10.0.0.1'] }] }], ['a', { endpoints: [{ addresses: ['10.0.0.2'] }] }]], { endpoints: [{ addresses: ['10.0.0.2'] }] }],
    ['replaces an atomic map', serviceSchema, [['a', { spec: { selector: { a: '1' } } }], ['a', { spec: { selector: { b: '1' } } }]], { spec: { selector: { b: '1' } } }],
  ])('%s', (_, schema, steps, expected) => {
    const { metadata, ...rest } = applied(schema, steps);
    expect(rest).toEqual(expected);
    expect(metadata.name).toBe('a');
  }); // prettier-ignore

  test('joins sets', () => {
    const finalizers = (...names: string[]): JsonObject => ({ metadata: { finalizers: names } });
    const object = applied(serviceSchema, [['a', finalizers('x/a', 'x/b')], ['b', finalizers('x/b', 'x/c')]]); // prettier-ignore
    expect(object.metadata.finalizers).toEqual(['x/a', 'x/b', 'x/c']);
  });

  test('any word is a key like others', () => {
    const object = applied(configMapSchema, [['a', JSON.parse('{"data":{"__proto__":"a"}}') as JsonObject]]);
    expect(JSON.stringify(object['data'])).toBe('{"__proto__":"a"}');
  });
});

describe('a value that another manager owns', () => {
  const live = applied(configMapSchema, [['a', { data: { x: '1', y: '1' } }]]);
  const updated: KubeObject = {
    ...live,
    metadata: { managedFields: (live.metadata.managedFields ?? []).map((entry) => ({ ...entry, operation: 'Update' })) },
  }; // prettier-ignore

  test.each<[string, KubeObject, JsonObject, string]>([
    ['one, that was applied', live, { x: '2' }, 'Apply failed with 1 conflict: conflict with "a": .data.x'],
    ['one, that was updated', updated, { x: '2' }, 'Apply failed with 1 conflict: conflict with "a" using v1: .data.x'],
    ['several', live, { x: '2', y: '2' }, 'Apply failed with 2 conflicts: conflict with "a": .data.x\nconflict with "a": .data.y'],
  ])('is a conflict: %s', (_, object, data, message) => {
    expect(() => applyToLive(object, { data }, configMapSchema, writerOf('b'), false)).toThrow(expect.objectContaining({ code: 409, reason: 'Conflict', message }));
  }); // prettier-ignore

  test('is taken by force, and the other keeps the rest', () => {
    const { object, managedFields } = applyToLive(live, { data: { x: '2' } }, configMapSchema, writerOf('b'), true);
    expect(object['data']).toEqual({ x: '2', y: '1' });
    expect(managedFields.map((entry) => [entry.manager, entry.fieldsV1])).toEqual([
      ['a', { 'f:data': { 'f:y': {} } }],
      ['b', { 'f:data': { 'f:x': {} } }],
    ]);
  });
});

test('for any configurations: each manager owns what it applied last, and nothing else stands', () => {
  const keys = ['a', 'b', 'c', 'd'];
  // An empty map is stored as none, so that two managers who apply one would disagree about it for ever.
  const step = fc.oneof(
    fc.tuple(fc.constant('m'), fc.subarray(keys)),
    fc.tuple(fc.constant('n'), fc.subarray(keys, { minLength: 1 })),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      const { metadata, ...rest } = applied(
        configMapSchema,
        steps.map(([manager, names]) => [manager, dataOf(...names)]),
      );
      const last = [...new Map(steps)];
      expect(Object.keys(rest['data'] ?? {}).sort()).toEqual([...new Set(last.flatMap(([, names]) => names))].sort());
      const owned = (metadata.managedFields ?? []).map((entry) => [entry.manager, pathsOf(entry.fieldsV1)]);
      const names = ([manager, data]: (typeof last)[number]): unknown[] => [
        manager,
        data.length === 0 ? ['.data'] : data.map((name) => `.data.${name}`),
      ];
      expect(Object.fromEntries(owned)).toEqual(Object.fromEntries(last.map(names)));
    }),
    { numRuns: 50 },
  );
});
