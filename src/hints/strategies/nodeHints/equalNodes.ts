import { sortFew } from '../../../model/lists/sortFew.js';

/** In so many sizes nodes of a zone are found by comparing with each; a cluster mostly has a few. */
const MOST_SIZES = 16;

/** Nodes that are equal in zone and share, so that a search looks at one of them. */
export interface EqualNodes {
  readonly share: number;
  /** By place among all nodes, ascending. */
  readonly places: number[];
}

/**
 * The groups of one zone, the greatest share first.
 * @param places of its nodes among all, ascending
 * @param shares by place
 */
export function groupEqualNodes(places: readonly number[], shares: readonly number[]): readonly EqualNodes[] {
  const groups: EqualNodes[] = [];
  let others: Map<number, EqualNodes> | undefined;
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    const share = shares[place]!;
    let g = 0;
    while (g < groups.length && g < MOST_SIZES && groups[g]!.share !== share) g++;
    const group = g < MOST_SIZES ? groups[g] : others?.get(share);
    if (group !== undefined) {
      group.places.push(place);
      continue;
    }
    const added = { share, places: [place] };
    if (g >= MOST_SIZES) (others ??= new Map<number, EqualNodes>()).set(share, added);
    groups.push(added);
  }
  return sortFew(groups, (a, b) => b.share - a.share);
}
