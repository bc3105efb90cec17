import { describe, expect, test } from 'vitest';
import type { PlannedChoice, Situation } from '../../../src/analysis/recommend/judge.js';
import { decide, points, worst } from '../../../src/analysis/recommend/rule.js';
import { judged, planned, situation } from './choices.js';

const LIMIT = 1.25;

/** The actions in the order of the answer. @param loads of each choice without a zone */
function order(choices: readonly (readonly [PlannedChoice, number])[], judgeAll = false): string[] {
  const situationsOf = (choice: PlannedChoice): Situation[] => [
    choice.today,
    situation('without-zone a', choices.find(([one]) => one === choice)![1]),
  ];
  const given = choices.map(([choice]) => choice);
  return decide(given, LIMIT, situationsOf, judgeAll).map((one) => one.planned.choice.action);
}

describe('the rule', () => {
  const leave = planned('leave', { inZone: 0.3 });
  const auto = planned('auto', { inZone: 0.8, annotations: 1 });
  const sameZone = planned('same-zone', { inZone: 0.9, annotations: 1 });

  test('never above the limit, when another choice is not, then the most in zone', () => {
    expect(order([[leave, 1], [auto, 1.2], [sameZone, 1.5]])[0]).toBe('auto'); // prettier-ignore
    expect(order([[leave, 1], [auto, 1.2], [sameZone, 1.25]])[0]).toBe('same-zone'); // prettier-ignore
  });

  test('when all are above it, the one least above', () => {
    expect(order([[leave, 1.6], [auto, 1.4], [sameZone, 1.5]])[0]).toBe('auto'); // prettier-ignore
  });

  test('of those above it alike, the one with the most in zone', () => {
    expect(order([[leave, 1.5], [auto, 1.5], [sameZone, 1.5 + 1e-12]])[0]).toBe('same-zone'); // prettier-ignore
  });

  test.each<[string, PlannedChoice, PlannedChoice]>([
    ['shares are compared in whole points', planned('auto', { inZone: 0.804, annotations: 1 }), planned('balanced', { inZone: 0.796 })], // prettier-ignore
    ['the fewest annotations change', planned('auto', { annotations: 2 }), planned('balanced', { annotations: 1, endpointsChanged: 9 })], // prettier-ignore
    ['then the fewest endpoints', planned('auto', { annotations: 1, endpointsChanged: 3 }), planned('balanced', { annotations: 1, endpointsChanged: 2 })], // prettier-ignore
  ])('%s', (_, first, best) => {
    expect(order([[first, 1], [best, 1]])[0]).toBe('balanced'); // prettier-ignore
  });

  test('equals stay in the order of the choices', () => {
    expect(order([[planned('auto'), 1], [planned('balanced'), 1]])[0]).toBe('auto'); // prettier-ignore
  });

  test('judges no choice after the best, but where all are asked for', () => {
    const choices = [[sameZone, 1.5], [auto, 1], [leave, 1]] as const; // prettier-ignore
    expect(order(choices)).toEqual(['auto', 'same-zone']);
    expect(order(choices, true)).toEqual(['auto', 'same-zone', 'leave']);
  });

  test('a load at the limit, but for rounding, is within it', () => {
    const [one] = decide([leave], LIMIT, () => [situation('today', LIMIT + 1e-10)]);
    expect(one?.over).toEqual([]);
    const [other] = decide([leave], LIMIT, () => [situation('today', LIMIT + 1e-6)]);
    expect(other?.over).toHaveLength(1);
  });
});

test('the worst situation is the one with the highest load, the first of equals', () => {
  expect(worst(judged(planned('auto', { busiest: 1.1 }), { 'rollout a': 1.7, 'rollout b': 1.7 })).what).toBe('a');
});

test('shares are whole points', () => {
  expect([0.005, 0.334, 1].map((inZone) => points(planned('auto', { inZone })))).toEqual([1, 33, 100]);
});
