import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { applyMergePatch } from '../../../src/sandbox/patch/mergePatch.js';
import { jsonEqual } from '../../../src/sandbox/schema/kubeObject.js';

const json = fc.jsonValue({ maxDepth: 3 });

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
