import { describe, expect, test } from 'vitest';
import { ZoneOptions } from '../../../../src/hints/strategies/topologyKeys/zoneOptions.js';
import { bestZoneDefaults } from '../../../../src/hints/strategies/topologyKeys/zonesOnlyDefaults.js';
import { NOTHING, problemOf, shown } from './wishes.js';

describe('defaults without node hints', () => {
  const best = (count: number, wanted: readonly (readonly number[])[]): unknown => {
    const problem = problemOf(count, { a: wanted }, { zonesOnly: true });
    return shown(problem, bestZoneDefaults(problem, new ZoneOptions(problem, true), NOTHING));
  };

  test.each<[string, number, number[][], number[]]>([
    ['what all nodes want', 3, [[0], [0]], [0]],
    ['the part that all of them want, before what one of them does not', 3, [[0, 1], [0]], [0]],
    ['what any of them wants, so that none misses its own', 4, [[0], [1]], [0, 1]],
    ['all, where nothing matches any of them', 3, [[], []], [0, 1, 2]],
    ['what some want, though nothing matches others', 3, [[0], [], []], [0]],
  ])('%s', (_, count, wanted, expected) => {
    expect(best(count, wanted)).toEqual([expected]);
  });
});
