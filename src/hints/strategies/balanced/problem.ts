/**
 * The problem of `balanced` in plain numbers. Ready endpoints of one zone are interchangeable, so it speaks of counts
 * only. Where the shares come from is up to the caller. A zone without demand loads nothing: its endpoints serve
 * others, and unused ones are given to their own zone.
 */
export interface BalancedProblem {
  /** Each zone's fraction of the demand: 0 or above, together 1. */
  readonly shares: readonly number[];
  /** Ready endpoints in each zone, parallel to `shares`. */
  readonly counts: readonly number[];
  /** Ready endpoints that are local to no zone of `shares`. */
  readonly homeless: number;
  /** How far above the mean the busiest endpoint may be loaded: 0.2 is 20 %. */
  readonly overload: number;
  /**
   * What traffic of each zone costs by where the endpoint lies, between 0 and 1, and REGION_COST more where it leaves its
   * region: a row per zone with a column per zone and one for the homeless. Absent: what leaves its zone costs the same
   * wherever it goes.
   */
  readonly costs?: readonly number[] | undefined;
}

/** `count` endpoints of one home that serve the same zones. */
export interface LayoutGroup {
  /** Index of the zone they lie in; the number of zones for the homeless. */
  readonly home: number;
  /** Indexes of the zones they are hinted for, ascending, at least one. */
  readonly zones: readonly number[];
  readonly count: number;
}

/** How many endpoints of which zone serve which zones. A zone that no group names uses every endpoint. */
export interface Layout extends Expense {
  readonly groups: readonly LayoutGroup[];
  /** Share of the traffic that stays in its zone. */
  readonly inZone: number;
  /** Load of the busiest endpoint over the mean. */
  readonly busiest: number;
}

/** What it takes to serve all traffic; both 0 without costs. The share that leaves its region counts first. */
export interface Expense {
  /** Share of the traffic that leaves its region. */
  readonly crossing: number;
  /** What all traffic costs, between 0 and 1. */
  readonly cost: number;
}

/** In `costs`, of leaving the region: so much that a hundred-thousandth of the traffic outweighs all other costs. */
export const REGION_COST = 2 ** 16;

/** Two sums of `costs` that differ by less are equal. */
export const COST_TOLERANCE = 1e-8;

/** The two figures as one sum of `costs`. */
export function weigh({ crossing, cost }: Expense): number {
  return crossing * REGION_COST + cost;
}

/** An endpoint carries at most this many zones (`forZones` in the EndpointSlice API). */
export const MAX_ZONES_PER_ENDPOINT = 8;

/** Loads are compared with the limit at this tolerance, in parts of the mean load. */
export const LOAD_TOLERANCE = 1e-9;

/** Two shares of traffic in zone that differ by less are equal. */
export const VALUE_TOLERANCE = 1e-9;

/**
 * What no assignment can beat: a zone that its own endpoints cannot carry uses as many as can, whole ones, and keeps
 * the part that its own are of them.
 */
export function inZoneBound(problem: BalancedProblem): number {
  const { shares, counts, homeless, overload } = problem;
  let ready = homeless;
  for (const count of counts) ready += count;
  let bound = 0;
  for (let z = 0; z < shares.length; z++) {
    const fewest = Math.ceil((shares[z]! * ready) / (1 + overload) - VALUE_TOLERANCE);
    bound += counts[z]! >= fewest ? shares[z]! : (shares[z]! * counts[z]!) / fewest;
  }
  return bound;
}

/** For a few places, a loop takes half the time of `fill`, and a plain array a tenth of that of a typed one. */
export function zeros(length: number): number[] {
  const array = new Array<number>(length);
  for (let i = 0; i < length; i++) array[i] = 0;
  return array;
}

/** Zeros in an array for fractions: the first number written makes V8 keep all of them unboxed from the start. */
export function doubles(length: number): number[] {
  const array = new Array<number>(length);
  if (length > 0) array[0] = 0.5;
  for (let i = 0; i < length; i++) array[i] = 0;
  return array;
}

/** Sums up a set of groups as the nodes would feel it. */
export function measure(problem: BalancedProblem, groups: readonly LayoutGroup[]): Layout {
  const { shares } = problem;
  const zones = shares.length;
  const users = zeros(zones);
  const locals = zeros(zones);
  let ready = 0;
  for (let i = 0; i < groups.length; i++) {
    const { home, zones: named, count } = groups[i]!;
    ready += count;
    for (let k = 0; k < named.length; k++) {
      const z = named[k]!;
      users[z]! += count;
      if (home === z) locals[z]! += count;
    }
  }
  let inZone = 0;
  let everyone = 0;
  for (let z = 0; z < zones; z++) {
    if (users[z] === 0) {
      everyone += shares[z]! / ready;
      inZone += (shares[z]! * problem.counts[z]!) / ready;
    } else inZone += (shares[z]! * locals[z]!) / users[z]!;
  }
  let busiest = 0;
  for (let i = 0; i < groups.length; i++) {
    const { zones: named } = groups[i]!;
    let load = everyone;
    for (let k = 0; k < named.length; k++) load += shares[named[k]!]! / users[named[k]!]!;
    if (load > busiest) busiest = load;
  }
  const { crossing, cost } = expenseOf(problem, groups, users, ready);
  return { groups, inZone, busiest: busiest * ready, crossing, cost };
}

const FREE: Expense = Object.freeze({ crossing: 0, cost: 0 });

/** @param entry of `costs` */
function add(to: { crossing: number; cost: number }, share: number, entry: number): void {
  const leaves = entry >= REGION_COST;
  if (leaves) to.crossing += share;
  to.cost += share * (leaves ? entry - REGION_COST : entry);
}

function expenseOf(
  { shares, costs, counts, homeless }: BalancedProblem,
  groups: readonly LayoutGroup[],
  users: readonly number[],
  ready: number,
): Expense {
  if (costs === undefined) return FREE;
  const zones = shares.length;
  const sum = { crossing: 0, cost: 0 };
  for (const { home, zones: named, count } of groups) {
    for (const z of named) add(sum, (shares[z]! * count) / users[z]!, costs[z * (zones + 1) + home]!);
  }
  for (let z = 0; z < zones; z++) {
    if (users[z]! > 0) continue;
    const row = z * (zones + 1);
    for (let home = 0; home < zones; home++) add(sum, (shares[z]! * counts[home]!) / ready, costs[row + home]!);
    add(sum, (shares[z]! * homeless) / ready, costs[row + zones]!);
  }
  return sum;
}

/** What no assignment with the traffic in zone of `inZoneBound` can beat: whatever must leave a zone goes to the nearest. */
export function expenseBound(problem: BalancedProblem): Expense {
  const { shares, counts, homeless, overload, costs } = problem;
  if (costs === undefined) return FREE;
  let ready = homeless;
  for (const count of counts) ready += count;
  const bound = { crossing: 0, cost: 0 };
  for (let z = 0; z < shares.length; z++) {
    const fewest = Math.ceil((shares[z]! * ready) / (1 + overload) - VALUE_TOLERANCE);
    if (counts[z]! >= fewest) continue;
    add(bound, shares[z]! * (1 - counts[z]! / fewest), cheapest(problem, z));
  }
  return bound;
}

/** The least of `costs` for traffic of a zone anywhere else; 0 where there is no endpoint elsewhere, or without costs. */
export function cheapest({ shares, counts, homeless, costs }: BalancedProblem, zone: number): number {
  if (costs === undefined) return 0;
  const zones = shares.length;
  let least = Infinity;
  for (let home = 0; home <= zones; home++) {
    const there = home === zones ? homeless : counts[home]!;
    if (home !== zone && there > 0) least = Math.min(least, costs[zone * (zones + 1) + home]!);
  }
  return least === Infinity ? 0 : least;
}
