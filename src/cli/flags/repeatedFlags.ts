import { InputError } from './inputError.js';

/** With this yargs hands over an array for a flag that is given again; without it a list keeps its last value only. */
export const KEEP_REPEATED = { 'duplicate-arguments-array': true } as const;

/** Under `KEEP_REPEATED`: of a list all values count, of any other flag that was given again the last. */
export function lastOfRepeated<T extends object>(flags: T, lists: readonly (keyof T)[]): T {
  const single = ([flag, value]: [string, unknown]): [string, unknown] =>
    Array.isArray(value) && !lists.includes(flag as keyof T) ? [flag, value.at(-1)] : [flag, value];
  return Object.fromEntries(Object.entries(flags).map(single)) as T;
}

/**
 * Under `KEEP_REPEATED`, for flags of which it is not ours to guess which value is meant.
 * @throws {InputError} naming the flag
 */
export function refuseRepeated<K extends string>(
  args: Readonly<Partial<Record<K, unknown>>>,
  flags: readonly K[],
): void {
  const repeated = flags.find((flag) => Array.isArray(args[flag]));
  if (repeated !== undefined) throw new InputError(`--${repeated}: given more than once`);
}
