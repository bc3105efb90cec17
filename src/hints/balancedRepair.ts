import { ClassTable } from './balancedCensus.js';
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

/** Traffic in zone that a change must bring while the limit is kept, or else the search is given up. */
const LEAST_RISE = 0.01;

/** Loads and shares that differ by less are equal. */
const EQUAL = 1e-12;

interface State {
  /** Endpoints of each class; classes past the end have none. */
  readonly counts: readonly number[];
  /** The classes that have endpoints, those without zones left out. */
  readonly inUse: readonly number[];
  readonly users: readonly number[];
  readonly locals: readonly number[];
  /** Load above the limit, summed up over the endpoints. */
  readonly over: number;
  readonly inZone: number;
  /** Equal for equal counts; tells states apart that were reached in different ways. */
  readonly mark: number;
}

/** One endpoint of class `from` gets the zones of class `to`. */
interface Step {
  readonly state: State;
  readonly from: number;
  readonly to: number;
  readonly over: number;
  readonly inZone: number;
  readonly mark: number;
}

/**
 * Mends an assignment that no longer holds by as few changes as possible: a beam search that first gives hints to the
 * endpoints that have none, then changes one endpoint after the other.
 */
class Repair {
  private readonly table: ClassTable;
  /** Sets of zones worth a try for any endpoint. */
  private readonly sets: (readonly number[])[] = [];
  /** For each class the classes that one of its endpoints may change to; made when first needed. */
  private readonly targets: (readonly number[] | undefined)[] = [];
  private readonly shares: readonly number[];
  private readonly homes: readonly number[];
  private readonly limit: number;
  private readonly ready: number;
  private effort = EFFORT;
  /** What is being weighed up. */
  private counts: number[] = [];
  private users: number[] = [];
  private locals: number[] = [];
  private readonly piece: number[];
  private over = 0;
  private inZone = 0;

  constructor(problem: BalancedProblem) {
    const { shares, counts, homeless, overload } = problem;
    this.shares = shares;
    this.homes = counts;
    this.table = new ClassTable(shares.length);
    this.piece = new Array<number>(shares.length).fill(0.5);
    let ready = homeless;
    for (const count of counts) ready += count;
    this.ready = ready;
    this.limit = (1 + overload + LOAD_TOLERANCE / 2) / ready;
  }

  run(
    groups: readonly LayoutGroup[],
    mostChanges: number,
    enough: (inZone: number) => boolean,
  ): readonly LayoutGroup[] | undefined {
    const zones = this.shares.length;
    const { table } = this;
    for (const { zones: set } of groups) if (set.length > 0) this.offer(set);
    for (let z = 0; z < zones; z++) this.offer([z]);
    if (zones <= FEW_ZONES) {
      for (let set = 1; set < 1 << zones; set++) {
        this.offer(this.shares.map((_, z) => z).filter((z) => ((set >> z) & 1) !== 0));
      }
    }
    let beam: State[] = [this.begin(groups)];
    for (const { home, zones: set, count } of groups) {
      if (set.length > 0) continue;
      for (let i = 0; i < count; i++) beam = this.follow(beam, home, undefined);
    }
    for (let changes = 0; changes <= mostChanges; changes++) {
      if (changes > 0) {
        const [before] = beam;
        beam = this.follow(beam, undefined, enough);
        // Where a change brings next to nothing, the next ones do not bring what is missing.
        const [now] = beam;
        if (before === undefined || now === undefined) return undefined;
        if (before.over <= 0 && !enough(now.inZone) && now.inZone - before.inZone < LEAST_RISE) return undefined;
      }
      const done = beam.find((state) => state.over <= 0 && enough(state.inZone));
      if (done === undefined) continue;
      const mended: LayoutGroup[] = [];
      for (const id of done.inUse) mended.push({ ...table.classes[id]!, count: done.counts[id]! });
      return mended.map(({ home, zones: set, count }) => ({ home, zones: set, count }));
    }
    return undefined;
  }

  private offer(zones: readonly number[]): void {
    if (!this.sets.some((known) => equal(known, zones))) this.sets.push(zones);
  }

  private begin(groups: readonly LayoutGroup[]): State {
    const zones = this.shares.length;
    const counts: number[] = [];
    const inUse: number[] = [];
    const users = new Array<number>(zones).fill(0);
    const locals = new Array<number>(zones).fill(0);
    let mark = 0;
    for (const { home, zones: set, count } of groups) {
      const id = this.table.find(home, set);
      while (counts.length <= id) counts.push(0);
      counts[id] = count;
      mark += count * markOf(id);
      if (set.length === 0) continue;
      inUse.push(id);
      for (const z of set) {
        users[z]! += count;
        if (z === home) locals[z]! += count;
      }
    }
    this.load({ counts, inUse, users, locals, over: 0, inZone: 0, mark });
    this.weigh(inUse, -1, Infinity);
    return { counts, inUse, users, locals, over: this.over, inZone: this.inZone, mark };
  }

  private load({ counts, users, locals }: State): void {
    this.counts = counts.slice();
    this.users = users.slice();
    this.locals = locals.slice();
  }

  /**
   * The best different states that one step leads to: those with the least overload, among equals those with the most
   * traffic in zone.
   * @param root the class without zones from which one endpoint is taken; undefined: any endpoint with zones changes
   * @param enough when given, the states after one that leads to a result are not followed
   */
  private follow(
    beam: readonly State[],
    root: number | undefined,
    enough: ((inZone: number) => boolean) | undefined,
  ): State[] {
    const best: Step[] = [];
    for (const state of beam) {
      this.load(state);
      if (root !== undefined) this.tryAll(state, root, undefined, best);
      else {
        const crowded = this.crowdedZones(state);
        for (const from of state.inUse) this.tryAll(state, from, crowded, best);
      }
      if (enough !== undefined && best.some(({ over, inZone }) => over <= 0 && enough(inZone))) break;
    }
    return best.map((step) => this.take(step));
  }

  /**
   * The zones of endpoints above the limit, as places of a mask; undefined when any step may help: nothing is above the
   * limit, or some zone is named by nobody and lies on all.
   */
  private crowdedZones(state: State): readonly boolean[] | undefined {
    if (state.over <= 0 || state.users.includes(0)) return undefined;
    const crowded = state.users.map(() => false);
    for (const id of state.inUse) {
      const { zones } = this.table.classes[id]!;
      let load = 0;
      for (const z of zones) load += this.shares[z]! / state.users[z]!;
      if (load > this.limit) for (const z of zones) crowded[z] = true;
    }
    return crowded;
  }

  /** @param crowded an endpoint without any of these zones can help only by taking one */
  private tryAll(state: State, from: number, crowded: readonly boolean[] | undefined, best: Step[]): void {
    const { counts } = this;
    const { classes } = this.table;
    const { home, zones: before } = classes[from]!;
    const relieved = crowded !== undefined && takes(before, [], crowded);
    for (const to of this.targetsOf(from)) {
      const after = classes[to]!.zones;
      if (crowded !== undefined && !relieved && !takes(after, before, crowded)) continue;
      // More of other zones lets no more traffic stay at home.
      if (state.over <= 0 && before.length > 0 && after.length > before.length) {
        if (contains(after, before) && (before.includes(home) || !after.includes(home))) continue;
      }
      if (this.effort-- <= 0) return;
      while (counts.length <= to) counts.push(0);
      const worst = best.length < BEAM ? undefined : best[BEAM - 1]!;
      this.move(from, to);
      this.weigh(state.inUse, to, worst === undefined ? Infinity : worst.over + EQUAL);
      this.move(to, from);
      const { over, inZone } = this;
      if (worst !== undefined && compare(over, inZone, worst) >= 0) continue;
      const mark = state.mark + markOf(to) - markOf(from);
      let at = best.length;
      while (at > 0 && compare(over, inZone, best[at - 1]!) < 0) at--;
      let known = false;
      for (let i = at - 1; i >= 0 && compare(over, inZone, best[i]!) === 0; i--)
        if (best[i]!.mark === mark) known = true;
      if (known) continue;
      best.splice(at, 0, { state, from, to, over, inZone, mark });
      if (best.length > BEAM) best.pop();
    }
  }

  private move(from: number, to: number): void {
    const { counts, users, locals } = this;
    const { home, zones: before } = this.table.classes[from]!;
    const { zones: after } = this.table.classes[to]!;
    counts[from]!--;
    counts[to]!++;
    for (let i = 0; i < before.length; i++) {
      const z = before[i]!;
      users[z]!--;
      if (z === home) locals[z]!--;
    }
    for (let i = 0; i < after.length; i++) {
      const z = after[i]!;
      users[z]!++;
      if (z === home) locals[z]!++;
    }
  }

  private take({ state, from, to, over, inZone, mark }: Step): State {
    this.load(state);
    while (this.counts.length <= to) this.counts.push(0);
    this.move(from, to);
    const { counts, users, locals } = this;
    const inUse = state.inUse.filter((id) => counts[id]! > 0);
    if (!inUse.includes(to)) inUse.push(to);
    return { counts, inUse, users, locals, over, inZone, mark };
  }

  /**
   * Weighs up the counts; gives up when the overload passes `most`.
   * @param more a class that is in use beside `inUse`, or one of them, or -1
   */
  private weigh(inUse: readonly number[], more: number, most: number): void {
    const { users, locals, counts, shares, homes, piece, limit, ready } = this;
    const { classes } = this.table;
    let everyone = 0;
    let inZone = 0;
    for (let z = 0; z < users.length; z++) {
      const share = shares[z]!;
      if (users[z]! > 0) {
        const part = share / users[z]!;
        piece[z] = part;
        inZone += part * locals[z]!;
      } else {
        everyone += share / ready;
        inZone += (share * homes[z]!) / ready;
      }
    }
    let over = 0;
    let seen = more < 0;
    for (let i = 0; i <= inUse.length; i++) {
      if (i === inUse.length && seen) break;
      const id = i < inUse.length ? inUse[i]! : more;
      if (id === more) seen = true;
      const count = counts[id]!;
      if (count === 0) continue;
      const { zones } = classes[id]!;
      let load = everyone;
      for (let k = 0; k < zones.length; k++) load += piece[zones[k]!]!;
      if (load <= limit) continue;
      over += (load - limit) * count;
      if (over > most) break;
    }
    this.over = over;
    this.inZone = inZone;
  }

  /** The known sets, and that of the class with one zone more or less. */
  private targetsOf(from: number): readonly number[] {
    const known = this.targets[from];
    if (known !== undefined) return known;
    const { table } = this;
    const { home, zones } = table.classes[from]!;
    const targets: number[] = [];
    const add = (set: readonly number[]): void => {
      const id = table.find(home, set);
      if (id !== from && !targets.includes(id)) targets.push(id);
    };
    for (const set of this.sets) add(set);
    if (this.shares.length > FEW_ZONES && zones.length > 0) {
      for (let z = 0; z < this.shares.length; z++) {
        const without = zones.filter((zone) => zone !== z);
        if (without.length < zones.length) {
          if (without.length > 0) add(without);
        } else if (zones.length < MAX_ZONES_PER_ENDPOINT) add([...zones, z].sort((a, b) => a - b));
      }
    }
    this.targets[from] = targets;
    return targets;
  }
}

/** Whether `after` has a crowded zone that `before` has not. */
function takes(after: readonly number[], before: readonly number[], crowded: readonly boolean[]): boolean {
  for (let i = 0; i < after.length; i++) if (crowded[after[i]!]! && !before.includes(after[i]!)) return true;
  return false;
}

function contains(all: readonly number[], some: readonly number[]): boolean {
  for (let i = 0; i < some.length; i++) if (!all.includes(some[i]!)) return false;
  return true;
}

/** Below 0: the first is better. */
function compare(over: number, inZone: number, other: { readonly over: number; readonly inZone: number }): number {
  return Math.abs(over - other.over) > EQUAL ? over - other.over : other.inZone - inZone;
}

/** A whole number that differs from class to class, such that sums of a few thousand are exact and hardly ever equal. */
function markOf(id: number): number {
  return Math.imul(id + 1, 0x9e3779b1) >>> 0;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((zone, i) => zone === b[i]);
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
