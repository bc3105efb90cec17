import { drainsInForce, readZoneDrain, zonesOf, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';

export interface DrainedZones {
  /** Sorted. */
  readonly zones: readonly string[];
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/**
 * The zones that are drained at a time.
 * @param fromFiles drains that no controller has judged count: files are what somebody is about to create
 */
export function drainedZones(manifests: readonly ZoneDrainManifest[], nowMs: number, fromFiles: boolean): DrainedZones {
  const drains = manifests.map(readZoneDrain);
  const inForce = drainsInForce(drains, nowMs);
  if (!fromFiles) return { zones: zonesOf(inForce), notes: [] };
  const ahead = drains.filter((drain) => drain.conditions.size === 0 && nowMs < drain.untilMs);
  return {
    zones: zonesOf([...inForce, ...ahead]),
    notes: ahead.map(
      ({ name, zone }) =>
        `ZoneDrain ${name} counts as accepted, though no controller has judged it (slicehints drain ${zone} --dry-run=client does)`,
    ),
  };
}
