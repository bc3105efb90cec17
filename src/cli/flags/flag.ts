import type { Kind } from './kinds.js';

/** One flag of a command; `T` is what its values mean. */
export interface Flag<T> {
  readonly kind: Kind<unknown>;
  readonly describe: string;
  /** One letter, for `-f`. */
  readonly short?: string;
  /** Other spellings that mean the same. */
  readonly formerly?: readonly string[];
  /** The text that stands where the flag is not given. */
  readonly default?: string;
  readonly group?: string;
  /** Whether the flag may be given several times; its value is then a list. */
  readonly repeatable: boolean;
  /** Carries the type only. */
  readonly meaning?: T;
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<F extends FlagTable> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

type Words = Pick<Flag<unknown>, 'describe' | 'short' | 'formerly' | 'group'>;

/** A flag that has a value in any case. */
export function flag<T>(kind: Kind<T>, words: Words & { readonly default: string }): Flag<T>;
/** A flag that may be left out. */
export function flag<T>(kind: Kind<T>, words: Words): Flag<T | undefined>;
export function flag<T>(kind: Kind<T>, words: Words & { readonly default?: string }): Flag<T | undefined> {
  return { ...words, kind, repeatable: false };
}

/** A flag that may be given several times. */
export function list<T>(kind: Kind<T>, words: Words): Flag<readonly T[] | undefined> {
  return { ...words, kind, repeatable: true };
}

/** The values of a table of which no flag is given. */
export function defaultsOf<F extends FlagTable>(flags: F): FlagValues<F> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { kind, default: text }]) => [
      name,
      text === undefined ? undefined : kind.read(text),
    ]),
  ) as FlagValues<F>;
}
