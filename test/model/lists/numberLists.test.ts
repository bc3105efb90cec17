import { expect, test } from 'vitest';
import fc from 'fast-check';
import { NumberLists, Pairs } from '../../../src/model/lists/numberLists.js';

const COUNT = 4;

test('each list has its items in the order in which they come, repeats in a row once', () => {
  const pair = fc.tuple(fc.nat({ max: COUNT - 1 }), fc.nat({ max: 2 }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 20 }), fc.nat({ max: 3 }), (drawn, spare) => {
      const pairs = new Pairs(drawn.length + spare);
      const model: number[][] = Array.from({ length: COUNT }, () => []);
      for (const [list, item] of drawn) {
        pairs.add(list, item);
        if (model[list]!.at(-1) !== item) model[list]!.push(item);
      }
      const lists = new NumberLists(COUNT, pairs);
      expect(lists.count).toBe(COUNT);
      expect(lists.isEmpty).toBe(drawn.length === 0);
      model.forEach((items, list) => {
        expect(lists.toArray(list)).toEqual(items);
        expect(lists.sizeOf(list)).toBe(items.length);
        expect(items.map((_, place) => lists.at(list, place))).toEqual(items);
      });
    }),
  );
});
