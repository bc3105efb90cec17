import { describe, expect, test } from 'vitest';
import { agedTo, isFresh, isSettled, leavesDeadBand, projectedShares, zonesOf } from '../../src/measured/figures.js';
import { measuredFigures, measuredService, zoneShares } from '../support/measured.js';

describe('figures at a later time', () => {
  test('all ages grow', () => {
    const figures = measuredFigures(measuredService('a=1', { ageSeconds: 5, demandAgeSeconds: 60 }));
    const later = agedTo(figures, figures.atSeconds + 100);
    expect(later.atSeconds).toBe(figures.atSeconds + 100);
    expect(later.services[0]).toMatchObject({ ageSeconds: 105, demandAgeSeconds: 160 });
  });

  test('figures from the future count as of now', () => {
    const figures = measuredFigures(measuredService('a=1', { ageSeconds: 5 }));
    expect(agedTo(figures, figures.atSeconds - 100).services[0]?.ageSeconds).toBe(5);
  });
});

test.each([
  ['ten minutes old', { ageSeconds: 600 }, 'a=1', true],
  ['older than ten minutes', { ageSeconds: 601 }, 'a=1', false],
  ['five samples', { samples: 5 }, 'a=1', true],
  ['four samples', { samples: 4 }, 'a=1', false],
  ['no demand yet', {}, '', false],
])('%s', (_, more, demand, fresh) => {
  expect(isFresh(measuredService(demand, more))).toBe(fresh);
});

test.each([
  ['without last minutes', {}, true],
  ['five percent of a share', { recent: 'a=0.52 b=0.48' }, true],
  ['more than five percent of a share', { recent: 'a=0.53 b=0.47' }, false],
])('whether traffic is settled: %s', (_, recent, settled) => {
  expect(isSettled(measuredService('a=1', { latest: 'a=0.5 b=0.5', ...recent }))).toBe(settled);
});

test.each([
  ['move on three times as far', 'a=0.5 b=0.5', 'a=0.55 b=0.45', 'a=0.65 b=0.35'],
  ['are at least nothing', 'a=0.6 b=0.4', 'a=0.8 b=0.2', 'a=1 b=0'],
  ['of a zone that comes count', 'a=1', 'a=0.9 b=0.1', 'a=0.7 b=0.3'],
  ['of a zone that is gone do not', 'a=0.5 b=0.5', 'b=1', 'b=1'],
])('projected shares %s', (_, latest, recent, projected) => {
  const shares = projectedShares(zoneShares(latest), zoneShares(recent));
  const expected = zoneShares(projected);
  expect(shares.map(({ zone }) => zone)).toEqual(expected.map(({ zone }) => zone));
  shares.forEach(({ share }, i) => expect(share).toBeCloseTo(expected[i]!.share, 9));
});

test.each([
  ['the same', 'a=0.5 b=0.5', 'a=0.5 b=0.5', false],
  ['ten percent of a share', 'a=0.54 b=0.46', 'a=0.5 b=0.5', false],
  ['more than ten percent of a share', 'a=0.56 b=0.44', 'a=0.5 b=0.5', true],
  ['a zone that comes with little', 'a=0.49 b=0.49 c=0.02', 'a=0.5 b=0.5', false],
  ['a zone that comes with much', 'a=0.45 b=0.45 c=0.1', 'a=0.5 b=0.5', true],
  ['a zone that goes', 'a=1', 'a=0.5 b=0.5', true],
])('whether the dead band is left: %s', (_, latest, demand, leaves) => {
  expect(leavesDeadBand(zoneShares(latest), zoneShares(demand))).toBe(leaves);
});

test('the zones of a Service are those of all its shares', () => {
  expect(zonesOf(measuredService('a=1', { latest: 'a=0.5 b=0.5', recent: 'c=1' }))).toEqual(['a', 'a', 'b', 'c']);
});
