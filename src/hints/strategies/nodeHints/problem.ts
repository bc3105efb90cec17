import type { ZoneDemand } from '../../../model/demand.js';
import { doubles, zeros, type BalancedProblem, type LayoutGroup } from '../balanced/problem.js';
import type { NodeShares } from './nodes.js';

/** Limit of the API: names in `forNodes` of one endpoint. */
export const MAX_NODES_PER_ENDPOINT = 8;

/**
 * Balanced's zone hints, to which names of nodes are to be added. A named node uses the endpoints that name it, every
 * other node those that are hinted for its zone (its pool). Endpoints are positions, group by group; within a group they
 * can be exchanged, so that Services whose groups are equal have one problem.
 */
export interface NamingProblem {
  /** Number of ready endpoints. */
  readonly count: number;
  /** The zone of each endpoint; the number of zones for one that lies in none of them. */
  readonly homes: readonly number[];
  /** Each zone's part of the traffic. */
  readonly shares: readonly number[];
  /** For each zone the endpoints that its nodes use without names, ascending. */
  readonly pools: readonly (readonly number[])[];
  /** The part of each zone's pool that lies in the zone. */
  readonly local: readonly number[];
  /** Zone by zone, the greatest share first; in a zone, equal ones by name. */
  readonly nodeZones: readonly number[];
  readonly nodeShares: readonly number[];
  /** For each zone where its nodes start; one more for the end. */
  readonly starts: readonly number[];
  /** For each node where those that equal it in zone and share end. */
  readonly ends: readonly number[];
  /** What each endpoint carries in parts of all traffic when no node is named. */
  readonly base: readonly number[];
  /** What each endpoint may carry in parts of all traffic. */
  readonly caps: readonly number[];
  /** The same where names stand. */
  readonly held: readonly number[];
  /** In-zone share without names. */
  readonly inZone: number;
  /** In-zone share that no names can beat. */
  readonly bound: number;
}

/** How far above the mean an endpoint may be loaded, and how much further where hints stand. */
export interface NamingLimits {
  readonly overload: number;
  readonly hold: number;
}

/** What no names can beat, roughly: every zone keeps what its endpoints may carry. */
export function namingBound({ shares, counts, homeless, overload }: BalancedProblem): number {
  let ready = homeless;
  for (let z = 0; z < counts.length; z++) ready += counts[z]!;
  let bound = 0;
  for (let z = 0; z < counts.length; z++) bound += Math.min(shares[z]!, ((1 + overload) * counts[z]!) / ready);
  return bound;
}

/** @param groups the ready endpoints by their zone and the zones that they are hinted for */
export function namingProblem(
  groups: readonly LayoutGroup[],
  zones: readonly ZoneDemand[],
  { zones: nodeZones, shares: nodeShares, deaf, starts, ends }: NodeShares,
  { overload, hold }: NamingLimits,
): NamingProblem {
  const homes: number[] = [];
  const pools: number[][] = [];
  for (let z = 0; z < zones.length; z++) pools.push([]);
  for (const group of groups) {
    for (let i = 0; i < group.count; i++) {
      for (const z of group.zones) pools[z]!.push(homes.length);
      homes.push(group.home);
    }
  }
  const count = homes.length;
  const base = doubles(count);
  /** What nodes that heed no hints add to an endpoint, over what they would with zone hints; undefined: nothing. */
  let difference: number[] | undefined;
  const shares: number[] = [];
  const local = doubles(zones.length);
  const sizes = zeros(zones.length);
  for (let p = 0; p < count; p++) if (homes[p]! < zones.length) sizes[homes[p]!]!++;
  let inZone = 0;
  for (let z = 0; z < zones.length; z++) {
    const { share } = zones[z]!;
    shares.push(share);
    let pool = pools[z]!;
    // A zone that no endpoint names uses all of them.
    if (pool.length === 0) pools[z] = pool = homes.map((_, p) => p);
    let near = 0;
    for (let k = 0; k < pool.length; k++) {
      const p = pool[k]!;
      base[p]! += share / pool.length;
      if (homes[p] === z) near++;
    }
    local[z] = near / pool.length;
    inZone += share * local[z]!;
    if (deaf[z] === 0) continue;
    difference ??= doubles(count);
    for (let p = 0; p < count; p++) difference[p]! += deaf[z]! / count;
    for (let k = 0; k < pool.length; k++) difference[pool[k]!]! -= deaf[z]! / pool.length;
  }
  const caps = doubles(count);
  const held = doubles(count);
  const room = doubles(zones.length);
  for (let p = 0; p < count; p++) {
    const more = difference === undefined ? 0 : Math.max(0, difference[p]!);
    // Where zone hints alone load an endpoint more than the limit, names must not load it more still.
    caps[p] = Math.max(base[p]!, (1 + overload) / count - more);
    held[p] = Math.max(base[p]!, (1 + overload + hold) / count - more);
    if (homes[p]! < zones.length) room[homes[p]!]! += caps[p]!;
  }
  let bound = 0;
  for (let z = 0; z < zones.length; z++) {
    // Only nodes that an endpoint of the zone names can keep more there than the pool does.
    const named = Math.min(starts[z + 1]!, starts[z]! + MAX_NODES_PER_ENDPOINT * sizes[z]!);
    let most = shares[z]! * local[z]!;
    for (let v = starts[z]!; v < named; v++) most += nodeShares[v]! * (1 - local[z]!);
    bound += Math.min(most, room[z]!);
  }
  return { count, homes, shares, pools, local, nodeZones, nodeShares, starts, ends, base, caps, held, inZone, bound };
}
