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
  /** By zone of an endpoint without names, whose names there are to take over. */
  const byZone = new Map<string, Predecessors>();
  for (let i = 0; i < endpoints.length; i++) {
    if (starts[i] !== starts[i + 1] || endpoints[i]!.terminating === true) continue;
    bare.push(i);
    if (!byZone.has(endpoints[i]!.zone)) byZone.set(endpoints[i]!.zone, new Predecessors());
  }
  if (bare.length === 0) return undefined;
  let isAny = false;
  for (let i = 0; i < endpoints.length; i++) {
    if (!isAnyThere(places, i)) continue;
    const predecessors = byZone.get(endpoints[i]!.zone);
    if (predecessors === undefined) continue;
    predecessors.list.push(i);
    isAny = true;
  }
  if (!isAny) return undefined;
  // How many endpoints that stay name a node.
  const staying = zeros(nodes.length);
  const stay = (i: number): void => {
    for (let k = starts[i]!; k < starts[i + 1]!; k++) if (names[k]! >= 0) staying[names[k]!]!++;
  };
  for (let i = 0; i < endpoints.length; i++) if (endpoints[i]!.terminating !== true) stay(i);
  /** How many endpoints that stay name the one of its nodes that fewest of them name; it only ever grows. */
  const coverage = (i: number): number => {
    let least = Infinity;
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      if (names[k]! >= 0) least = Math.min(least, staying[names[k]!]!);
    }
    return least;
  };
  let heirs: Map<number, Predecessor> | undefined;
  for (const { list } of byZone.values()) sortByAddress(list, endpoints);
  sortByAddress(bare, endpoints);
  for (const i of bare) {
    const index = byZone.get(endpoints[i]!.zone)!.next(coverage);
    if (index === undefined) continue;
    const taken = namesOf(endpoints[index]!).filter((_, k) => names[starts[index]! + k]! >= 0);
    (heirs ??= new Map()).set(i, { index, names: taken });
    stay(index);
  }
  return heirs;
}

/** The endpoints of a zone that name nodes. */
class Predecessors {
  /** In the order in which they are taken. */
  readonly list: number[] = [];
  /** Where those that no endpoint that stays covers, and those that one covers, are looked at next. */
  #uncovered = 0;
  #covered = 0;

  /** The first one with a node that no endpoint that stays names, or else one that only one of them names. */
  next(coverage: (i: number) => number): number | undefined {
    const { list } = this;
    for (; this.#uncovered < list.length; this.#uncovered++) {
      if (coverage(list[this.#uncovered]!) === 0) return list[this.#uncovered];
    }
    for (; this.#covered < list.length; this.#covered++) {
      if (coverage(list[this.#covered]!) === 1) return list[this.#covered];
    }
    return undefined;
  }
}

/** Whether an endpoint names a node that is there. */
function isAnyThere({ names, starts }: NamedPlaces, i: number): boolean {
  for (let k = starts[i]!; k < starts[i + 1]!; k++) if (names[k]! >= 0) return true;
  return false;
}
