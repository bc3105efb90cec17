import { expect, test } from 'vitest';
import { distribute } from '../../../../src/hints/strategies/topologyKeys/distribute.js';

/** What the consumers p, q, … get of endpoints 0, 1, …, of which there is each as often as counted. */
function dealt(counts: number[], consumers: string, each: number, present: Record<string, number[]>): number[][] {
  const positions = [...counts.keys()].filter((position) => counts[position]! > 0);
  const got = counts.reduce((sum, count) => sum + count, 0);
  const left = new Int32Array(counts.length);
  const given = distribute(
    { consumers: [...consumers], positions, counts: positions.map((position) => counts[position]!), got, each },
    new Map(Object.entries(present)),
    left,
  );
  expect([...left]).toEqual(counts.map(() => 0));
  return given;
}

test.each<[string, number[], string, number, Record<string, number[]>, number[][]]>([
  ['what most is left of first, of equals the first', [1, 2, 1], 'pq', 2, {}, [[0, 1], [1, 2]]],
  ['what it has now, as far as it is counted', [1, 1, 0], 'pq', 1, { p: [2], q: [0] }, [[1], [0]]],
  ['no more of what it has than each gets', [1, 1], 'pq', 1, { p: [0, 1] }, [[0], [1]]],
  ['nothing twice, though it is named twice', [2, 1, 1], 'pq', 2, { p: [0, 0] }, [[0, 2], [0, 1]]],
  ['something by name where there is not enough for all', [1, 1], 'pqr', 1, { r: [0] }, [[1], [], [0]]],
  ['nothing where nothing is counted', [0, 0], 'pq', 1, { p: [0] }, [[], []]],
  ['other than it has, where keeping that would leave one with the same twice', [1, 1, 2], 'pq', 2, { p: [0, 1] }, [[0, 2], [1, 2]]],
])('a consumer gets %s', (_, counts, consumers, each, present, given) => {
  expect(dealt(counts, consumers, each, present)).toEqual(given);
}); // prettier-ignore
