import { expect, test } from 'vitest';
import fc from 'fast-check';
import { Holdings } from '../../../../src/hints/strategies/topologyKeys/holdings.js';

const COUNT = 3;
const LIMIT = 2;
const CLAIMS = 4;

test('each endpoint is held by the claims that took it and have not given it up, ascending', () => {
  const step = fc.record({ position: fc.nat(COUNT - 1), claim: fc.nat(CLAIMS - 1), other: fc.nat(CLAIMS - 1), gives: fc.boolean() }); // prettier-ignore
  const seen = { taken: 0, moved: 0, given: 0 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const holdings = new Holdings(COUNT, LIMIT);
      const model = Array.from({ length: COUNT }, () => new Array<number>(CLAIMS).fill(0));
      const load = (position: number): number => model[position]!.reduce((sum, number) => sum + number, 0);
      for (const { position, claim, other, gives } of steps) {
        const row = model[position]!;
        if (row[claim]! > 0 && gives) {
          holdings.add(position, claim, -1);
          row[claim]!--;
          seen.given++;
        } else if (row[claim]! > 0 && claim !== other) {
          holdings.move(position, claim, other);
          row[claim]!--;
          row[other]!++;
          seen.moved++;
        } else if (load(position) < LIMIT) {
          holdings.add(position, claim, 1);
          row[claim]!++;
          seen.taken++;
        }
        const positions = [...model.keys()];
        expect([...holdings.loads]).toEqual(positions.map(load));
        expect(holdings.room).toBe(COUNT * LIMIT - positions.reduce((sum, one) => sum + load(one), 0));
        for (let level = 1; level <= LIMIT; level++) {
          const below = positions.findIndex((one) => load(one) < level);
          expect(holdings.firstBelow(level)).toBe(below < 0 ? COUNT : below);
        }
        for (const one of positions) {
          const holders = [...row.keys()].filter((by) => model[one]![by]! > 0);
          expect(Array.from({ length: holdings.holdersOf(one) }, (_, k) => holdings.holder(one, k))).toEqual(holders);
          for (const by of row.keys()) expect(holdings.of(one, by)).toBe(model[one]![by]);
        }
      }
      expect(holdings.byClaim(CLAIMS)).toEqual(
        Array.from({ length: CLAIMS }, (_, by) => {
          const positions = [...model.keys()].filter((one) => model[one]![by]! > 0);
          return { positions, counts: positions.map((one) => model[one]![by]!) };
        }),
      );
    }),
    { numRuns: 300 },
  );
  expect(Math.min(seen.taken, seen.moved, seen.given)).toBeGreaterThan(20);
});
