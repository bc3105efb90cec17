import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Claim } from '../../../../src/hints/strategies/topologyKeys/claim.js';
import { listsOf } from './lists.js';
import { shareOut } from '../../../../src/hints/strategies/topologyKeys/shares.js';

interface Given {
  readonly claims: readonly Claim[];
  readonly count: number;
  readonly limit: number;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const GIVEN: fc.Arbitrary<Given> = fc
  .record({
    count: fc.integer({ min: 1, max: 6 }),
    limit: fc.integer({ min: 1, max: 3 }),
    sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ count, limit, sizes }) =>
    fc.tuple(...sizes.map(() => fc.subarray(range(count), { minLength: 1 }))).map((wanted) => ({
      count,
      limit,
      claims: wanted.map((own, c) => ({ wanted: own, consumers: range(sizes[c]!).map((i) => 10 * c + i) })),
    })),
  );
type Shares = readonly (readonly (readonly number[])[])[];

/** @param present what some consumers have now */
function share({ claims, count, limit }: Given, present = new Map<number, readonly number[]>()): Shares {
  const consumers = Math.max(0, ...claims.flatMap((claim) => claim.consumers)) + 1;
  return shareOut(claims, count, limit, listsOf(range(consumers).map((consumer) => present.get(consumer) ?? [])));
}

/** How many consumers can have an endpoint each, by augmenting paths, one consumer after the other. */
function mostServed({ claims, count, limit }: Given): number {
  const seats: number[][] = range(count).map(() => []);
  const consumers = claims.flatMap(({ wanted, consumers: names }) => names.map(() => wanted));
  const place = (consumer: number, seen: Set<number>): boolean =>
    consumers[consumer]!.some((position) => {
      if (seen.has(position)) return false;
      seen.add(position);
      const taken = seats[position]!;
      if (taken.length < limit) return taken.push(consumer) > 0;
      const moved = taken.findIndex((other) => place(other, seen));
      if (moved < 0) return false;
      taken[moved] = consumer;
      return true;
    });
  return consumers.filter((_, consumer) => place(consumer, new Set())).length;
}

const always = (check: (given: Given, shares: Shares) => void): void =>
  fc.assert(
    fc.property(GIVEN, (given) => {
      check(given, share(given));
    }),
  );

describe('shareOut', () => {
  test('gives each consumer endpoints that it wants, ascending, each once', () => {
    always(({ claims }, shares) => {
      expect(shares.map((own) => own.length)).toEqual(claims.map(({ consumers }) => consumers.length));
      claims.forEach(({ wanted }, c) => {
        for (const own of shares[c]!) expect(own).toEqual(wanted.filter((position) => own.includes(position)));
      });
    });
  });

  test('gives no endpoint to more consumers than the limit', () => {
    always(({ count, limit }, shares) => {
      for (const position of range(count)) {
        expect(shares.flat().filter((own) => own.includes(position)).length).toBeLessThanOrEqual(limit);
      }
    });
  });

  test('serves as many consumers as can be served', () => {
    always((given, shares) => {
      expect(shares.flat().filter((own) => own.length > 0)).toHaveLength(mostServed(given));
    });
  });

  test('gives consumers with the same wish equally many, or one each where not all are served', () => {
    always((_, shares) => {
      for (const own of shares) {
        const sizes = new Set(own.map(({ length }) => length));
        if (sizes.has(0)) expect([...sizes].every((size) => size <= 1)).toBe(true);
        else expect(sizes.size).toBe(1);
      }
    });
  });

  test('serves as many over what it gave, though it may share it otherwise', () => {
    always((given, shares) => {
      const present = new Map(
        given.claims.flatMap(({ consumers }, c) => consumers.map((consumer, i) => [consumer, shares[c]![i]!] as const)),
      );
      const served = (all: Shares): number[] => all.map((own) => own.filter(({ length }) => length > 0).length);
      const sum = (counts: number[]): number => counts.reduce((a, b) => a + b, 0);
      expect(sum(served(share(given, present)))).toBe(sum(served(shares)));
    });
  });

  test.each<[string, Given, Shares]>([
    [
      'all that is wanted where no endpoint is wanted too often',
      {
        claims: [
          { wanted: [0, 2], consumers: [0, 1] },
          { wanted: [1], consumers: [2] },
        ],
        count: 3,
        limit: 2,
      },
      [[[0, 2], [0, 2]], [[1]]], // prettier-ignore
    ],
    [
      'an endpoint of its own to each where the limit is one',
      { claims: [{ wanted: [0, 1], consumers: [0, 1] }], count: 2, limit: 1 },
      [[[0], [1]]],
    ],
    [
      'nothing to those for whom nothing is left',
      { claims: [{ wanted: [0], consumers: [0, 1, 2] }], count: 1, limit: 2 },
      [[[0], [0], []]],
    ],
    [
      'the endpoint that only one of them wants, so that both have one',
      {
        claims: [
          { wanted: [0, 1], consumers: [0] },
          { wanted: [0], consumers: [1] },
        ],
        count: 2,
        limit: 1,
      },
      [[[1]], [[0]]],
    ],
    ['nothing where nobody claims', { claims: [], count: 2, limit: 1 }, []],
  ])('gives %s', (_, given, shares) => {
    expect(share(given)).toEqual(shares);
  });

  test('ends soon where an endpoint that nobody wants always has room', () => {
    const count = 1200;
    const claims = range(150).map((c) => {
      const wanted = range(count).filter((position) => position > 0 && position % 150 !== c);
      return { wanted, consumers: [c] };
    });
    const shares = share({ claims, count, limit: 8 });
    const loads = new Array<number>(count).fill(0);
    for (const position of shares.flat(2)) loads[position]!++;
    expect(loads.filter((load) => load === 8)).toHaveLength(count - 1);
  });

  test('leaves a consumer the endpoint that it has where another is as good', () => {
    const given: Given = { claims: [{ wanted: [0, 1], consumers: [0, 1] }], count: 2, limit: 1 };
    expect(share(given, new Map([[0, [1]]]))).toEqual([[[1], [0]]]);
  });
});
