import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_SHARES } from '../../src/measured/bounds.js';
import type { MeasuredFigures } from '../../src/measured/figures.js';
import { readMeasured, writeMeasured } from '../../src/measured/text.js';
import { measuredFigures, measuredService } from '../support/measured.js';

const TEXT = `slicehints-measured 1
at 1800000000
zones a b
# service samples age rate in-zone demand-age demand latest recent
shop/web 20 0 100 500 60 500,500 400,600
`;

test('figures become a line for each Service', () => {
  expect(writeMeasured(measuredFigures(measuredService('a=0.5 b=0.5', { latest: 'a=0.4 b=0.6' })))).toBe(TEXT);
});

test('the last minutes are there while traffic has not settled', () => {
  const line = (recent: string): string | undefined =>
    writeMeasured(measuredFigures(measuredService('a=0.5 b=0.5', { recent }))).split('\n')[4];
  expect(line('a=0.48 b=0.52')).toBe('shop/web 20 0 100 500 60 500,500 =');
  expect(line('a=0.45 b=0.55')).toBe('shop/web 20 0 100 500 60 500,500 = 450,550');
});

test.each<[string, MeasuredFigures]>([
  ['none', measuredFigures()],
  [
    'traffic on its way',
    measuredFigures(measuredService('a=0.5 b=0.5', { latest: 'a=0.4 b=0.6', recent: 'a=0.3 b=0.6 c=0.1' })),
  ],
  ['equal shares', measuredFigures(measuredService('a=0.5 b=0.5'))],
  ['no demand yet', measuredFigures(measuredService('', { latest: 'a=0.25 c=0.75', samples: 2 }))],
  ['no in-zone share', measuredFigures(measuredService('b=1', { inZoneShare: undefined }))],
  [
    'very different rates',
    measuredFigures(measuredService('a=1', { rate: 1e15 }), measuredService('b=1', { key: 'shop/x', rate: 1e-7 })),
  ],
])('what is written is read: %s', (_, figures) => {
  const read = readMeasured(writeMeasured(figures));
  expect(read.problems).toEqual([]);
  expect(read.figures).toEqual(figures);
});

describe('what is not understood is named and ignored', () => {
  const changed = (from: string, to: string): string => TEXT.replace(from, to);
  test.each([
    ['another text', 'hello', 'expected the first line to be "slicehints-measured 1", got "hello"'],
    ['another version', changed('measured 1', 'measured 2'), 'got "slicehints-measured 2"'],
    ['no time', changed('at 1800000000', 'at noon'), 'expected "at" with a Unix time in line 2, got "at noon"'],
    ['a zone that is none', changed('zones a b', 'zones a b?'), 'in line 3, got "zones a b?"'],
    ['a zone twice', changed('zones a b', 'zones a a'), 'in line 3, got "zones a a"'],
    ['a field too many', changed('400,600', '400,600 400,600 0'), 'line 5 is not understood'],
    ['last minutes of nothing', changed('400,600', '400,600 0,0'), 'line 5 is not understood'],
    ['too few fields', changed(' 400,600', ''), 'line 5 is not understood'],
    ['a key that is none', changed('shop/web', 'shop'), 'line 5 is not understood: "shop 20'],
    ['a negative share', changed('500,500', '-1,500'), 'line 5 is not understood'],
    ['shares of nothing', changed('500,500', '0,0'), 'line 5 is not understood'],
    ['more shares than zones', changed('500,500', '1,1,1'), 'line 5 is not understood'],
    ['a share in zone above 1', changed('100 500', '100 1001'), 'line 5 is not understood'],
    ['a number that is none', changed(' 20 ', ' NaN '), 'line 5 is not understood'],
    ['a huge number', changed(' 100 ', ' 1e99 '), 'line 5 is not understood'],
    ['a Service twice', `${TEXT}shop/web 20 0 1 - 0 1 =\n`, 'line 6 names shop/web a second time'],
  ])('%s', (_, text, problem) => {
    expect(readMeasured(text).problems.join('; ')).toContain(problem);
  });

  test('the other lines count', () => {
    const { figures } = readMeasured(`${TEXT}nonsense\nshop/cart 20 0 1 - 0 1 =\n`);
    expect(figures.services.map(({ key }) => key)).toEqual(['shop/cart', 'shop/web']);
  });

  test('shares beyond what there may be of all Services', () => {
    const zones = Array.from({ length: 100 }, (_, i) => `z${i}`);
    const ones = zones.map(() => '1').join();
    const lines = Array.from(
      { length: MAX_SHARES / 300 + 2 },
      (_, i) => `shop/s${i} 9 0 1 - 0 ${ones} ${ones} ${ones}`,
    );
    const { figures, problems } = readMeasured(
      ['slicehints-measured 1', 'at 1800000000', `zones ${zones.join(' ')}`, ...lines].join('\n'),
    );
    expect(figures.services).toHaveLength(Math.floor(MAX_SHARES / 300));
    expect(problems[0]).toBe(`line ${Math.floor(MAX_SHARES / 300) + 4} has shares beyond ${MAX_SHARES} in all`);
  });

  test('a few problems are named, the others counted', () => {
    const { problems } = readMeasured(`${TEXT}${'nonsense\n'.repeat(20)}`);
    expect(problems).toHaveLength(6);
    expect(problems.at(-1)).toBe('15 more lines are ignored');
  });
});

test('no text makes the reader throw or give shares that are none', () => {
  const word = fc.constantFrom(
    'shop/web',
    '0',
    '1',
    '-',
    '=',
    '1e9',
    'a',
    ',',
    ' ',
    '\n',
    'zones',
    'at',
    '__proto__',
    '5,5',
  );
  const lines = fc.array(fc.array(word).map((words) => words.join(' ')));
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    lines.map((more) => TEXT + more.join('\n')),
    lines.map((more) => more.join('\n')),
  );
  fc.assert(
    fc.property(text, (any) => {
      for (const { demand, latest, recent = [] } of readMeasured(any).figures.services) {
        for (const zones of [demand, latest, recent].filter(({ length }) => length > 0)) {
          expect(zones.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
        }
      }
    }),
  );
});
