import { describe, expect, test } from 'vitest';
import {
  doubles,
  inZoneBound,
  measure,
  zeros,
  type BalancedProblem,
  type LayoutGroup,
} from '../../../../src/hints/strategies/balanced/problem.js';

const problem = (shares: number[], counts: number[], homeless = 0, overload = 0.2): BalancedProblem => ({
  shares,
  counts,
  homeless,
  overload,
});
const group = (home: number, zones: number[], count: number): LayoutGroup => ({ home, zones, count });

test.each([0, 1, 5])('%i zeros are as many, in both kinds of arrays', (length) => {
  expect(zeros(length)).toStrictEqual(Array.from({ length }, () => 0));
  expect(doubles(length)).toStrictEqual(Array.from({ length }, () => 0));
});

describe('no assignment can beat the bound', () => {
  test.each<[string, BalancedProblem, number]>([
    ['all in zone where each zone carries itself', problem([0.5, 0.5], [5, 5]), 1],
    ['also where the overload just suffices', problem([0.6, 0.4], [5, 5]), 1],
    // Of 10 endpoints zone 0 needs 8: ceil(0.9 * 10 / 1.2), and has 5 of them.
    ['the part that its own endpoints are of those it needs', problem([0.9, 0.1], [5, 5]), 0.9 * (5 / 8) + 0.1],
    ['nothing of a zone without endpoints', problem([0.5, 0.5], [4, 0]), 0.5],
    ['endpoints of no zone count among all', problem([0.5, 0.5], [2, 2], 4, 0), 0.5],
    ['a zone without demand keeps nothing', problem([1, 0], [2, 2], 0, 1), 1],
  ])('%s', (_, given, bound) => {
    expect(inZoneBound(given)).toBeCloseTo(bound, 12);
  });
});

describe('the measure of a layout', () => {
  test.each<[string, BalancedProblem, LayoutGroup[], number, number]>([
    ['each zone by its own', problem([0.5, 0.5], [2, 2]), [group(0, [0], 2), group(1, [1], 2)], 1, 1],
    ['the zone with more demand has busier endpoints', problem([0.75, 0.25], [2, 2]), [group(0, [0], 2), group(1, [1], 2)], 1, 1.5], // prettier-ignore
    ['an endpoint for two zones has the load of both', problem([0.5, 0.5], [1, 1]), [group(0, [0, 1], 1), group(1, [1], 1)], 0.75, 1.5], // prettier-ignore
    ['a zone that no group names uses all endpoints', problem([0.5, 0.5], [2, 0]), [group(0, [0], 2)], 0.5, 1],
    ['and keeps the part that is its own', problem([0.5, 0.5], [1, 3]), [group(0, [0], 1), group(1, [0], 3)], 0.5 * 0.25 + 0.5 * 0.75, 1], // prettier-ignore
    ['endpoints of no zone serve others and are local to none', problem([1], [1], 1), [group(0, [0], 1), group(1, [0], 1)], 0.5, 1], // prettier-ignore
  ])('%s', (_, given, groups, inZone, busiest) => {
    const layout = measure(given, groups);
    expect(layout.groups).toBe(groups);
    expect(layout.inZone).toBeCloseTo(inZone, 12);
    expect(layout.busiest).toBeCloseTo(busiest, 12);
  });
});
