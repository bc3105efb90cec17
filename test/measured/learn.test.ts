import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServiceTraffic } from '../../src/measured/trafficSums.js';
import type { MeasuredFigures } from '../../src/measured/figures.js';
import { inZoneShareOf, learn } from '../../src/measured/learn.js';
import { readMeasured, writeMeasured } from '../../src/measured/text.js';

const START = 1_800_000_000;
const MINUTE = 60;

/** Rates by source zone, all to zone a. */
function traffic(rates: Record<string, number>): Map<string, ServiceTraffic> {
  const flows = new Map(Object.entries(rates).map(([zone, rate]) => [zone, new Map([['a', rate]])]));
  const rate = Object.values(rates).reduce((sum, one) => sum + one, 0);
  return new Map([['shop/web', { rate, flows }]]);
}

/** An answer each minute. */
function minutes(
  count: number,
  rates: (minute: number) => Record<string, number>,
  before?: MeasuredFigures,
): MeasuredFigures {
  let figures = before;
  for (let i = 0; i < count; i++)
    figures = learn(figures, traffic(rates(i)), (figures?.atSeconds ?? START - MINUTE) + MINUTE);
  return figures!;
}

const shareOf = ({ services }: MeasuredFigures, which: 'demand' | 'latest', zone: string): number | undefined =>
  services[0]?.[which].find((entry) => entry.zone === zone)?.share;

describe('what is learned', () => {
  test('there is no demand before the fifth sample', () => {
    expect(minutes(4, () => ({ a: 3, b: 1 })).services[0]).toMatchObject({ samples: 4, demand: [] });
    expect(
      shareOf(
        minutes(5, () => ({ a: 3, b: 1 })),
        'demand',
        'a',
      ),
    ).toBe(0.75);
  });

  test('the first samples count alike', () => {
    const figures = minutes(4, (i) => (i === 0 ? { a: 100 } : { b: 100 }));
    expect(shareOf(figures, 'latest', 'a')).toBeCloseTo(0.25);
  });

  test('a step is followed to 63 % in fifteen minutes', () => {
    const steady = minutes(60, () => ({ a: 50, b: 50 }));
    const after = minutes(15, () => ({ b: 100 }), steady);
    expect(shareOf(after, 'latest', 'a')).toBeCloseTo(0.5 * Math.exp(-1), 6);
  });

  test.each([1, 60])(
    'with an answer each %i seconds the last minutes are never behind the smoothed shares',
    (seconds) => {
      let figures: MeasuredFigures | undefined;
      for (let i = 0; i < 60; i++) {
        figures = learn(figures, traffic(i < 10 ? { a: 90, b: 10 } : { a: 10, b: 90 }), START + i * seconds);
        const { latest, recent = [] } = figures.services[0]!;
        if (i >= 10) expect(recent[0]!.share).toBeLessThanOrEqual(latest[0]!.share + 1e-9);
      }
    },
  );

  test('longer between two answers, the newer one counts more', () => {
    const steady = minutes(60, () => ({ a: 50, b: 50 }));
    const after = learn(steady, traffic({ b: 100 }), steady.atSeconds + 300);
    expect(shareOf(after, 'latest', 'a')).toBeCloseTo(0.5 * Math.exp(-1 / 3), 6);
  });

  test('within ten minutes of a step the demand stays, then it follows', () => {
    const steady = minutes(5, () => ({ a: 50, b: 50 }));
    const soon = minutes(9, () => ({ a: 35, b: 65 }), steady);
    expect(shareOf(soon, 'demand', 'a')).toBe(0.5);
    expect(shareOf(soon, 'latest', 'a')).toBeLessThan(0.45);
    const later = minutes(20, () => ({ a: 35, b: 65 }), soon);
    expect(shareOf(later, 'demand', 'a')).toBeCloseTo(0.35, 1);
    expect(later.services[0]?.demandAgeSeconds).toBeLessThan(1200);
  });

  test('while traffic is on its way the demand stays, and steps once it has settled', () => {
    let figures = minutes(60, () => ({ a: 90, b: 10 }));
    const seen = new Set<number>();
    for (let minute = 0; minute < 120; minute++) {
      figures = minutes(1, () => ({ a: 10, b: 90 }), figures);
      seen.add(shareOf(figures, 'demand', 'a')!);
    }
    const [before, ...steps] = [...seen];
    expect(before).toBeCloseTo(0.9);
    // Never to shares on the way, which are those of neither state.
    expect(steps.length).toBeGreaterThan(0);
    for (const share of steps) expect(Math.abs(share - 0.1)).toBeLessThan(0.05);
  });

  test.each([
    ['soon, as few samples told of it', 5, 0.473],
    ['not any more, within the dead band', 30, 0.5],
  ])('a first demand that was a bit wrong follows %s', (_, samples, share) => {
    const first = minutes(samples, () => ({ a: 50, b: 50 }));
    const later = minutes(200, () => ({ a: 46, b: 54 }), first);
    expect(shareOf(later, 'demand', 'a')).toBeCloseTo(share, 2);
  });

  test('within the dead band the demand stays for ever', () => {
    const steady = minutes(30, () => ({ a: 50, b: 50 }));
    const after = minutes(300, () => ({ a: 54, b: 46 }), steady);
    expect(shareOf(after, 'demand', 'a')).toBe(0.5);
    expect(shareOf(after, 'latest', 'a')).toBeCloseTo(0.54, 3);
  });

  test('a Service that is missing gets older and is forgotten after an hour', () => {
    let figures = minutes(10, () => ({ a: 1 }));
    figures = learn(figures, new Map(), figures.atSeconds + 700);
    expect(figures.services[0]).toMatchObject({ ageSeconds: 700, samples: 10 });
    expect(learn(figures, new Map(), figures.atSeconds + 3000).services).toEqual([]);
  });

  test('a Service without traffic is as one that is missing', () => {
    const figures = minutes(10, () => ({ a: 1 }));
    expect(learn(figures, traffic({ a: 0 }), figures.atSeconds + 60).services[0]).toMatchObject({
      ageSeconds: 60,
      samples: 10,
    });
    expect(learn(undefined, traffic({ a: 0 }), START).services).toEqual([]);
  });

  test('after its figures expired a Service is new', () => {
    const figures = minutes(30, () => ({ a: 1 }));
    const after = learn(figures, traffic({ b: 1 }), figures.atSeconds + 601);
    expect(after.services[0]).toMatchObject({
      samples: 1,
      ageSeconds: 0,
      demand: [],
      latest: [{ zone: 'b', share: 1 }],
    });
  });

  test('the in-zone share is smoothed and weighted by traffic', () => {
    const figures = minutes(60, () => ({ a: 25, b: 75 }));
    expect(figures.services[0]?.inZoneShare).toBeCloseTo(0.25);
    const after = minutes(15, () => ({ a: 1000 }), figures);
    expect(after.services[0]?.inZoneShare).toBeGreaterThan(0.9);
  });
});

test('without destination zones no in-zone share is known', () => {
  expect(inZoneShareOf({ flows: new Map([['a', new Map([['', 5]])]]) })).toBeUndefined();
  expect(
    inZoneShareOf({
      flows: new Map([
        [
          'a',
          new Map([
            ['', 5],
            ['a', 1],
            ['b', 3],
          ]),
        ],
      ]),
    }),
  ).toBe(0.25);
});

test('a restart while traffic moves goes on with its last minutes', () => {
  const moving = minutes(
    5,
    () => ({ a: 10, b: 90 }),
    minutes(30, () => ({ a: 90, b: 10 })),
  );
  const { figures: read } = readMeasured(writeMeasured(moving));
  expect(read.services[0]?.recent?.[0]?.share).toBeCloseTo(moving.services[0]!.recent![0]!.share, 2);
});

test('a restart goes on from the text of the figures', () => {
  const figures = minutes(30, (i) => ({ a: 50 + i, b: 50 }));
  const { figures: read } = readMeasured(writeMeasured(figures));
  const one = learn(figures, traffic({ a: 10, b: 90 }), figures.atSeconds + MINUTE);
  const other = learn(read, traffic({ a: 10, b: 90 }), figures.atSeconds + MINUTE);
  expect(shareOf(other, 'latest', 'a')).toBeCloseTo(shareOf(one, 'latest', 'a')!, 2);
  expect(other.services[0]?.samples).toBe(31);
});

const RATE = fc.double({ min: 1, max: 100, noNaN: true });
const NOISE = fc.double({ min: -1, max: 1, noNaN: true });

test('while every rate is wrong by at most 2.5 % the demand never steps after half an hour, whatever the shares and the noise', () => {
  const answers = fc.array(fc.tuple(NOISE, NOISE, NOISE), { minLength: 120, maxLength: 240 });
  fc.assert(
    fc.property(fc.tuple(RATE, RATE, RATE), answers, ([a, b, c], noises) => {
      // A share is wrong by up to twice as much, where the other rates are wrong the other way; so may be the first demand.
      const noise = 0.025;
      const figures = minutes(noises.length, (i) => ({
        a: a * (1 + noise * noises[i]![0]),
        b: b * (1 + noise * noises[i]![1]),
        c: c * (1 + noise * noises[i]![2]),
      }));
      expect(figures.services[0]?.demandAgeSeconds).toBeGreaterThanOrEqual((noises.length - 30) * MINUTE);
    }),
    { numRuns: 50 },
  );
});

test('for any noise the demand steps at most once in ten minutes', () => {
  const noise = fc.array(
    fc.record({ a: fc.double({ min: 0, max: 1e6, noNaN: true }), b: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
    { minLength: 60, maxLength: 120 },
  );
  fc.assert(
    fc.property(noise, (rates) => {
      let figures: MeasuredFigures | undefined;
      let steps = 0;
      for (const [i, rate] of rates.entries()) {
        const before = figures?.services[0]?.demand ?? [];
        figures = learn(figures, traffic(rate), START + i * MINUTE);
        const now = figures.services[0]?.demand ?? [];
        if (before.length > 0 && now.length > 0 && now !== before) steps++;
      }
      expect(steps).toBeLessThanOrEqual(Math.ceil(rates.length / 10));
    }),
    { numRuns: 50 },
  );
});
