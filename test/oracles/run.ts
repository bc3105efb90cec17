import type { FuzzCase } from './fuzzCase.js';
import { generateCase } from './generator/generate.js';
import { nextCase } from './generator/follow.js';
import { RULES } from './rules/all.js';
import { shrink } from './shrink.js';
import { tryCase, type Rule, type Trial } from './trial.js';

export interface Failure {
  readonly rule: string;
  readonly seed: number;
  readonly number: number;
  readonly finding: string;
  readonly input: FuzzCase;
}

const THROWS = 'nothing throws';
const MUTATES = 'the input is not mutated';

/** What is wrong with one input, by rule. */
export function examine(input: FuzzCase, salt: number, rules: readonly Rule[] = RULES): ReadonlyMap<string, string> {
  return judge(input, salt, rules).findings;
}

function judge(
  input: FuzzCase,
  salt: number,
  rules: readonly Rule[],
): { findings: ReadonlyMap<string, string>; trial: Trial | undefined } {
  const findings = new Map<string, string>();
  const before = JSON.stringify(input);
  let trial: Trial | undefined;
  try {
    trial = tryCase(input, salt);
    for (const { name, check } of rules) {
      const finding = check(trial);
      if (finding !== undefined) findings.set(name, finding);
    }
  } catch (error) {
    findings.set(THROWS, error instanceof Error ? (error.stack ?? error.message).slice(0, 800) : String(error));
  }
  if (JSON.stringify(input) !== before) findings.set(MUTATES, 'the input is another afterwards');
  return { findings, trial };
}

/**
 * One case of a seed: a fresh cluster (even numbers), or what became of the one before once its hints were written and
 * something changed (odd numbers).
 */
export function caseOf(seed: number, number: number): FuzzCase {
  const fresh = generateCase(seed, number - (number % 2));
  return number % 2 === 0 ? fresh : nextCase(fresh, tryCase(fresh, number).written, seed, number);
}

/** Runs one case and reports each rule that it breaks. */
export function runCase(seed: number, number: number, rules: readonly Rule[] = RULES): Failure[] {
  let input: FuzzCase;
  try {
    input = caseOf(seed, number);
  } catch {
    // The fresh cluster before this one has been reported.
    return [];
  }
  return [...examine(input, number, rules)].map(([rule, finding]) => ({ rule, seed, number, finding, input }));
}

/** The failure with the smallest input that still breaks the same rule. */
export function smallest(failure: Failure, mostTries?: number): Failure {
  const { rule, number } = failure;
  const rules = RULES.filter(({ name }) => name === rule);
  const input = shrink(failure.input, (candidate) => examine(candidate, number, rules).has(rule), mostTries);
  return { ...failure, input, finding: examine(input, number, rules).get(rule) ?? failure.finding };
}
