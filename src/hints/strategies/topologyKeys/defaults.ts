import { fitOf } from './assignment.js';
import { ALL, membersOf, type Problem, type ZoneDemand } from './problem.js';

/**
 * Positions touched by a search before it gives up: a few milliseconds, and the same on every machine. A plan makes few
 * searches: two from each of two starts, and more from the hints there are only where one of those found something.
 */
const SEARCH_WORK = 300_000;
/** A zone of very many different wishes is searched among its cheapest defaults when no exact answer exists. */
const DESCENT_OPTIONS = 64;
const DESCENT_PASSES = 4;

/** A target that the zone hints may give to a zone by default; its nodes that want something else need node hints. */
interface Option {
  readonly target: number;
  /** Nodes of the zone that want just this. */
  readonly served: number;
  /** Hint entries that choosing it costs; fewer age slower. */
  readonly cost: number;
}

function optionsOf(
  problem: Problem,
  zone: ZoneDemand,
  countUnserved: boolean,
  preferred: number | undefined,
): Option[] {
  const served = (target: number): number =>
    (zone.groups.get(target)?.length ?? 0) + (target === ALL && countUnserved ? zone.unserved.length : 0);
  const size = (target: number): number => membersOf(problem, target).length;
  const targets = [...new Set([ALL, zone.natural, ...zone.groups.keys()])];
  const entries = targets.reduce((sum, target) => sum + served(target) * size(target), 0);
  const options = targets.map((target) => ({
    target,
    served: served(target),
    // The natural default is free: it serves the nodes of tomorrow too.
    cost: entries - served(target) * size(target) + (target === zone.natural || target === ALL ? 0 : size(target)),
  }));
  const rank = ({ target }: Option): number => (target === zone.natural ? 0 : target === ALL ? 1 : 2);
  return options.sort(
    (a, b) =>
      Number(b.target === preferred) - Number(a.target === preferred) ||
      a.cost - b.cost ||
      rank(a) - rank(b) ||
      compareMembers(membersOf(problem, a.target), membersOf(problem, b.target)),
  );
}

function compareMembers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Zones in the order in which they are decided: large ones first, as they leave the least freedom. */
function decisionOrder(problem: Problem): number[] {
  const size = (zone: number): number => problem.zones[zone]?.size ?? 0;
  return problem.zones.map((_, zone) => zone).sort((a, b) => size(b) - size(a) || a - b);
}

/**
 * Searches for a default of every zone under which the hints are exact. By the theorem of docs/topology-keys.md they are
 * when (a) every endpoint is wanted by at most `limit` nodes whose zone does not give them just what they want, and
 * (b) every endpoint is in the defaults (other than "all") of at most `limit` zones. Choosing a default relieves its
 * endpoints of the nodes it serves; the search cuts a branch when even the greatest relief left would not do.
 * @param countUnserved give all endpoints to nodes that nothing matches, as if they asked for that
 * @param preferred the defaults of the hints there are, which are tried first
 * @returns target of each zone; else whether there is none, or none was found within the work allowed
 */
export function findExactDefaults(
  problem: Problem,
  countUnserved: boolean,
  preferred: ReadonlyMap<number, number>,
): number[] | 'impossible' | 'gave up' {
  const { count, zones, limit } = problem;
  const order = decisionOrder(problem);
  const options = order.map((zone) => {
    const demand = zones[zone];
    return demand === undefined ? [] : optionsOf(problem, demand, countUnserved, preferred.get(zone));
  });
  const slack = new Int32Array(count).fill(limit);
  const uses = new Int32Array(count);
  // Greatest relief of each position in each zone: what "all" relieves (base) and what a better default adds (extras).
  const reliefs = options.map((list) => greatestRelief(problem, list));
  for (const list of options) for (const { target, served } of list) add(slack, membersOf(problem, target), -served);
  for (const { base, extras } of reliefs) {
    if (base > 0) for (let p = 0; p < count; p++) slack[p] = (slack[p] ?? 0) + base;
    for (const [position, extra] of extras) slack[position] = (slack[position] ?? 0) + extra;
  }
  if (slack.some((value) => value < 0)) return 'impossible';

  let work = 0;
  /** Takes (sign 1) or gives back (sign -1) an option. @returns whether all bounds hold */
  const apply = (depth: number, { target, served }: Option, sign: number): boolean => {
    const relief = reliefs[depth];
    if (relief === undefined) return false;
    let holds = true;
    const lower = (position: number, by: number): void => {
      const value = (slack[position] ?? 0) - by;
      slack[position] = value;
    };
    for (const [position, extra] of relief.extras) lower(position, sign * extra);
    work += relief.extras.size + 1;
    if (target !== ALL) {
      const members = membersOf(problem, target);
      for (const position of members) {
        lower(position, -sign * served);
        const used = (uses[position] ?? 0) + sign;
        uses[position] = used;
        if (used > limit) holds = false;
      }
      if (relief.base > 0) for (let p = 0; p < count; p++) lower(p, sign * relief.base);
      work += members.length + (relief.base > 0 ? count : 0);
    }
    if (relief.base > 0 && target !== ALL) return holds && slack.every((value) => value >= 0);
    for (const position of relief.extras.keys()) if ((slack[position] ?? 0) < 0) return false;
    return holds;
  };

  const chosen: number[] = new Array<number>(order.length).fill(-1);
  let depth = 0;
  while (depth < order.length) {
    const list = options[depth] ?? [];
    const current = list[chosen[depth] ?? -1];
    if (current !== undefined) apply(depth, current, -1);
    let found = false;
    for (let next = (chosen[depth] ?? -1) + 1; next < list.length && !found; next++) {
      const option = list[next];
      if (option === undefined) break;
      found = apply(depth, option, 1);
      if (found) chosen[depth] = next;
      else apply(depth, option, -1);
    }
    if (work > SEARCH_WORK) return 'gave up';
    if (found) depth++;
    else {
      chosen[depth] = -1;
      if (depth-- === 0) return 'impossible';
    }
  }
  const defaults = new Array<number>(zones.length).fill(ALL);
  order.forEach((zone, d) => (defaults[zone] = options[d]?.[chosen[d] ?? 0]?.target ?? ALL));
  return defaults;
}

function add(values: Int32Array, positions: readonly number[], by: number): void {
  if (by !== 0) for (const position of positions) values[position] = (values[position] ?? 0) + by;
}

function greatestRelief(problem: Problem, options: readonly Option[]): { base: number; extras: Map<number, number> } {
  const base = options.find(({ target }) => target === ALL)?.served ?? 0;
  const extras = new Map<number, number>();
  for (const { target, served } of options) {
    if (target === ALL || served <= base) continue;
    for (const position of membersOf(problem, target)) {
      extras.set(position, Math.max(extras.get(position) ?? 0, served - base));
    }
  }
  return { base, extras };
}

/**
 * Defaults for when hints cannot be exact: starts from `preferred`, else from the cheapest default of each zone, and
 * changes one zone at a time while that lets fewer nodes leak out of their domain, or else narrows fewer. The estimate
 * takes targets as disjoint; the caller replays what comes out.
 */
export function descendDefaults(problem: Problem, preferred: ReadonlyMap<number, number>): number[] {
  const { zones, limit } = problem;
  const options = zones.map((zone, index) =>
    optionsOf(problem, zone, false, preferred.get(index)).slice(0, DESCENT_OPTIONS),
  );
  const defaults = options.map((list) => list[0]?.target ?? ALL);
  const within = subsetTest(problem);
  const demand = new Float64Array(problem.targets.length);
  const claims = (target: number, base: number): boolean => target !== base && !within(base, target);
  const change = (zone: ZoneDemand, base: number, by: number): void => {
    for (const [target, nodes] of zone.groups) {
      if (claims(target, base)) demand[target] = (demand[target] ?? 0) + by * nodes.length;
    }
  };
  zones.forEach((zone, index) => change(zone, defaults[index] ?? ALL, 1));
  const price = (zone: ZoneDemand, base: number): number => {
    let sum = base === ALL ? 0 : zone.unserved.length;
    for (const [target, nodes] of zone.groups) {
      const claimed = claims(target, base);
      const total = (demand[target] ?? 0) + (claimed ? nodes.length : 0);
      const leaking = Math.max(0, total - limit * membersOf(problem, target).length);
      const narrowed = (total > limit ? total : 0) + (!claimed && target !== base ? nodes.length : 0);
      sum += leaking * 1e10 + narrowed * 1e5;
    }
    return sum;
  };
  for (let pass = 0, changed = true; pass < DESCENT_PASSES && changed; pass++) {
    changed = false;
    for (const index of decisionOrder(problem)) {
      const zone = zones[index];
      const before = defaults[index] ?? ALL;
      if (zone === undefined) continue;
      change(zone, before, -1);
      let best = before;
      let lowest = price(zone, before);
      for (const { target } of options[index] ?? []) {
        const value = price(zone, target);
        if (value < lowest) [best, lowest] = [target, value];
      }
      change(zone, best, 1);
      defaults[index] = best;
      changed ||= best !== before;
    }
  }
  return defaults;
}

/**
 * The default of each zone where all of its nodes follow it, because there are no node hints: first, no node that uses
 * other endpoints than it wants is to miss some of its own (all of them would crowd onto those of one node); then few
 * nodes are to use others, and few others; then few are to use less than they want.
 */
export function bestZoneDefaults(problem: Problem, preferred: ReadonlyMap<number, number>): number[] {
  return problem.zones.map((zone, index) => {
    const { union = ALL } = zone;
    const options = optionsOf(problem, zone, true, preferred.get(index)).map(({ target }) => target);
    let best = ALL;
    let lowest = Infinity;
    for (const target of new Set([...options, union])) {
      const price = priceOfZoneDefault(problem, zone, target);
      if (price < lowest) [best, lowest] = [target, price];
    }
    return best;
  });
}

function priceOfZoneDefault(problem: Problem, zone: ZoneDemand, target: number): number {
  const used = membersOf(problem, target);
  const known = new Set(used);
  let price = target === ALL ? 0 : zone.unserved.length * 1e-3;
  for (const [wish, nodes] of zone.groups) {
    const wanted = membersOf(problem, wish);
    const fit = fitOf(used, wanted, problem.count);
    if (fit === 'leaking') {
      const missesNone = wanted.every((position) => known.has(position));
      price += nodes.length * ((missesNone ? 1e5 : 1e10) + used.length / problem.count);
    }
    if (fit === 'narrowed') price += nodes.length * (1 - used.length / wanted.length);
  }
  return price;
}

/** Whether the default `inner` lies within `outer`, so that a node that wants `outer` stays in its domain without a hint. */
function subsetTest(problem: Problem): (inner: number, outer: number) => boolean {
  const targets = problem.targets.length;
  // What is known of each pair, a row for each inner target: 0 nothing, 1 it lies within, 2 it does not.
  const known: (Uint8Array | undefined)[] = [];
  // One byte per endpoint: with targets of hundreds of endpoints each, making a Set per pair would take most of a plan.
  const flags: (Uint8Array | undefined)[] = [];
  const flagsOf = (target: number): Uint8Array => {
    let members = flags[target];
    if (members === undefined) {
      members = new Uint8Array(problem.count);
      for (const position of membersOf(problem, target)) members[position] = 1;
      flags[target] = members;
    }
    return members;
  };
  const test = (inner: number, outer: number): boolean => {
    const candidates = membersOf(problem, inner);
    if (candidates.length > membersOf(problem, outer).length) return false;
    const members = flagsOf(outer);
    for (let i = 0; i < candidates.length; i++) if (members[candidates[i]!] === 0) return false;
    return true;
  };
  return (inner, outer) => {
    if (outer === ALL) return true;
    if (inner === ALL) return false;
    const row = (known[inner] ??= new Uint8Array(targets));
    if (row[outer] === 0) row[outer] = test(inner, outer) ? 1 : 2;
    return row[outer] === 1;
  };
}
