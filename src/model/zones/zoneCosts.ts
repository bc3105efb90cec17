import { isFields } from '../fields.js';
import { compareText } from '../objectKey.js';
import { quoted } from '../text/quoted.js';

/** What a unit of traffic costs between two zones, in whichever direction: money for a gigabyte, milliseconds, … */
export interface ZoneCost {
  readonly zones: readonly [string, string];
  /** Of at least 0. */
  readonly cost: number;
}

/** Sorted by zones; each pair of the zones that it names is there once. */
export type ZoneCosts = readonly ZoneCost[];

/** As people write costs: for each zone a map of other zones with the cost between the two. */
export type ZoneCostMatrix = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Reads a symmetric matrix: for each zone a map of other zones with the cost between the two, which may stand in one
 * place or, equal, in both.
 * @returns what is wrong, in one sentence without a full stop
 */
export function readZoneCosts(value: unknown): { readonly costs: ZoneCosts } | { readonly problem: string } {
  if (!isFields(value)) return { problem: 'expected a map of zones, each with a map of other zones and their cost' };
  const known = new Map<string, ZoneCost>();
  const names = new Set<string>();
  for (const [from, row] of Object.entries(value)) {
    if (!isFields(row)) return { problem: `expected a map of zones and their cost under ${quoted(from)}` };
    for (const [to, cost] of Object.entries(row)) {
      const pair = `${quoted(from)} to ${quoted(to)}`;
      if (from === '' || to === '') return { problem: `the name of a zone is empty in ${pair}` };
      if (typeof cost !== 'number' || !Number.isFinite(cost) || cost < 0) {
        return { problem: `the cost from ${pair} must be a number of at least 0` };
      }
      if (from === to) {
        if (cost !== 0) return { problem: `the cost from ${pair} must be 0 or left out` };
        continue;
      }
      names.add(from).add(to);
      const zones: [string, string] = compareText(from, to) < 0 ? [from, to] : [to, from];
      const before = known.get(JSON.stringify(zones));
      if (before !== undefined && before.cost !== cost) {
        return { problem: `the cost from ${pair} is ${cost}, but ${before.cost} in the other direction` };
      }
      known.set(JSON.stringify(zones), { zones, cost });
    }
  }
  const sorted = [...names].sort(compareText);
  if (sorted.length < 2) return { problem: 'expected the cost between two zones at least' };
  for (const [i, a] of sorted.entries()) {
    const b = sorted.slice(i + 1).find((zone) => !known.has(JSON.stringify([a, zone])));
    if (b !== undefined) return { problem: `the cost from ${quoted(a)} to ${quoted(b)} is missing` };
  }
  const costs = [...known.values()].sort(
    (a, b) => compareText(a.zones[0], b.zones[0]) || compareText(a.zones[1], b.zones[1]),
  );
  return { costs };
}

/** The matrix that `readZoneCosts` reads as these costs; each pair is there once. */
export function zoneCostMatrix(costs: ZoneCosts): ZoneCostMatrix {
  const rows = new Map<string, [string, number][]>();
  for (const { zones, cost } of costs) {
    const [from, to] = zones;
    rows.set(from, [...(rows.get(from) ?? []), [to, cost]]);
  }
  return Object.fromEntries([...rows].map(([from, row]) => [from, Object.fromEntries(row)]));
}

/** What a unit of traffic costs from one zone to another; 0 within a zone. */
export type ZoneCostOf = (from: string, to: string) => number;

/**
 * Zones without costs cost as much as the most expensive pair, and twice as much in another region; an unknown zone (empty)
 * as in another region.
 * @param regionOf the region of a zone; empty: not known
 */
export function costsBetween(regionOf: (zone: string) => string, costs: ZoneCosts): ZoneCostOf {
  const rows = new Map<string, Map<string, number>>();
  let unit = 0;
  for (const { zones, cost } of costs) {
    unit = Math.max(unit, cost);
    for (const [from, to] of [zones, [...zones].reverse() as [string, string]]) {
      const row = rows.get(from);
      if (row === undefined) rows.set(from, new Map([[to, cost]]));
      else row.set(to, cost);
    }
  }
  if (unit === 0) unit = 1;
  return (from, to) => {
    if (from === to && from !== '') return 0;
    const own = rows.get(from)?.get(to);
    if (own !== undefined) return own;
    return from !== '' && to !== '' && regionOf(from) === regionOf(to) ? unit : 2 * unit;
  };
}
