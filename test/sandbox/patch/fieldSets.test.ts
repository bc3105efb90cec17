import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  changedFields,
  fieldsOf,
  intersect,
  isEmpty,
  pathsOf,
  subtract,
  union,
  withoutFields,
} from '../../../src/sandbox/patch/fieldSets.js';
import type { FieldSet, JsonObject } from '../../../src/sandbox/schema/kubeObject.js';
import { podSchema, serviceSchema } from '../../../src/sandbox/schema/schemas.js';

const port80 = 'k:{"port":80,"protocol":"TCP"}';
const port53 = 'k:{"port":53,"protocol":"UDP"}';

describe('the fields that an object sets', () => {
  test.each<[string, JsonObject, FieldSet, FieldSet]>([
    ['kind, version, name and what the server fills in have no owner', { kind: 'Service', apiVersion: 'v1', metadata: { name: 'a', uid: 'u', managedFields: [] } }, {}, {}],
    ['a map is marked besides its keys', { metadata: { labels: { b: '1', a: '2' } } }, { 'f:metadata': { 'f:labels': { 'f:a': {}, 'f:b': {} } } }, { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {}, 'f:b': {} } } }],
    ['a set names its values', { metadata: { finalizers: ['x/y'] } }, { 'f:metadata': { 'f:finalizers': { 'v:"x/y"': {} } } }, { 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"x/y"': {} } } }],
    ['an item is named by its keys, with the default of a missing one', { spec: { ports: [{ port: 80 }] } }, { 'f:spec': { 'f:ports': { [port80]: { '.': {}, 'f:port': {} } } } }, { 'f:spec': { 'f:ports': { '.': {}, [port80]: { '.': {}, 'f:port': {} } } } }],
    ['an atomic map is one value', { spec: { selector: { app: 'cart' } } }, { 'f:spec': { 'f:selector': {} } }, { 'f:spec': { 'f:selector': {} } }],
    ['a list without keys is one value', { spec: { externalIPs: ['1.2.3.4'] } }, { 'f:spec': { 'f:externalIPs': {} } }, { 'f:spec': { 'f:externalIPs': {} } }],
    ['an empty struct sets nothing', { spec: { sessionAffinityConfig: {} } }, {}, {}],
  ])('%s', (_, object, applied, updated) => {
    expect(fieldsOf(object, serviceSchema, false)).toEqual(applied);
    expect(fieldsOf(object, serviceSchema, true)).toEqual(updated);
  }); // prettier-ignore

  test('an empty struct in an item of a list is a field of the item', () => {
    const pod = { spec: { containers: [{ name: 'web', resources: {} }] } };
    expect(pathsOf(fieldsOf(pod, podSchema, false))).toEqual([
      '.spec.containers[name="web"].name',
      '.spec.containers[name="web"].resources',
    ]);
  });

  test('steps stand in order', () => {
    const fields = fieldsOf({ spec: { type: 'ClusterIP', clusterIP: 'None' } }, serviceSchema, false);
    expect(JSON.stringify(fields)).toBe('{"f:spec":{"f:clusterIP":{},"f:type":{}}}');
  });
});

describe('the fields that changed', () => {
  const before = {
    metadata: { name: 'a', labels: { app: 'cart' } },
    spec: { type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }], selector: { app: 'cart' } },
  };
  test.each<[string, JsonObject, FieldSet]>([
    ['nothing', structuredClone(before), {}],
    ['a value', { ...before, spec: { ...before.spec, type: 'NodePort' } }, { 'f:spec': { 'f:type': {} } }],
    ['a new key of a map, without the mark that is there already', { ...before, metadata: { labels: { app: 'cart', b: '1' } } }, { 'f:metadata': { 'f:labels': { 'f:b': {} } } }],
    ['a new map, with its mark', { ...before, metadata: { ...before.metadata, annotations: { a: '' } } }, { 'f:metadata': { 'f:annotations': { '.': {}, 'f:a': {} } } }],
    ['a new item', { ...before, spec: { ...before.spec, ports: [...before.spec.ports, { port: 53, protocol: 'UDP' }] } }, { 'f:spec': { 'f:ports': { [port53]: { '.': {}, 'f:port': {}, 'f:protocol': {} } } } }],
    ['an item that moved and no more', { ...before, spec: { ...before.spec, ports: [{ protocol: 'TCP', port: 80 }] } }, {}],
    ['an atomic map as a whole', { ...before, spec: { ...before.spec, selector: { app: 'cart', b: '1' } } }, { 'f:spec': { 'f:selector': {} } }],
    ['what is gone is no change', { spec: {} }, {}],
    ['a name has no owner', { ...before, metadata: { ...before.metadata, name: 'b' } }, {}],
  ])('%s', (_, after, fields) => {
    expect(changedFields(before, after, serviceSchema)).toEqual(fields);
  }); // prettier-ignore

  test('a list that was null gets items', () => {
    const fields = changedFields({ spec: { ports: null } }, { spec: { ports: [{ port: 80 }] } }, serviceSchema);
    expect(fields).toEqual({ 'f:spec': { 'f:ports': { [port80]: { '.': {}, 'f:port': {} } } } });
  });
});

/** Some paths of one shape: each step is always a leaf or always a container. */
const paths = [
  ['f:a'],
  ['f:b'],
  ['f:c', 'f:d'],
  ['f:c', 'f:e'],
  ['f:c', 'f:f', 'f:g'],
  ['f:h', 'v:"x"'],
  ['f:h', 'v:"y"'],
  ['f:i', port80, 'f:port'],
  ['f:i', port53, 'f:port'],
  ['f:constructor', 'f:__proto__'],
];

function setOf(steps: readonly (readonly string[])[]): FieldSet {
  const below = new Map<string, string[][]>();
  for (const [first, ...rest] of steps) {
    if (first !== undefined) below.set(first, [...(below.get(first) ?? []), rest]);
  }
  return Object.fromEntries([...below].map(([step, rest]) => [step, setOf(rest)]));
}

describe('sets of fields', () => {
  const somePaths = fc.subarray(paths);
  const shown = (steps: readonly (readonly string[])[]): string[] => pathsOf(setOf(steps)).sort();

  test('for any two: union, difference and intersection are those of their paths', () => {
    fc.assert(
      fc.property(somePaths, somePaths, (a, b) => {
        const [left, right] = [setOf(a), setOf(b)];
        expect(pathsOf(union(left, right)).sort()).toEqual(shown(paths.filter((one) => a.includes(one) || b.includes(one)))); // prettier-ignore
        expect(pathsOf(subtract(left, right)).sort()).toEqual(shown(a.filter((one) => !b.includes(one))));
        expect(pathsOf(intersect(left, right)).sort()).toEqual(shown(a.filter((one) => b.includes(one))));
        expect(isEmpty(subtract(left, left))).toBe(true);
      }),
    );
  });

  const leaf: FieldSet = { 'f:a': {} };
  const container: FieldSet = { 'f:a': { '.': {}, 'f:b': {} } };
  test.each<[string, FieldSet, FieldSet]>([
    ['a leaf and a container are the container', union(leaf, container), container],
    ['a container and a leaf are the container', union(container, leaf), container],
    ['a leaf takes away the mark, not what is below', subtract(container, leaf), { 'f:a': { 'f:b': {} } }],
    ['a container takes away its leaf', subtract(leaf, container), {}],
    ['a leaf and a marked container have the mark in common', intersect(leaf, container), leaf],
    ['a container and a leaf have the mark in common', intersect(container, leaf), { 'f:a': { '.': {} } }],
    ['a leaf and a container without a mark have nothing in common', intersect(leaf, { 'f:a': { 'f:b': {} } }), {}],
    ['the mark is a member', intersect(container, { 'f:a': { '.': {} } }), { 'f:a': { '.': {} } }],
    ['a union is in order', union({ 'f:b': {} }, leaf), { 'f:a': {}, 'f:b': {} }],
  ])('%s', (_, set, expected) => {
    expect(JSON.stringify(set)).toBe(JSON.stringify(expected));
  });

  test('are shown as conflicts name them', () => {
    const set = { 'f:spec': { 'f:ports': { '.': {}, [port80]: { '.': {}, 'f:name': {} } } }, 'f:set': { 'v:"x"': {} } };
    expect(pathsOf(set)).toEqual(['.spec.ports[port=80,protocol="TCP"].name', '.set[="x"]']);
  });
});

describe('an object without some fields', () => {
  const object = {
    metadata: { name: 'a', labels: { app: 'cart', b: '1' }, finalizers: ['x/y', 'x/z'] },
    spec: { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] },
  };
  const { metadata } = object;
  test.each<[string, FieldSet, JsonObject]>([
    ['none', {}, object],
    ['one key', { 'f:metadata': { 'f:labels': { 'f:b': {} } } }, { ...object, metadata: { ...metadata, labels: { app: 'cart' } } }],
    ['all keys: the map goes too', { 'f:metadata': { 'f:labels': { 'f:app': {}, 'f:b': {} } } }, { ...object, metadata: { name: 'a', finalizers: metadata.finalizers } }],
    ['a value of a set', { 'f:metadata': { 'f:finalizers': { 'v:"x/y"': {} } } }, { ...object, metadata: { ...metadata, finalizers: ['x/z'] } }],
    ['an item with its mark', { 'f:spec': { 'f:ports': { [port53]: { '.': {}, 'f:port': {}, 'f:protocol': {} } } } }, { ...object, spec: { ports: [{ port: 80 }] } }],
    ['a field of an item', { 'f:spec': { 'f:ports': { [port53]: { 'f:protocol': {} } } } }, { ...object, spec: { ports: [{ port: 80 }, { port: 53 }] } }],
    ['a field that is not there', { 'f:spec': { 'f:type': {} } }, object],
  ])('%s', (_, set, expected) => {
    const before = JSON.stringify(object);
    expect(withoutFields(object, set, serviceSchema)).toEqual(expected);
    expect(JSON.stringify(object)).toBe(before);
  }); // prettier-ignore
});
