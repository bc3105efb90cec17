import { HintsOrdinals } from '../../../model/hints.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { NodeShares } from './nodes.js';
import { MAX_NODES_PER_ENDPOINT } from './problem.js';

/** A node by its place among those that may be named, and the positions of the endpoints that name it. */
export interface NamedNode {
  readonly node: number;
  readonly set: readonly number[];
}

/** The named nodes by place; all others are not named. */
export type NamedNodes = readonly NamedNode[];

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
 * The nodes that ready endpoints name, without those that left or that send nothing.
 * @param ready index of the endpoint at each position
 * @param heirs what endpoints without names take over
 */
export function readNames(
  endpoints: readonly EndpointRecord[],
  ready: readonly number[],
  { find }: NodeShares,
  heirs?: Heirs,
): NamedNodes {
  const ordinals = new HintsOrdinals<number>();
  const named: { node: number; set: number[] }[] = [];
  for (let p = 0; p < ready.length; p++) {
    const i = ready[p]!;
    const own = namesOf(endpoints[i]!);
    const names = own.length > 0 ? own : (heirs?.get(i) ?? NO_NAMES);
    for (let k = 0; k < names.length; k++) {
      const node = find(names[k]!);
      if (node === undefined) continue;
      const ordinal = ordinals.of(node);
      if (ordinal === named.length) named.push({ node, set: [p] });
      else named[ordinal]!.set.push(p);
    }
  }
  return named.sort((a, b) => a.node - b.node);
}
