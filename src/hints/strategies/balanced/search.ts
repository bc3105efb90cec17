import { nearer } from './nearer.js';
import { type Fit, Packing } from './packing.js';
import {
  type BalancedProblem,
  type Layout,
  type LayoutGroup,
  MAX_ZONES_PER_ENDPOINT,
  VALUE_TOLERANCE,
  doubles,
  measure,
  zeros,
} from './problem.js';
import { refine, type RefinementMemory } from './refine.js';

/** Marks a zone that stays local whatever happens: how many of its endpoints it uses is settled by what others need. */
const FLEXIBLE = 0;

/** Width of a band of the search, in parts of the whole traffic. */
const BAND = 0.03;

/**
 * Finds how many endpoints each zone should use. A zone whose endpoints can carry it stays local; one that overflows
 * uses all its own endpoints and some of others, the fewer the better for it. So the choice is one number per zone, and
 * `Packing` tells whether the numbers fit together. Choices are tried in bands of decreasing traffic in zone, so that
 * the first band with a result holds the best one; when the effort is used up, the numbers are raised step by step
 * where it costs least. Everything for everybody always fits, so there is always a result.
 */
export class Search {
  private readonly packing = new Packing();
  private zones = 0;
  /** Zones with demand in the order of the search: overflowing ones first, then by demand. */
  private order: number[] = [];
  private places = 0;
  /** The fewest endpoints that can carry each zone. */
  private fewest: number[] = [];
  /** 1 for zones that their own endpoints cannot carry. */
  private overflows: number[] = [];
  /** What is being tried: users of each zone, or FLEXIBLE. */
  private trial: number[] = [];
  private users: number[] = [];
  private leastMissing = 0;
  /** Best possible traffic in zone of the zones from each place of the order on. */
  private rest = doubles(1);
  private low = 0;
  private high = 0;
  private found = false;
  private yielded = false;
  private effort = 0;
  private steps = 0;
  private best: number[] = [];
  private bestFit: Fit = 'tight';
  private bestValue = -1;
  private bestBusiest = Infinity;
  /** The number of the call of `pack` that gave the best; 0 for none. */
  private bestCall = 0;

  /** Finds the groups of a good layout; what was found for another problem before has no influence. */
  solve(problem: BalancedProblem): LayoutGroup[] {
    this.prepare(problem);
    this.run();
    const { packing, best } = this;
    if (packing.calls !== this.bestCall) packing.pack(best, this.bestFit);
    return packing.layout(best);
  }

  private prepare(problem: BalancedProblem): void {
    const { packing } = this;
    packing.prepare(problem);
    const { zones, counts, volume, ready } = packing;
    if (zones > this.order.length) this.grow(zones);
    this.zones = zones;
    this.found = false;
    this.yielded = false;
    const { order, overflows, fewest, rest } = this;
    let places = 0;
    for (let z = 0; z < zones; z++) {
      overflows[z] = volume[z]! > counts[z]! + VALUE_TOLERANCE ? 1 : 0;
      fewest[z] = Math.min(ready, Math.max(1, Math.ceil(volume[z]! - VALUE_TOLERANCE)));
      if (volume[z] === 0) continue;
      let at = places++;
      while (at > 0 && this.before(z, order[at - 1]!)) {
        order[at] = order[at - 1]!;
        at--;
      }
      order[at] = z;
    }
    this.places = places;
    rest[places] = 0;
    for (let i = places - 1; i >= 0; i--) rest[i] = rest[i + 1]! + this.keeps(order[i]!, fewest[order[i]!]!);
  }

  private grow(zones: number): void {
    this.order = zeros(zones);
    this.fewest = zeros(zones);
    this.overflows = zeros(zones);
    this.trial = zeros(zones);
    this.users = zeros(zones);
    this.best = zeros(zones);
    this.rest = doubles(zones + 1);
  }

  private run(): void {
    const { packing, zones, trial, fewest, overflows } = this;
    const { ready, counts } = packing;
    this.everythingForEverybody();
    // Above eight zones an endpoint cannot name them all; zones without endpoints lose nothing by using everything.
    const many = zones > MAX_ZONES_PER_ENDPOINT;
    for (let z = 0; z < zones; z++) {
      if (many && counts[z] === 0) fewest[z] = ready;
      trial[z] = overflows[z] === 1 ? fewest[z]! : FLEXIBLE;
    }
    if (this.settle(true)) return;
    this.effort = packing.calls + (ready < 10 ? 200 : (50 * (5 * Math.min(ready, 45) - 16)) / (20 + 5 * zones * zones));
    this.steps = (ready < 10 ? 8 : 4) * (this.effort - packing.calls);
    if (ready >= 10) this.yieldStep();
    const width = BAND * this.rest[0]!;
    this.high = this.rest[0]! + 1;
    this.low = this.rest[0]! - width;
    while (!this.found && this.high > this.bestValue && this.hasEffort()) {
      this.descend(0, 0);
      this.high = this.low;
      this.low = this.low - width > 0 ? this.low - width : -1;
    }
    if (this.found || this.yielded) return;
    this.layer();
    this.raise();
  }

  /** What always fits, with every endpoint at the mean; `best` holds it from the start. */
  private everythingForEverybody(): void {
    const { counts, volume, ready } = this.packing;
    this.bestFit = 'tight';
    this.bestCall = 0;
    for (let z = 0; z < this.zones; z++) this.best[z] = volume[z] === 0 ? 0 : ready;
    this.bestValue = 0;
    for (let z = 0; z < this.zones; z++) this.bestValue += (volume[z]! * counts[z]!) / ready;
    this.bestBusiest = 0;
    for (let z = 0; z < this.zones; z++) this.bestBusiest += volume[z]! / ready;
  }

  private hasEffort(): boolean {
    return this.packing.calls < this.effort && this.steps > 0;
  }

  private before(a: number, b: number): boolean {
    const { volume, counts } = this.packing;
    if (this.overflows[a] !== this.overflows[b]) return this.overflows[a] === 1;
    return volume[a] !== volume[b] ? volume[a]! > volume[b]! : counts[a]! > counts[b]!;
  }

  /** Traffic of a zone that stays local when it uses this many endpoints. */
  private keeps(z: number, users: number): number {
    const local = this.packing.counts[z]!;
    const volume = this.packing.volume[z]!;
    return users > local ? (volume * local) / users : volume;
  }

  private attempt(fit: Fit): boolean {
    const { packing } = this;
    if (!packing.pack(this.users, fit)) {
      if (packing.missing < this.leastMissing) this.leastMissing = packing.missing;
      return false;
    }
    this.leastMissing = 0;
    const gain = packing.value - this.bestValue;
    const equal = gain > -VALUE_TOLERANCE;
    if (gain > VALUE_TOLERANCE || (equal && packing.busiest < this.bestBusiest - VALUE_TOLERANCE)) {
      this.bestValue = packing.value;
      this.bestBusiest = packing.busiest;
      this.bestFit = fit;
      this.bestCall = packing.calls;
      for (let z = 0; z < this.zones; z++) this.best[z] = this.users[z]!;
    }
    return true;
  }

  /**
   * Tries the numbers in `trial`. Flexible zones are spread over all their endpoints; failing that, drawn together as
   * far as the endpoints that others need, and failing that, as far as they can.
   */
  private settle(thorough: boolean): boolean {
    const { trial, users, fewest, zones } = this;
    const { counts, volume, ready } = this.packing;
    this.leastMissing = Infinity;
    let flexible = 0;
    let flexibleVolume = 0;
    let lent = 0;
    // Endpoints that no zone with demand calls its own.
    let spare = this.packing.homeless;
    for (let z = 0; z < zones; z++) {
      const number = trial[z]!;
      if (volume[z] === 0) {
        users[z] = 0;
        spare += counts[z]!;
      } else if (number === FLEXIBLE) {
        flexible += counts[z]!;
        flexibleVolume += volume[z]!;
        users[z] = counts[z]!;
      } else {
        users[z] = number;
        if (number !== ready) lent += number - counts[z]!;
      }
    }
    if (this.attempt('tight')) return true;
    if (flexible > 0) {
      const density = (flexible - Math.max(0, lent - spare)) / flexibleVolume;
      let changed = false;
      let further = false;
      for (let z = 0; z < zones; z++) {
        if (trial[z] !== FLEXIBLE || volume[z] === 0) continue;
        const least = fewest[z]!;
        let number = Math.floor(volume[z]! * density + VALUE_TOLERANCE);
        if (number < least) number = least;
        if (number > counts[z]!) number = counts[z]!;
        if (number !== counts[z]) changed = true;
        if (number !== least) further = true;
        users[z] = number;
      }
      if (changed && this.attempt('tight')) return true;
      if (further) {
        for (let z = 0; z < zones; z++) if (trial[z] === FLEXIBLE && volume[z]! > 0) users[z] = fewest[z]!;
        if (this.attempt('tight')) return true;
      }
    }
    if (!thorough) return false;
    for (let z = 0; z < zones; z++) if (trial[z] === FLEXIBLE && volume[z]! > 0) users[z] = counts[z]!;
    return this.attempt('roomy');
  }

  /** Settles every choice for the zones from `place` on whose traffic in zone lies in the band. */
  private descend(place: number, value: number): void {
    this.steps--;
    if (place === this.places) {
      if (value < this.low || value >= this.high || value < this.bestValue + VALUE_TOLERANCE) return;
      if (this.settle(true)) this.found = true;
      return;
    }
    const { trial, overflows } = this;
    const { ready, counts, volume } = this.packing;
    const z = this.order[place]!;
    const rest = this.rest[place + 1]!;
    // Zones with equal demand and equal endpoints can be exchanged: only one order of their numbers is tried.
    const last = place > 0 ? this.order[place - 1]! : -1;
    const twin = last >= 0 && volume[last] === volume[z] && counts[last] === counts[z] ? trial[last]! : -1;
    let number = this.fewest[z]!;
    if (overflows[z] === 1) {
      if (twin > number) number = twin;
    } else {
      number = counts[z]! + 1;
      if (twin > FLEXIBLE) number = twin;
      else {
        trial[z] = FLEXIBLE;
        this.descend(place + 1, value + volume[z]!);
      }
    }
    for (let tries = 0; number <= ready; tries++) {
      const now = value + this.keeps(z, number);
      if (now + rest < this.low || !this.hasEffort()) return;
      trial[z] = number;
      this.descend(place + 1, now);
      const stride = tries < 4 ? 1 : Math.max(1, number >> 3);
      number = number < ready && number + stride > ready ? ready : number + stride;
    }
  }

  /** Raises, again and again, the number of the zone that was the first to find no room: the cheapest way to a result. */
  private yieldStep(): void {
    const { trial, zones, fewest, overflows } = this;
    const { ready, counts, volume } = this.packing;
    for (let z = 0; z < zones; z++) trial[z] = overflows[z] === 1 ? fewest[z]! : FLEXIBLE;
    for (let round = 0; round < 6 * zones; round++) {
      const z = this.packing.failed;
      const now = Math.max(trial[z]!, counts[z]!);
      if (now >= ready) return;
      // Fewer would not fit either: their pieces are larger than the most room that was left.
      const room = this.packing.failedRoom;
      const least = room > VALUE_TOLERANCE ? Math.ceil(volume[z]! / room - VALUE_TOLERANCE) : ready;
      trial[z] = Math.min(ready, Math.max(least, now + Math.max(1, now >> 4)));
      if (this.settle(false)) {
        this.yielded = true;
        return;
      }
    }
  }

  /**
   * Lets some zones use everything and packs the others on top. Where hardly any slack is left, this is often the only
   * way: what lies under everything else fills the gap between whole endpoints.
   */
  private layer(): void {
    const { trial, zones, fewest } = this;
    const { ready, volume, counts } = this.packing;
    const step = zones <= 5 ? 1 : 2;
    for (let under = 1; under < 1 << Math.min(zones, 30); under = step === 1 ? under + 1 : under * 2) {
      let base = 0;
      let demanded = true;
      for (let z = 0; z < zones; z++) {
        if ((under & (1 << z)) === 0) continue;
        base += volume[z]! / ready;
        if (volume[z] === 0) demanded = false;
      }
      if (!demanded) continue;
      for (let z = 0; z < zones; z++) {
        const alone = (under & (1 << z)) !== 0;
        const number = alone ? ready : Math.max(fewest[z]!, Math.ceil(volume[z]! / (1 - base) - VALUE_TOLERANCE));
        trial[z] = Math.min(ready, number);
      }
      if (this.settle(true)) continue;
      for (let z = 0; z < zones; z++) if (trial[z]! <= counts[z]!) trial[z] = FLEXIBLE;
      this.settle(true);
    }
  }

  /** Raises one number at a time, each time the one that places the most traffic for the least loss. */
  private raise(): void {
    const { trial, zones, fewest, overflows } = this;
    const { ready, counts, volume } = this.packing;
    for (let z = 0; z < zones; z++) trial[z] = overflows[z] === 1 ? fewest[z]! : FLEXIBLE;
    this.packing.patient = true;
    for (let round = 0; round < 40; round++) {
      let least = Infinity;
      let chosen = -1;
      let chosenNumber = 0;
      let done = false;
      for (let z = 0; z < zones; z++) {
        const now = trial[z]!;
        if (now === ready || volume[z] === 0) continue;
        const from = Math.max(now, counts[z]!);
        const next = Math.min(ready, from + Math.max(1, from >> 4));
        for (let number = next; ; number = ready) {
          trial[z] = number;
          const settled = this.settle(false);
          const cost =
            volume[z]! - this.keeps(z, number) - (volume[z]! - this.keeps(z, from)) + 1.5 * this.leastMissing;
          if (cost < least - VALUE_TOLERANCE) {
            least = cost;
            chosen = z;
            chosenNumber = number;
            done = settled;
          }
          if (number === ready) break;
        }
        trial[z] = now;
      }
      if (chosen < 0) return;
      trial[chosen] = chosenNumber;
      if (done) return;
    }
  }
}

/** The searches, with the arrays that they keep from problem to problem. */
export interface SearchMemory extends RefinementMemory {
  readonly search: Search;
}

/**
 * Solves the problem: most traffic in zone within the limit, then the least traffic out of its region, then the lowest
 * cost, then the smaller busiest load. Exact in nearly all small cases, close to the bound in large ones. Deterministic; the effort is bounded and depends on the number of zones.
 * @param problem with at least one zone and one ready endpoint
 * @param memory whose arrays are used
 */
export function solveBalanced(problem: BalancedProblem, memory: SearchMemory): Layout {
  const { shares, counts, homeless, overload } = problem;
  let ready = homeless;
  for (const count of counts) ready += count;
  let own = homeless === 0;
  for (let z = 0; own && z < shares.length; z++) {
    own = shares[z] === 0 || (counts[z]! > 0 && shares[z]! * ready <= (1 + overload) * counts[z]! * (1 + 1e-10));
  }
  if (own) {
    const groups: LayoutGroup[] = [];
    for (let z = 0; z < counts.length; z++) if (counts[z]! > 0) groups.push({ home: z, zones: [z], count: counts[z]! });
    return measure(problem, groups);
  }
  const layout = nearer(problem, measure(problem, memory.search.solve(problem)));
  return refine(problem, layout, memory) ?? layout;
}
