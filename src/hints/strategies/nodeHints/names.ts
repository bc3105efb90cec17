import type { EndpointRecord } from '../../../model/slice.js';
import type { NodeShares } from './nodes.js';
import { MAX_NODES_PER_ENDPOINT } from './problem.js';

/** For each node the positions of the endpoints that name it; undefined: it is not named. */
export type NodeSets = readonly (readonly number[] | undefined)[];

/** Names that an endpoint without any takes over, by its index. */
export type Heirs = ReadonlyMap<number, readonly string[]>;

const NO_NAMES: readonly string[] = Object.freeze([]);

/** The names of nodes on an endpoint; none where there are more than the API allows. */
export function namesOf({ hints }: EndpointRecord): readonly string[] {
  const names = hints?.forNodes;
  return names === undefined || names.length > MAX_NODES_PER_ENDPOINT ? NO_NAMES : names;
}

export function hasNames(endpoints: readonly EndpointRecord[]): boolean {
  for (let i = 0; i < endpoints.length; i++) if (namesOf(endpoints[i]!).length > 0) return true;
  return false;
}

/**
 * The nodes that ready endpoints name. Names of nodes that left, or that send nothing, are in no set.
 * @param ready index of the endpoint at each position
 * @param heirs what endpoints without names take over
 */
export function readNames(
  endpoints: readonly EndpointRecord[],
  ready: readonly number[],
  { nodes, find }: NodeShares,
  heirs?: Heirs,
): NodeSets {
  const sets: (number[] | undefined)[] = new Array<undefined>(nodes.length).fill(undefined);
  for (let p = 0; p < ready.length; p++) {
    const i = ready[p]!;
    const own = namesOf(endpoints[i]!);
    const names = own.length > 0 ? own : (heirs?.get(i) ?? NO_NAMES);
    for (let k = 0; k < names.length; k++) {
      const v = find(names[k]!);
      if (v !== undefined) (sets[v] ??= []).push(p);
    }
  }
  return sets;
}

/**
 * Has endpoints without names take over those of another one of their zone: of one that terminates, so that a rolling
 * update leaves nodes named as they were, or of one that stays and may be next. No endpoint is succeeded twice.
 * @param order indexes of all endpoints in an order that depends on their addresses only
 */
export function chooseHeirs(
  endpoints: readonly EndpointRecord[],
  order: readonly number[],
  { find }: NodeShares,
): Heirs {
  const heirs = new Map<number, readonly string[]>();
  /** How many endpoints that stay name a node. */
  const staying = new Map<string, number>();
  const named: number[] = [];
  for (const i of order) {
    const endpoint = endpoints[i]!;
    const names = namesOf(endpoint);
    if (!names.some((name) => find(name) !== undefined)) continue;
    named.push(i);
    if (endpoint.terminating !== true) for (const name of names) staying.set(name, (staying.get(name) ?? 0) + 1);
  }
  if (named.length === 0) return heirs;
  const coverage = (i: number): number => {
    let least = Infinity;
    for (const name of namesOf(endpoints[i]!)) {
      if (find(name) !== undefined) least = Math.min(least, staying.get(name) ?? 0);
    }
    return least;
  };
  for (const i of order) {
    const endpoint = endpoints[i]!;
    if (namesOf(endpoint).length > 0 || endpoint.terminating === true) continue;
    let chosen = -1;
    let least = 2;
    for (const candidate of named) {
      if (endpoints[candidate]!.zone !== endpoint.zone) continue;
      const its = coverage(candidate);
      if (its < least) {
        least = its;
        chosen = candidate;
      }
    }
    if (chosen < 0) continue;
    const names = namesOf(endpoints[chosen]!).filter((name) => find(name) !== undefined);
    heirs.set(i, names);
    for (const name of names) staying.set(name, (staying.get(name) ?? 0) + 1);
  }
  return heirs;
}
