import { byHomeAndZones } from './balancedCensus.js';
import {
  type BalancedProblem,
  type Layout,
  type LayoutGroup,
  LOAD_TOLERANCE,
  MAX_ZONES_PER_ENDPOINT,
  measure,
} from './balancedProblem.js';

/** How many of the best unfinished repairs are followed at each step. */
const BEAM = 8;

/** Most combinations that one repair weighs up; what needs more is no small repair. */
const EFFORT = 2000;

/** Up to so many zones every set of zones is tried; above, sets near to those in use. */
const FEW_ZONES = 4;

/** Endpoints of one home with one set of zones. */
interface Kind {
  readonly home: number;
  readonly zones: readonly number[];
}

interface State {
  /** Endpoints of each kind; kinds past the end have none. */
  readonly counts: readonly number[];
  /** Load above the limit, summed up over the endpoints. */
  readonly over: number;
  readonly inZone: number;
}

const better = (a: State, b: State): number =>
  Math.abs(a.over - b.over) > 1e-12 ? a.over - b.over : b.inZone - a.inZone;

/**
 * Mends an assignment that no longer holds by as few changes as possible: a beam search that first gives hints to the
 * endpoints that have none, then changes one endpoint after the other.
 */
class Repair {
  private readonly kinds: Kind[] = [];
  /** Sets of zones worth a try for any endpoint. */
  private readonly sets: (readonly number[])[] = [];
  private readonly users: number[];
  private readonly locals: number[];
  private readonly limit: number;
  private readonly ready: number;
  private effort = EFFORT;

  constructor(private readonly problem: BalancedProblem) {
    const zones = problem.shares.length;
    this.users = new Array<number>(zones).fill(0);
    this.locals = new Array<number>(zones).fill(0);
    let ready = problem.homeless;
    for (const count of problem.counts) ready += count;
    this.ready = ready;
    this.limit = (1 + problem.overload + LOAD_TOLERANCE / 2) / ready;
  }

  run(
    groups: readonly LayoutGroup[],
    mostChanges: number,
    enough: (inZone: number) => boolean,
  ): readonly LayoutGroup[] | undefined {
    const zones = this.users.length;
    for (const group of groups) if (group.zones.length > 0) this.offer(group.zones);
    for (let z = 0; z < zones; z++) this.offer([z]);
    if (zones <= FEW_ZONES) {
      for (let set = 1; set < 1 << zones; set++) this.offer(this.users.map((_, z) => z).filter((z) => (set >> z) & 1));
    }
    const counts: number[] = [];
    for (const { home, zones: set, count } of groups) {
      if (set.length === 0) continue;
      const kind = this.kind(home, set);
      counts[kind] = count;
    }
    let beam: State[] = [this.weigh(counts)];
    for (const { home, zones: set, count } of groups) {
      if (set.length > 0) continue;
      for (let i = 0; i < count; i++) beam = this.best(beam.flatMap((state) => this.place(state, home, this.sets)));
    }
    for (let changes = 0; changes <= mostChanges && beam.length > 0; changes++) {
      if (changes > 0) beam = this.best(beam.flatMap((state) => this.change(state)));
      const done = beam.find((state) => state.over <= 0 && enough(state.inZone));
      if (done !== undefined) return this.groups(done);
    }
    return undefined;
  }

  private groups({ counts }: State): LayoutGroup[] {
    const groups: LayoutGroup[] = [];
    counts.forEach((count, kind) => {
      if (count > 0) groups.push({ ...this.kinds[kind]!, count });
    });
    return groups.sort(byHomeAndZones);
  }

  private offer(zones: readonly number[]): void {
    if (!this.sets.some((known) => equal(known, zones))) this.sets.push(zones);
  }

  private kind(home: number, zones: readonly number[]): number {
    const known = this.kinds.findIndex((kind) => kind.home === home && equal(kind.zones, zones));
    return known >= 0 ? known : this.kinds.push({ home, zones }) - 1;
  }

  /** Every way to give one more endpoint of this home a set of zones. */
  private place(state: State, home: number, sets: readonly (readonly number[])[]): State[] {
    const states: State[] = [];
    for (const zones of sets) {
      if (this.effort <= 0) break;
      const counts = state.counts.slice();
      const kind = this.kind(home, zones);
      counts[kind] = (counts[kind] ?? 0) + 1;
      states.push(this.weigh(counts));
    }
    return states;
  }

  /** Every way to give one endpoint another set of zones. */
  private change(state: State): State[] {
    const states: State[] = [];
    for (let from = 0; from < state.counts.length; from++) {
      if ((state.counts[from] ?? 0) === 0) continue;
      const counts = state.counts.slice();
      counts[from]!--;
      const { home, zones } = this.kinds[from]!;
      states.push(...this.place({ ...state, counts }, home, this.near(zones)));
    }
    return states;
  }

  /** The best different states: those with the least overload, among equals those with the most traffic in zone. */
  private best(states: State[]): State[] {
    const best: State[] = [];
    for (const state of states.sort(better)) {
      const last = best.at(-1);
      if (last !== undefined && better(last, state) === 0 && same(last, state)) continue;
      best.push(state);
      if (best.length === BEAM) break;
    }
    return best;
  }

  private weigh(sparse: number[]): State {
    const { users, locals, kinds, limit, ready } = this;
    const { shares, counts: homes } = this.problem;
    this.effort--;
    users.fill(0);
    locals.fill(0);
    for (let kind = 0; kind < kinds.length; kind++) {
      const count = (sparse[kind] ??= 0);
      if (count === 0) continue;
      const { home, zones } = kinds[kind]!;
      for (const z of zones) {
        users[z]! += count;
        if (z === home) locals[z]! += count;
      }
    }
    let everyone = 0;
    let inZone = 0;
    for (let z = 0; z < users.length; z++) {
      if (users[z]! > 0) inZone += (shares[z]! * locals[z]!) / users[z]!;
      else {
        everyone += shares[z]! / ready;
        inZone += (shares[z]! * homes[z]!) / ready;
      }
    }
    let over = 0;
    for (let kind = 0; kind < kinds.length; kind++) {
      const count = sparse[kind]!;
      if (count === 0) continue;
      let load = everyone;
      for (const z of kinds[kind]!.zones) load += shares[z]! / users[z]!;
      if (load > limit) over += (load - limit) * count;
    }
    return { counts: sparse, over, inZone };
  }

  /** The sets to try instead of this one: the known ones, and this one with one zone more or less. */
  private near(zones: readonly number[]): (readonly number[])[] {
    const sets = this.sets.filter((known) => !equal(known, zones));
    if (this.users.length <= FEW_ZONES) return sets;
    for (let z = 0; z < this.users.length; z++) {
      const without = zones.filter((zone) => zone !== z);
      if (without.length === zones.length) {
        if (zones.length < MAX_ZONES_PER_ENDPOINT) sets.push([...zones, z].sort((a, b) => a - b));
      } else if (without.length > 0) sets.push(without);
    }
    return sets;
  }
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((zone, i) => zone === b[i]);
}

function same(a: State, b: State): boolean {
  const length = Math.max(a.counts.length, b.counts.length);
  for (let kind = 0; kind < length; kind++) if ((a.counts[kind] ?? 0) !== (b.counts[kind] ?? 0)) return false;
  return true;
}

/**
 * Repairs an assignment without solving it anew.
 * @param groups the present assignment; groups without zones are endpoints that need hints
 * @param mostChanges how many endpoints that have hints may get others
 * @param enough whether a repair with this share of traffic in zone is good enough
 * @returns undefined when there is no such repair, or none was found within the effort
 */
export function repair(
  problem: BalancedProblem,
  groups: readonly LayoutGroup[],
  mostChanges: number,
  enough: (inZone: number) => boolean,
): Layout | undefined {
  const mended = new Repair(problem).run(groups, mostChanges, enough);
  return mended === undefined ? undefined : measure(problem, mended);
}
