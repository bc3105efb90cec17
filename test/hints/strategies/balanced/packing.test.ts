import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Packing, type Fit } from '../../../../src/hints/strategies/balanced/packing.js';
import { measure, type BalancedProblem, type LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import { expectSound, problems } from './anyProblem.js';

const THIRDS = [1 / 3, 1 / 3, 1 / 3];
const problem = (
  shares: readonly number[],
  counts: readonly number[],
  { homeless = 0, overload = 0.2 } = {},
): BalancedProblem => ({ shares, counts, homeless, overload });

function packed(given: BalancedProblem, users: readonly number[], fit: Fit = 'tight'): Packing | undefined {
  const packing = new Packing();
  packing.prepare(given);
  return packing.pack(users, fit) ? packing : undefined;
}

function layoutOf(given: BalancedProblem, users: readonly number[], fit: Fit = 'tight'): LayoutGroup[] {
  const packing = new Packing();
  packing.prepare(given);
  packing.pack(users, fit);
  return packing.layout(users);
}

describe('zones are packed onto endpoints, when it is given how many each uses', () => {
  test.each<[string, BalancedProblem, number[], LayoutGroup[]]>([
    [
      'each its own, where they are enough',
      problem([0.5, 0.5], [2, 2]),
      [2, 2],
      [
        { home: 0, zones: [0], count: 2 },
        { home: 1, zones: [1], count: 2 },
      ],
    ],
    [
      'what a zone uses beyond its own goes elsewhere',
      problem(THIRDS, [2, 2, 1]),
      [2, 2, 5],
      [
        { home: 0, zones: [0, 2], count: 2 },
        { home: 1, zones: [1, 2], count: 2 },
        { home: 2, zones: [2], count: 1 },
      ],
    ],
    [
      'an endpoint that nobody uses is given to its own zone',
      problem([1, 0], [2, 1], { overload: 1 }),
      [2, 0],
      [
        { home: 0, zones: [0], count: 2 },
        { home: 1, zones: [1], count: 1 },
      ],
    ],
    [
      'homeless endpoints take what has no room at home',
      problem([0.75, 0.25], [1, 1], { homeless: 2, overload: 0 }),
      [3, 1],
      [
        { home: 0, zones: [0], count: 1 },
        { home: 1, zones: [1], count: 1 },
        { home: 2, zones: [0], count: 2 },
      ],
    ],
    [
      'a homeless one that nobody uses joins the zone that loses least',
      problem([0.9, 0.1], [2, 1], { homeless: 1, overload: 1 }),
      [2, 1],
      [
        { home: 0, zones: [0], count: 2 },
        { home: 1, zones: [1], count: 1 },
        { home: 2, zones: [1], count: 1 },
      ],
    ],
  ])('%s', (_, given, users, groups) => {
    expect(layoutOf(given, users)).toEqual(groups);
  });

  test('a piece that is larger than an endpoint finds no room, and the zone is named', () => {
    const packing = new Packing();
    packing.prepare(problem([0.5, 0.5], [3, 1]));
    expect(packing.pack([3, 1], 'tight')).toBe(false);
    // Half of the demand of four endpoints is 2 of them at the mean, 1.67 at the limit: one is full by 1.67.
    expect([packing.failed, packing.failedRoom]).toEqual([1, 1]);
    expect(packing.missing).toBeCloseTo(2 / 1.2, 9);
  });

  test('a zone without room elsewhere is named with the most room that there was', () => {
    const packing = new Packing();
    packing.prepare(problem([0.5, 0.5], [2, 0], { overload: 0 }));
    expect(packing.pack([1, 1], 'tight')).toBe(true);
    packing.prepare(problem([0.6, 0.4], [1, 1], { overload: 0.1 }));
    // Zone 0 puts 0.545 on each; the endpoint of zone 1 has 0.727 of its own.
    expect(packing.pack([2, 1], 'tight')).toBe(false);
  });

  test('patience goes on after something found no room, to learn how much is missing in all', () => {
    const packing = new Packing();
    const given = problem([0.5, 0.5], [1, 1], { homeless: 2, overload: 0 });
    packing.prepare(given);
    expect(packing.pack([1, 1], 'tight')).toBe(false);
    const first = packing.missing;
    packing.patient = true;
    expect(packing.pack([1, 1], 'tight')).toBe(false);
    expect(packing.missing).toBeCloseTo(4, 9);
    expect(first).toBeLessThanOrEqual(packing.missing);
  });

  test('counts its calls, and begins anew with a problem', () => {
    const packing = new Packing();
    packing.prepare(problem([1], [2]));
    packing.pack([2], 'tight');
    packing.pack([1], 'roomy');
    expect(packing.calls).toBe(2);
    packing.prepare(problem([1], [1]));
    expect([packing.calls, packing.failed, packing.missing >= 0]).toEqual([0, -1, true]);
  });

  test.each<[string, number, (home: number) => number[]]>([
    ['by none, which means the same and needs no place', 0, (home) => [home]],
    ['by all, where an endpoint would go without a hint', 1, (home) => (home === 0 ? [0] : [0, home])],
  ])('above eight zones a zone that uses all is named %s', (_, ownEndpoints, named) => {
    const shares = Array.from({ length: 10 }, () => 1 / 10);
    const counts = shares.map((__, z) => (z === 0 ? ownEndpoints : 1));
    const users = shares.map((__, z) => (z === 0 ? 9 + ownEndpoints : 1));
    const groups = layoutOf(problem(shares, counts, { overload: 1 }), users);
    expect(groups).toHaveLength(9 + ownEndpoints);
    for (const { home, zones } of groups) expect(zones).toEqual(named(home));
  });

  test('the fit decides between endpoints that have room', () => {
    // Zone 2 has no endpoint and needs one place; zone 0 leaves more room than zone 1.
    const given = problem([0.3, 0.6, 0.1], [2, 2, 0], { overload: 1 });
    const homeOf = (fit: Fit): number | undefined =>
      layoutOf(given, [2, 2, 1], fit).find(({ zones }) => zones.includes(2))?.home;
    expect([homeOf('roomy'), homeOf('tight')]).toEqual([0, 1]);
  });
});

test('what is packed is a sound layout with the figures that were given, also in arrays of an earlier problem', () => {
  const reused = new Packing();
  let found = 0;
  fc.assert(
    fc.property(
      problems({ zones: 8, endpoints: 6 }),
      fc.array(fc.nat({ max: 60 }), { minLength: 8, maxLength: 8 }),
      fc.constantFrom<Fit>('tight', 'roomy'),
      (given, wishes, fit) => {
        const ready = given.homeless + given.counts.reduce((sum, count) => sum + count, 0);
        const users = given.shares.map((share, z) => (share === 0 ? 0 : 1 + (wishes[z]! % ready)));
        reused.prepare(given);
        const fits = reused.pack(users, fit);
        expect(fits).toBe(packed(given, users, fit) !== undefined);
        if (!fits) {
          expect(reused.missing).toBeGreaterThan(0);
          return;
        }
        found++;
        const { value, busiest } = reused;
        const groups = reused.layout(users);
        const layout = measure(given, groups);
        expectSound(given, layout);
        const limit = (1 + given.overload) / ready;
        // Endpoints at home that nobody uses join their zone, which then loses less to homeless ones.
        if (given.homeless === 0) expect(layout.inZone).toBeCloseTo(value * limit, 9);
        expect(layout.inZone).toBeGreaterThanOrEqual(value * limit - 1e-9);
        expect(layout.busiest).toBeLessThanOrEqual(Math.max(busiest * (1 + given.overload), 1) + 1e-9);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(found).toBeGreaterThan(100);
});
