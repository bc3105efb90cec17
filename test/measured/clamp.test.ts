import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clampShares } from '../../src/measured/clamp.js';
import type { ZoneDemand } from '../../src/model/demand.js';

/** `a=0.5 b=0.5`. */
function shares(text: string): ZoneDemand[] {
  return text.split(' ').map((pair) => {
    const [zone = '', share = ''] = pair.split('=');
    return { zone, share: Number(share) };
  });
}

const THIRDS = `a=${1 / 3} b=${1 / 3} c=${1 / 3}`;

describe('measured shares are kept near the expected ones', () => {
  test.each([
    ['what lies within the bounds stays', 'a=0.5 b=0.3 c=0.2', THIRDS, 4, 'a=0.5 b=0.3 c=0.2', false],
    ['a zone that sends nothing keeps a quarter', 'a=1', THIRDS, 4, 'a=0.833 b=0.083 c=0.083', true],
    ['a small zone gets at most four times its share', 'a=0.1 b=0.9', 'a=0.9 b=0.1', 4, 'a=0.6 b=0.4', true],
    ['zones that are not expected are dropped', 'a=0.2 b=0.2 x=0.6', 'a=0.5 b=0.5', 4, 'a=0.5 b=0.5', false],
    [
      'a zone of which nothing is expected gets at most an equal share',
      'a=0.1 b=0.9',
      'a=1 b=0',
      4,
      'a=0.5 b=0.5',
      true,
    ],
    ['a factor of 1 leaves what is expected', 'a=1', 'a=0.4 b=0.6', 1, 'a=0.4 b=0.6', true],
    ['what is left goes where it is expected', 'a=1', 'a=0.1 b=0.3 c=0.6', 4, 'a=0.4 b=0.2 c=0.4', true],
  ])('%s', (_, measured, expected, factor, result, clamped) => {
    const near = clampShares(shares(measured), shares(expected), factor);
    const text = near?.zones.map(({ zone, share }) => `${zone}=${Math.round(share * 1000) / 1000}`).join(' ');
    expect(text).toBe(result);
    expect(near?.clamped).toBe(clamped);
  });

  test('nothing is left when only other zones are measured', () => {
    expect(clampShares(shares('x=1'), shares('a=0.5 b=0.5'), 4)).toBeUndefined();
    expect(clampShares([], shares('a=0.5 b=0.5'), 4)).toBeUndefined();
  });
});

test('for any measurement the shares add up to 1 and stay within the factor', () => {
  const amount = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true }));
  const zones = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x'), { minLength: 1 });
  const drawn = zones.chain((names) =>
    fc.tuple(...names.map((zone) => amount.map((share): ZoneDemand => ({ zone, share })))),
  );
  const positive = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(drawn, positive, fc.double({ min: 1, max: 100, noNaN: true }), (measured, parts, factor) => {
      const total = parts.reduce((sum, part) => sum + part, 0);
      const expected = parts.map((part, i) => ({ zone: 'abcde'[i]!, share: part / total }));
      const near = clampShares(measured, expected, factor);
      if (near === undefined) return;
      expect(near.zones.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
      for (const [z, { share }] of near.zones.entries()) {
        expect(share).toBeGreaterThanOrEqual(expected[z]!.share / factor - 1e-6);
        expect(share).toBeLessThanOrEqual(expected[z]!.share * factor + 1e-6);
      }
    }),
  );
});
