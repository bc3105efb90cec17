import type { EndpointRecord } from '../../../model/slice.js';
import { PLACEHOLDER, type EndpointHints } from '../../../model/hints.js';
import { PositionSet } from './positionSet.js';
import { ALL, membersOf, type Problem } from './problem.js';
import { shareOut } from './shares.js';

export interface PresentHints {
  /** Name → positions that name it. */
  readonly byZone: ReadonlyMap<string, readonly number[]>;
  readonly byNode: ReadonlyMap<string, readonly number[]>;
}

export function presentHints(endpoints: readonly EndpointRecord[]): PresentHints {
  const byZone = new Map<string, number[]>();
  const byNode = new Map<string, number[]>();
  endpoints.forEach(({ hints }, position) => {
    addNames(byZone, hints?.forZones, position);
    addNames(byNode, hints?.forNodes, position);
  });
  return { byZone, byNode };
}

/** A list may name one twice. */
function addNames(lists: Map<string, number[]>, names: readonly string[] | undefined, position: number): void {
  if (names === undefined) return;
  for (let i = 0; i < names.length; i++) if (names.indexOf(names[i]!) === i) pushTo(lists, names[i]!, position);
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

  const zonesByDefault = new Map<number, string[]>();
  zones.forEach((zone, index) => {
    const target = defaults[index] ?? ALL;
    if (target !== ALL) pushTo(zonesByDefault, target, zone.name);
  });
  const zoneClaims = [...zonesByDefault].map(([target, consumers]) => ({
    wanted: membersOf(problem, target),
    consumers,
  }));
  const shares = shareOut(zoneClaims, count, limit, present.byZone);
  const shareOfZone = new Map<string, readonly number[]>();
  zoneClaims.forEach(({ consumers }, claim) => {
    consumers.forEach((zone, i) => {
      const share = shares[claim]?.[i] ?? [];
      if (share.length > 0) shareOfZone.set(zone, share);
      for (const position of share) zoneNames[position]?.push(zone);
    });
  });

  const zonesUsed = shareOfZone.size > 0;
  if (zonesOnly) {
    return endpoints.map((endpoint, i) => withNames(endpoint, zonesUsed ? zoneNames[i] : undefined, undefined));
  }
  // A node that is given nothing by name uses what its zone gives: its own domain, a part of it, or something else.
  const mustHave = new Map<number, string[]>();
  const wouldLike: Wish[] = [];
  for (const zone of zones) {
    const given = shareOfZone.get(zone.name);
    const share = given === undefined ? undefined : new PositionSet(given);
    for (const [target, members] of zone.groups) {
      const fit = fitOf(share, targets[target]!, count);
      for (const node of members) {
        const name = nodes[node]?.name ?? '';
        if (fit === 'leaking') pushTo(mustHave, target, name);
        else if (fit === 'narrowed') wouldLike.push({ target, node, name, served: true });
      }
    }
    if (share !== undefined) {
      for (const node of zone.unserved) wouldLike.push({ target: ALL, node, name: nodes[node]!.name, served: false });
    }
  }
  const claims = [...mustHave]
    .sort(([a], [b]) => a - b)
    .map(([target, names]) => ({ wanted: membersOf(problem, target), consumers: names.sort() }));
  const given = shareOut(claims, count, limit, present.byNode);
  claims.forEach(({ consumers }, claim) => {
    consumers.forEach((name, i) => {
      for (const position of given[claim]?.[i] ?? []) nodeNames[position]?.push(name);
    });
  });
  // Lists only grow: where one wish for a target was not granted, none after it is.
  const full = new Set<number>();
  for (const { target, name } of inOrderOfNeed(problem, wouldLike, present)) {
    if (full.has(target)) continue;
    const wanted = membersOf(problem, target);
    if (wanted.every((position) => (nodeNames[position]?.length ?? 0) < limit)) {
      for (const position of wanted) nodeNames[position]?.push(name);
    } else full.add(target);
  }
  const nodesUsed = nodeNames.some((names) => names.length > 0);
  return endpoints.map((endpoint, position) =>
    withNames(endpoint, zonesUsed ? zoneNames[position] : undefined, nodesUsed ? nodeNames[position] : undefined),
  );
}

/** A node that does without a hint, but would do better with one. */
interface Wish {
  readonly target: number;
  /** Index of the node: nodes are sorted by name. */
  readonly node: number;
  readonly name: string;
  /** Something matches its keys. */
  readonly served: boolean;
}

/** Nodes that something matches first, small wishes first; those that are granted now before others; then by name. */
function inOrderOfNeed(problem: Problem, wishes: readonly Wish[], present: PresentHints): readonly Wish[] {
  const ranked = wishes.map((wish) => {
    const size = membersOf(problem, wish.target).length;
    return { wish, size, granted: (present.byNode.get(wish.name)?.length ?? 0) >= size };
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
export function fitOf(
  used: PositionSet | undefined,
  wanted: PositionSet,
  count: number,
): 'exact' | 'narrowed' | 'leaking' {
  if (used === undefined) return wanted.members.length === count ? 'exact' : 'leaking';
  if (!used.isWithin(wanted)) return 'leaking';
  return used.members.length === wanted.members.length ? 'exact' : 'narrowed';
}

/** The endpoint's hints with these names; its own object when it has just these. Empty lists get the placeholder. */
export function withNames(
  endpoint: EndpointRecord,
  zoneNames: readonly string[] | undefined,
  nodeNames: readonly string[] | undefined,
): EndpointHints | undefined {
  if (zoneNames === undefined && nodeNames === undefined) return undefined;
  const filled = (names: readonly string[]): readonly string[] =>
    names.length === 0 ? [PLACEHOLDER] : names.length === 1 ? [names[0]!] : [...names].sort();
  const hints: EndpointHints = {
    ...(zoneNames === undefined ? {} : { forZones: filled(zoneNames) }),
    ...(nodeNames === undefined ? {} : { forNodes: filled(nodeNames) }),
  };
  const own = endpoint.hints;
  return own !== undefined && sameSet(own.forZones, hints.forZones) && sameSet(own.forNodes, hints.forNodes)
    ? own
    : hints;
}

/** Whether two lists of different names have the same names in any order; an absent list is an empty one. */
function sameSet(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && b.every((name) => a.includes(name));
}
