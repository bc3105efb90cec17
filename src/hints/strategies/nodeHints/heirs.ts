import type { EndpointRecord } from '../../../model/slice.js';
import { sortByAddress } from '../balanced/assignment.js';
import { namesOf, type Heirs, type NamedPlaces, type Predecessor } from './names.js';

/**
 * Has endpoints without names take over those of another one of their zone: of one that terminates, so that a rolling
 * update leaves nodes named as they were, or of one that stays and may be next. No endpoint is succeeded twice.
 * @returns undefined where every endpoint has names
 */
export function chooseHeirs(endpoints: readonly EndpointRecord[], { nodes, starts }: NamedPlaces): Heirs | undefined {
  const bare: number[] = [];
  for (let i = 0; i < endpoints.length; i++) if (namesOf(endpoints[i]!).length === 0) bare.push(i);
  if (bare.length === 0) return undefined;
  const heirs = new Map<number, Predecessor>();
  // How many endpoints that stay name a node.
  const staying = new Map<number, number>();
  const stay = (i: number): void => {
    for (let k = starts[i]!; k < starts[i + 1]!; k++) staying.set(nodes[k]!, (staying.get(nodes[k]!) ?? 0) + 1);
  };
  const candidates: number[] = [];
  for (let i = 0; i < endpoints.length; i++) {
    if (!isAnyThere(i)) continue;
    const { zone, terminating } = endpoints[i]!;
    if (terminating !== true) stay(i);
    if (bare.some((other) => endpoints[other]!.zone === zone)) candidates.push(i);
  }
  if (candidates.length === 0) return heirs;
  sortByAddress(candidates, endpoints);
  sortByAddress(bare, endpoints);
  for (const i of bare) {
    const { zone, terminating } = endpoints[i]!;
    if (terminating === true) continue;
    let chosen = -1;
    let least = 2;
    for (let c = 0; c < candidates.length && least > 0; c++) {
      const candidate = candidates[c]!;
      if (endpoints[candidate]!.zone !== zone) continue;
      let coverage = Infinity;
      for (let k = starts[candidate]!; k < starts[candidate + 1]!; k++) {
        if (nodes[k]! >= 0) coverage = Math.min(coverage, staying.get(nodes[k]!) ?? 0);
      }
      if (coverage >= least) continue;
      least = coverage;
      chosen = candidate;
    }
    if (chosen < 0) continue;
    const names = namesOf(endpoints[chosen]!).filter((_, k) => nodes[starts[chosen]! + k]! >= 0);
    heirs.set(i, { index: chosen, names });
    stay(chosen);
  }
  return heirs;

  function isAnyThere(i: number): boolean {
    for (let k = starts[i]!; k < starts[i + 1]!; k++) if (nodes[k]! >= 0) return true;
    return false;
  }
}
