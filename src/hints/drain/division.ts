import type { NodeIndex } from '../../model/nodeIndex.js';
import { isReady } from '../../model/readiness.js';
import type { SliceRecord } from '../../model/slice.js';
import type { ZoneCidr } from '../../model/zones/zoneCidrs.js';
import { gatherEndpoints, locateEndpoints, spread } from '../endpoints.js';
import { portSets } from '../ports.js';

/** The endpoints of some slices, divided into those of drained zones and the others. */
export interface Division {
  /** Sorted: the drained zones that endpoints lie in. */
  readonly zones: readonly string[];
  /** Ready endpoints of these zones, each address once. */
  readonly ready: number;
  /** Parallel to the slices and their endpoints. */
  readonly drained: readonly (readonly boolean[])[];
  /** Sorted ports whose ready endpoints all lie in drained zones: nothing else could serve them. Empty names too. */
  readonly lastPorts: readonly string[];
  /** There is such a port, or slices without ports that have no other ready endpoint. */
  readonly isLast: boolean;
}

/**
 * Finds the endpoints of drained zones; an endpoint without a zone lies in that of its node, else of its address.
 * @param zones the drained zones
 * @param cidrs networks of zones (`zoneCidrsOf`)
 * @returns undefined where no endpoint lies in one
 */
export function divide(
  slices: readonly SliceRecord[],
  zones: readonly string[],
  nodeIndex: Pick<NodeIndex, 'zoneOf'>,
  cidrs: readonly ZoneCidr[] = [],
): Division | undefined {
  const gathered = gatherEndpoints(slices);
  const located = locateEndpoints(gathered.endpoints, nodeIndex, cidrs);
  const isDrained = located.map(({ zone }) => zones.includes(zone));
  if (!isDrained.includes(true)) return undefined;
  const drained = spread(gathered, slices, isDrained);
  const flags = new Map(slices.map((slice, s) => [slice, drained[s]!]));
  const readyOf = (slice: SliceRecord, here: boolean): boolean =>
    slice.endpoints.some((endpoint, k) => isReady(endpoint) && flags.get(slice)![k] === here);
  const last = portSets(slices).filter(
    (set) => set.slices.some((slice) => readyOf(slice, true)) && !set.slices.some((slice) => readyOf(slice, false)),
  );
  return {
    zones: zones.filter((zone) => located.some((endpoint) => endpoint.zone === zone)),
    ready: located.filter((endpoint, i) => isDrained[i] === true && isReady(endpoint)).length,
    drained,
    lastPorts: last.flatMap(({ ports }) => ports),
    isLast: last.length > 0,
  };
}
