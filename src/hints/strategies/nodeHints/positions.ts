import { isReady } from '../../../model/readiness.js';
import { sortFew } from '../../../model/lists/sortFew.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { sortByAddress } from '../balanced/assignment.js';
import type { ClassTable } from '../balanced/classification.js';
import { zeros, type LayoutGroup } from '../balanced/problem.js';

/** The ready endpoints, group by group. */
export interface Positions {
  /** Index of the endpoint at each position; within a group in the order of the endpoints until they are sorted. */
  readonly ready: number[];
  /** By home and zones: equal for equal endpoints, whatever their order. */
  readonly groups: readonly LayoutGroup[];
  /** Whether the addresses decide the order within each group. */
  isSorted: boolean;
}

/** @param classes for each endpoint its class in the table */
export function positionsOf(
  endpoints: readonly EndpointRecord[],
  classes: readonly number[],
  table: ClassTable,
): Positions {
  const counts = zeros(table.classes.length);
  const used: number[] = [];
  let total = 0;
  for (let i = 0; i < endpoints.length; i++) {
    if (!isReady(endpoints[i]!)) continue;
    total++;
    if (counts[classes[i]!]!++ === 0) used.push(classes[i]!);
  }
  sortFew(used, (a, b) => (table.keyOf(a) < table.keyOf(b) ? -1 : 1));
  const groups: LayoutGroup[] = [];
  const next = counts;
  let start = 0;
  for (let g = 0; g < used.length; g++) {
    const id = used[g]!;
    const count = counts[id]!;
    const { home, zones } = table.classes[id]!;
    groups.push({ home, zones, count });
    next[id] = start;
    start += count;
  }
  const ready = zeros(total);
  for (let i = 0; i < endpoints.length; i++) if (isReady(endpoints[i]!)) ready[next[classes[i]!]!++] = i;
  return { ready, groups, isSorted: false };
}

/** Has the addresses decide the order within each group: names are given out by position. */
export function sortPositions(positions: Positions, endpoints: readonly EndpointRecord[]): void {
  if (positions.isSorted) return;
  const { ready, groups } = positions;
  let start = 0;
  for (const { count } of groups) {
    if (count > 1) {
      const members = ready.slice(start, start + count);
      sortByAddress(members, endpoints);
      for (let k = 0; k < count; k++) ready[start + k] = members[k]!;
    }
    start += count;
  }
  positions.isSorted = true;
}
