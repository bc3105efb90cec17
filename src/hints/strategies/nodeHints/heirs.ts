import type { EndpointRecord } from '../../../model/slice.js';
import { sortByAddress } from '../balanced/assignment.js';
import { namesOf, type Heirs } from './names.js';
import type { NodeShares } from './nodes.js';

/** An endpoint of which another one may take over the names. */
interface Predecessor {
  readonly zone: string;
  /** Those of nodes that are there. */
  readonly names: readonly string[];
}

/**
 * Has endpoints without names take over those of another one of their zone: of one that terminates, so that a rolling
 * update leaves nodes named as they were, or of one that stays and may be next. No endpoint is succeeded twice.
 * @returns undefined where every endpoint has names
 */
export function chooseHeirs(endpoints: readonly EndpointRecord[], { find }: NodeShares): Heirs | undefined {
  const bare: number[] = [];
  for (let i = 0; i < endpoints.length; i++) if (namesOf(endpoints[i]!).length === 0) bare.push(i);
  if (bare.length === 0) return undefined;
  const heirs = new Map<number, readonly string[]>();
  // How many endpoints that stay name a node.
  const staying = new Map<string, number>();
  const add = (names: readonly string[]): void => {
    for (const name of names) staying.set(name, (staying.get(name) ?? 0) + 1);
  };
  const isThere = (name: string): boolean => find(name) !== undefined;
  const order: number[] = [];
  const known: (Predecessor | undefined)[] = [];
  for (let i = 0; i < endpoints.length; i++) {
    const { zone, terminating } = endpoints[i]!;
    const all = namesOf(endpoints[i]!);
    const names = all.every(isThere) ? all : all.filter(isThere);
    if (names.length === 0) continue;
    if (terminating !== true) add(names);
    if (!bare.some((other) => endpoints[other]!.zone === zone)) continue;
    known[i] = { zone, names };
    order.push(i);
  }
  if (order.length === 0) return heirs;
  sortByAddress(order, endpoints);
  sortByAddress(bare, endpoints);
  for (const i of bare) {
    const { zone, terminating } = endpoints[i]!;
    if (terminating === true) continue;
    let chosen: Predecessor | undefined;
    let least = 2;
    for (let k = 0; k < order.length && least > 0; k++) {
      const candidate = known[order[k]!]!;
      if (candidate.zone !== zone) continue;
      let coverage = Infinity;
      for (const name of candidate.names) coverage = Math.min(coverage, staying.get(name) ?? 0);
      if (coverage >= least) continue;
      least = coverage;
      chosen = candidate;
    }
    if (chosen === undefined) continue;
    heirs.set(i, chosen.names);
    add(chosen.names);
  }
  return heirs;
}
