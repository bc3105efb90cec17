import {
  type BalancedProblem,
  COST_TOLERANCE,
  type Layout,
  type LayoutGroup,
  MAX_ZONES_PER_ENDPOINT,
  VALUE_TOLERANCE,
  doubles,
  measure,
  weigh,
} from './problem.js';
import { firstOf, sizeOf, zonesOf } from './zoneSet.js';

/** Above so many zones a set of them no longer fits one small integer, and above so many groups it would take too long. */
const MOST_ZONES = 24;
const MOST_GROUPS = 64;

/** So many exchanges are made at most. */
const MOST_ROUNDS = 64;

const ROOM = 1 + 1e-10;

interface Group {
  readonly home: number;
  readonly set: number;
  count: number;
}

/** Of two groups with different homes the first gives the zone `gives` and gets the zone `gets`, or nothing (-1) for it. */
interface Exchange {
  readonly from: number;
  readonly to: number;
  readonly gives: number;
  readonly gets: number;
  readonly saves: number;
}

/**
 * Has zones borrow from nearer zones: endpoints of two homes exchange zones that are local to neither, as long as that
 * has less leave the region, or else lowers the cost. How many endpoints a zone uses, and what stays in zone, does not change; the limit is kept.
 */
export function nearer(problem: BalancedProblem, layout: Layout): Layout {
  const { costs, shares } = problem;
  if (costs === undefined || weigh(layout) === 0 || shares.length > MOST_ZONES) return layout;
  if (layout.groups.length > MOST_GROUPS) return layout;
  let groups = layout.groups.map(({ home, zones, count }): Group => ({
    home,
    set: zones.reduce((set, z) => set | (1 << z), 0),
    count,
  }));
  const pieces = piecesOf(problem, layout.groups);
  let isNearer = false;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const best = bestExchange(problem, groups, pieces);
    if (best === undefined) break;
    isNearer = true;
    groups = exchanged(groups, best);
  }
  if (!isNearer) return layout;
  const found = measure(
    problem,
    groups.map(({ home, set, count }): LayoutGroup => ({ home, zones: zonesOf(set), count })),
  );
  return weigh(found) < weigh(layout) - COST_TOLERANCE && found.inZone > layout.inZone - VALUE_TOLERANCE
    ? found
    : layout;
}

/** What each zone puts on each of its endpoints, in units of the limit, and what zones that nobody names put on all (last). */
function piecesOf(
  { shares, counts, homeless, overload }: BalancedProblem,
  groups: readonly LayoutGroup[],
): readonly number[] {
  const zones = shares.length;
  const ready = counts.reduce((sum, count) => sum + count, homeless);
  const users = doubles(zones);
  for (const { zones: named, count } of groups) for (const z of named) users[z]! += count;
  const pieces = doubles(zones + 1);
  const unit = ready / (1 + overload);
  for (let z = 0; z < zones; z++) {
    if (users[z]! > 0) pieces[z] = (shares[z]! * unit) / users[z]!;
    else pieces[zones]! += (shares[z]! * unit) / ready;
  }
  return pieces;
}

function bestExchange(
  { shares, costs }: BalancedProblem,
  groups: readonly Group[],
  pieces: readonly number[],
): Exchange | undefined {
  const zones = shares.length;
  const costAt = (z: number, home: number): number => costs![z * (zones + 1) + home]!;
  const loads = groups.map(({ set }) => loadOf(set, pieces, zones));
  let best: Exchange | undefined;
  for (const [from, a] of groups.entries()) {
    for (const [to, b] of groups.entries()) {
      if (a.home === b.home) continue;
      const amount = Math.min(a.count, b.count);
      const local = bitOf(a.home, zones) | bitOf(b.home, zones);
      for (let given = a.set & ~b.set & ~local; given !== 0; given &= given - 1) {
        const gives = firstOf(given);
        const saved = pieces[gives]! * (costAt(gives, a.home) - costAt(gives, b.home));
        const offer = (gets: number, more: number): void => {
          const saves = (saved + more) * amount;
          if (saves > (best?.saves ?? 0) + COST_TOLERANCE) best = { from, to, gives, gets, saves };
        };
        const room = loads[to]! + pieces[gives]!;
        if (room <= ROOM && a.set !== 1 << gives && sizeOf(b.set) < MAX_ZONES_PER_ENDPOINT) offer(-1, 0);
        for (let got = b.set & ~a.set & ~local; got !== 0; got &= got - 1) {
          const gets = firstOf(got);
          if (room - pieces[gets]! > ROOM || loads[from]! - pieces[gives]! + pieces[gets]! > ROOM) continue;
          offer(gets, pieces[gets]! * (costAt(gets, b.home) - costAt(gets, a.home)));
        }
      }
    }
  }
  return best;
}

function loadOf(set: number, pieces: readonly number[], zones: number): number {
  let load = pieces[zones]!;
  for (let rest = set; rest !== 0; rest &= rest - 1) load += pieces[firstOf(rest)]!;
  return load;
}

/** The homeless are local to no zone. */
function bitOf(home: number, zones: number): number {
  return home < zones ? 1 << home : 0;
}

function exchanged(groups: readonly Group[], { from, to, gives, gets }: Exchange): Group[] {
  const a = groups[from]!;
  const b = groups[to]!;
  const amount = Math.min(a.count, b.count);
  const back = gets < 0 ? 0 : 1 << gets;
  const changed = [
    { home: a.home, set: (a.set & ~(1 << gives)) | back, count: amount },
    { home: b.home, set: (b.set & ~back) | (1 << gives), count: amount },
  ];
  const result: Group[] = [];
  for (const group of [...groups, ...changed]) {
    const count = group === a || group === b ? group.count - amount : group.count;
    if (count === 0) continue;
    const known = result.find(({ home, set }) => home === group.home && set === group.set);
    if (known === undefined) result.push({ home: group.home, set: group.set, count });
    else known.count += count;
  }
  return result;
}
