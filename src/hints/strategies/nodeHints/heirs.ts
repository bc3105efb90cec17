import type { EndpointRecord } from '../../../model/slice.js';
import { sortByAddress } from '../balanced/assignment.js';
import { zeros } from '../balanced/problem.js';
import { namesOf, type Heirs, type NamedPlaces, type Predecessor } from './names.js';

/**
 * Has endpoints without names take over those of another one of their zone: of one that terminates, so that a rolling
 * update leaves nodes named as they were, or of one that stays and may be next. No endpoint is succeeded twice.
 * @returns undefined where none takes over any
 */
export function chooseHeirs(endpoints: readonly EndpointRecord[], places: NamedPlaces): Heirs | undefined {
  const { nodes, names, starts } = places;
  const bare: number[] = [];
  for (let i = 0; i < endpoints.length; i++) {
    if (starts[i] === starts[i + 1] && endpoints[i]!.terminating !== true) bare.push(i);
  }
  if (bare.length === 0) return undefined;
  const candidates: number[] = [];
  for (let i = 0; i < endpoints.length; i++) {
    if (isAnyThere(places, i) && hasZone(endpoints, bare, endpoints[i]!.zone)) candidates.push(i);
  }
  if (candidates.length === 0) return undefined;
  let heirs: Map<number, Predecessor> | undefined;
  // How many endpoints that stay name a node.
  const staying = zeros(nodes.length);
  const stay = (i: number): void => {
    for (let k = starts[i]!; k < starts[i + 1]!; k++) if (names[k]! >= 0) staying[names[k]!]!++;
  };
  for (let i = 0; i < endpoints.length; i++) if (endpoints[i]!.terminating !== true) stay(i);
  sortByAddress(candidates, endpoints);
  sortByAddress(bare, endpoints);
  for (const i of bare) {
    const { zone } = endpoints[i]!;
    let chosen = -1;
    let least = 2;
    for (let c = 0; c < candidates.length && least > 0; c++) {
      const candidate = candidates[c]!;
      if (endpoints[candidate]!.zone !== zone) continue;
      let coverage = Infinity;
      for (let k = starts[candidate]!; k < starts[candidate + 1]!; k++) {
        if (names[k]! >= 0) coverage = Math.min(coverage, staying[names[k]!]!);
      }
      if (coverage >= least) continue;
      least = coverage;
      chosen = candidate;
    }
    if (chosen < 0) continue;
    const taken = namesOf(endpoints[chosen]!).filter((_, k) => names[starts[chosen]! + k]! >= 0);
    (heirs ??= new Map()).set(i, { index: chosen, names: taken });
    stay(chosen);
  }
  return heirs;
}

/** Whether an endpoint names a node that is there. */
function isAnyThere({ names, starts }: NamedPlaces, i: number): boolean {
  for (let k = starts[i]!; k < starts[i + 1]!; k++) if (names[k]! >= 0) return true;
  return false;
}

function hasZone(endpoints: readonly EndpointRecord[], list: readonly number[], zone: string): boolean {
  for (let b = 0; b < list.length; b++) if (endpoints[list[b]!]!.zone === zone) return true;
  return false;
}
