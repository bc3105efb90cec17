import { doubles } from './problem.js';
import type { RepairState } from './repairState.js';
import { firstOf } from './zoneSet.js';

const ANY = -1;
const NOBODY = -2;

/**
 * What would come of changing one endpoint of an assignment, worked out from what that changes only. One looks ahead from
 * one state at a time, so that the many states of a repair need no arrays for this.
 */
export class LookAhead {
  private state!: RepairState;
  /** What a zone puts on each of its endpoints with one endpoint more, and with one less. */
  private pieceMore: number[] = [];
  private pieceLess: number[] = [];
  private difference: number[] = [];
  /** What one endpoint more, or one less, of each zone changes in the traffic that stays there: elsewhere, and at home. */
  private keepsMore: number[] = [];
  private keepsMoreAtHome: number[] = [];
  private keepsLess: number[] = [];
  private keepsLessAtHome: number[] = [];
  /** The groups above the limit, the first `overloaded` of them. */
  private readonly crowd: number[] = [];
  private overloaded = 0;
  private somebodyUsesAll = false;
  /** The only group by whose change the limit can be kept, or ANY or NOBODY. */
  private only = ANY;

  private grow(zones: number): void {
    this.pieceMore = doubles(zones);
    this.pieceLess = doubles(zones);
    this.difference = doubles(zones);
    this.keepsMore = doubles(zones);
    this.keepsMoreAtHome = doubles(zones);
    this.keepsLess = doubles(zones);
    this.keepsLessAtHome = doubles(zones);
  }

  /** Takes up a state. After it changed, this must be called again. */
  prepare(state: RepairState): void {
    const { zones, users, locals, shares, homes, ready, size, mask, count, load, limit, piece } = state;
    this.state = state;
    if (zones > this.pieceMore.length) this.grow(zones);
    this.somebodyUsesAll = false;
    for (let z = 0; z < zones; z++) {
      const now = users[z]!;
      const local = locals[z]!;
      const share = shares[z]!;
      const more = share / (now + 1);
      const less = now > 1 ? share / (now - 1) : 0;
      this.pieceMore[z] = more;
      this.pieceLess[z] = less;
      const spread = (share * homes[z]!) / ready;
      const kept = now > 0 ? piece[z]! * local : spread;
      this.keepsMore[z] = more * local - kept;
      this.keepsMoreAtHome[z] = more * (local + 1) - kept;
      this.keepsLess[z] = (now > 1 ? less * local : spread) - kept;
      this.keepsLessAtHome[z] = (now > 1 ? less * (local - 1) : spread) - kept;
      if (now === 0) this.somebodyUsesAll = true;
    }
    this.overloaded = 0;
    this.only = ANY;
    for (let i = 0; i < size; i++) {
      if (mask[i] === 0 || count[i] === 0 || load[i]! <= limit) continue;
      this.crowd[this.overloaded++] = i;
      if (this.somebodyUsesAll) continue;
      // Its own zones each used by one endpoint more: all the relief that a change elsewhere can bring.
      let least = load[i]!;
      for (let rest = mask[i]!; rest !== 0; rest &= rest - 1) {
        const z = firstOf(rest);
        least += this.pieceMore[z]! - piece[z]!;
      }
      if (least > limit) this.only = this.only === ANY && count[i] === 1 ? i : NOBODY;
    }
  }

  /**
   * The zones of endpoints above the limit; 0 when any change may help: nothing is above the limit, or some zone is
   * named by no hint and lies on all.
   */
  crowdedZones(): number {
    if (this.somebodyUsesAll) return 0;
    let crowded = 0;
    for (let i = 0; i < this.overloaded; i++) crowded |= this.state.mask[this.crowd[i]!]!;
    return crowded;
  }

  /** false: whatever zones one endpoint of this group got, the limit would not be kept, or less would stay in zone. */
  mayHelp(group: number, least: number): boolean {
    if (this.only !== ANY && this.only !== group) return false;
    const { mask, count, home: homeOf, zones, inZone } = this.state;
    const own = mask[group]!;
    if (own === 0 || count[group] === 0) return false;
    const home = homeOf[group]!;
    // Leaving zones that are not its own, and joining its own: all that brings traffic home.
    let most = inZone;
    for (let rest = own; rest !== 0; rest &= rest - 1) {
      const z = firstOf(rest);
      if (z !== home) most += this.keepsLess[z]!;
    }
    if (home < zones && ((own >> home) & 1) === 0) most += this.keepsMoreAtHome[home]!;
    return most >= least;
  }

  /** false: after one endpoint of this group got these zones, some endpoint would still be above the limit. */
  mayHold(group: number, set: number): boolean {
    if (this.somebodyUsesAll) return true;
    const { crowd } = this;
    const { mask, count } = this.state;
    const more = set & ~mask[group]!;
    for (let i = 0; i < this.overloaded; i++) {
      const at = crowd[i]!;
      if ((mask[at]! & more) === 0 && (at !== group || count[at]! > 1)) return false;
    }
    return true;
  }

  /** Traffic in zone after one endpoint of a group got other zones. */
  inZoneAfter(group: number, set: number): number {
    const { keepsMore, keepsLess, state } = this;
    const own = state.mask[group]!;
    const home = state.home[group]!;
    let { inZone } = state;
    for (let rest = set & ~own; rest !== 0; rest &= rest - 1) {
      const z = firstOf(rest);
      inZone += z === home ? this.keepsMoreAtHome[z]! : keepsMore[z]!;
    }
    for (let rest = own & ~set; rest !== 0; rest &= rest - 1) {
      const z = firstOf(rest);
      inZone += z === home ? this.keepsLessAtHome[z]! : keepsLess[z]!;
    }
    return inZone;
  }

  /** Overload after one endpoint of a group got other zones; gives up when it passes `most`. */
  overAfter(group: number, set: number, most: number): number {
    const { pieceMore, pieceLess, difference, state } = this;
    const { size, mask, count, load, limit, piece, users, shares, ready } = state;
    const own = mask[group]!;
    const changed = own ^ set;
    let everyone = 0;
    for (let rest = changed; rest !== 0; rest &= rest - 1) {
      const z = firstOf(rest);
      if (((set >> z) & 1) === 1) {
        difference[z] = pieceMore[z]! - piece[z]!;
        if (users[z] === 0) everyone -= shares[z]! / ready;
      } else {
        difference[z] = pieceLess[z]! - piece[z]!;
        if (users[z] === 1) everyone += shares[z]! / ready;
      }
    }
    let sum = state.everyone + everyone;
    for (let rest = set; rest !== 0; rest &= rest - 1) {
      const z = firstOf(rest);
      sum += ((own >> z) & 1) === 1 ? piece[z]! : pieceMore[z]!;
    }
    let over = sum > limit ? sum - limit : 0;
    for (let i = 0; i < size; i++) {
      if (mask[i] === 0) continue;
      let now = load[i]! + everyone;
      for (let rest = mask[i]! & changed; rest !== 0; rest &= rest - 1) now += difference[firstOf(rest)]!;
      if (now <= limit) continue;
      over += (now - limit) * (i === group ? count[i]! - 1 : count[i]!);
      if (over > most) break;
    }
    return over;
  }
}
