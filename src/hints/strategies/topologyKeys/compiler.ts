import type { Reading } from '../../../kubeproxy/reading.js';
import { usableByNodes } from '../../../kubeproxy/rule.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import { bestZoneDefaults, descendDefaults, findExactDefaults } from './defaults.js';
import { ALL, MAX_HINT_NAMES, membersOf, stateProblem, type HintedNode, type Problem } from './problem.js';
import { buildHints, fitOf, PLACEHOLDER, presentHints } from './assignment.js';

export interface CompileInput {
  /** The endpoints that count, sorted by address; all are taken as ready. Their `hints` are the ones there now. */
  readonly endpoints: readonly EndpointRecord[];
  /** All nodes of the cluster, sorted by name. */
  readonly nodes: readonly HintedNode[];
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
  readonly usable: readonly (readonly number[])[];
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

/**
 * Turns what nodes want into hints (docs/topology-keys.md): exact whenever hints can express it, otherwise the nodes of
 * a domain share its endpoints, and those that get none leak. Every answer is replayed for every node; what is reported
 * is what the replay says. Hints that are there stay as long as no other answer serves the nodes better.
 */
export function compileTopology(input: CompileInput): Compilation {
  const problem = problemOf(input);
  const none = input.endpoints.map(() => undefined);
  const bare = assessHints(problem, input.endpoints, none);
  if (isPerfect(bare.score)) return bare;
  const descend = descentOnce(problem);
  const search = exactSearch(problem, descend);
  let best = improve(problem, input.endpoints, search, descend, presentAnswer(problem, input.endpoints));
  // Then that is what the next round would start from, and find again.
  if (best.hints.every((hint, i) => hint === input.endpoints[i]?.hints)) return best;
  // A search that starts from the answer may find a better one still. Going on until it does not makes the answer one
  // that planning again leaves alone; every round is better than the last, and two are nearly always enough. So each
  // round does just what planning again would do.
  for (let round = 0; round < MAX_ROUNDS && !isPerfect(best.score); round++) {
    const next = improve(problem, withHints(input.endpoints, best.hints), search, descend, best);
    if (next.hints.every((hint, i) => hint === best.hints[i])) break;
    best = next;
  }
  return best;
}

type ExactSearch = (preferred: ReadonlyMap<number, number>) => readonly number[] | undefined;

/**
 * Defaults under which all nodes are exact, also those that nothing matches; else those that something matches. Without
 * node hints the best there are.
 */
function exactSearch(problem: Problem, descend: Descent): ExactSearch {
  if (problem.zonesOnly === true) return (preferred) => bestZoneDefaults(problem, preferred);
  const unserved = problem.zones.some((zone) => zone.unserved.length > 0);
  const all = searchOnce(problem, true, descend);
  // Made when it is asked for: mostly all nodes can be exact.
  let served: ExactSearch | undefined;
  return (preferred) => {
    const found = all(preferred);
    if (found !== undefined || !unserved) return found;
    return (served ??= searchOnce(problem, false, descend))(preferred);
  };
}

/**
 * Whether there are exact defaults is searched once: from nothing and, where that search gives up, from where the descent
 * ends. How that turns out must not depend on the hints there are, or planning again would find what the plan before gave
 * up. What there is then decides which exact defaults are taken.
 */
function searchOnce(problem: Problem, countUnserved: boolean, descend: Descent): ExactSearch {
  let first = findExactDefaults(problem, countUnserved, NO_DEFAULTS);
  if (first === 'gave up') first = findExactDefaults(problem, countUnserved, new Map(descend(NO_DEFAULTS).entries()));
  if (typeof first === 'string') return () => undefined;
  const fallback = first;
  return (preferred) => {
    if (preferred.size === 0) return fallback;
    const found = findExactDefaults(problem, countUnserved, preferred);
    return typeof found === 'string' ? fallback : found;
  };
}

function withHints(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
): readonly EndpointRecord[] {
  return endpoints.map((endpoint, i) => ({ ...endpoint, hints: hints[i] }));
}

/** How the hints that are there serve the nodes, where they are such that they may stay. */
function presentAnswer(problem: Problem, endpoints: readonly EndpointRecord[]): Compilation | undefined {
  if (!hasCleanHints(problem, endpoints)) return undefined;
  return assessHints(
    problem,
    endpoints,
    endpoints.map(({ hints }) => hints),
  );
}

/**
 * The hints that are there, or better ones.
 * @param current the assessment of those that are there, unless they cannot stay
 */
function improve(
  problem: Problem,
  endpoints: readonly EndpointRecord[],
  search: ExactSearch,
  descend: Descent,
  current: Compilation | undefined,
): Compilation {
  if (current !== undefined && isPerfect(current.score)) return current;
  const present = presentHints(endpoints);
  const build = (defaults: readonly number[]): Compilation =>
    assessHints(problem, endpoints, buildHints(problem, endpoints, defaults, present));
  const preferred = presentDefaults(problem, present.byZone);
  const exact = search(preferred);
  const best = exact === undefined ? approximate(preferred, build, descend) : build(exact);
  // By zone hints alone, fewer leaking nodes may cost those that leak what they want.
  if (problem.zonesOnly === true) return best;
  if (current === undefined || compareScores(current.score, best.score) > 0) return best;
  return current.score.unevenness <= best.score.unevenness * UNEVENNESS_TOLERANCE ? current : best;
}

type Descent = (preferred: ReadonlyMap<number, number>) => readonly number[];

/** Works out once where the descent from nothing ends: that does not depend on the hints there are. */
function descentOnce(problem: Problem): Descent {
  let fresh: readonly number[] | undefined;
  return (preferred) =>
    preferred.size === 0 ? (fresh ??= descendDefaults(problem, preferred)) : descendDefaults(problem, preferred);
}

function approximate(
  preferred: ReadonlyMap<number, number>,
  build: (defaults: readonly number[]) => Compilation,
  descend: Descent,
): Compilation {
  const fromNothing = descend(NO_DEFAULTS);
  const fresh = build(fromNothing);
  if (preferred.size === 0) return fresh;
  const fromPresent = descend(preferred);
  if (fromPresent.every((target, zone) => target === fromNothing[zone])) return fresh;
  const kept = build(fromPresent);
  return compareScores(fresh.score, kept.score) < 0 ? fresh : kept;
}

/** How given hints serve the nodes. */
export function replayTopology(input: CompileInput, hints: readonly (EndpointHints | undefined)[]): Compilation {
  return assessHints(problemOf(input), input.endpoints, hints);
}

function problemOf({ endpoints, nodes, wanted, natural, reading, zonesOnly, limit }: CompileInput): Problem {
  return { ...stateProblem(endpoints.length, nodes, wanted, natural, limit ?? MAX_HINT_NAMES, zonesOnly), reading };
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
function hasCleanHints(problem: Problem, endpoints: readonly EndpointRecord[]): boolean {
  const nodes = new Set([PLACEHOLDER, ...problem.nodes.map(({ name }) => name)]);
  const zones = new Set([PLACEHOLDER, ...problem.zones.map(({ name }) => name)]);
  const [first] = endpoints;
  if (problem.zonesOnly === true && endpoints.some(({ hints }) => hints?.forNodes !== undefined)) return false;
  const kinds = ['forZones', 'forNodes'] as const;
  const has = (endpoint: EndpointRecord | undefined, kind: (typeof kinds)[number]): boolean =>
    (endpoint?.hints?.[kind]?.length ?? 0) > 0;
  return endpoints.every(
    (endpoint) =>
      endpoint.hints !== undefined &&
      kinds.every((kind) => has(endpoint, kind) === has(first, kind)) &&
      (endpoint.hints.forZones ?? []).every((zone) => zones.has(zone)) &&
      (endpoint.hints.forNodes ?? []).every((node) => nodes.has(node)),
  );
}

/** The default that the present hints give to each zone, where it is still, more or less, one that the zone may want. */
function presentDefaults(problem: Problem, byZone: ReadonlyMap<string, readonly number[]>): Map<number, number> {
  const defaults = new Map<number, number>();
  if (byZone.size === 0) return defaults;
  problem.zones.forEach((zone, index) => {
    const present = new Set(byZone.get(zone.name));
    if (present.size === 0) {
      defaults.set(index, ALL);
      return;
    }
    let likest = 0.5;
    for (const target of [zone.natural, ...zone.groups.keys()]) {
      const members = membersOf(problem, target);
      const common = members.filter((position) => present.has(position)).length;
      const likeness = common / (members.length + present.size - common);
      if (target === ALL || likeness <= likest) continue;
      likest = likeness;
      defaults.set(index, target);
    }
  });
  return defaults;
}

function assessHints(
  problem: Problem,
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
): Compilation {
  const { nodes, count, targetOf, reading } = problem;
  const asReady = endpoints.map((endpoint) => (isReady(endpoint) ? endpoint : { ...endpoint, ready: true }));
  const usable = usableByNodes(asReady, hints, nodes, reading);
  const users = new Map<readonly number[], number>();
  let leaking = 0;
  let missing = 0;
  let unserved = 0;
  const outcomes = nodes.map((_, index): Outcome => {
    const used = usable[index] ?? [];
    users.set(used, (users.get(used) ?? 0) + 1);
    const target = targetOf[index];
    if (target === undefined) {
      if (used.length !== count) unserved++;
      return 'softened';
    }
    const wanted = membersOf(problem, target);
    const fit = fitOf(used, wanted, count);
    if (fit === 'leaking') leaking++;
    if (fit === 'narrowed') missing += 1 - used.length / wanted.length;
    return fit;
  });
  const loads = new Float64Array(count);
  for (const [used, number] of users) {
    for (const position of used) loads[position] = (loads[position] ?? 0) + number / used.length;
  }
  const unevenness = loads.reduce((sum, load) => sum + load * load, 0);
  return { hints, usable, outcomes, score: { leaking, missing, unserved, unevenness } };
}
