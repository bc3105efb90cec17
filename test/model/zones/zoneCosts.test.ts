import { describe, expect, test } from 'vitest';
import { costsBetween, readZoneCosts, zoneCostMatrix } from '../../../src/model/zones/zoneCosts.js';

describe('a matrix of costs', () => {
  test.each<[string, unknown, [string, string, number][]]>([
    ['one pair', { a: { b: 0.01 } }, [['a', 'b', 0.01]]],
    ['both directions', { b: { a: 2, b: 0 }, a: { b: 2 } }, [['a', 'b', 2]]],
    ['three zones in any order', { c: { a: 3 }, a: { b: 1 }, b: { c: 0 } }, [['a', 'b', 1], ['a', 'c', 3], ['b', 'c', 0]]], // prettier-ignore
    ['zones with odd names', { constructor: { toString: 1 } }, [['constructor', 'toString', 1]]],
  ])('%s', (_, value, pairs) => {
    expect(readZoneCosts(value)).toEqual({ costs: pairs.map(([a, b, cost]) => ({ zones: [a, b], cost })) });
  });

  test.each<[unknown, string]>([
    [null, 'expected a map of zones, each with a map of other zones and their cost'],
    [[], 'expected a map of zones, each with a map of other zones and their cost'],
    ['a', 'expected a map of zones, each with a map of other zones and their cost'],
    [{}, 'expected the cost between two zones at least'],
    [{ a: { a: 0 } }, 'expected the cost between two zones at least'],
    [{ a: 1 }, 'expected a map of zones and their cost under "a"'],
    [{ a: { b: -1 } }, 'the cost from "a" to "b" must be a number of at least 0'],
    [{ a: { b: '1' } }, 'the cost from "a" to "b" must be a number of at least 0'],
    [{ a: { b: NaN } }, 'the cost from "a" to "b" must be a number of at least 0'],
    [{ a: { a: 1, b: 1 } }, 'the cost from "a" to "a" must be 0 or left out'],
    [{ a: { '': 1 } }, 'the name of a zone is empty in "a" to ""'],
    [{ a: { b: 1 }, b: { a: 2 } }, 'the cost from "b" to "a" is 2, but 1 in the other direction'],
    [{ a: { b: 1, c: 1 } }, 'the cost from "b" to "c" is missing'],
  ])('%j is none', (value, problem) => {
    expect(readZoneCosts(value)).toEqual({ problem });
  });
});

describe('what a unit of traffic costs', () => {
  const regions = new Map([
    ['a', 'eu'],
    ['b', 'eu'],
    ['c', 'us'],
  ]);
  const regionOf = (zone: string): string => regions.get(zone) ?? '';
  const costs = [{ zones: ['a', 'c'], cost: 4 }] as const;

  test.each<[string, string, number]>([
    ['a', 'a', 0],
    ['a', 'b', 4],
    ['a', 'c', 4],
    ['c', 'a', 4],
    ['b', 'c', 8],
    ['a', '', 8],
    ['', '', 8],
  ])('from %j to %j: %d', (from, to, cost) => {
    expect(costsBetween(regionOf, costs)(from, to)).toBe(cost);
  });
});

test.each([
  ['two zones', { b: { a: 1 } }],
  ['three zones', { c: { a: 1, b: 0 }, a: { b: 0.5 } }],
  ['a zone with the name of a field of every object', JSON.parse('{"__proto__":{"a":1}}')],
])('the matrix of costs of %s is read as the same costs', (_, value) => {
  const read = readZoneCosts(value);
  if ('problem' in read) throw new Error(read.problem);
  expect(readZoneCosts(zoneCostMatrix(read.costs))).toEqual(read);
});
