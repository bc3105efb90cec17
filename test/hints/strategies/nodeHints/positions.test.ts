import { describe, expect, test } from 'vitest';
import { classify } from '../../../../src/hints/strategies/balanced/classification.js';
import { positionsOf, sortPositions, type Positions } from '../../../../src/hints/strategies/nodeHints/positions.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import { endpoint } from './problems.js';

const ZONES = new Map([
  ['a', 0],
  ['b', 1],
]);

function hinted(address: string, zone: string, forZones: readonly string[], ready = true): EndpointRecord {
  return endpoint(address, zone, undefined, { hints: { forZones }, ready });
}

function positioned(endpoints: readonly EndpointRecord[]): Positions {
  const { classOf, table } = classify(endpoints, ZONES);
  return positionsOf(endpoints, classOf, table);
}

const FOUR = [
  hinted('1', 'b', ['b']),
  hinted('2', 'a', ['a', 'b']),
  hinted('3', 'a', ['a']),
  hinted('4', 'a', ['b', 'a']),
  hinted('5', 'a', ['a'], false),
];

describe('the ready endpoints', () => {
  test('come group by group, by home and zones; those that are not ready are left out', () => {
    const { ready, groups } = positioned(FOUR);
    expect(groups).toEqual([
      { home: 0, zones: [0], count: 1 },
      { home: 0, zones: [0, 1], count: 2 },
      { home: 1, zones: [1], count: 1 },
    ]);
    expect(ready).toEqual([2, 1, 3, 0]);
  });

  test('have equal groups whatever their addresses and order, and other ones for other counts', () => {
    const renamed = [...FOUR].reverse().map((one, i) => ({ ...one, address: `10.0.0.${i}` }));
    expect(positioned(renamed).groups).toEqual(positioned(FOUR).groups);
    expect(positioned([...FOUR, hinted('6', 'a', ['a'])]).groups).not.toEqual(positioned(FOUR).groups);
    expect(positioned([hinted('1', 'a', ['b'])]).groups).not.toEqual(positioned([hinted('1', 'b', ['b'])]).groups);
  });

  test('are sorted within their groups by address, in any order of the input', () => {
    const addresses = (endpoints: readonly EndpointRecord[]): string[] => {
      const positions = positioned(endpoints);
      sortPositions(positions, endpoints);
      return positions.ready.map((i) => endpoints[i]!.address);
    };
    const many = Array.from({ length: 60 }, (_, i) => hinted(`10.0.0.${i}`, 'ab'[i % 2]!, ['a', 'b']));
    expect(addresses([...many].reverse())).toEqual(addresses(many));
    expect([...addresses(many)].sort()).toEqual(many.map(({ address }) => address).sort());
  });
});
