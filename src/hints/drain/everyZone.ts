import { isReady } from '../../model/readiness.js';
import type { SliceRecord } from '../../model/slice.js';
import type { Gathered } from '../endpoints.js';
import { portSets } from '../ports.js';
import { PLACEHOLDER } from '../../model/hints.js';
import { MAX_HINT_NAMES } from '../strategies/topologyKeys/problem.js';

/**
 * Names zones on endpoints until each zone is named for every port. kube-proxy sends nodes of a zone that nothing names to all
 * endpoints, whatever their hints: as long as others must not be used, "all of these" has to be written out. A zone that
 * hints leave out is named on every endpoint of the port, or, where that would be more than 8 zones on one, on those with the
 * fewest.
 * @param slices those that `gathered` was made of
 * @param forZones the zones that each gathered endpoint names
 * @param zones sorted: every zone that has nodes; the empty one stands for nodes without a zone
 * @returns parallel to the gathered endpoints; each list sorted, empty where an endpoint serves no zone
 */
export function nameEveryZone(
  { endpoints, starts, positions }: Gathered,
  slices: readonly SliceRecord[],
  forZones: readonly (readonly string[])[],
  zones: readonly string[],
): readonly (readonly string[])[] {
  const names = forZones.map((own) => new Set(own.filter((zone) => zone !== PLACEHOLDER)));
  const placeOf = new Map(slices.map((slice, s) => [slice, s]));
  const byAddress = (a: number, b: number): number => (endpoints[a]!.address < endpoints[b]!.address ? -1 : 1);
  for (const set of portSets(slices)) {
    const ready = new Set<number>();
    const others = new Set<number>();
    for (const slice of set.slices) {
      const start = starts[placeOf.get(slice)!]!;
      slice.endpoints.forEach((endpoint, k) => {
        (isReady(endpoint) ? ready : others).add(positions?.[start + k] ?? start + k);
      });
    }
    const serving = [...ready].sort(byAddress);
    // Where one endpoint names no zone, nodes go by none.
    const heeded = serving.every((i) => names[i]!.size > 0 || forZones[i]!.length > 0);
    const lacking = zones.filter((zone) => !heeded || !serving.some((i) => names[i]!.has(zone)));
    if (lacking.length === 0) continue;
    if (serving.every((i) => hasRoom(names[i]!, lacking))) {
      for (const i of serving) for (const zone of lacking) names[i]!.add(zone);
    } else shareZones(serving, names, lacking);
    for (const i of others) {
      if (!ready.has(i) && hasRoom(names[i]!, lacking)) for (const zone of lacking) names[i]!.add(zone);
    }
  }
  return names.map((own) => [...own].sort());
}

function hasRoom(own: ReadonlySet<string>, more: readonly string[]): boolean {
  return new Set([...own, ...more]).size <= MAX_HINT_NAMES;
}

/** Round by round each zone gets one endpoint more, the one that names the fewest; by address among equals. */
function shareZones(serving: readonly number[], names: readonly Set<string>[], lacking: readonly string[]): void {
  // Names are only added: what a zone has passed at one size, it never takes at that size.
  const searches = lacking.map((zone) => ({ zone, size: 0, at: 0 }));
  for (;;) {
    for (const search of searches) {
      const least = takeNext(search, serving, names);
      if (least === undefined) return;
      names[least]!.add(search.zone);
    }
  }
}

/** The first endpoint with the fewest names that does not name the zone yet. */
function takeNext(
  search: { readonly zone: string; size: number; at: number },
  serving: readonly number[],
  names: readonly ReadonlySet<string>[],
): number | undefined {
  for (; search.size < MAX_HINT_NAMES; search.size++, search.at = 0) {
    for (; search.at < serving.length; search.at++) {
      const i = serving[search.at]!;
      if (names[i]!.size === search.size && !names[i]!.has(search.zone)) return i;
    }
  }
  return undefined;
}
