import type { EndpointHints } from '../../../model/hints.js';
import type { StrategyInput } from '../../strategy.js';
import type { BalancedProblem } from '../balanced/problem.js';
import type { NameableNode, NodeShares } from './nodes.js';

/** Limit of the API: names in `forNodes` of one endpoint. */
export const MAX_NODES_PER_ENDPOINT = 8;

/**
 * Balanced's zone hints, to which names of nodes are to be added. A named node uses the endpoints that name it, every
 * other node those that are hinted for its zone (its pool). Endpoints are positions in an order that depends on their
 * addresses only.
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
  /** Zone by zone, the greatest share first; in a zone, equal ones by name. */
  readonly nodes: readonly NameableNode[];
  /** What each endpoint carries in parts of all traffic when no node is named. */
  readonly base: readonly number[];
  /** What each endpoint may carry in parts of all traffic. */
  readonly caps: readonly number[];
  /** The same where names stand. */
  readonly held: readonly number[];
  /** In-zone share that no names can beat. */
  readonly bound: number;
}

/** What no names can beat, roughly: every zone keeps what its endpoints may carry. */
export function namingBound({ shares, counts, homeless, overload }: BalancedProblem): number {
  let ready = homeless;
  for (let z = 0; z < counts.length; z++) ready += counts[z]!;
  let bound = 0;
  for (let z = 0; z < counts.length; z++) bound += Math.min(shares[z]!, ((1 + overload) * counts[z]!) / ready);
  return bound;
}

/**
 * @param hints parallel to the endpoints of the input
 * @param ready indexes of the ready endpoints: the order of the positions
 */
export function namingProblem(
  { endpoints, demand: { zones, zoneIndex } }: Pick<StrategyInput, 'endpoints' | 'demand'>,
  hints: readonly (EndpointHints | undefined)[],
  ready: readonly number[],
  { nodes, deaf, starts }: NodeShares,
  { overload, hold }: { readonly overload: number; readonly hold: number },
): NamingProblem {
  const count = ready.length;
  const homes: number[] = [];
  const pools: number[][] = [];
  for (let z = 0; z < zones.length; z++) pools.push([]);
  for (let p = 0; p < count; p++) {
    const i = ready[p]!;
    homes.push(zoneIndex.get(endpoints[i]!.zone) ?? zones.length);
    const named = hints[i]?.forZones ?? [];
    for (let k = 0; k < named.length; k++) {
      const z = zoneIndex.get(named[k]!);
      if (z !== undefined) pools[z]!.push(p);
    }
  }
  const base: number[] = [];
  /** What nodes that heed no hints add to an endpoint, over what they would with zone hints. */
  const difference: number[] = [];
  for (let p = 0; p < count; p++) {
    base.push(0);
    difference.push(0);
  }
  const shares: number[] = [];
  for (let z = 0; z < zones.length; z++) {
    const { share } = zones[z]!;
    shares.push(share);
    let pool = pools[z]!;
    // A zone that no endpoint names uses all of them.
    if (pool.length === 0) pools[z] = pool = homes.map((_, p) => p);
    for (let k = 0; k < pool.length; k++) base[pool[k]!]! += share / pool.length;
    if (deaf[z] === 0) continue;
    for (let p = 0; p < count; p++) difference[p]! += deaf[z]! / count;
    for (let k = 0; k < pool.length; k++) difference[pool[k]!]! -= deaf[z]! / pool.length;
  }
  // Where zone hints alone load an endpoint more than the limit, names must not load it more still.
  const within = (limit: number): number[] =>
    base.map((load, p) => Math.max(load, limit / count - Math.max(0, difference[p]!)));
  const caps = within(1 + overload);
  let bound = 0;
  for (let z = 0; z < zones.length; z++) {
    let room = 0;
    let size = 0;
    for (let p = 0; p < count; p++) {
      if (homes[p] !== z) continue;
      room += caps[p]!;
      size++;
    }
    const pool = pools[z]!;
    let local = 0;
    for (let k = 0; k < pool.length; k++) if (homes[pool[k]!] === z) local++;
    // Only nodes that an endpoint of the zone names can keep more there than the pool does.
    const named = Math.min(starts[z + 1]!, starts[z]! + MAX_NODES_PER_ENDPOINT * size);
    let most = (shares[z]! * local) / pool.length;
    for (let v = starts[z]!; v < named; v++) most += nodes[v]!.share * (1 - local / pool.length);
    bound += Math.min(most, room);
  }
  return { count, homes, shares, pools, nodes, base, caps, held: within(1 + overload + hold), bound };
}
