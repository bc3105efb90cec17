import type { BalancedProblem, LayoutGroup } from '../../../../src/hints/strategies/balanced/problem.js';
import { RepairState } from '../../../../src/hints/strategies/balanced/repairState.js';

/** Two zones of half the demand each, with two endpoints each. */
export const EVEN: BalancedProblem = { shares: [0.5, 0.5], counts: [2, 2], homeless: 0, overload: 0.2 };

export const group = (home: number, zones: number[], count: number): LayoutGroup => ({ home, zones, count });

export function stateOf(groups: readonly LayoutGroup[], problem = EVEN): RepairState {
  const state = new RepairState();
  state.begin(problem, groups);
  return state;
}
