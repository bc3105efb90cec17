import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { applyJsonPatch } from '../../../src/sandbox/patch/jsonPatch.js';
import { jsonEqual, type JsonObject } from '../../../src/sandbox/schema/kubeObject.js';
import { applyMergePatch } from '../../../src/sandbox/patch/mergePatch.js';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';
import { applyStrategicMerge } from '../../../src/sandbox/patch/strategicMerge.js';

const json = fc.jsonValue({ maxDepth: 3 });

describe('JSON Patch', () => {
  const document = { a: { b: [1, 2, 3] }, 'x/y': 1, 'm~n': 2 };

  test.each([
    ['add', [{ op: 'add', path: '/a/c', value: 4 }], { ...document, a: { b: [1, 2, 3], c: 4 } }],
    ['add into a list', [{ op: 'add', path: '/a/b/1', value: 9 }], { ...document, a: { b: [1, 9, 2, 3] } }],
    ['add at the end', [{ op: 'add', path: '/a/b/-', value: 9 }], { ...document, a: { b: [1, 2, 3, 9] } }],
    ['remove', [{ op: 'remove', path: '/a/b/0' }], { ...document, a: { b: [2, 3] } }],
    ['replace', [{ op: 'replace', path: '/x~1y', value: 5 }], { ...document, 'x/y': 5 }],
    [
      'test, then change',
      [
        { op: 'test', path: '/m~0n', value: 2 },
        { op: 'remove', path: '/m~0n' },
      ],
      { a: document.a, 'x/y': 1 },
    ],
    ['copy', [{ op: 'copy', from: '/a/b', path: '/c' }], { ...document, c: [1, 2, 3] }],
    ['move', [{ op: 'move', from: '/a/b/2', path: '/a/b/0' }], { ...document, a: { b: [3, 1, 2] } }],
    ['replace all', [{ op: 'replace', path: '', value: 1 }], 1],
  ])('%s', (_name, patch, result) => {
    expect(applyJsonPatch(document, patch)).toEqual(result);
  });

  test.each([
    ['a missing field to remove', [{ op: 'remove', path: '/nope' }]],
    ['a missing field to replace', [{ op: 'replace', path: '/nope', value: 1 }]],
    ['an index beyond the end', [{ op: 'add', path: '/a/b/4', value: 1 }]],
    ['a missing parent', [{ op: 'add', path: '/no/pe', value: 1 }]],
    ['a leading zero', [{ op: 'remove', path: '/a/b/01' }]],
    ['a failed test', [{ op: 'test', path: '/x~1y', value: 2 }]],
    ['an unknown operation', [{ op: 'smile', path: '/a' }]],
    ['a path without a slash', [{ op: 'add', path: 'a', value: 1 }]],
  ])('%s is refused with 422', (_name, patch) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(expect.objectContaining({ code: 422 }));
  });

  test('the document itself never changes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b'), json), json, (any, value) => {
        const before = JSON.stringify(any);
        applyJsonPatch(any, [
          { op: 'add', path: '/a', value },
          { op: 'add', path: '/c', value },
          { op: 'remove', path: '/a' },
        ]);
        expect(JSON.stringify(any)).toBe(before);
      }),
    );
  });
});

describe('merge patch', () => {
  test('RFC 7386: fields merge, null removes, lists are replaced, nulls inside new objects are dropped', () => {
    expect(
      applyMergePatch({ a: 'b', c: { d: 'e', f: 'g' }, l: [1, 2] }, { a: 'z', c: { f: null }, l: [3], n: { x: null } }),
    ).toEqual({
      a: 'z',
      c: { d: 'e' },
      l: [3],
      n: {},
    });
  });

  test('any word is a key like others', () => {
    const patch: unknown = JSON.parse('{"l":{"__proto__":{"a":1},"constructor":{"b":2}}}');
    expect(JSON.stringify(applyMergePatch({ l: {} }, patch))).toBe(JSON.stringify(patch));
  });

  test('for any target and patch: the target stays as it is and patching twice changes nothing more', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify(target);
        const once = applyMergePatch(target, patch);
        expect(JSON.stringify(target)).toBe(before);
        expect(jsonEqual(applyMergePatch(once, patch), once)).toBe(true);
      }),
    );
  });
});

describe('strategic merge patch', () => {
  const { schema } = storedDefinition('services');
  const service = {
    metadata: { finalizers: ['a.example/x', 'b.example/x'] },
    spec: {
      ports: [
        { name: 'http', port: 80 },
        { name: 'tls', port: 443 },
      ],
      selector: { app: 'cart' },
    },
  };

  test.each([
    [
      'merges an item by its key',
      { spec: { ports: [{ port: 443, targetPort: 8443 }] } },
      'spec.ports',
      [
        { name: 'http', port: 80 },
        { name: 'tls', port: 443, targetPort: 8443 },
      ],
    ],
    [
      'appends an item of a new key',
      { spec: { ports: [{ port: 9 }] } },
      'spec.ports',
      [...service.spec.ports, { port: 9 }],
    ],
    [
      'removes an item',
      { spec: { ports: [{ port: 80, $patch: 'delete' }] } },
      'spec.ports',
      [{ name: 'tls', port: 443 }],
    ],
    ['replaces a list', { spec: { ports: [{ port: 1 }, { $patch: 'replace' }] } }, 'spec.ports', [{ port: 1 }]],
    [
      'orders a list',
      { spec: { '$setElementOrder/ports': [{ port: 443 }, { port: 80 }] } },
      'spec.ports',
      [...service.spec.ports].reverse(),
    ],
    ['replaces a map', { spec: { selector: { $patch: 'replace', b: 'c' } } }, 'spec.selector', { b: 'c' }],
    [
      'adds to a set',
      { metadata: { finalizers: ['c.example/x'] } },
      'metadata.finalizers',
      ['a.example/x', 'b.example/x', 'c.example/x'],
    ],
    [
      'takes from a set',
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.example/x'] } },
      'metadata.finalizers',
      ['b.example/x'],
    ],
    ['keeps only some fields', { spec: { $retainKeys: ['selector'] } }, 'spec', { selector: { app: 'cart' } }],
    ['removes a field', { spec: { selector: null } }, 'spec', { ports: service.spec.ports }],
  ])('%s', (_name, patch, path, value) => {
    const before = JSON.stringify(service);
    expect(applyStrategicMerge(service, patch, schema)).toHaveProperty(path, value);
    expect(JSON.stringify(service)).toBe(before);
  });

  test('any word is a key like others', () => {
    const labels = '{"metadata":{"labels":{"__proto__":"a","constructor":"b"}}}';
    const patched = applyStrategicMerge({ metadata: { labels: {} } }, JSON.parse(labels) as JsonObject, schema);
    expect(JSON.stringify(patched)).toBe(labels);
  });

  test('an item without its key is refused', () => {
    expect(() => applyStrategicMerge(service, { spec: { ports: [{ name: 'x' }] } }, schema)).toThrow(
      'does not contain declared merge key: port',
    );
  });
});
