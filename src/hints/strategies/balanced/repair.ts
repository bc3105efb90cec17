import {
  type BalancedProblem,
  type Layout,
  type LayoutGroup,
  LOAD_TOLERANCE,
  MAX_ZONES_PER_ENDPOINT,
  measure,
} from './problem.js';
import { LookAhead } from './lookAhead.js';
import { RepairState } from './repairState.js';
import { sizeOf } from './zoneSet.js';

/** How many of the best unfinished repairs are followed at each step. */
const BEAM = 8;

/** Most changes that one repair weighs up, new endpoints aside; what needs more is no small repair. */
const EFFORT = 100;

/** Up to so many zones every set of zones is tried; above, sets near to those in use. */
const FEW_ZONES = 4;

/** Above so many zones a set of them and a home no longer fit one small integer, and nothing is repaired. */
const MOST_ZONES = 24;

/** No layout made here has more kinds of endpoints, and weighing them up would cost too much. */
const MOST_GROUPS = 256;

/** Traffic in zone that a change must bring while the limit is kept, or else the search is given up. */
const LEAST_RISE = 0.01;

/** Loads and shares that differ by less are equal. */
const EQUAL = 1e-12;

/** One endpoint of a group of `state` gets the zones `set`. */
interface Step {
  state: RepairState;
  group: number;
  set: number;
  over: number;
  inZone: number;
  mark: number;
}

/**
 * Mends an assignment that no longer holds by as few changes as possible: a beam search that first gives hints to the
 * endpoints that have none, then changes one endpoint after the other. Before each change it searches for one that ends
 * the search, which is quick: it must relieve every endpoint above the limit.
 */
export class Repair {
  private problem: BalancedProblem | undefined;
  private zones = 0;
  private effort = 0;
  private changes = 0;
  /** Sets of zones worth a try for any endpoint, as bits: the first `listed` of them. */
  private readonly sets: number[] = [];
  private listed = 0;
  /** Up to eight zones, one bit for each set that is one of them: a typed array would cost as much as a small repair. */
  private readonly known = [0, 0, 0, 0, 0, 0, 0, 0];
  /** The sets to try for one endpoint, the first `offered` of them. */
  private readonly targets: number[] = [];
  private offered = 0;
  private readonly ahead = new LookAhead();
  /** The states being followed, the first `followed` of them, and room for the next; kept from repair to repair. */
  private beam = [new RepairState()];
  private next = [new RepairState()];
  private followed = 0;
  /** The best steps found, the first `found` of them in order. */
  private readonly best: Step[] = [];
  private found = 0;

  /**
   * Takes up an assignment and gives hints to the endpoints that have none.
   * @param groups the present assignment, in any order; groups without zones are endpoints that need hints
   */
  begin(problem: BalancedProblem, groups: readonly LayoutGroup[]): void {
    this.problem = problem;
    this.zones = problem.shares.length;
    this.followed = 0;
    this.found = 0;
    this.changes = 0;
    if (this.zones > MOST_ZONES || groups.length > MOST_GROUPS) return;
    this.effort = EFFORT;
    this.followed = 1;
    const [start] = this.beam;
    start!.begin(problem, groups);
    this.offerSets(start!);
    let newcomers = 0;
    for (const { zones, count } of groups) if (zones.length === 0) newcomers += count;
    const width = Math.max(2, Math.min(BEAM, Math.floor((2 * BEAM) / newcomers)));
    for (; newcomers > 0; newcomers--) {
      this.advance(width);
      this.follow(true);
    }
  }

  /**
   * Goes on until a layout is good enough, from where the call before gave up.
   * @param mostChanges how many endpoints that have hints may get others
   * @param least share of traffic in zone that is good enough; not more than in calls before
   * @returns undefined when there is no such repair, or none was found within the effort
   */
  run(mostChanges: number, least: number): Layout | undefined {
    if (this.found === 0) {
      const [state] = this.beam;
      if (this.followed > 0 && state!.over <= 0 && state!.inZone >= least) return this.finish(state!, least);
    }
    for (let i = 0; i < this.found; i++) {
      const step = this.best[i]!;
      if (step.over <= 0 && step.inZone >= least) return this.finish(this.take(step, this.next[0]!), least);
    }
    if (mostChanges === 0) return undefined;
    this.advance(BEAM);
    while (this.changes < mostChanges && this.followed > 0) {
      const last = this.lastStep(least);
      if (last !== undefined) return this.finish(this.take(last, this.next[0]!), least);
      this.changes++;
      if (this.changes === mostChanges || this.effort <= 0) return undefined;
      const before = this.beam[0]!;
      this.follow(false);
      // Where a change brings next to nothing, the next ones do not bring what is missing.
      if (this.found === 0 || (before.over <= 0 && this.best[0]!.inZone - before.inZone < LEAST_RISE)) return undefined;
      this.advance(BEAM);
    }
    return undefined;
  }

  /** The measure of the result decides, so that the next plan, which measures it again, leaves it alone. */
  private finish(state: RepairState, least: number): Layout | undefined {
    const problem = this.problem!;
    const layout = measure(problem, state.groups());
    return layout.busiest <= 1 + problem.overload + LOAD_TOLERANCE && layout.inZone >= least ? layout : undefined;
  }

  private offerSets({ size, mask }: RepairState): void {
    const { zones, known } = this;
    this.listed = 0;
    for (let i = 0; i < known.length; i++) known[i] = 0;
    if (zones <= FEW_ZONES) for (let set = 1; set < 1 << zones; set++) this.offer(set);
    for (let i = 0; i < size; i++) if (mask[i] !== 0) this.offer(mask[i]!);
    for (let z = 0; z < zones; z++) this.offer(1 << z);
  }

  private offer(set: number): void {
    if (this.isOffered(set)) return;
    if (this.zones <= MAX_ZONES_PER_ENDPOINT) this.known[set >> 5]! |= 1 << (set & 31);
    this.sets[this.listed++] = set;
  }

  private isOffered(set: number): boolean {
    if (this.zones <= MAX_ZONES_PER_ENDPOINT) return ((this.known[set >> 5]! >> (set & 31)) & 1) === 1;
    for (let i = 0; i < this.listed; i++) if (this.sets[i] === set) return true;
    return false;
  }

  /** Makes the best steps the states to follow; without steps there is nothing to go on with but the start. */
  private advance(width: number): void {
    const { beam, next } = this;
    if (this.found === 0) return;
    this.followed = Math.min(width, this.found);
    for (let i = 0; i < this.followed; i++) {
      if (i === next.length) next.push(new RepairState());
      this.take(this.best[i]!, next[i]!);
    }
    this.found = 0;
    this.beam = next;
    this.next = beam;
  }

  private take({ state, group, set }: Step, into: RepairState): RepairState {
    into.copy(state);
    into.change(group, set);
    return into;
  }

  /** The known sets, and the endpoint's own with one zone more or less. */
  private collectTargets(own: number): void {
    const { sets, listed, zones, targets } = this;
    let offered = 0;
    for (let i = 0; i < listed; i++) if (sets[i] !== own) targets[offered++] = sets[i]!;
    this.offered = offered;
    if (zones <= FEW_ZONES || own === 0) return;
    const full = sizeOf(own) >= MAX_ZONES_PER_ENDPOINT;
    for (let z = 0; z < zones; z++) {
      const set = own ^ (1 << z);
      if (set === 0 || (full && set > own)) continue;
      if (this.isOffered(set)) continue;
      targets[offered++] = set;
    }
    this.offered = offered;
  }

  /** The change of one endpoint after which the limit is kept and enough traffic stays in zone: the one with the most. */
  private lastStep(least: number): Step | undefined {
    const { ahead } = this;
    let best: Step | undefined;
    for (let at = 0; at < this.followed; at++) {
      const state = this.beam[at]!;
      ahead.prepare(state);
      for (let group = 0; group < state.size; group++) {
        if (!ahead.mayHelp(group, best?.inZone ?? least)) continue;
        this.collectTargets(state.mask[group]!);
        const { targets, offered } = this;
        for (let t = 0; t < offered; t++) {
          const set = targets[t]!;
          if (!ahead.mayHold(group, set)) continue;
          const inZone = ahead.inZoneAfter(group, set);
          if (best !== undefined ? inZone <= best.inZone + EQUAL : inZone < least) continue;
          if (ahead.overAfter(group, set, 0) > 0) continue;
          best = { state, group, set, over: 0, inZone, mark: 0 };
        }
      }
    }
    return best;
  }

  /**
   * Collects the best different steps from the states followed: those with the least overload, among equals those with
   * the most traffic in zone.
   * @param placing whether the first endpoint without zones gets some; else any endpoint with zones changes
   */
  private follow(placing: boolean): void {
    const { ahead } = this;
    this.found = 0;
    for (let at = 0; at < this.followed; at++) {
      const state = this.beam[at]!;
      ahead.prepare(state);
      const crowded = placing ? 0 : ahead.crowdedZones();
      for (let group = 0; group < state.size; group++) {
        if ((state.mask[group] === 0) !== placing || state.count[group] === 0) continue;
        this.tryAll(state, group, crowded);
        if (placing) break;
      }
    }
  }

  /** @param crowded an endpoint without any of these zones can help only by taking one */
  private tryAll(state: RepairState, group: number, crowded: number): void {
    const own = state.mask[group]!;
    const home = 1 << state.home[group]!;
    this.collectTargets(own);
    const { targets, offered } = this;
    for (let t = 0; t < offered; t++) {
      const set = targets[t]!;
      if (crowded !== 0 && ((own | set) & crowded) === 0) continue;
      // More of other zones lets no more traffic stay at home.
      if (state.over <= 0 && own !== 0 && (own & set) === own && ((own & home) !== 0 || (set & home) === 0)) continue;
      if (own !== 0 && this.effort-- <= 0) return;
      this.weighUp(state, group, set);
    }
  }

  private weighUp(state: RepairState, group: number, set: number): void {
    const { ahead, best } = this;
    const worst = this.found < BEAM ? undefined : best[BEAM - 1]!;
    const inZone = ahead.inZoneAfter(group, set);
    if (worst !== undefined && worst.over <= EQUAL && inZone <= worst.inZone) return;
    const over = ahead.overAfter(group, set, worst === undefined ? Infinity : worst.over + EQUAL);
    if (worst !== undefined && compare(over, inZone, worst) >= 0) return;
    const mark = state.markAfter(group, set);
    let at = this.found;
    while (at > 0 && compare(over, inZone, best[at - 1]!) < 0) at--;
    for (let i = at - 1; i >= 0 && compare(over, inZone, best[i]!) === 0; i--) if (best[i]!.mark === mark) return;
    if (this.found < BEAM) this.found++;
    const step = best[this.found - 1] ?? { state, group, set, over, inZone, mark };
    for (let i = this.found - 1; i > at; i--) best[i] = best[i - 1]!;
    best[at] = step;
    step.state = state;
    step.group = group;
    step.set = set;
    step.over = over;
    step.inZone = inZone;
    step.mark = mark;
  }
}

/** Below 0: the first is better. */
function compare(over: number, inZone: number, other: { readonly over: number; readonly inZone: number }): number {
  return Math.abs(over - other.over) > EQUAL ? over - other.over : other.inZone - inZone;
}
