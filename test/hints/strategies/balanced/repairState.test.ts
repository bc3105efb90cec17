import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { measure, type BalancedProblem, type LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import { RepairState } from '../../../../src/hints/strategies/balanced/repairState.js';
import { assignments, groupsOf } from './anyAssignment.js';

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
          state.prepare();
          const group = at % state.size;
          const foretold = {
            inZone: state.inZoneAfter(group, set),
            over: state.overAfter(group, set, Infinity),
            mayHold: state.mayHold(group, set) && state.mayHelp(group, 0),
            mayHelp: state.mayHelp(group, state.inZoneAfter(group, set) - 1e-9),
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

/** Two zones of half the demand each, with two endpoints each. */
const EVEN: BalancedProblem = { shares: [0.5, 0.5], counts: [2, 2], homeless: 0, overload: 0.2 };
const group = (home: number, zones: number[], count: number): LayoutGroup => ({ home, zones, count });

function stateOf(groups: readonly LayoutGroup[], problem = EVEN): RepairState {
  const state = new RepairState();
  state.begin(problem, groups);
  state.prepare();
  return state;
}

describe('an assignment under repair', () => {
  test('has its groups in order of home and zones, whatever order they come in', () => {
    const groups = [group(1, [1], 1), group(0, [0, 1], 1), group(1, [0], 1), group(0, [0], 1)];
    const ordered = [group(0, [0], 1), group(0, [0, 1], 1), group(1, [0], 1), group(1, [1], 1)];
    expect(stateOf(groups).groups()).toEqual(ordered);
    expect(stateOf([...groups].reverse()).markAfter(0, 3)).toBe(stateOf(groups).markAfter(0, 3));
  });

  test.each<[string, LayoutGroup[], number, number]>([
    ['each zone at home keeps all, within the limit', [group(0, [0], 2), group(1, [1], 2)], 1, 0],
    // Three endpoints share the half of zone 1, and one has the half of zone 0: 0.5 of the demand, where 0.3 is allowed.
    ['one endpoint for a half is above the limit', [group(0, [0], 1), group(0, [1], 1), group(1, [1], 2)], 5 / 6, 0.2],
    ['a zone that nobody names lies on all', [group(0, [0], 2), group(1, [0], 2)], 0.5, 0],
    ['endpoints without zones weigh nothing yet', [group(0, [0], 2), group(1, [1], 1), group(1, [], 1)], 1, 0.2],
  ])('%s', (_, groups, inZone, over) => {
    const state = stateOf(groups);
    expect(state.inZone).toBeCloseTo(inZone, 9);
    expect(state.over).toBeCloseTo(over, 6);
  });

  test('a changed endpoint leaves its group, which may be empty then and is no group any more', () => {
    const state = stateOf([group(0, [0], 1), group(0, [1], 1), group(1, [1], 2)]);
    state.change(1, 0b01);
    expect(state.groups()).toEqual([group(0, [0], 2), group(1, [1], 2)]);
    state.change(0, 0b11);
    expect(state.groups()).toEqual([group(0, [0], 1), group(0, [0, 1], 1), group(1, [1], 2)]);
  });

  test('a copy goes its own way', () => {
    const state = stateOf([group(0, [0], 2), group(1, [1], 2)]);
    const copy = new RepairState();
    copy.copy(state);
    copy.change(0, 0b10);
    expect(state.groups()).toEqual([group(0, [0], 2), group(1, [1], 2)]);
    expect(copy.groups()).toEqual([group(0, [0], 1), group(0, [1], 1), group(1, [1], 2)]);
  });

  test.each<[string, LayoutGroup[], number]>([
    ['the zones of endpoints above the limit', [group(0, [0], 1), group(0, [1], 1), group(1, [1], 2)], 0b01],
    ['none while all are within it', [group(0, [0], 2), group(1, [1], 2)], 0],
    ['none where a zone lies on all, as any change may help', [group(0, [0], 1), group(0, [], 1), group(1, [0], 2)], 0],
  ])('the crowded zones are %s', (_, groups, zones) => {
    expect(stateOf(groups).crowdedZones()).toBe(zones);
  });

  test('an endpoint without zones, and a group that is empty, cannot help', () => {
    const state = stateOf([group(0, [0], 1), group(0, [], 1), group(1, [1], 2), group(1, [0, 1], 0)]);
    expect([0, 1, 2, 3].map((at) => [state.mask[at], state.mayHelp(at, 0)])).toEqual([
      [0, false],
      [1, expect.any(Boolean)],
      [2, expect.any(Boolean)],
      [3, false],
    ]);
  });

  test('gives up a sum of loads once it passes what is still of interest', () => {
    // Three endpoints with half of the demand of six, each 0.2 above what the mean and a fifth more allow.
    const crowded = { shares: [0.5, 0.5], counts: [3, 3], homeless: 0, overload: 0.2 };
    const state = stateOf([group(0, [0], 1), group(0, [1], 2), group(1, [1], 3)], crowded);
    const whole = state.overAfter(1, 0b11, Infinity);
    expect(whole).toBeCloseTo(0.05 + 0.15, 6);
    const given = state.overAfter(1, 0b11, 0);
    expect(given).toBeGreaterThan(0);
    expect(given).toBeLessThanOrEqual(whole);
  });
});
