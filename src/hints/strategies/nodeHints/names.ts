import type { NamedSource, NamedTraffic } from '../../../kubeproxy/forecast.js';
import { NOBODY } from '../../../model/hints.js';
import { sortFew } from '../../../model/lists/sortFew.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { findNode, type NodeShares } from './nodes.js';
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
  /** The places of the nodes, each once, ascending. */
  readonly nodes: readonly number[];
  /** Name by name, endpoint by endpoint, which of `nodes` it is; below 0 where the node left or sends nothing. */
  readonly names: readonly number[];
  /** For each endpoint where its own start in `names`; one more for the end. */
  readonly starts: readonly number[];
}

/** Numbers named nodes in an array that is used again: a map, or an array for every plan, would cost as much as the rest. */
export class NameReader {
  /** By place of a node, which of those that are named it is, or whether it is one; 0 for all between two calls. */
  readonly #ordinals: number[] = [];

  read(endpoints: readonly EndpointRecord[], shares: Pick<NodeShares, 'atPlace' | 'cluster' | 'shares'>): NamedPlaces {
    const count = shares.shares.length;
    const ordinals = this.#ordinalsOf(count);
    const nodes: number[] = [];
    const names: number[] = [];
    const starts = [0];
    for (let i = 0; i < endpoints.length; i++) {
      const own = namesOf(endpoints[i]!);
      for (let k = 0; k < own.length; k++) {
        const node = own === NOBODY ? GONE : findNode(shares, own[k]!);
        names.push(node);
        if (node === GONE || ordinals[node] !== 0) continue;
        ordinals[node] = 1;
        nodes.push(node);
      }
      starts.push(names.length);
    }
    this.#sort(nodes, count);
    for (let n = 0; n < nodes.length; n++) ordinals[nodes[n]!] = n;
    for (let k = 0; k < names.length; k++) if (names[k] !== GONE) names[k] = ordinals[names[k]!]!;
    for (let n = 0; n < nodes.length; n++) ordinals[nodes[n]!] = 0;
    return { nodes, names, starts };
  }

  /** The same nodes by name. */
  sortByName(named: NamedNodes, { places, atPlace }: Pick<NodeShares, 'places' | 'atPlace'>): NamedNodes {
    const sorted: NamedNode[] = [];
    if (areFew(named.length, places.length)) {
      for (let n = 0; n < named.length; n++) {
        const one = named[n]!;
        const place = places[one.node]!;
        let at = n;
        for (; at > 0 && places[sorted[at - 1]!.node]! > place; at--) sorted[at] = sorted[at - 1]!;
        sorted[at] = one;
      }
      return sorted;
    }
    const ordinals = this.#ordinalsOf(places.length);
    for (let n = 0; n < named.length; n++) ordinals[named[n]!.node] = n + 1;
    for (let i = 0; i < atPlace.length; i++) {
      const ordinal = atPlace[i]! < 0 ? 0 : ordinals[atPlace[i]!]!;
      if (ordinal > 0) sorted.push(named[ordinal - 1]!);
    }
    for (let n = 0; n < named.length; n++) ordinals[named[n]!.node] = 0;
    return sorted;
  }

  #ordinalsOf(count: number): number[] {
    const ordinals = this.#ordinals;
    while (ordinals.length < count) ordinals.push(0);
    return ordinals;
  }

  #sort(nodes: number[], count: number): void {
    if (areFew(nodes.length, count)) {
      sortFew(nodes, (a, b) => a - b);
      return;
    }
    for (let v = 0, n = 0; v < count; v++) if (this.#ordinals[v] !== 0) nodes[n++] = v;
  }
}

/** Whether comparing nodes with each other costs less than looking at all that there are. */
function areFew(named: number, all: number): boolean {
  return named * named <= 4 * all;
}

/**
 * The nodes that ready endpoints name.
 * @param ready index of the endpoint at each position
 * @param heirs what endpoints without names take over
 */
export function readNames({ nodes, names, starts }: NamedPlaces, ready: readonly number[], heirs?: Heirs): NamedNodes {
  const sets = new Array<number[] | undefined>(nodes.length);
  for (let n = 0; n < nodes.length; n++) sets[n] = undefined;
  for (let p = 0; p < ready.length; p++) {
    let from = ready[p]!;
    if (starts[from] === starts[from + 1]) from = heirs?.get(from)?.index ?? from;
    const end = starts[from + 1]!;
    for (let k = starts[from]!; k < end; k++) {
      const name = names[k]!;
      if (name === GONE) continue;
      const set = sets[name];
      if (set === undefined) sets[name] = [p];
      else set.push(p);
    }
  }
  const named: NamedNode[] = [];
  for (let n = 0; n < nodes.length; n++) {
    const set = sets[n];
    if (set !== undefined) named.push({ node: nodes[n]!, set });
  }
  return named;
}

/**
 * What named nodes send, as the forecast adds it up.
 * @param named by name
 * @param ready index of the endpoint at each position
 * @returns undefined where a node sends something that may not be named
 */
export function namedTraffic(
  named: NamedNodes,
  { zones, sent, isWhole }: Pick<NodeShares, 'zones' | 'sent' | 'isWhole'>,
  ready: readonly number[],
): NamedTraffic | undefined {
  if (!isWhole) return undefined;
  const sources = new Array<NamedSource>(named.length);
  for (let n = 0; n < named.length; n++) {
    const { node, set } = named[n]!;
    sources[n] = { zone: zones[node]!, sent: sent[node]!, only: set };
  }
  return { ready, sources };
}
