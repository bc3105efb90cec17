import type { NodeUses } from '../../../../src/kubeproxy/replay.js';
import { NumberLists, Pairs } from '../../../../src/model/lists/numberLists.js';

export function listsOf(arrays: readonly (readonly number[])[]): NumberLists {
  const pairs = new Pairs(arrays.flat().length);
  arrays.forEach((items, list) => {
    for (const item of items) pairs.add(list, item);
  });
  return new NumberLists(arrays.length, pairs);
}

export function arraysOf(lists: NumberLists): number[][] {
  return Array.from({ length: lists.count }, (_, list) => lists.toArray(list));
}

/** What each node uses. */
export function usedBy({ sets, setOf }: NodeUses): number[][] {
  return Array.from(setOf, (set) => sets.toArray(set));
}
