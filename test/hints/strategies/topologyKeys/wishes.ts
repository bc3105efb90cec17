import { membersOf, stateProblem, type Problem } from '../../../../src/hints/strategies/topologyKeys/problem.js';

/** What the nodes of each zone want: for each node the endpoints, none where nothing matches. */
export type Wishes = Readonly<Record<string, readonly (readonly number[])[]>>;

export function problemOf(
  count: number,
  wishes: Wishes,
  { limit = 8, natural = {}, zonesOnly = false }: { limit?: number; natural?: Record<string, number[]>; zonesOnly?: boolean } = {}, // prettier-ignore
): Problem {
  const nodes = Object.entries(wishes).flatMap(([zone, wanted]) =>
    wanted.map((_, i) => ({ name: `${zone}${i}`, zone })),
  );
  return stateProblem(count, nodes, Object.values(wishes).flat(), new Map(Object.entries(natural)), limit, zonesOnly);
}

/** The endpoints that each zone gets by default, in the order of the zones. */
export const shown = (problem: Problem, defaults: readonly number[] | string): unknown =>
  typeof defaults === 'string' ? defaults : defaults.map((target) => membersOf(problem, target));

export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
export const NOTHING: ReadonlyMap<number, number> = new Map();
