import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { applyJsonPatch } from '../../../src/sandbox/patch/jsonPatch.js';

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
