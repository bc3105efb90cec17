import { describe, expect, test } from 'vitest';
import { namingBound } from '../../../../src/hints/strategies/nodeHints/problem.js';
import { FIVE, problemOf } from './problems.js';

const rounded = (list: readonly number[]): number[] => list.map((one) => Math.round(one * 1000) / 1000);

describe('the problem of naming nodes', () => {
  test('has the endpoints group by group, and what each carries by zone hints', () => {
    expect(FIVE.homes).toEqual([0, 0, 1, 1, 2]);
    expect(FIVE.pools).toEqual([[0, 1], [2, 3], [0, 1, 2, 3, 4]]); // prettier-ignore
    expect(rounded(FIVE.base)).toEqual([0.233, 0.233, 0.233, 0.233, 0.067]);
    expect(rounded(FIVE.local)).toEqual([1, 1, 0.2]);
  });

  test('keeps every endpoint within the limit, and within the hold where names stand', () => {
    expect(rounded(FIVE.caps)).toEqual([0.24, 0.24, 0.24, 0.24, 0.24]);
    expect(rounded(FIVE.held)).toEqual([0.25, 0.25, 0.25, 0.25, 0.25]);
  });

  test('tells the share in zone without names, and what no names can beat', () => {
    expect(rounded([FIVE.inZone, FIVE.bound])).toEqual([0.733, 0.907]);
  });

  test('has a zone that no endpoint names use all of them', () => {
    const problem = problemOf([[0.5], [0.5]], [[0, [0], 2], [1, [0], 1]]); // prettier-ignore
    expect(problem.pools).toEqual([[0, 1, 2], [0, 1, 2]]); // prettier-ignore
  });

  test('lets an endpoint that zone hints load more than the limit carry that, and no more', () => {
    const { base, caps, held } = problemOf([[0.9], [0.1]], [[0, [0], 1], [1, [1], 1]]); // prettier-ignore
    expect([caps[0], held[0]]).toEqual([base[0], base[0]]);
  });

  test('leaves room for nodes that heed no hints at all', () => {
    const groups = [[0, [0], 1], [1, [1], 1]] as const; // prettier-ignore
    const { caps } = problemOf([[0.2], [0.5]], groups, { deaf: [0.3, 0] });
    // Their 0.3 goes to both endpoints, 0.15 more to the second than by zone hints.
    expect(rounded(caps)).toEqual([0.6, 0.5]);
  });

  test('counts for the bound only as many nodes as the endpoints of a zone may name', () => {
    const nodes = Array.from({ length: 20 }, () => 0.025);
    const { bound } = problemOf([nodes, [0.5]], [[0, [0, 1], 1], [1, [0, 1], 9]]); // prettier-ignore
    // Zone a keeps a tenth, and all of eight nodes: 0.05 + 8 * 0.025 * 0.9, more than its endpoint may carry.
    expect(bound).toBeCloseTo(0.12 + 0.5, 9);
    const loose = problemOf([nodes, [0.5]], [[0, [0, 1], 1], [1, [0, 1], 9]], { overload: 9 }); // prettier-ignore
    expect(loose.bound).toBeCloseTo(0.05 + 8 * 0.025 * 0.9 + 0.5, 9);
  });
});

test('roughly, no names can keep more in a zone than its endpoints may carry', () => {
  const problem = { shares: [0.5, 0.5], counts: [1, 4], homeless: 0, overload: 0.2 };
  expect(namingBound(problem)).toBeCloseTo(0.24 + 0.5, 9);
});
