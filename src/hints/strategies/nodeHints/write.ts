import type { EndpointHints } from '../../../model/hints.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { PLACEHOLDER } from '../topologyKeys/assignment.js';
import { namesOf, type Heirs, type NodeSets } from './names.js';
import type { NodeShares } from './nodes.js';

type Hints = readonly (EndpointHints | undefined)[];

const NOBODY: readonly string[] = Object.freeze([PLACEHOLDER]);

export interface NamesToWrite {
  readonly endpoints: readonly EndpointRecord[];
  /** The zone hints, parallel to the endpoints. */
  readonly hints: Hints;
  /** Index of the endpoint at each position. */
  readonly ready: readonly number[];
  readonly shares: NodeShares;
  readonly sets: NodeSets;
  readonly heirs: Heirs | undefined;
  /** The sets are others than those that stood. */
  readonly isNew: boolean;
}

/**
 * Adds the names to zone hints. Every endpoint gets some, because kube-proxy heeds node hints only where all ready ones
 * have them: a placeholder where it serves no node by name. An endpoint whose nodes stay keeps its list as it is, with the
 * names of nodes that left, so that a node that leaves costs no write.
 */
export function writeNames(parts: NamesToWrite): Hints {
  const { endpoints, hints, ready, shares, sets, heirs, isNew } = parts;
  const { nodes, find } = shares;
  const result = new Array<EndpointHints | undefined>(endpoints.length);
  const wanted: (string[] | undefined)[] = new Array<undefined>(ready.length).fill(undefined);
  for (let v = 0; v < sets.length; v++) {
    const set = sets[v];
    if (set === undefined) continue;
    for (let k = 0; k < set.length; k++) (wanted[set[k]!] ??= []).push(nodes[v]!.name);
  }
  let merged: Map<EndpointHints | undefined, EndpointHints> | undefined;
  const put = (i: number, names: readonly string[]): void => {
    const zones = hints[i];
    const own = endpoints[i]!.hints;
    if (own !== undefined && own.forNodes === names && haveSame(own.forZones ?? [], zones?.forZones ?? [])) {
      result[i] = own;
      return;
    }
    if (names !== NOBODY) {
      result[i] = { forZones: zones?.forZones, forNodes: names };
      return;
    }
    let shared = (merged ??= new Map<EndpointHints | undefined, EndpointHints>()).get(zones);
    if (shared === undefined) merged.set(zones, (shared = { forZones: zones?.forZones, forNodes: NOBODY }));
    result[i] = shared;
  };
  for (let p = 0; p < ready.length; p++) {
    const i = ready[p]!;
    const own = namesOf(endpoints[i]!);
    const names = wanted[p];
    if (own.length === 0) put(i, names?.sort() ?? NOBODY);
    else if (namesSame(own, names ?? [], find)) put(i, own);
    else put(i, names?.sort() ?? NOBODY);
  }
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i]!;
    if (isReady(endpoint)) continue;
    const own = namesOf(endpoint);
    if (own.length === 0) {
      const names = heirs?.get(i);
      put(i, names === undefined || names.length === 0 ? NOBODY : [...names].sort());
      continue;
    }
    // A node that is named no more must not be left with this endpoint alone when it becomes ready.
    const kept = isNew ? own.filter((name) => isStill(name, find, sets)) : own;
    put(i, kept.length === own.length ? own : kept.length === 0 ? NOBODY : kept);
  }
  return result;
}

function isStill(name: string, find: NodeShares['find'], sets: NodeSets): boolean {
  const v = find(name);
  return v === undefined || sets[v] !== undefined;
}

/** Whether an endpoint names just these of the nodes that count. */
function namesSame(own: readonly string[], wanted: readonly string[], find: NodeShares['find']): boolean {
  let known = 0;
  for (let k = 0; k < own.length; k++) {
    if (find(own[k]!) === undefined) continue;
    if (!wanted.includes(own[k]!)) return false;
    known++;
  }
  return known === wanted.length;
}

function haveSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (!b.includes(a[k]!)) return false;
  return true;
}
