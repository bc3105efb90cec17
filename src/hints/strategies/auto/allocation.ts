import type { ZoneDemand } from '../../../model/demand.js';

/** How far above its fair part an endpoint may be loaded; a constant of Kubernetes (topologycache.go). */
const OVERLOAD_THRESHOLD = 0.2;

/** The messages of upstream's Event when it gives up; they are part of the interface that users search for. */
export const INSUFFICIENT_NODES =
  'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
export const INSUFFICIENT_ENDPOINTS = 'Insufficient number of endpoints';
export const OVERLOADED =
  'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold';

/** How many endpoints a zone is given: never below `minimum`, never above `maximum`, ideally `desired`. */
export interface ZoneBounds {
  readonly zone: string;
  /** Whole number; fewer would load the zone's endpoints above the threshold. */
  readonly minimum: number;
  /** A fraction, at least `minimum`. */
  readonly desired: number;
  /** Whole number; more would leave another zone below its minimum. */
  readonly maximum: number;
}

export type Allocation =
  { readonly ok: true; readonly zones: readonly ZoneBounds[] } | { readonly ok: false; readonly message: string };

/**
 * The bounds of every zone for `endpointCount` ready endpoints, by the rule of KEP-2433 as topologycache.getAllocations
 * has it. Zones come in the order of `shares`.
 * @param shares the strict shares of the cluster, or those of a stated demand; undefined (or fewer than two zones, which upstream treats alike) when
 *   the nodes do not tell enough
 * @returns `ok: false` with upstream's message, without address type, where the rule gives up
 */
export function allocate(shares: readonly ZoneDemand[] | undefined, endpointCount: number): Allocation {
  if (shares === undefined || shares.length < 2) return { ok: false, message: INSUFFICIENT_NODES };
  const counts = `(${endpointCount} endpoints, ${shares.length} zones)`;
  if (shares.length > endpointCount) return { ok: false, message: `${INSUFFICIENT_ENDPOINTS} ${counts}` };
  let spare = endpointCount;
  const zones = shares.map(({ zone, share }) => {
    const fair = share * endpointCount;
    // Multiplied by the reciprocal, in this order, because upstream does: a division may round to another whole number.
    const minimum = Math.ceil(fair * (1 / (1 + OVERLOAD_THRESHOLD)));
    spare -= minimum;
    return { zone, minimum, desired: Math.max(fair, minimum) };
  });
  if (spare < 0) return { ok: false, message: `${OVERLOADED} ${counts}` };
  return {
    ok: true,
    zones: zones.map(({ zone, minimum, desired }) => ({ zone, minimum, desired, maximum: minimum + spare })),
  };
}
