import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/measured/answer.js';
import { MAX_SERVICES, MAX_SHARES, MAX_ZONES } from '../../src/measured/bounds.js';
import type { MeasuredFigures } from '../../src/measured/figures.js';
import { keepMost } from '../../src/measured/keepMost.js';
import { learn } from '../../src/measured/learn.js';
import { readMeasured, writeMeasured } from '../../src/measured/text.js';
import { measuredFigures, measuredService } from '../support/measured.js';

const names = (letter: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${letter}${i}`);
const even = (zones: readonly string[]): string => zones.map((zone) => `${zone}=${1 / zones.length}`).join(' ');

test('what is within the bounds stays as it is', () => {
  const figures = measuredFigures(measuredService('a=0.5 b=0.5', { recent: 'a=0.2 b=0.8' }));
  expect(keepMost(figures)).toEqual({ figures, leftOut: { zones: 0, services: 0 } });
});

describe('of more than that', () => {
  test('the zones with the most traffic stay, and shares add up to 1 again', () => {
    const rare = names('rare', 2);
    const { figures, leftOut } = keepMost(
      measuredFigures(
        measuredService(even(names('z', MAX_ZONES)), { key: 'shop/busy', rate: 1000 }),
        measuredService(even(['z0', ...rare]), { key: 'shop/quiet', rate: 1, recent: even(['z1', ...rare]) }),
        measuredService(even(rare), { key: 'shop/rare', rate: 1 }),
      ),
    );
    expect(leftOut).toEqual({ zones: 2, services: 0 });
    expect(figures.services.map(({ latest }) => latest.length)).toEqual([MAX_ZONES, 1, 0]);
    expect(figures.services[1]).toMatchObject({
      demand: [{ zone: 'z0', share: 1 }],
      latest: [{ zone: 'z0', share: 1 }],
      recent: [{ zone: 'z1', share: 1 }],
    });
  });

  test('nothing is left of a Service whose other zones have no traffic', () => {
    const { figures } = keepMost(
      measuredFigures(
        measuredService(even(names('z', MAX_ZONES)), { key: 'shop/busy', rate: 1000 }),
        measuredService('rare=1 z0=0', { key: 'shop/rare', rate: 1 }),
      ),
    );
    expect(figures.services[1]).toMatchObject({ demand: [], latest: [] });
  });

  test.each<[string, number, string, number]>([
    ['Services', MAX_SERVICES + 1, 'a=1', MAX_SERVICES],
    ['shares', MAX_SHARES / 100 + 1, even(names('z', 50)), MAX_SHARES / 100],
  ])('the Services with the most traffic stay: %s', (_, count, shares, kept) => {
    const service = measuredService(shares);
    const services = Array.from({ length: count }, (__, i) => ({ ...service, key: `shop/s${i}`, rate: i + 1 }));
    const { figures, leftOut } = keepMost(measuredFigures(...services));
    expect(leftOut).toEqual({ zones: 0, services: 1 });
    expect(figures.services).toHaveLength(kept);
    expect(figures.services[0]?.key).toBe('shop/s1');
  });
});

test('whatever is measured, what is learned of it and written is read again', () => {
  const MAPPING = { service: ['ns', 'svc'], zones: ['from', 'to'] } as const;
  const rate = fc.oneof(
    fc.double({ min: 0 }).map(String),
    fc.constantFrom('5e-324', '1e-120', '1e-9', '1e15', '9.9e14', 'NaN', '-1', '0'),
  );
  const series = fc.record({
    svc: fc.constantFrom('web', 'cart', '__proto__'),
    // Beyond the bound in one answer, and by other names in each answer.
    from: fc.tuple(fc.constantFrom('a', 'b', 'constructor'), fc.nat(60)).map(([name, i]) => `${name}${i}`),
    to: fc.constantFrom('a1', 'b2', '', 'no zone'),
    rate,
  });
  const answers = fc.array(fc.array(series, { minLength: 1, maxLength: 200, size: 'max' }), {
    minLength: 6,
    maxLength: 12,
  });
  fc.assert(
    fc.property(answers, (rounds) => {
      let figures: MeasuredFigures | undefined;
      for (const [i, round] of rounds.entries()) {
        const result = round.map(({ rate: value, ...labels }, n) => ({
          metric: { ns: 'shop', ...labels, n: String(n) },
          value: [0, value],
        }));
        const { traffic } = readAnswer({ status: 'success', data: { resultType: 'vector', result } }, MAPPING);
        ({ figures } = keepMost(learn(figures, traffic, 1_800_000_000 + 60 * i)));
      }
      const { figures: read, problems } = readMeasured(writeMeasured(figures!));
      expect(problems).toEqual([]);
      expect(read.services.map(({ key }) => key)).toEqual(figures!.services.map(({ key }) => key));
    }),
    { numRuns: 50 },
  );
});
