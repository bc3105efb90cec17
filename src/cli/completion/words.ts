import type { Command } from '../command.js';
import type { Flag } from '../flags/flag.js';

/** How a flag may be written; what is only kept for old scripts is not offered. */
export function spellingsOf(name: string, { short }: Flag<unknown>): string[] {
  return short === undefined || short === name ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** Every long flag and operand of a command. */
export function allWords({ flags, operandValues = [] }: Command): string[] {
  return [...operandValues, ...Object.keys(flags).map((name) => `--${name}`), '--help'];
}

/** The first sentence, which is short enough for a menu. */
export function summary(describe: string): string {
  return describe.split(/[;:.] /)[0] ?? '';
}
