import { type BalancedProblem, doubles, type LayoutGroup, LOAD_TOLERANCE, zeros } from './problem.js';
import { firstOf, zonesOf } from './zoneSet.js';

const ANY = -1;
const NOBODY = -2;

/**
 * An assignment under repair, and what would come of changing one endpoint, worked out from what that changes only.
 * Sets of zones are bits. Everything is kept in plain number arrays, which one repair after the other uses again.
 */
export class RepairState {
  /** The groups: where their endpoints lie, the zones they serve (0: none yet) and how many there are (may be 0). */
  size = 0;
  home: number[] = [];
  mask: number[] = [];
  count: number[] = [];
  /** Load above the limit, summed up over the endpoints. */
  over = 0;
  inZone = 0;
  /** Equal for equal groups: recognises states that were reached in different ways. */
  private mark = 0;

  private zones = 0;
  private ready = 0;
  private limit = 0;
  private shares: readonly number[] = [];
  private homes: readonly number[] = [];
  private users: number[] = [];
  private locals: number[] = [];
  /** Load of each group in parts of the demand. */
  private load: number[] = [];
  /** What a zone puts on each of its endpoints: now, with one endpoint more, and with one less. */
  private piece: number[] = [];
  private pieceMore: number[] = [];
  private pieceLess: number[] = [];
  /** What the zones that no hint names put on every endpoint. */
  private everyone = 0;
  private difference: number[] = [];
  /** What one endpoint more, or one less, of each zone changes in the traffic that stays there: elsewhere, and at home. */
  private keepsMore: number[] = [];
  private keepsMoreAtHome: number[] = [];
  private keepsLess: number[] = [];
  private keepsLessAtHome: number[] = [];
  /** The groups above the limit, the first `overloaded` of them. */
  private crowd: number[] = [];
  private overloaded = 0;
  private somebodyUsesAll = false;
  /** The only group by whose change the limit can be kept, or ANY or NOBODY. */
  private only = ANY;

  begin({ shares, counts, homeless, overload }: BalancedProblem, groups: readonly LayoutGroup[]): void {
    const zones = shares.length;
    this.adopt(zones);
    let ready = homeless;
    for (let z = 0; z < zones; z++) {
      ready += counts[z]!;
      this.users[z] = 0;
      this.locals[z] = 0;
    }
    this.ready = ready;
    this.limit = (1 + overload + LOAD_TOLERANCE / 2) / ready;
    this.shares = shares;
    this.homes = counts;
    this.size = 0;
    this.mark = 0;
    for (const { home, zones: named, count } of groups) {
      let set = 0;
      for (let k = 0; k < named.length; k++) set |= 1 << named[k]!;
      this.insert(home, set, count);
      this.mark += count * markOf(home, set);
      for (let k = 0; k < named.length; k++) {
        const z = named[k]!;
        this.users[z]! += count;
        if (z === home) this.locals[z]! += count;
      }
    }
    this.weigh();
  }

  copy(other: RepairState): void {
    const { zones, size } = other;
    this.adopt(zones);
    this.ready = other.ready;
    this.limit = other.limit;
    this.shares = other.shares;
    this.homes = other.homes;
    this.mark = other.mark;
    this.size = size;
    for (let i = 0; i < size; i++) {
      this.home[i] = other.home[i]!;
      this.mask[i] = other.mask[i]!;
      this.count[i] = other.count[i]!;
    }
    for (let z = 0; z < zones; z++) {
      this.users[z] = other.users[z]!;
      this.locals[z] = other.locals[z]!;
    }
  }

  /** Makes room for so many zones. */
  private adopt(zones: number): void {
    this.zones = zones;
    if (this.users.length >= zones) return;
    this.users = zeros(zones);
    this.locals = zeros(zones);
    this.piece = doubles(zones);
    this.pieceMore = doubles(zones);
    this.pieceLess = doubles(zones);
    this.difference = doubles(zones);
    this.keepsMore = doubles(zones);
    this.keepsMoreAtHome = doubles(zones);
    this.keepsLess = doubles(zones);
    this.keepsLessAtHome = doubles(zones);
  }

  /** Adds a group where it belongs by home and zones, independent of the order of the input. */
  private insert(home: number, set: number, count: number): void {
    let at = this.size++;
    while (at > 0 && (this.home[at - 1]! > home || (this.home[at - 1] === home && this.mask[at - 1]! > set))) {
      this.home[at] = this.home[at - 1]!;
      this.mask[at] = this.mask[at - 1]!;
      this.count[at] = this.count[at - 1]!;
      at--;
    }
    this.home[at] = home;
    this.mask[at] = set;
    this.count[at] = count;
  }

  /** Gives one endpoint of a group other zones. */
  change(group: number, set: number): void {
    const { users, locals, mask, zones } = this;
    const home = this.home[group]!;
    const own = mask[group]!;
    this.mark = this.markAfter(group, set);
    for (let z = 0; z < zones; z++) {
      const by = ((set >> z) & 1) - ((own >> z) & 1);
      users[z]! += by;
      if (z === home) locals[z]! += by;
    }
    this.count[group]!--;
    let known = -1;
    for (let i = 0; i < this.size; i++) if (this.home[i] === home && mask[i] === set) known = i;
    if (known >= 0) this.count[known]!++;
    else this.insert(home, set, 1);
    this.weigh();
  }

  /** Sums up loads and traffic in zone. */
  private weigh(): void {
    const { zones, users, locals, shares, homes, piece, ready, size, mask, count, load, limit } = this;
    let everyone = 0;
    let inZone = 0;
    for (let z = 0; z < zones; z++) {
      const share = shares[z]!;
      if (users[z]! > 0) {
        piece[z] = share / users[z]!;
        inZone += (share * locals[z]!) / users[z]!;
      } else {
        piece[z] = 0;
        everyone += share / ready;
        inZone += (share * homes[z]!) / ready;
      }
    }
    let over = 0;
    for (let i = 0; i < size; i++) {
      let sum = everyone;
      for (let rest = mask[i]!; rest !== 0; rest &= rest - 1) sum += piece[firstOf(rest)]!;
      load[i] = sum;
      // Endpoints without zones come to weigh something when they get some.
      if (mask[i] !== 0 && sum > limit) over += (sum - limit) * count[i]!;
    }
    this.everyone = everyone;
    this.over = over;
    this.inZone = inZone;
  }

  /** Must be called before the methods that look ahead. */
  prepare(): void {
    const { zones, users, locals, shares, homes, ready, size, mask, count, load, limit, piece } = this;
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
    for (let i = 0; i < this.overloaded; i++) crowded |= this.mask[this.crowd[i]!]!;
    return crowded;
  }

  /** false: whatever zones one endpoint of this group got, the limit would not be kept, or less would stay in zone. */
  mayHelp(group: number, least: number): boolean {
    if (this.only !== ANY && this.only !== group) return false;
    const own = this.mask[group]!;
    if (own === 0 || this.count[group] === 0) return false;
    const home = this.home[group]!;
    // Leaving zones that are not its own, and joining its own: all that brings traffic home.
    let most = this.inZone;
    for (let rest = own; rest !== 0; rest &= rest - 1) {
      const z = firstOf(rest);
      if (z !== home) most += this.keepsLess[z]!;
    }
    if (home < this.zones && ((own >> home) & 1) === 0) most += this.keepsMoreAtHome[home]!;
    return most >= least;
  }

  /** false: after one endpoint of this group got these zones, some endpoint would still be above the limit. */
  mayHold(group: number, set: number): boolean {
    if (this.somebodyUsesAll) return true;
    const { crowd, mask, count } = this;
    const more = set & ~mask[group]!;
    for (let i = 0; i < this.overloaded; i++) {
      const at = crowd[i]!;
      if ((mask[at]! & more) === 0 && (at !== group || count[at]! > 1)) return false;
    }
    return true;
  }

  /** Traffic in zone after one endpoint of a group got other zones. */
  inZoneAfter(group: number, set: number): number {
    const { keepsMore, keepsLess } = this;
    const own = this.mask[group]!;
    const home = this.home[group]!;
    let inZone = this.inZone;
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
    const { size, mask, count, load, limit, piece, pieceMore, pieceLess, difference, users, shares, ready } = this;
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
    let sum = this.everyone + everyone;
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

  markAfter(group: number, set: number): number {
    const home = this.home[group]!;
    return this.mark + markOf(home, set) - markOf(home, this.mask[group]!);
  }

  groups(): LayoutGroup[] {
    const groups: LayoutGroup[] = [];
    for (let i = 0; i < this.size; i++) {
      if (this.count[i] === 0) continue;
      groups.push({ home: this.home[i]!, zones: zonesOf(this.mask[i]!), count: this.count[i]! });
    }
    return groups;
  }
}

/** A whole number that differs from group to group, such that sums of a few thousand are exact and hardly ever equal. */
function markOf(home: number, set: number): number {
  return Math.imul(home * 0x1000000 + set + 1, 0x9e3779b1) >>> 0;
}
