import { sameElements } from '../../../model/lists/sameElements.js';
import type { Reading } from '../../../kubeproxy/reading.js';
import type { NodeRecord } from '../../../model/node.js';
import { placesOf } from '../../../model/nodeIndex.js';
import { PositionSet } from './positionSet.js';

/** Limits of the API: names in `forZones` and in `forNodes` of one endpoint (pkg/apis/discovery/validation). */
export const MAX_HINT_NAMES = 8;

/**
 * A target is a set of endpoints that some node wants. Endpoints are positions: 0 … count-1 in the order of their
 * addresses. Target 0 is always the set of all.
 */
export const ALL = 0;

export interface ZoneDemand {
  /** Empty for nodes without a zone label; a hint for the zone "" reaches them. */
  readonly name: string;
  readonly size: number;
  /** Target → indexes of the nodes that want it, in the order of their names. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
  /** Nodes that want something which no endpoint gives: they are best off with all endpoints. */
  readonly unserved: readonly number[];
  /** What a node that joins the zone tomorrow would most likely want. */
  readonly natural: number;
  /** Without node hints: what any of its nodes wants, those aside that want all. */
  readonly union?: number;
}

/** What of a node decides which hints reach it. */
export type HintedNode = Pick<NodeRecord, 'name' | 'zone' | 'consumer'>;

/** Which nodes want which endpoints, in the terms of the theorem: by zone, equal wishes together. */
export interface Problem {
  readonly count: number;
  readonly nodes: readonly HintedNode[];
  /** Where among them a node is; below 0: nowhere. */
  readonly placeOf: (name: string) => number;
  /** Which hints the nodes heed; absent: all of them. */
  readonly reading?: Reading | undefined;
  /** The API server does not store node hints: all nodes of a zone use the same endpoints. */
  readonly zonesOnly?: boolean | undefined;
  readonly targets: readonly PositionSet[];
  /** Sorted by name. */
  readonly zones: readonly ZoneDemand[];
  /** Target of each node; undefined: nothing matches. */
  readonly targetOf: readonly (number | undefined)[];
  readonly limit: number;
}

interface OpenZone {
  readonly groups: Map<number, number[]>;
  readonly unserved: number[];
  size: number;
}

/**
 * @param count number of endpoints that count
 * @param nodes sorted by name
 * @param wanted for each node the positions it wants, ascending; empty: nothing matches
 * @param natural for each zone the positions that a new node there would want
 * @param placeOf where a node is among `nodes`, where an index is at hand
 */
export function stateProblem(
  count: number,
  nodes: readonly HintedNode[],
  wanted: readonly (readonly number[])[],
  natural: ReadonlyMap<string, readonly number[]>,
  limit: number,
  zonesOnly = false,
  placeOf: Problem['placeOf'] = placesOf(nodes),
): Problem {
  const targets: PositionSet[] = [];
  const byHash = new Map<number, number[]>();
  const byArray = new Map<readonly number[], number>();
  const targetFor = (members: readonly number[]): number => {
    const known = byArray.get(members);
    if (known !== undefined) return known;
    const hash = hashOf(members);
    let alike = byHash.get(hash);
    if (alike === undefined) byHash.set(hash, (alike = []));
    let id = alike.find((target) => sameElements(targets[target]!.members, members));
    if (id === undefined) {
      id = targets.push(new PositionSet(members)) - 1;
      alike.push(id);
    }
    byArray.set(members, id);
    return id;
  };
  targetFor(Array.from({ length: count }, (_, position) => position));

  const open = new Map<string, OpenZone>();
  const targetOf = nodes.map((node, index) => {
    let zone = open.get(node.zone);
    if (zone === undefined)
      open.set(node.zone, (zone = { groups: new Map<number, number[]>(), unserved: [], size: 0 }));
    zone.size++;
    const members = wanted[index] ?? [];
    if (members.length === 0) {
      zone.unserved.push(index);
      return undefined;
    }
    const target = targetFor(members);
    const group = zone.groups.get(target);
    if (group === undefined) zone.groups.set(target, [index]);
    else group.push(index);
    return target;
  });
  const zones = [...open.keys()].sort().map((name): ZoneDemand => {
    const { groups, unserved, size } = open.get(name) ?? { groups: new Map<number, number[]>(), unserved: [], size: 0 };
    const members = natural.get(name) ?? [];
    const zone = { name, size, groups, unserved, natural: members.length === 0 ? ALL : targetFor(members) };
    return zonesOnly ? { ...zone, union: targetFor(unionOf([...groups.keys()], targets)) } : zone;
  });
  return { count, nodes, placeOf, targets, zones, targetOf, limit, zonesOnly };
}

function hashOf(members: readonly number[]): number {
  let hash = members.length;
  for (let i = 0; i < members.length; i++) hash = (Math.imul(hash, 31) + members[i]!) | 0;
  return hash;
}

/** The members of all targets but ALL, ascending; all endpoints where there is no other. */
function unionOf(wanted: readonly number[], targets: readonly PositionSet[]): readonly number[] {
  const narrow = wanted.filter((target) => target !== ALL);
  const chosen = narrow.length > 0 ? narrow : [ALL];
  return [...new Set(chosen.flatMap((target) => targets[target]?.members ?? []))].sort((a, b) => a - b);
}

export function membersOf(problem: Problem, target: number): readonly number[] {
  return problem.targets[target]?.members ?? [];
}
