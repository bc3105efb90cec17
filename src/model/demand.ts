/**
 * Where the shares of a demand come from: the allocatable CPU of the counted nodes; their number (also where none of
 * them tells its CPU); every zone alike; the ready endpoints of all Services, or of those that call this one; parts that
 * the Service states; traffic that was measured.
 */
export type DemandSource = 'cpu' | 'nodes' | 'equal' | 'endpoints' | 'clients' | 'zones' | 'measured';

export interface ZoneDemand {
  readonly zone: string;
  /** The zone's part of all traffic: a fraction of 1. 0: nothing is known to call from there, but something may. */
  readonly share: number;
}

/** Where the clients of a Service are: how its traffic divides into zones. Every figure of a plan names its demand. */
export interface Demand {
  readonly source: DemandSource;
  /** The text after `demand:` in sentences, e.g. `cpu` or `12 pods of shop/web and cart`. */
  readonly words: string;
  /** Sorted by zone; the shares add up to 1. Empty when nothing is known. */
  readonly zones: readonly ZoneDemand[];
  /** Place of each zone in `zones`. */
  readonly zoneIndex: ReadonlyMap<string, number>;
  /** The part of all traffic that a node sends, where that is known; the nodes of a zone add up to at most its share. */
  readonly nodeShare?: ((node: string) => number) | undefined;
}

/** @param zones sorted by zone, with shares that add up to 1 */
export function demandOf(
  source: DemandSource,
  zones: readonly ZoneDemand[],
  words: string = source,
  nodeShare?: (node: string) => number,
): Demand {
  return { source, words, zones, zoneIndex: new Map(zones.map(({ zone }, z) => [zone, z])), nodeShare };
}
