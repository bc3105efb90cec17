import type { NamedSource, NamedTraffic } from '../../../kubeproxy/forecast.js';
import { HintsOrdinals, NOBODY } from '../../../model/hints.js';
import { sortFew } from '../../../model/sortFew.js';
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

/** An endpoint of which another one takes over the names. */
export interface Predecessor {
  readonly index: number;
  /** Those of nodes that are there. */
  readonly names: readonly string[];
}

/** For endpoints without names, by index: whose they take over. */
export type Heirs = ReadonlyMap<number, Predecessor>;

const GONE = -1;

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

/** The nodes that endpoints name, each name looked up once. */
export interface NamedPlaces {
  /** The place of each node, name by name, endpoint by endpoint; below 0 where it left or sends nothing. */
  readonly nodes: readonly number[];
  /** For each endpoint where its own start in `nodes`; one more for the end. */
  readonly starts: readonly number[];
}

export function namedPlaces(endpoints: readonly EndpointRecord[], { find }: Pick<NodeShares, 'find'>): NamedPlaces {
  const nodes: number[] = [];
  const starts = [0];
  for (let i = 0; i < endpoints.length; i++) {
    const names = namesOf(endpoints[i]!);
    if (names === NOBODY) nodes.push(GONE);
    else for (let k = 0; k < names.length; k++) nodes.push(find(names[k]!) ?? GONE);
    starts.push(nodes.length);
  }
  return { nodes, starts };
}

/**
 * The nodes that ready endpoints name.
 * @param ready index of the endpoint at each position
 * @param heirs what endpoints without names take over
 */
export function readNames({ nodes, starts }: NamedPlaces, ready: readonly number[], heirs?: Heirs): NamedNodes {
  const ordinals = new HintsOrdinals<number>();
  const named: { node: number; set: number[] }[] = [];
  let isSorted = true;
  for (let p = 0; p < ready.length; p++) {
    let from = ready[p]!;
    if (starts[from] === starts[from + 1]) from = heirs?.get(from)?.index ?? from;
    const end = starts[from + 1]!;
    for (let k = starts[from]!; k < end; k++) {
      const node = nodes[k]!;
      if (node === GONE) continue;
      const ordinal = ordinals.of(node);
      if (ordinal < named.length) named[ordinal]!.set.push(p);
      else {
        if (ordinal > 0 && named[ordinal - 1]!.node > node) isSorted = false;
        named.push({ node, set: [p] });
      }
    }
  }
  return isSorted ? named : sortFew(named, (a, b) => a.node - b.node);
}

/**
 * What named nodes send, as the forecast adds it up.
 * @param ready index of the endpoint at each position
 * @returns undefined where a node sends something that may not be named
 */
export function namedTraffic(
  named: NamedNodes,
  { nodes, isWhole }: Pick<NodeShares, 'nodes' | 'isWhole'>,
  ready: readonly number[],
): NamedTraffic | undefined {
  if (!isWhole) return undefined;
  const sources: NamedSource[] = [];
  for (let n = 0; n < named.length; n++) {
    const { node, set } = named[n]!;
    const { place, zone, sent } = nodes[node]!;
    sources.push({ place, zone, sent, only: set });
  }
  return { ready, sources: sortFew(sources, (a, b) => a.place - b.place) };
}
