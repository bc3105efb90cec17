import { type BalancedProblem, doubles, type LayoutGroup, MAX_ZONES_PER_ENDPOINT, zeros } from './problem.js';

/** Which endpoints take a remote zone first: those with the least room that is enough, or those with the most room. */
export type Fit = 'tight' | 'roomy';

const ROOM = 1 + 1e-10;

/**
 * Packs zones onto endpoints when the number of endpoints that each zone uses is given. Loads are measured in units of
 * the limit: an endpoint is a bin of size 1, and zone z puts `volume[z] / users[z]` into each endpoint that it uses.
 *
 * Local endpoints are taken first. What a zone uses beyond them goes to endpoints of other zones, the zone with the
 * largest pieces first. Equal endpoints are kept as classes with a count, so that the cost depends on the number of
 * zones and not on the number of endpoints.
 */
export class Packing {
  zones = 0;
  ready = 0;
  homeless = 0;
  /** Ready endpoints of each zone. This and all other arrays are longer than needed when a larger problem came before. */
  counts: number[] = [];
  /** Demand of each zone in units of the limit: the number of endpoints that it would fill. */
  volume: number[] = [];
  /** Results of the last `pack`: local traffic in units of the limit … */
  value = 0;
  /** … load of the busiest endpoint in units of the limit … */
  busiest = 0;
  /** … and traffic that found no room, in the same units. */
  missing = 0;
  /** … of which this zone was the first. */
  failed = -1;
  /** The most room that an endpoint had left that this zone could not use. */
  failedRoom = 0;
  /** Number of calls so far, by which a search measures its effort. */
  calls = 0;
  /** Whether `pack` goes on after something found no room, to learn how much is missing in all. */
  patient = false;

  /** Above eight zones one place per endpoint stays free, for a zone that all endpoints serve. */
  private maxUses = 0;
  private home: number[] = [];
  private load: number[] = [];
  private count: number[] = [];
  /** How many zones each class serves; which ones, `zones` places per class. */
  private uses: number[] = [];
  private served: number[] = [];
  private taken: number[] = [];
  private piece: number[] = [];
  private remote: number[] = [];
  private classes = 0;
  /** Zone that takes the idle homeless endpoints of the last `pack`. */
  private idleZone = -1;

  /** Takes up another problem. The arrays are kept: making them anew costs as much as packing a small problem. */
  prepare({ shares, counts, homeless, overload }: BalancedProblem): void {
    const zones = shares.length;
    if (zones > this.volume.length) this.grow(zones);
    let ready = homeless;
    for (let z = 0; z < zones; z++) {
      this.counts[z] = counts[z]!;
      ready += counts[z]!;
    }
    for (let z = 0; z < zones; z++) this.volume[z] = (shares[z]! * ready) / (1 + overload);
    // Each zone starts with at most two classes and splits at most one more; the homeless are one class. None is empty.
    const most = Math.min(3 * zones + 1, ready);
    if (most > this.home.length) this.growClasses(most);
    if (most * zones > this.served.length) this.served = zeros(most * zones);
    this.zones = zones;
    this.ready = ready;
    this.homeless = homeless;
    this.maxUses = zones > MAX_ZONES_PER_ENDPOINT ? MAX_ZONES_PER_ENDPOINT - 1 : zones;
    this.failed = -1;
    this.failedRoom = 0;
    this.calls = 0;
    this.patient = false;
  }

  private grow(zones: number): void {
    this.counts = zeros(zones);
    this.volume = doubles(zones);
    this.piece = doubles(zones);
    this.remote = zeros(zones);
  }

  private growClasses(most: number): void {
    this.home = zeros(most);
    this.load = doubles(most);
    this.count = zeros(most);
    this.uses = zeros(most);
    this.taken = zeros(most);
  }

  /**
   * @param users number of endpoints that each zone uses, 1 to `ready`; 0 for zones without demand
   * @returns whether everything found room; `value` and `busiest` hold then. Unused endpoints are counted as
   * given to their own zone, homeless ones to the zone that loses least.
   */
  pack(users: ArrayLike<number>, fit: Fit): boolean {
    const { zones, ready, counts, volume, home, load, count, uses, taken, piece, remote, served } = this;
    this.calls++;
    let base = 0;
    let value = 0;
    for (let z = 0; z < zones; z++) {
      if (users[z] !== ready) continue;
      // A zone that uses all endpoints needs no packing: it lies under everything else.
      base += volume[z]! / ready;
      value += (volume[z]! * counts[z]!) / ready;
    }
    let classes = 0;
    let remotes = 0;
    let missing = 0;
    for (let z = 0; z < zones; z++) {
      const local = counts[z]!;
      const wanted = users[z]!;
      let kept = 0;
      if (wanted !== ready && wanted > 0) {
        kept = wanted < local ? wanted : local;
        const size = volume[z]! / wanted;
        piece[z] = size;
        value += size * kept;
        if (size + base > ROOM) {
          if (missing === 0) {
            this.failed = z;
            this.failedRoom = 1 - base;
          }
          missing += volume[z]!;
        } else if (wanted > kept) {
          let at = remotes++;
          while (at > 0 && piece[remote[at - 1]!]! < size) {
            remote[at] = remote[at - 1]!;
            at--;
          }
          remote[at] = z;
        }
        if (kept > 0) {
          home[classes] = z;
          load[classes] = base + size;
          count[classes] = kept;
          uses[classes] = 1;
          taken[classes] = 0;
          served[classes * zones] = z;
          classes++;
        }
      }
      if (local > kept) {
        home[classes] = z;
        load[classes] = base;
        count[classes] = local - kept;
        uses[classes] = 0;
        taken[classes] = 0;
        classes++;
      }
    }
    if (missing > 0 && !this.patient) {
      this.missing = missing;
      return false;
    }
    if (this.homeless > 0) {
      home[classes] = zones;
      load[classes] = base;
      count[classes] = this.homeless;
      uses[classes] = 0;
      taken[classes] = 0;
      classes++;
    }
    const tight = fit === 'tight';
    for (let turn = 0; turn < remotes; turn++) {
      const z = remote[turn]!;
      const size = piece[z]!;
      const most = ROOM - size;
      let left = users[z]! > counts[z]! ? users[z]! - counts[z]! : 0;
      while (left > 0) {
        let chosen = -1;
        let chosenLoad = tight ? -1 : 2;
        for (let i = 0; i < classes; i++) {
          const now = load[i]!;
          if (now > most || home[i] === z || taken[i] === turn + 1 || uses[i]! >= this.maxUses) continue;
          if (tight ? now > chosenLoad : now < chosenLoad) {
            chosen = i;
            chosenLoad = now;
          }
        }
        if (chosen < 0) {
          if (missing === 0) {
            this.failed = z;
            this.failedRoom = this.roomFor(z, turn, classes);
          }
          missing += left * size;
          if (!this.patient) {
            this.missing = missing;
            return false;
          }
          break;
        }
        const there = count[chosen]!;
        let target = chosen;
        if (there > left) {
          target = classes++;
          home[target] = home[chosen]!;
          load[target] = chosenLoad;
          uses[target] = uses[chosen]!;
          count[target] = left;
          count[chosen] = there - left;
          for (let k = 0; k < uses[chosen]!; k++) served[target * zones + k] = served[chosen * zones + k]!;
        }
        load[target] = chosenLoad + size;
        served[target * zones + uses[target]!] = z;
        uses[target]!++;
        taken[target] = turn + 1;
        left -= there < left ? there : left;
      }
    }
    this.classes = classes;
    this.missing = missing;
    if (missing > 1e-12) return false;
    let busiest = 0;
    let idleHomeless = 0;
    for (let i = 0; i < classes; i++) {
      if (load[i]! > busiest) busiest = load[i]!;
      if (uses[i] === 0 && home[i] === zones) idleHomeless += count[i]!;
    }
    // Idle endpoints at home are simply added to the endpoints of their zone, which then stays local. Homeless ones
    // cost locality, unless a zone that uses everything names them.
    this.idleZone = -1;
    if (idleHomeless > 0 && base === 0) value -= this.leastHarm(users, idleHomeless);
    this.value = value;
    this.busiest = busiest;
    return true;
  }

  /** The most room in an endpoint that zone `z` may use and does not. */
  private roomFor(z: number, turn: number, classes: number): number {
    const { load, home, taken, uses } = this;
    let least = 1;
    for (let i = 0; i < classes; i++) {
      if (home[i] === z || taken[i] === turn + 1 || uses[i]! >= this.maxUses) continue;
      if (load[i]! < least) least = load[i]!;
    }
    return 1 - least;
  }

  /** The groups of the last `pack`, which must have found room for these users. */
  layout(users: ArrayLike<number>): LayoutGroup[] {
    const { zones, ready, home, count, uses, served } = this;
    // Up to eight zones every zone is named. Above, a zone that uses all endpoints is named by none, which means the
    // same to a proxy and needs no place; only if an endpoint would go without a hint, one such zone is named by all.
    let named = zones;
    if (zones > MAX_ZONES_PER_ENDPOINT) {
      named = 0;
      let idle = false;
      for (let i = 0; i < this.classes; i++) if (uses[i] === 0) idle = true;
      for (let z = zones - 1; idle && z >= 0; z--) if (users[z] === ready) named = z + 1;
    }
    const groups = new Array<LayoutGroup>(this.classes);
    for (let i = 0; i < groups.length; i++) {
      const at = home[i]!;
      let places = uses[i]!;
      for (let z = 0; z < zones; z++) if (users[z] === ready && z < named) places++;
      // Inserted in order into an array of the right length: sorting, and growing, cost more than the packing.
      const list = new Array<number>(Math.max(1, places));
      if (places === 0) list[0] = at === zones ? this.idleZone : at;
      let length = 0;
      for (let k = 0; k < uses[i]!; k++) insert(list, length++, served[i * zones + k]!);
      for (let z = 0; z < named; z++) if (users[z] === ready) insert(list, length++, z);
      groups[i] = { home: at, zones: list, count: count[i]! };
    }
    return groups;
  }

  /** Traffic that leaves its zone when `idle` homeless endpoints join the zone that loses least by it. */
  private leastHarm(users: ArrayLike<number>, idle: number): number {
    const { zones, counts, volume } = this;
    let least = Infinity;
    for (let z = 0; z < zones; z++) {
      const now = users[z]!;
      const kept = now < counts[z]! ? now : counts[z]!;
      // A zone without demand loses nothing.
      const loss = now === 0 ? 0 : volume[z]! * kept * (1 / now - 1 / (now + idle));
      if (loss < least - 1e-12) {
        least = loss;
        this.idleZone = z;
      }
    }
    return least;
  }
}

/** @param length how much of the list is in use, in ascending order */
function insert(list: number[], length: number, value: number): void {
  let at = length;
  for (; at > 0 && list[at - 1]! > value; at--) list[at] = list[at - 1]!;
  list[at] = value;
}
