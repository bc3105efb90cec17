import { isCounted, type NodeRecord } from './node.js';
import { compareText } from './objectKey.js';

/**
 * Where the shares of a demand come from: the allocatable CPU of the counted nodes, or, where none of them tells its
 * CPU, the number of nodes.
 */
export type DemandSource = 'cpu' | 'nodes';

export interface ZoneDemand {
  readonly zone: string;
  /** The zone's part of all traffic: a fraction of 1, above 0. */
  readonly share: number;
}

/** Where the clients of a Service are: how its traffic divides into zones. Every figure of a plan names its demand. */
export interface Demand {
  readonly source: DemandSource;
  /** Sorted by zone; the shares add up to 1. Empty when nothing is known. */
  readonly zones: readonly ZoneDemand[];
  /** Place of each zone in `zones`. */
  readonly zoneIndex: ReadonlyMap<string, number>;
}

/** @param zones sorted by zone, with shares above 0 that add up to 1 */
export function demandOf(source: DemandSource, zones: readonly ZoneDemand[]): Demand {
  return { source, zones, zoneIndex: new Map(zones.map(({ zone }, z) => [zone, z])) };
}

/** Zones by the number of their counted nodes. */
export function demandByNodes(nodes: readonly NodeRecord[]): Demand {
  const counts = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (!isCounted(node) || node.zone === '') continue;
    counts.set(node.zone, (counts.get(node.zone) ?? 0) + 1);
    total++;
  }
  const zones = [...counts].sort(([a], [b]) => compareText(a, b));
  return demandOf(
    'nodes',
    zones.map(([zone, count]) => ({ zone, share: count / total })),
  );
}
