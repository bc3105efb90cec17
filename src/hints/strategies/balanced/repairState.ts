import { type BalancedProblem, doubles, type LayoutGroup, LOAD_TOLERANCE, zeros } from './problem.js';
import { firstOf, zonesOf } from './zoneSet.js';

/**
 * An assignment under repair. Sets of zones are bits. Everything is kept in plain number arrays, which one repair after the
 * other uses again. What a change of one endpoint would bring is worked out by `LookAhead`, which reads these fields.
 */
export class RepairState {
  /** The groups: where their endpoints lie, the zones they serve (0: none yet) and how many there are (may be 0). */
  size = 0;
  home: number[] = [];
  mask: number[] = [];
  count: number[] = [];
  /** Load of each group in parts of the demand, and what an endpoint may have. */
  load: number[] = [];
  limit = 0;
  /** Load above the limit, summed up over the endpoints. */
  over = 0;
  inZone = 0;
  /** What the problem has, by zone and in all. */
  zones = 0;
  ready = 0;
  shares: readonly number[] = [];
  homes: readonly number[] = [];
  /** How many endpoints each zone uses, and how many of them lie in it. */
  users: number[] = [];
  locals: number[] = [];
  /** What a zone puts on each of its endpoints. */
  piece: number[] = [];
  /** What the zones that no hint names put on every endpoint. */
  everyone = 0;
  /** Equal for equal groups: recognises states that were reached in different ways. */
  private mark = 0;

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
