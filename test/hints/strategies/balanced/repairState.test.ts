import { describe, expect, test } from 'vitest';
import type { LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import { RepairState } from '../../../../src/hints/strategies/balanced/repairState.js';
import { group, stateOf } from './repairStart.js';

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
});
