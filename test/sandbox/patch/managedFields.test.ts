import { describe, expect, test } from 'vitest';
import {
  isEntryOf,
  managedOnApply,
  managedOnCreate,
  managedOnUpdate,
} from '../../../src/sandbox/patch/managedFields.js';
import type { FieldWriter } from '../../../src/sandbox/patch/managedFields.js';
import type { FieldSet, KubeObject, ManagedFieldsEntry } from '../../../src/sandbox/schema/kubeObject.js';
import { configMapSchema } from '../../../src/sandbox/schema/schemas.js';

function writerOf(manager: string, more: Partial<FieldWriter> = {}): FieldWriter {
  return { manager, operation: 'Update', apiVersion: 'v1', subresource: '', time: '2026-01-01T00:00:02Z', ...more };
}

function entryOf(manager: string, fields: FieldSet, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:01Z',
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...more,
  };
}

const dataOf = (...keys: string[]): FieldSet => ({
  'f:data': Object.fromEntries(keys.map((key) => [key === '.' ? key : `f:${key}`, {}])),
});

function mapOf(
  data: Record<string, string> | undefined,
  managedFields: readonly ManagedFieldsEntry[] = [],
): KubeObject {
  return { metadata: { name: 'a', managedFields }, ...(data === undefined ? {} : { data }) };
}

const brief = (entries: readonly ManagedFieldsEntry[]): unknown[] =>
  entries.map(({ manager, time, fieldsV1 }) => [manager, time.slice(-3), fieldsV1]);

describe('an entry belongs to a writer', () => {
  test.each<[string, Partial<ManagedFieldsEntry>, boolean]>([
    ['of the same manager, operation, version and subresource', {}, true],
    ['but not of another manager', { manager: 'b' }, false],
    ['but not of another operation', { operation: 'Apply' }, false],
    ['but not of another version', { apiVersion: 'v2' }, false],
    ['but not of a subresource', { subresource: 'status' }, false],
    ['whatever its time', { time: '2020-01-01T00:00:00Z' }, true],
  ])('%s', (_, more, expected) => {
    expect(isEntryOf(entryOf('a', {}, more), writerOf('a'))).toBe(expected);
  });
});

describe('a new object', () => {
  test.each<[string, KubeObject, Partial<FieldWriter>, FieldSet | undefined]>([
    ['is owned with the marks of containers', mapOf({ a: '1' }), {}, dataOf('.', 'a')],
    ['is owned without marks when it is applied', mapOf({ a: '1' }), { operation: 'Apply' }, dataOf('a')],
    ['that sets nothing has no owner', mapOf(undefined), {}, undefined],
  ])('%s', (_, object, more, fields) => {
    const entries = managedOnCreate(object, configMapSchema, writerOf('a', more));
    expect(entries.map((entry) => entry.fieldsV1)).toEqual(fields === undefined ? [] : [fields]);
  });

  test('by a subresource carries its name', () => {
    const [entry] = managedOnCreate(mapOf({ a: '1' }), configMapSchema, writerOf('a', { subresource: 'status' }));
    expect(entry).toEqual(entryOf('a', dataOf('.', 'a'), { subresource: 'status', time: '2026-01-01T00:00:02Z' }));
  });
});

describe('an update', () => {
  const entries = [entryOf('a', dataOf('.', 'x', 'y'))];
  const before = mapOf({ x: '1', y: '1' }, entries);
  test.each<[string, Record<string, string> | undefined, string, unknown[]]>([
    ['takes what it changes from others', { x: '2', y: '1' }, 'b', [['a', '01Z', dataOf('.', 'y')], ['b', '02Z', dataOf('x')]]],
    ['adds what is new', { x: '1', y: '1', z: '1' }, 'b', [['a', '01Z', dataOf('.', 'x', 'y')], ['b', '02Z', dataOf('z')]]],
    ['by the owner itself renews the time', { x: '2', y: '1' }, 'a', [['a', '02Z', dataOf('.', 'x', 'y')]]],
    ['that removes leaves no owner', { x: '1' }, 'b', [['a', '01Z', dataOf('.', 'x')]]],
    ['that removes everything leaves no entry', undefined, 'b', []],
  ])('%s', (_, data, manager, expected) => {
    const after = mapOf(data, entries);
    expect(brief(managedOnUpdate(before, after, configMapSchema, writerOf(manager)))).toEqual(expected);
  }); // prettier-ignore

  test('without a change leaves the very same list', () => {
    expect(managedOnUpdate(before, mapOf({ y: '1', x: '1' }), configMapSchema, writerOf('b'))).toBe(entries);
  });

  test('by the owner that only removes keeps the entry of what did not change', () => {
    const own = [entryOf('a', dataOf('.', 'x')), entryOf('b', dataOf('y'))];
    const after = mapOf({ x: '1' }, own);
    expect(managedOnUpdate(mapOf({ x: '1', y: '1' }, own), after, configMapSchema, writerOf('a'))).toEqual([own[0]]);
  });
});

describe('an apply', () => {
  const present = dataOf('.', 'x', 'y');
  const live = [entryOf('b', dataOf('x', 'y')), entryOf('z', dataOf('x'), { operation: 'Apply' })];
  test('owns exactly what it applies, and takes what it forces', () => {
    const writer = writerOf('a', { operation: 'Apply' });
    expect(brief(managedOnApply(live, dataOf('x'), dataOf('x'), present, writer))).toEqual([
      ['a', '02Z', dataOf('x')],
      ['b', '01Z', dataOf('y')],
    ]);
  });

  test('of the same again keeps its time', () => {
    const writer = writerOf('z', { operation: 'Apply' });
    expect(brief(managedOnApply(live, dataOf('x'), {}, present, writer))).toEqual([
      ['z', '01Z', dataOf('x')],
      ['b', '01Z', dataOf('x', 'y')],
    ]);
  });

  test('of nothing owns nothing', () => {
    const writer = writerOf('z', { operation: 'Apply' });
    expect(brief(managedOnApply(live, {}, {}, present, writer))).toEqual([['b', '01Z', dataOf('x', 'y')]]);
  });
});
