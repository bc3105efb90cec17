import type { Reading } from '../../../kubeproxy/reading.js';
import { usesOfNodes, type NodeUses } from '../../../kubeproxy/replay.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { PLACEHOLDER, type EndpointHints } from '../../../model/hints.js';
import { buildHints, fit, presentHints, type PresentHints } from './assignment.js';
import { Descent } from './descent.js';
import { ExactDefaults, isBeyondReach } from './exactDefaults.js';
import { FEW, PositionSet } from './positionSet.js';
import { ALL, MAX_HINT_NAMES, membersOf, stateProblem, type HintedNode, type Problem } from './problem.js';
import { ZoneOptions } from './zoneOptions.js';
import { bestZoneDefaults } from './zonesOnlyDefaults.js';

export interface CompileInput {
  /** The endpoints that count, sorted by address; all are taken as ready. Their `hints` are the ones there now. */
  readonly endpoints: readonly EndpointRecord[];
  /** All nodes of the cluster, sorted by name. */
  readonly nodes: readonly HintedNode[];
  /** Where a node is among them, where an index is at hand; below 0: nowhere. */
  readonly placeOf?: ((name: string) => number) | undefined;
  /** For each node the indexes of the endpoints it wants, ascending; empty: nothing matches. */
  readonly wanted: readonly (readonly number[])[];
  /** For each zone what a node that joins it would want. */
  readonly natural: ReadonlyMap<string, readonly number[]>;
  /** Which hints the nodes heed; by default all of them. */
  readonly reading?: Reading | undefined;
  /** Node hints cannot be written. */
  readonly zonesOnly?: boolean | undefined;
  /** Names that one endpoint may have in `forZones` and in `forNodes`; only tests set it. */
  readonly limit?: number;
}

/**
 * exact: the node uses what it wants. narrowed: some of it. leaking: others too. softened: it wants what does not
 * exist, and uses something else.
 */
export type Outcome = 'exact' | 'narrowed' | 'leaking' | 'softened';

export interface Compilation {
  readonly score: Score;
  /** Parallel to the endpoints; undefined everywhere when no hint is needed. */
  readonly hints: readonly (EndpointHints | undefined)[];
  /** What each node's kube-proxy will use, by replay. */
  readonly uses: NodeUses;
  /** Parallel to the nodes. */
  readonly outcomes: readonly Outcome[];
}

/** How well hints serve the nodes. Better is less, from top to bottom. */
export interface Score {
  /** Nodes that use endpoints they do not want. */
  readonly leaking: number;
  /** Sum over nodes of the part of the wanted endpoints that they miss. */
  readonly missing: number;
  /** Nodes that nothing matches and that do not use all endpoints. */
  readonly unserved: number;
  /** Sum of the squares of the endpoints' loads, each node being a load of 1. */
  readonly unevenness: number;
}

/** Of two answers that serve the nodes alike, the one that is there may be this much less even and still stay. */
const UNEVENNESS_TOLERANCE = 1.1;
const EPSILON = 1e-9;
const MAX_ROUNDS = 8;
const NO_DEFAULTS: ReadonlyMap<number, number> = new Map();

/** Default targets of zones, by the index of the zone, from which a search starts. */
type Preferred = ReadonlyMap<number, number>;

/**
 * Turns what nodes want into hints (docs/topology-keys.md): exact whenever hints can express it, otherwise the nodes of
 * a domain share its endpoints, and those that get none leak. Every answer is replayed for every node; what is reported
 * is what the replay says. Hints that are there stay as long as no other answer serves the nodes better.
 *
 * What does not depend on the hints that are there is worked out once, for as many answers as are asked for.
 */
export class TopologyCompiler {
  readonly #endpoints: readonly EndpointRecord[];
  readonly #problem: Problem;
  readonly #asReady: readonly EndpointRecord[];
  readonly #descent: Descent;
  readonly #search: ExactSearch;
  #bare: Compilation | undefined;

  constructor(input: CompileInput) {
    const { endpoints, nodes, placeOf, wanted, natural, reading, zonesOnly, limit = MAX_HINT_NAMES } = input;
    const problem = { ...stateProblem(endpoints.length, nodes, wanted, natural, limit, zonesOnly, placeOf), reading };
    this.#endpoints = endpoints;
    this.#problem = problem;
    this.#asReady = endpoints.map((endpoint) => (isReady(endpoint) ? endpoint : { ...endpoint, ready: true }));
    const options = new ZoneOptions(problem, false);
    this.#descent = new Descent(problem, options);
    this.#search = exactSearch(problem, options, this.#descent);
  }

  /**
   * @param hints those that are there, by default those of the endpoints
   * @param replayed how they serve the nodes, where that is known
   */
  compile(
    hints: Compilation['hints'] = this.#endpoints.map((endpoint) => endpoint.hints),
    replayed?: Compilation,
  ): Compilation {
    const bare = (this.#bare ??= this.replay(this.#endpoints.map(() => undefined)));
    if (isPerfect(bare.score)) return bare;
    const endpoints = withHints(this.#endpoints, hints);
    const current = hasCleanHints(this.#problem, endpoints) ? (replayed ?? this.replay(hints)) : undefined;
    let best = this.#improve(endpoints, current);
    // Then that is what the next round would start from, and find again.
    if (sameHints(best.hints, hints)) return best;
    // A search that starts from the answer may find a better one still. Going on until it does not makes the answer one
    // that planning again leaves alone; every round is better than the last, and two are nearly always enough. So each
    // round does just what planning again would do.
    for (let round = 0; round < MAX_ROUNDS && !isPerfect(best.score); round++) {
      const next = this.#improve(withHints(this.#endpoints, best.hints), best);
      if (sameHints(next.hints, best.hints)) break;
      best = next;
    }
    return best;
  }

  /** How given hints serve the nodes. */
  replay(hints: Compilation['hints']): Compilation {
    return assessHints(this.#problem, this.#asReady, hints);
  }

  /**
   * The hints that are there, or better ones.
   * @param current the assessment of those that are there, unless they cannot stay
   */
  #improve(endpoints: readonly EndpointRecord[], current: Compilation | undefined): Compilation {
    if (current !== undefined && isPerfect(current.score)) return current;
    const problem = this.#problem;
    const present = presentHints(problem, endpoints);
    const build = (defaults: readonly number[]): Compilation => {
      const hints = buildHints(problem, endpoints, defaults, present);
      return current !== undefined && sameHints(hints, current.hints) ? current : this.replay(hints);
    };
    const preferred = presentDefaults(problem, present);
    const exact = this.#search(preferred);
    const best = exact === undefined ? this.#approximate(preferred, build) : build(exact);
    if (current === undefined) return best;
    // By zone hints alone, fewer leaking nodes may cost those that leak what they want.
    const stays =
      problem.zonesOnly === true ? servesAlike(problem, current, best) : compareScores(current.score, best.score) <= 0;
    if (!stays) return best;
    return current.score.unevenness <= best.score.unevenness * UNEVENNESS_TOLERANCE ? current : best;
  }

  #approximate(preferred: Preferred, build: (defaults: readonly number[]) => Compilation): Compilation {
    const fromNothing = this.#descent.fresh();
    const fresh = build(fromNothing);
    if (preferred.size === 0) return fresh;
    const fromPresent = this.#descent.from(preferred);
    if (fromPresent.every((target, zone) => target === fromNothing[zone])) return fresh;
    const kept = build(fromPresent);
    return compareScores(fresh.score, kept.score) < 0 ? fresh : kept;
  }
}

type ExactSearch = (preferred: Preferred) => readonly number[] | undefined;

/**
 * Defaults under which all nodes are exact, also those that nothing matches; else those that something matches. Without
 * node hints the best there are.
 * @param options without those that nothing matches
 */
function exactSearch(problem: Problem, options: ZoneOptions, descent: Descent): ExactSearch {
  const unserved = problem.zones.some((zone) => zone.unserved.length > 0);
  const withUnserved = unserved ? new ZoneOptions(problem, true) : options;
  if (problem.zonesOnly === true) return (preferred) => bestZoneDefaults(problem, withUnserved, preferred);
  const all = searchOnce(problem, withUnserved, descent);
  if (!unserved) return all;
  const served = searchOnce(problem, options, descent);
  return (preferred) => all(preferred) ?? served(preferred);
}

/**
 * Whether there are exact defaults is searched once: from nothing and, where that search gives up, from where the descent
 * ends. How that turns out must not depend on the hints there are, or planning again would find what the plan before gave
 * up. What there is then decides which exact defaults are taken.
 */
function searchOnce(problem: Problem, options: ZoneOptions, descent: Descent): ExactSearch {
  const start = (): ExactSearch => {
    if (isBeyondReach(problem, options)) return () => undefined;
    const search = new ExactDefaults(problem, options);
    let first = search.find(NO_DEFAULTS);
    if (first === 'gave up') first = search.find(new Map(descent.fresh().entries()));
    if (typeof first === 'string') return () => undefined;
    const fallback = first;
    return (preferred) => {
      if (preferred.size === 0) return fallback;
      const found = search.find(preferred);
      return typeof found === 'string' ? fallback : found;
    };
  };
  let started: ExactSearch | undefined;
  return (preferred) => (started ??= start())(preferred);
}

/** Whether they are the very same objects. */
function sameHints(a: Compilation['hints'], b: Compilation['hints']): boolean {
  return a.every((hint, i) => hint === b[i]);
}

function withHints(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
): readonly EndpointRecord[] {
  return endpoints.map((endpoint, i) => (endpoint.hints === hints[i] ? endpoint : { ...endpoint, hints: hints[i] }));
}

/** Whether every node uses as many endpoints under `a` as under `b`, and as many that it wants. */
function servesAlike({ targetOf, targets }: Problem, a: Compilation, b: Compilation): boolean {
  return a.outcomes.every((outcome, node) => {
    const [its, other] = [a.uses.setOf[node]!, b.uses.setOf[node]!];
    if (outcome !== b.outcomes[node] || a.uses.sets.sizeOf(its) !== b.uses.sets.sizeOf(other)) return false;
    if (outcome !== 'leaking') return true;
    const wanted = targets[targetOf[node]!]!;
    return wanted.countOf(a.uses.sets, its) === wanted.countOf(b.uses.sets, other);
  });
}

/** Negative when `a` serves the nodes better; evenness does not count. */
export function compareScores(a: Score, b: Score): number {
  for (const part of ['leaking', 'missing', 'unserved'] as const) {
    if (Math.abs(a[part] - b[part]) > EPSILON) return a[part] - b[part];
  }
  return 0;
}

function isPerfect(score: Score): boolean {
  return score.leaking === 0 && score.missing === 0 && score.unserved === 0;
}

/** All endpoints have hints that name only nodes and zones that exist: a replay of them will still hold tomorrow. */
function hasCleanHints({ zones, placeOf, zonesOnly }: Problem, endpoints: readonly EndpointRecord[]): boolean {
  const zoneNames = new Set(zones.map(({ name }) => name));
  const [first] = endpoints;
  if (zonesOnly === true && endpoints.some(({ hints }) => hints?.forNodes !== undefined)) return false;
  const kinds = ['forZones', 'forNodes'] as const;
  const has = (endpoint: EndpointRecord | undefined, kind: (typeof kinds)[number]): boolean =>
    (endpoint?.hints?.[kind]?.length ?? 0) > 0;
  const isKnownZone = (name: string): boolean => name === PLACEHOLDER || zoneNames.has(name);
  const isKnownNode = (name: string): boolean => name === PLACEHOLDER || placeOf(name) >= 0;
  return endpoints.every(
    (endpoint) =>
      endpoint.hints !== undefined &&
      kinds.every((kind) => has(endpoint, kind) === has(first, kind)) &&
      (endpoint.hints.forZones ?? []).every(isKnownZone) &&
      (endpoint.hints.forNodes ?? []).every(isKnownNode),
  );
}

/** The default that the present hints give to each zone, where it is still, more or less, one that the zone may want. */
function presentDefaults(problem: Problem, { byZone, zonesAreNamed }: PresentHints): Map<number, number> {
  const defaults = new Map<number, number>();
  if (!zonesAreNamed) return defaults;
  const isPresent = new Uint8Array(problem.count);
  problem.zones.forEach((zone, index) => {
    const present = byZone.toArray(index);
    if (present.length === 0) {
      defaults.set(index, ALL);
      return;
    }
    for (const position of present) isPresent[position] = 1;
    let likest = 0.5;
    for (const target of [zone.natural, ...zone.groups.keys()]) {
      const members = membersOf(problem, target);
      const [own, its] = [members.length, present.length];
      // At most as alike as if one lay within the other.
      if (target === ALL || Math.min(own, its) / Math.max(own, its) <= likest) continue;
      let common = 0;
      for (let i = 0; i < members.length; i++) common += isPresent[members[i]!]!;
      const likeness = common / (own + its - common);
      if (likeness <= likest) continue;
      likest = likeness;
      defaults.set(index, target);
    }
    for (const position of present) isPresent[position] = 0;
  });
  return defaults;
}

/** @param endpoints all ready */
function assessHints(
  problem: Problem,
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
): Compilation {
  const { nodes, placeOf, count, targetOf, targets, reading } = problem;
  const uses = usesOfNodes(endpoints, hints, nodes, reading, placeOf);
  const { sets, setOf } = uses;
  // Few sets are large, those by zone: these are compared word by word.
  const large = new Map<number, PositionSet>();
  const isWithin = (set: number, wanted: PositionSet): boolean => {
    if (sets.sizeOf(set) <= FEW) return wanted.countOf(sets, set) === sets.sizeOf(set);
    let own = large.get(set);
    if (own === undefined) large.set(set, (own = new PositionSet(sets.toArray(set))));
    return own.isWithin(wanted);
  };
  const users = new Int32Array(sets.count);
  let leaking = 0;
  let missing = 0;
  let unserved = 0;
  const outcomes = new Array<Outcome>(nodes.length);
  for (let index = 0; index < nodes.length; index++) {
    const set = setOf[index]!;
    users[set]!++;
    const size = sets.sizeOf(set);
    const target = targetOf[index];
    if (target === undefined) {
      if (size !== count) unserved++;
      outcomes[index] = 'softened';
      continue;
    }
    const wanted = targets[target]!;
    const outcome = fit(isWithin(set, wanted), size, wanted.members.length);
    if (outcome === 'leaking') leaking++;
    if (outcome === 'narrowed') missing += 1 - size / wanted.members.length;
    outcomes[index] = outcome;
  }
  const loads = new Float64Array(count);
  for (let set = 0; set < sets.count; set++) {
    const size = sets.sizeOf(set);
    for (let i = 0; i < size; i++) loads[sets.at(set, i)]! += users[set]! / size;
  }
  const unevenness = loads.reduce((sum, load) => sum + load * load, 0);
  return { hints, uses, outcomes, score: { leaking, missing, unserved, unevenness } };
}
