import { describe, expect, test } from 'vitest';
import { RULES } from './rules/all.js';
import { runCase, smallest } from './run.js';

/** `npm run fuzz` runs as many as one likes; these few stand for them in every run of the tests. */
const SEEDS = [1, 2, 3];
const CASES = 50;

describe('random clusters, judged by rules that share no code with the planner', () => {
  test.each(SEEDS)('the first cases of seed %i break no rule', (seed) => {
    for (let number = 0; number < CASES; number++) {
      const [failure] = runCase(seed, number, RULES);
      if (failure === undefined) continue;
      const { rule, finding, input } = smallest(failure, 1000);
      throw new Error(`${rule}: seed ${seed}, case ${number}: ${finding}\n${JSON.stringify(input)}`);
    }
    expect(RULES.length).toBeGreaterThan(0);
  });
});
