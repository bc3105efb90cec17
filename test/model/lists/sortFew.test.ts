import { expect, test } from 'vitest';
import fc from 'fast-check';
import { sortFew } from '../../../src/model/lists/sortFew.js';

test('sorts as sort does, few elements and many, and equals keep their order', () => {
  const element = fc.record({ key: fc.integer({ min: 0, max: 9 }), name: fc.string() });
  fc.assert(
    fc.property(fc.oneof(fc.array(element), fc.array(element, { minLength: 41, maxLength: 90 })), (list) => {
      const byKey = (a: { key: number }, b: { key: number }): number => a.key - b.key;
      const sorted = [...list].sort(byKey);
      const own = [...list];
      expect(sortFew(own, byKey)).toBe(own);
      expect(own).toEqual(sorted);
      own.forEach((one, i) => expect(one).toBe(sorted[i]));
    }),
  );
});
