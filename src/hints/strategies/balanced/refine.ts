import {
  type BalancedProblem,
  type Layout,
  type LayoutGroup,
  MAX_ZONES_PER_ENDPOINT,
  VALUE_TOLERANCE,
  measure,
} from './problem.js';
import { zonesOf } from './zoneSet.js';

const ROOM = 1 + 1e-10;

/** Branch and bound over counts for small problems, started from a layout that it tries to beat. */
class Refinement {
  private readonly zones: number;
  /** How many zones have demand. */
  private readonly depths: number;
  private readonly ready: number;
  private readonly counts: readonly number[];
  private readonly volume: number[] = [];
  /** Zones with demand, the greatest first. */
  private readonly order: number[] = [];
  /** A zone without demand, to which unused endpoints may be given at no cost; -1: there is none. */
  private idleZone = -1;
  private readonly rest: number[];
  /** The smallest piece that the zones from each depth on can put into an endpoint. */
  private readonly crumb: number[];
  /** Room that may stay unused in all, in units of the limit. */
  private readonly slack: number;
  /** Classes of equal endpoints at each depth: `width` places per depth. */
  private readonly width: number;
  private readonly home: number[];
  private readonly load: number[];
  private readonly count: number[];
  private readonly content: number[];
  private readonly share: number[];
  /** An earlier class with the same home and load, or -1: it is filled first, as the two can be exchanged. */
  private readonly twin: number[];
  private value: number;
  private busiest: number;
  private steps: number;
  groups: LayoutGroup[] | undefined;

  constructor(problem: BalancedProblem, from: Layout, steps: number) {
    const { shares, counts, homeless, overload } = problem;
    const zones = shares.length;
    let ready = homeless;
    for (const count of counts) ready += count;
    this.zones = zones;
    this.ready = ready;
    this.counts = counts;
    this.steps = steps;
    const limit = (1 + overload) / ready;
    this.value = from.inZone / limit;
    this.busiest = from.busiest / (1 + overload);
    for (let z = 0; z < zones; z++) {
      this.volume.push(shares[z]! / limit);
      if (shares[z] === 0) {
        if (this.idleZone < 0) this.idleZone = z;
        continue;
      }
      let at = this.order.length;
      while (at > 0 && this.volume[this.order[at - 1]!]! < this.volume[z]!) {
        this.order[at] = this.order[at - 1]!;
        at--;
      }
      this.order[at] = z;
    }
    const depths = this.order.length;
    this.depths = depths;
    this.rest = new Array<number>(depths + 1).fill(0);
    for (let i = depths - 1; i >= 0; i--) {
      const z = this.order[i]!;
      this.rest[i] = this.rest[i + 1]! + Math.min(this.volume[z]!, counts[z]!);
    }
    this.crumb = new Array<number>(depths + 1).fill(Infinity);
    for (let i = depths - 1; i >= 0; i--) {
      this.crumb[i] = Math.min(this.crumb[i + 1]!, this.volume[this.order[i]!]! / ready);
    }
    this.slack = ready - ready / (1 + overload) + 1e-7;
    this.width = ready;
    const places = this.width * (zones + 1);
    this.home = new Array<number>(places).fill(0);
    this.load = new Array<number>(places).fill(0);
    this.count = new Array<number>(places).fill(0);
    this.content = new Array<number>(places).fill(0);
    this.share = new Array<number>(places).fill(0);
    this.twin = new Array<number>(places).fill(-1);
    let classes = 0;
    for (let z = 0; z <= zones; z++) {
      const there = z < zones ? counts[z]! : homeless;
      if (there === 0) continue;
      this.home[classes] = z;
      this.count[classes] = there;
      classes++;
    }
    this.zone(0, classes, 0, 0);
  }

  /** Tries every use of the endpoints by the zone at this depth, the most local first. */
  private zone(depth: number, classes: number, value: number, busiest: number): void {
    if (depth === this.depths) {
      this.keep(depth, classes, value, busiest);
      return;
    }
    const z = this.order[depth]!;
    const volume = this.volume[z]!;
    const from = depth * this.width;
    const rest = this.rest[depth + 1]!;
    for (let users = Math.max(1, Math.ceil(volume - VALUE_TOLERANCE)); users <= this.ready; users++) {
      const piece = volume / users;
      const local = this.counts[z]!;
      if (users >= local && this.hopeless(value + (volume * local) / users + rest, busiest)) return;
      let localRoom = 0;
      let remoteRoom = 0;
      for (let i = from; i < from + classes; i++) {
        if (this.load[i]! + piece > ROOM) continue;
        if (this.home[i] === z) localRoom += this.count[i]!;
        else remoteRoom += this.count[i]!;
      }
      for (let kept = Math.min(users, localRoom); kept >= 0 && users - kept <= remoteRoom; kept--) {
        const now = value + piece * kept;
        if (this.hopeless(now + rest, busiest)) break;
        this.place(depth, 0, classes, kept, users - kept, piece, now, busiest);
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
    busiest: number,
  ): void {
    if (--this.steps <= 0) return;
    const from = depth * this.width;
    if (local === 0 && remote === 0) {
      for (let i = at; i < classes; i++) this.share[from + i] = 0;
      this.next(depth, classes, piece, value, busiest);
      return;
    }
    if (at === classes) return;
    const i = from + at;
    const mine = this.home[i] === this.order[depth];
    const twin = this.twin[i]!;
    const blocked = this.load[i]! + piece > ROOM || (twin >= 0 && this.share[twin]! < this.count[twin]!);
    const most = blocked ? 0 : Math.min(this.count[i]!, mine ? local : remote);
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
        busiest,
      );
      if (this.steps <= 0) return;
    }
  }

  private next(depth: number, classes: number, piece: number, value: number, busiest: number): void {
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
    this.zone(depth + 1, next - to, value, busiest);
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

  /** Neither more traffic in zone nor as much with a smaller busiest load can come of this. */
  private hopeless(bound: number, busiest: number): boolean {
    if (bound > this.value + VALUE_TOLERANCE) return false;
    return bound < this.value - VALUE_TOLERANCE || busiest >= this.busiest - VALUE_TOLERANCE;
  }

  /** The zone without demand that an unused endpoint is given to; -1 when it must be used. */
  private idleAt(home: number): number {
    if (home === this.zones) return this.idleZone;
    return this.volume[home] === 0 ? home : -1;
  }

  private keep(depth: number, classes: number, value: number, busiest: number): void {
    if (this.hopeless(value, busiest)) return;
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
    this.busiest = busiest;
    this.groups = groups;
  }
}

/**
 * Searches small problems for a layout with more traffic in zone, or as much and a smaller busiest load.
 * @returns undefined when there is none, or none was found within the effort
 */
export function refine(problem: BalancedProblem, from: Layout): Layout | undefined {
  let ready = problem.homeless;
  for (const count of problem.counts) ready += count;
  const steps = effort(problem.shares.length, ready, problem.overload);
  if (steps === 0) return undefined;
  const { groups } = new Refinement(problem, from, steps);
  return groups === undefined ? undefined : measure(problem, groups);
}

/** Steps to spend. With little slack, packing often finds nothing good and the search is worth much more. */
function effort(zones: number, ready: number, overload: number): number {
  if (ready > 12 || zones > MAX_ZONES_PER_ENDPOINT) return 0;
  if (overload < 0.15) return 300_000;
  if (ready < 10) return 20_000;
  return zones <= 3 ? 200 : 0;
}
