import {
  type BalancedProblem,
  COST_TOLERANCE,
  type Layout,
  type LayoutGroup,
  MAX_ZONES_PER_ENDPOINT,
  VALUE_TOLERANCE,
  cheapest,
  doubles,
  measure,
  weigh,
  zeros,
} from './problem.js';
import { zonesOf } from './zoneSet.js';

const ROOM = 1 + 1e-10;

/**
 * Branch and bound over counts for small problems, started from a layout that it tries to beat. The arrays are kept from
 * problem to problem, and are longer than needed when a larger problem came before.
 */
export class Refinement {
  private zones = 0;
  /** How many zones have demand. */
  private depths = 0;
  private ready = 0;
  private counts: readonly number[] = [];
  private readonly volume = doubles(1);
  /** Zones with demand, the greatest first. */
  private readonly order: number[] = [];
  /** A zone without demand, to which unused endpoints may be given at no cost; -1: there is none. */
  private idleZone = -1;
  private readonly rest = doubles(1);
  private costs: readonly number[] | undefined;
  /** The least that the traffic of the zones from each depth on costs. */
  private readonly restCost = doubles(1);
  /** The smallest piece that the zones from each depth on can put into an endpoint. */
  private readonly crumb = doubles(1);
  /** Room that may stay unused in all, in units of the limit. */
  private slack = 0;
  /** Classes of equal endpoints at each depth: `width` places per depth. */
  private width = 0;
  private home: number[] = [];
  private load: number[] = [];
  private count: number[] = [];
  private content: number[] = [];
  private share: number[] = [];
  /** An earlier class with the same home and load, or -1: it is filled first, as the two can be exchanged. */
  private twin: number[] = [];
  private value = 0;
  private cost = 0;
  private busiest = 0;
  private steps = 0;
  private groups: LayoutGroup[] | undefined;

  /** @returns the groups of a better layout; undefined when there is none, or none was found within the steps */
  solve(problem: BalancedProblem, from: Layout, steps: number): readonly LayoutGroup[] | undefined {
    const { shares, counts, homeless, overload } = problem;
    const { volume, order, rest, restCost, crumb, home } = this;
    const zones = shares.length;
    let ready = homeless;
    for (let z = 0; z < zones; z++) ready += counts[z]!;
    this.zones = zones;
    this.ready = ready;
    this.counts = counts;
    this.steps = steps;
    this.groups = undefined;
    this.idleZone = -1;
    const limit = (1 + overload) / ready;
    this.costs = problem.costs;
    this.value = from.inZone / limit;
    this.cost = weigh(from) / limit;
    this.busiest = from.busiest / (1 + overload);
    let depths = 0;
    for (let z = 0; z < zones; z++) {
      volume[z] = shares[z]! / limit;
      if (shares[z] === 0) {
        if (this.idleZone < 0) this.idleZone = z;
        continue;
      }
      let at = depths++;
      while (at > 0 && volume[order[at - 1]!]! < volume[z]!) {
        order[at] = order[at - 1]!;
        at--;
      }
      order[at] = z;
    }
    this.depths = depths;
    rest[depths] = 0;
    restCost[depths] = 0;
    crumb[depths] = Infinity;
    for (let i = depths - 1; i >= 0; i--) {
      const z = order[i]!;
      rest[i] = rest[i + 1]! + Math.min(volume[z]!, counts[z]!);
      restCost[i] = restCost[i + 1]! + Math.max(0, volume[z]! - counts[z]!) * cheapest(problem, z);
      crumb[i] = Math.min(crumb[i + 1]!, volume[z]! / ready);
    }
    this.slack = ready - ready / (1 + overload) + 1e-7;
    this.width = ready;
    if (ready * (zones + 1) > home.length) this.grow(ready * (zones + 1));
    let classes = 0;
    for (let z = 0; z <= zones; z++) {
      const there = z < zones ? counts[z]! : homeless;
      if (there === 0) continue;
      this.home[classes] = z;
      this.count[classes] = there;
      this.load[classes] = 0;
      this.content[classes] = 0;
      this.twin[classes] = -1;
      classes++;
    }
    this.zone(0, classes, 0, 0, 0);
    return this.groups;
  }

  private grow(places: number): void {
    this.home = zeros(places);
    this.load = doubles(places);
    this.count = zeros(places);
    this.content = zeros(places);
    this.share = zeros(places);
    this.twin = zeros(places);
  }

  /** Tries every use of the endpoints by the zone at this depth, the most local first. */
  private zone(depth: number, classes: number, value: number, cost: number, busiest: number): void {
    if (depth === this.depths) {
      this.keep(depth, classes, value, cost, busiest);
      return;
    }
    const z = this.order[depth]!;
    const volume = this.volume[z]!;
    const from = depth * this.width;
    const rest = this.rest[depth + 1]!;
    const least = cost + this.restCost[depth + 1]!;
    for (let users = Math.max(1, Math.ceil(volume - VALUE_TOLERANCE)); users <= this.ready; users++) {
      const piece = volume / users;
      const local = this.counts[z]!;
      if (users >= local && this.hopeless(value + (volume * local) / users + rest, least, busiest)) return;
      let localRoom = 0;
      let remoteRoom = 0;
      for (let i = from; i < from + classes; i++) {
        if (this.load[i]! + piece > ROOM) continue;
        if (this.home[i] === z) localRoom += this.count[i]!;
        else remoteRoom += this.count[i]!;
      }
      for (let kept = Math.min(users, localRoom); kept >= 0 && users - kept <= remoteRoom; kept--) {
        const now = value + piece * kept;
        if (this.hopeless(now + rest, least, busiest)) break;
        this.place(depth, 0, classes, kept, users - kept, piece, now, cost, busiest);
        if (this.steps <= 0) return;
      }
    }
  }

  /** Shares `local` and `remote` uses among the classes from `at` on, then goes to the next zone. */
  private place(
    depth: number,
    at: number,
    classes: number,
    local: number,
    remote: number,
    piece: number,
    value: number,
    cost: number,
    busiest: number,
  ): void {
    if (--this.steps <= 0) return;
    if (this.costs !== undefined) {
      const least = cost + this.restCost[depth + 1]!;
      if (this.hopeless(value + this.rest[depth + 1]!, least, busiest)) return;
    }
    const from = depth * this.width;
    if (local === 0 && remote === 0) {
      for (let i = at; i < classes; i++) this.share[from + i] = 0;
      this.next(depth, classes, piece, value, cost, busiest);
      return;
    }
    if (at === classes) return;
    const i = from + at;
    const mine = this.home[i] === this.order[depth];
    const twin = this.twin[i]!;
    const blocked = this.load[i]! + piece > ROOM || (twin >= 0 && this.share[twin]! < this.count[twin]!);
    const most = blocked ? 0 : Math.min(this.count[i]!, mine ? local : remote);
    const each =
      this.costs === undefined ? 0 : piece * this.costs[this.order[depth]! * (this.zones + 1) + this.home[i]!]!;
    for (let taken = most; taken >= 0; taken--) {
      this.share[i] = taken;
      this.place(
        depth,
        at + 1,
        classes,
        mine ? local - taken : local,
        mine ? remote : remote - taken,
        piece,
        value,
        cost + taken * each,
        busiest,
      );
      if (this.steps <= 0) return;
    }
  }

  private next(depth: number, classes: number, piece: number, value: number, cost: number, busiest: number): void {
    const from = depth * this.width;
    const to = from + this.width;
    const bit = 1 << this.order[depth]!;
    const crumb = this.crumb[depth + 1]!;
    let wasted = 0;
    for (let i = from; i < from + classes; i++) {
      const taken = this.share[i]!;
      const room = 1 - this.load[i]!;
      if (room < crumb - 1e-10) wasted += room * (this.count[i]! - taken);
      if (room - piece < crumb - 1e-10) wasted += (room - piece) * taken;
    }
    if (wasted > this.slack) return;
    let next = to;
    for (let i = from; i < from + classes; i++) {
      const taken = this.share[i]!;
      const left = this.count[i]! - taken;
      if (taken > 0) {
        this.home[next] = this.home[i]!;
        this.load[next] = this.load[i]! + piece;
        this.count[next] = taken;
        this.content[next] = this.content[i]! | bit;
        if (this.load[next]! > busiest) busiest = this.load[next]!;
        next++;
      }
      if (left > 0) {
        this.home[next] = this.home[i]!;
        this.load[next] = this.load[i]!;
        this.count[next] = left;
        this.content[next] = this.content[i]!;
        next++;
      }
    }
    for (let i = to; i < next; i++) {
      this.twin[i] = -1;
      for (let j = i - 1; j >= to && this.home[j] === this.home[i]; j--) {
        if (Math.abs(this.load[j]! - this.load[i]!) > 1e-12) continue;
        this.twin[i] = j;
        break;
      }
    }
    if (depth + 2 === this.depths && !this.canFinish(to, next)) return;
    this.zone(depth + 1, next - to, value, cost, busiest);
  }

  /** Whether the last zone can fill what must not stay empty: no endpoint may leave more room than the slack. */
  private canFinish(from: number, to: number): boolean {
    let must = 0;
    let least = Infinity;
    for (let i = from; i < to; i++) {
      const room = ROOM - this.load[i]!;
      if (room <= this.slack && (this.load[i]! > 0 || this.idleAt(this.home[i]!) >= 0)) continue;
      must += this.count[i]!;
      if (room < least) least = room;
    }
    if (must === 0) return true;
    const volume = this.volume[this.order[this.depths - 1]!]!;
    const users = Math.max(must, Math.ceil(volume / least - 1e-9));
    let roomy = 0;
    for (let i = from; i < to; i++) if (this.load[i]! + volume / this.ready <= ROOM) roomy += this.count[i]!;
    return users <= roomy;
  }

  /** Neither more traffic in zone nor as much at a lower cost, or at the same with a smaller busiest load, can come of this. */
  private hopeless(bound: number, cost: number, busiest: number): boolean {
    if (bound > this.value + VALUE_TOLERANCE) return false;
    if (bound < this.value - VALUE_TOLERANCE || cost > this.cost + COST_TOLERANCE) return true;
    return cost >= this.cost - COST_TOLERANCE && busiest >= this.busiest - VALUE_TOLERANCE;
  }

  /** The zone without demand that an unused endpoint is given to; -1 when it must be used. */
  private idleAt(home: number): number {
    if (home === this.zones) return this.idleZone;
    return this.volume[home] === 0 ? home : -1;
  }

  private keep(depth: number, classes: number, value: number, cost: number, busiest: number): void {
    if (this.hopeless(value, cost, busiest)) return;
    const from = depth * this.width;
    const groups: LayoutGroup[] = [];
    for (let i = from; i < from + classes; i++) {
      const home = this.home[i]!;
      const used = zonesOf(this.content[i]!);
      const idle = used.length === 0 ? this.idleAt(home) : -1;
      // Another unused endpoint has no hint; the same layout with that endpoint in use comes up elsewhere.
      if (used.length === 0 && idle < 0) return;
      groups.push({ home, zones: idle < 0 ? used : [idle], count: this.count[i]! });
    }
    this.value = value;
    this.cost = cost;
    this.busiest = busiest;
    this.groups = groups;
  }
}

/** Where a refinement is kept; it is made on first use, because few plans need one. */
export interface RefinementMemory {
  readonly refinement: Refinement;
}

/**
 * Searches small problems for a layout with more traffic in zone, or as much and a smaller busiest load.
 * @returns undefined when there is none, or none was found within the effort
 */
export function refine(problem: BalancedProblem, from: Layout, memory: RefinementMemory): Layout | undefined {
  let ready = problem.homeless;
  for (const count of problem.counts) ready += count;
  const steps = effort(problem, ready);
  if (steps === 0) return undefined;
  const groups = memory.refinement.solve(problem, from, steps);
  return groups === undefined ? undefined : measure(problem, groups);
}

/** Steps to spend. With little slack, packing often finds nothing good and the search is worth much more. */
function effort({ shares: { length: zones }, overload, costs }: BalancedProblem, ready: number): number {
  if (ready > 12 || zones > MAX_ZONES_PER_ENDPOINT) return 0;
  if (overload < 0.15 || (costs !== undefined && ready < 10)) return 300_000;
  if (ready < 10) return 20_000;
  return zones <= 3 ? 200 : 0;
}
