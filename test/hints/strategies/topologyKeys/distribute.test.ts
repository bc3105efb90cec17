import { expect, test } from 'vitest';
import { listsOf } from './lists.js';
import { DealingTable, distribute } from '../../../../src/hints/strategies/topologyKeys/distribute.js';

/** What the consumers get of endpoints 0, 1, …, of which there is each as often as counted. */
function dealt(counts: number[], consumers: number, each: number, present: number[][]): (readonly number[])[] {
  const positions = [...counts.keys()].filter((position) => counts[position]! > 0);
  const got = counts.reduce((sum, count) => sum + count, 0);
  const table = new DealingTable(counts.length);
  const given = distribute(
    {
      consumers: [...Array(consumers).keys()],
      positions,
      counts: positions.map((position) => counts[position]!),
      got,
      each,
    },
    listsOf([...present, ...Array.from({ length: consumers - present.length }, () => [])]),
    table,
  );
  expect([...table.left]).toEqual(counts.map(() => 0));
  return given;
}

test.each<[string, number[], number, number, number[][], number[][]]>([
  ['what most is left of first, of equals the first', [1, 2, 1], 2, 2, [], [[0, 1], [1, 2]]],
  ['what it has now, as far as it is counted', [1, 1, 0], 2, 1, [[2], [0]], [[1], [0]]],
  ['no more of what it has than each gets', [1, 1], 2, 1, [[0, 1]], [[0], [1]]],
  ['something in their order where there is not enough for all', [1, 1], 3, 1, [[], [], [0]], [[1], [], [0]]],
  ['nothing where nothing is counted', [0, 0], 2, 1, [[0]], [[], []]],
  ['other than it has, where keeping that would leave one with the same twice', [1, 1, 2], 2, 2, [[0, 1]], [[0, 2], [1, 2]]],
  ['all that is counted where it is the only one', [1, 0, 1], 1, 2, [[1]], [[0, 2]]],
])('a consumer gets %s', (_, counts, consumers, each, present, given) => {
  expect(dealt(counts, consumers, each, present)).toEqual(given);
}); // prettier-ignore
