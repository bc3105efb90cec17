import { NumberLists, Pairs } from '../../../model/lists/numberLists.js';
import { compareText } from '../../../model/objectKey.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { sortFew } from '../../../model/lists/sortFew.js';
import { NOBODY, type EndpointHints } from '../../../model/hints.js';
import type { Claim, Present } from './claim.js';
import { PositionSet } from './positionSet.js';
import { ALL, membersOf, type Problem } from './problem.js';
import { shareOut } from './shares.js';

export interface PresentHints {
  /** By the place of a zone or node, the positions that name it. */
  readonly byZone: Present;
  readonly byNode: Present;
  /** Whether any zone is named, be it one where no node is. */
  readonly zonesAreNamed: boolean;
}

/** Which positions name each zone and node; one that names it twice counts once. */
export function presentHints({ zones, nodes, placeOf }: Problem, endpoints: readonly EndpointRecord[]): PresentHints {
  const zonePlaces = new Map(zones.map(({ name }, place) => [name, place]));
  const zoneNames = endpoints.map(({ hints }) => hints?.forZones ?? NO_NAMES);
  const nodeNames = endpoints.map(({ hints }) => hints?.forNodes ?? NO_NAMES);
  return {
    byZone: namedBy(zones.length, zoneNames, (zone) => zonePlaces.get(zone) ?? -1),
    byNode: namedBy(nodes.length, nodeNames, placeOf),
    zonesAreNamed: zoneNames.some((names) => names.length > 0),
  };
}

const NO_NAMES: readonly string[] = [];

function namedBy(count: number, names: readonly (readonly string[])[], placeOf: (name: string) => number): Present {
  const pairs = new Pairs(names.reduce((sum, { length }) => sum + length, 0));
  names.forEach((own, position) => {
    for (let i = 0; i < own.length; i++) {
      const place = placeOf(own[i]!);
      if (place >= 0) pairs.add(place, position);
    }
  });
  return new NumberLists(count, pairs);
}

function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Writes the hints for given zone defaults, and shares out what would be too much for an endpoint. */
export function buildHints(
  problem: Problem,
  endpoints: readonly EndpointRecord[],
  defaults: readonly number[],
  present: PresentHints,
): (EndpointHints | undefined)[] {
  const { zones, nodes, targets, count, limit, zonesOnly = false } = problem;
  const zoneNames: string[][] = endpoints.map(() => []);
  const nodeNames: string[][] = endpoints.map(() => []);

  const zonesByDefault = new Map<number, number[]>();
  zones.forEach((_, index) => {
    const target = defaults[index] ?? ALL;
    if (target !== ALL) pushTo(zonesByDefault, target, index);
  });
  const zoneClaims = claimsOf(problem, zonesByDefault);
  const shareOfZone: (readonly number[] | undefined)[] = zones.map(() => undefined);
  shareOut(zoneClaims, count, limit, present.byZone).forEach((shares, claim) => {
    zoneClaims[claim]!.consumers.forEach((zone, i) => {
      const share = shares[i]!;
      if (share.length > 0) shareOfZone[zone] = share;
      for (let k = 0; k < share.length; k++) zoneNames[share[k]!]!.push(zones[zone]!.name);
    });
  });

  const zonesUsed = shareOfZone.some((share) => share !== undefined);
  if (zonesOnly) {
    return endpoints.map((endpoint, i) => withNames(endpoint, zonesUsed ? zoneNames[i] : undefined, undefined));
  }
  // A node that is given nothing by name uses what its zone gives: its own domain, a part of it, or something else.
  const mustHave = new Map<number, readonly number[]>();
  const wouldLike: Wish[] = [];
  zones.forEach((zone, index) => {
    const given = shareOfZone[index];
    const share = given === undefined ? undefined : new PositionSet(given);
    zone.groups.forEach((members, target) => {
      const fit = fitOf(share, targets[target]!, count);
      if (fit === 'leaking') mustHave.set(target, together(mustHave.get(target), members));
      else if (fit === 'narrowed') for (const node of members) wouldLike.push({ target, node, served: true });
    });
    if (share !== undefined) for (const node of zone.unserved) wouldLike.push({ target: ALL, node, served: false });
  });
  const claims = claimsOf(
    problem,
    [...mustHave].sort(([a], [b]) => a - b),
  );
  shareOut(claims, count, limit, present.byNode).forEach((shares, claim) => {
    claims[claim]!.consumers.forEach((node, i) => {
      const share = shares[i]!;
      for (let k = 0; k < share.length; k++) nodeNames[share[k]!]!.push(nodes[node]!.name);
    });
  });
  // Lists only grow: where one wish for a target was not granted, none after it is.
  const full = new Set<number>();
  for (const { target, node } of inOrderOfNeed(problem, wouldLike, present)) {
    if (full.has(target)) continue;
    const wanted = membersOf(problem, target);
    if (wanted.every((position) => nodeNames[position]!.length < limit)) {
      for (const position of wanted) nodeNames[position]!.push(nodes[node]!.name);
    } else full.add(target);
  }
  const nodesUsed = nodeNames.some((names) => names.length > 0);
  return endpoints.map((endpoint, position) =>
    withNames(endpoint, zonesUsed ? zoneNames[position] : undefined, nodesUsed ? nodeNames[position] : undefined),
  );
}

/** @param consumers of each target, in the order in which their claims are to be met */
function claimsOf(problem: Problem, consumers: Iterable<readonly [number, readonly number[]]>): Claim[] {
  return Array.from(consumers, ([target, own]) => ({ wanted: membersOf(problem, target), consumers: own }));
}

/** The nodes of several zones in the order of all nodes. */
function together(some: readonly number[] | undefined, others: readonly number[]): readonly number[] {
  return some === undefined ? others : [...some, ...others].sort((a, b) => a - b);
}

/** A node that does without a hint, but would do better with one. */
interface Wish {
  readonly target: number;
  /** Index of the node: nodes are sorted by name. */
  readonly node: number;
  /** Something matches its keys. */
  readonly served: boolean;
}

/** Nodes that something matches first, small wishes first; those that are granted now before others; then by name. */
function inOrderOfNeed(problem: Problem, wishes: readonly Wish[], present: PresentHints): readonly Wish[] {
  const ranked = wishes.map((wish) => {
    const size = membersOf(problem, wish.target).length;
    return { wish, size, granted: present.byNode.sizeOf(wish.node) >= size };
  });
  ranked.sort(
    (a, b) =>
      Number(b.wish.served) - Number(a.wish.served) ||
      a.size - b.size ||
      Number(b.granted) - Number(a.granted) ||
      a.wish.node - b.wish.node,
  );
  return ranked.map(({ wish }) => wish);
}

/** How a node fares that uses `used` (undefined: all) and wants `wanted`. */
export function fitOf(used: PositionSet | undefined, wanted: PositionSet, count: number): Fit {
  const size = wanted.members.length;
  return used === undefined ? fit(size === count, count, size) : fit(used.isWithin(wanted), used.members.length, size);
}

type Fit = 'exact' | 'narrowed' | 'leaking';

/** @param isWithin whether it wants all that it uses; then how many it uses and how many it wants */
export function fit(isWithin: boolean, used: number, wanted: number): Fit {
  if (!isWithin) return 'leaking';
  return used === wanted ? 'exact' : 'narrowed';
}

/** The endpoint's hints with these names; its own object when it has just these. Empty lists get the placeholder. */
export function withNames(
  endpoint: EndpointRecord,
  zoneNames: readonly string[] | undefined,
  nodeNames: readonly string[] | undefined,
): EndpointHints | undefined {
  if (zoneNames === undefined && nodeNames === undefined) return undefined;
  const forZones = zoneNames && filled(zoneNames);
  const forNodes = nodeNames && filled(nodeNames);
  const own = endpoint.hints;
  if (own !== undefined && sameSet(own.forZones, forZones) && sameSet(own.forNodes, forNodes)) return own;
  if (forZones === undefined) return { forNodes: sorted(forNodes!) };
  return forNodes === undefined
    ? { forZones: sorted(forZones) }
    : { forZones: sorted(forZones), forNodes: sorted(forNodes) };
}

function filled(names: readonly string[]): readonly string[] {
  return names.length === 0 ? NOBODY : names;
}

function sorted(names: readonly string[]): readonly string[] {
  return names === NOBODY ? names : sortFew(names.slice(), compareText);
}

/** Whether two lists of different names have the same names in any order; an absent list is an empty one. */
function sameSet(a: readonly string[] = NO_NAMES, b: readonly string[] = NO_NAMES): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < b.length; i++) if (!a.includes(b[i]!)) return false;
  return true;
}
