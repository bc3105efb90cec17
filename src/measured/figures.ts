import type { ZoneDemand } from '../model/demand.js';

/** What is measured of one Service. */
export interface MeasuredService {
  /** `namespace/name`. */
  readonly key: string;
  /** How many answers had traffic of it since it was first measured, or measured again after its figures expired. */
  readonly samples: number;
  /** Seconds from the last answer that had traffic of it to the time of the figures. */
  readonly ageSeconds: number;
  /** Bytes, requests or connections per second, smoothed. */
  readonly rate: number;
  /** The part of the traffic that stayed in its zone, smoothed; undefined where the destination's zone is not measured. */
  readonly inZoneShare?: number | undefined;
  /** Shares by source zone to plan with, sorted by zone: they follow `latest` in steps. Empty until there are enough samples. */
  readonly demand: readonly ZoneDemand[];
  /** Seconds from the last step to the time of the figures. */
  readonly demandAgeSeconds: number;
  /** Shares by source zone, smoothed, sorted by zone. */
  readonly latest: readonly ZoneDemand[];
  /** Shares by source zone of the last minutes, sorted by zone. Not in the text while traffic is settled: then as `latest`. */
  readonly recent?: readonly ZoneDemand[];
}

/** What was learned from measurements: the content of the ConfigMap that `slicehints observe` writes. */
export interface MeasuredFigures {
  /** Unix time, whole seconds. Ages are as of then. */
  readonly atSeconds: number;
  /** Sorted by key. */
  readonly services: readonly MeasuredService[];
}

/** An age, in seconds, at which figures are no longer planned with. */
export const EXPIRY_SECONDS = 600;
/** With fewer samples than this nothing is planned. */
export const LEAST_SAMPLES = 5;
/** A share changed when it differs by this part of itself, or of an equal share where that is more. */
export const DEAD_BAND = 0.1;
/** Traffic is settled while the last minutes differ from the smoothed shares by at most this. */
const SETTLED_BAND = DEAD_BAND / 2;

/** The same figures at a later time; figures from the future count as of now. */
export function agedTo(figures: MeasuredFigures, nowSeconds: number): MeasuredFigures {
  const later = Math.max(0, nowSeconds - figures.atSeconds);
  return {
    atSeconds: nowSeconds,
    services: figures.services.map((service) => ({
      ...service,
      ageSeconds: service.ageSeconds + later,
      demandAgeSeconds: service.demandAgeSeconds + later,
    })),
  };
}

/** Whether the figures of a Service may be planned with. */
export function isFresh({ ageSeconds, samples, demand }: MeasuredService): boolean {
  return ageSeconds <= EXPIRY_SECONDS && samples >= LEAST_SAMPLES && demand.length > 0;
}

/** The zones that the figures of a Service name, some of them twice. */
export function zonesOf({ demand, latest, recent = [] }: MeasuredService): string[] {
  return [...demand, ...latest, ...recent].map(({ zone }) => zone);
}

/** Whether the smoothed shares are those of today, and not on their way to them. */
export function isSettled({ latest, recent }: Pick<MeasuredService, 'latest' | 'recent'>): boolean {
  return recent === undefined || !leavesDeadBand(recent, latest, SETTLED_BAND);
}

/** How many times as far again, as the last minutes are from the smoothed shares, a step of traffic may still go. */
const FURTHER = 2;

/** Shares by source zone where traffic moves on as it did in the last minutes, sorted as `recent`: none is below 0, and they add up to 1. */
export function projectedShares(latest: readonly ZoneDemand[], recent: readonly ZoneDemand[]): ZoneDemand[] {
  const smoothed = new Map(latest.map(({ zone, share }) => [zone, share]));
  const further = recent.map(({ zone, share }) => ({
    zone,
    share: Math.max(0, share + FURTHER * (share - (smoothed.get(zone) ?? 0))),
  }));
  return wholeOf(further);
}

/** Parts of whatever sum as shares that add up to 1. @param parts of which some are above 0 */
export function wholeOf(parts: readonly ZoneDemand[]): ZoneDemand[] {
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  return parts.map(({ zone, share }) => ({ zone, share: share / total }));
}

/** Whether some zone's share left the dead band around another demand. @param band part of a share */
export function leavesDeadBand(
  latest: readonly ZoneDemand[],
  demand: readonly ZoneDemand[],
  band = DEAD_BAND,
): boolean {
  const before = new Map(demand.map(({ zone, share }) => [zone, share]));
  const now = new Map(latest.map(({ zone, share }) => [zone, share]));
  const zones = new Set([...before.keys(), ...now.keys()]);
  for (const zone of zones) {
    const from = before.get(zone) ?? 0;
    if (Math.abs((now.get(zone) ?? 0) - from) > band * Math.max(from, 1 / zones.size)) return true;
  }
  return false;
}
