import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { LookAhead } from '../../../../src/hints/strategies/balanced/lookAhead.js';
import { measure, type LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import { RepairState } from '../../../../src/hints/strategies/balanced/repairState.js';
import { assignments, groupsOf } from './anyAssignment.js';
import { group, stateOf } from './repairStart.js';

describe('what a change of one endpoint would bring', () => {
  test('is foretold as it comes', () => {
    fc.assert(
      fc.property(
        assignments({ zones: 8, endpoints: 12, leastSet: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ({ problem, endpoints }, at, bits) => {
          const zones = problem.shares.length;
          const set = (bits & (2 ** zones - 1)) === 0 ? 1 : bits & (2 ** zones - 1);
          const state = new RepairState();
          state.begin(problem, groupsOf(endpoints, zones));
          const ahead = new LookAhead();
          ahead.prepare(state);
          const group = at % state.size;
          const foretold = {
            inZone: ahead.inZoneAfter(group, set),
            over: ahead.overAfter(group, set, Infinity),
            mayHold: ahead.mayHold(group, set) && ahead.mayHelp(group, 0),
            mayHelp: ahead.mayHelp(group, ahead.inZoneAfter(group, set) - 1e-9),
          };
          const changed = new RepairState();
          changed.copy(state);
          changed.change(group, set);
          expect(foretold.inZone).toBeCloseTo(changed.inZone, 9);
          expect(foretold.over).toBeCloseTo(changed.over, 9);
          expect(foretold.inZone).toBeCloseTo(measure(problem, changed.groups()).inZone, 9);
          // What is passed over must be hopeless.
          if (changed.over === 0) expect([foretold.mayHold, foretold.mayHelp]).toEqual([true, true]);
          const anew = new RepairState();
          anew.begin(problem, changed.groups());
          expect(anew.groups()).toEqual(changed.groups());
          const filled = Array.from(changed.count).findIndex((count, i) => i < changed.size && count > 0);
          expect(anew.markAfter(0, 1)).toBe(changed.markAfter(filled, 1));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function aheadOf(state: RepairState): LookAhead {
  const ahead = new LookAhead();
  ahead.prepare(state);
  return ahead;
}

describe('looking ahead from an assignment', () => {
  test.each<[string, LayoutGroup[], number]>([
    ['the zones of endpoints above the limit', [group(0, [0], 1), group(0, [1], 1), group(1, [1], 2)], 0b01],
    ['none while all are within it', [group(0, [0], 2), group(1, [1], 2)], 0],
    ['none where a zone lies on all, as any change may help', [group(0, [0], 1), group(0, [], 1), group(1, [0], 2)], 0],
  ])('the crowded zones are %s', (_, groups, zones) => {
    expect(aheadOf(stateOf(groups)).crowdedZones()).toBe(zones);
  });

  test('an endpoint without zones, and a group that is empty, cannot help', () => {
    const state = stateOf([group(0, [0], 1), group(0, [], 1), group(1, [1], 2), group(1, [0, 1], 0)]);
    const ahead = aheadOf(state);
    expect([0, 1, 2, 3].map((at) => [state.mask[at], ahead.mayHelp(at, 0)])).toEqual([
      [0, false],
      [1, expect.any(Boolean)],
      [2, expect.any(Boolean)],
      [3, false],
    ]);
  });

  test('gives up a sum of loads once it passes what is still of interest', () => {
    // Three endpoints with half of the demand of six, each 0.2 above what the mean and a fifth more allow.
    const crowded = { shares: [0.5, 0.5], counts: [3, 3], homeless: 0, overload: 0.2 };
    const ahead = aheadOf(stateOf([group(0, [0], 1), group(0, [1], 2), group(1, [1], 3)], crowded));
    const whole = ahead.overAfter(1, 0b11, Infinity);
    expect(whole).toBeCloseTo(0.05 + 0.15, 6);
    const given = ahead.overAfter(1, 0b11, 0);
    expect(given).toBeGreaterThan(0);
    expect(given).toBeLessThanOrEqual(whole);
  });

  test('of one state after the other, with more zones or fewer, shows what it shows of each alone', () => {
    const small = stateOf([group(0, [0], 1), group(0, [1], 1), group(1, [1], 2)]);
    const problem = { shares: [0.4, 0.3, 0.3], counts: [1, 1, 1], homeless: 0, overload: 0.1 };
    const large = stateOf([group(0, [0, 1], 1), group(1, [1, 2], 1), group(2, [0, 2], 1)], problem);
    const ahead = new LookAhead();
    for (const state of [small, large, small]) {
      ahead.prepare(state);
      const alone = aheadOf(state);
      const shown = (one: LookAhead) => [
        one.crowdedZones(),
        one.inZoneAfter(0, 0b10),
        one.overAfter(0, 0b10, Infinity),
      ];
      expect(shown(ahead)).toEqual(shown(alone));
    }
  });
});
