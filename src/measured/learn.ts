import type { ZoneDemand } from '../model/demand.js';
import { compareText } from '../model/objectKey.js';
import type { ServiceTraffic } from './trafficSums.js';
import {
  DEAD_BAND,
  EXPIRY_SECONDS,
  isSettled,
  LEAST_SAMPLES,
  leavesDeadBand,
  wholeOf,
  type MeasuredFigures,
  type MeasuredService,
} from './figures.js';

/** Of the exponentially weighted mean: after this long a step of traffic is followed to 63 %. */
export const TIME_CONSTANT_SECONDS = 900;
/** Of the mean that tells whether traffic is still moving. */
export const RECENT_SECONDS = 180;
/** The demand that is planned with changes at most once in this time. */
export const STEP_SECONDS = 600;
/** A demand that so few answers tell of may be wrong: until there are more the dead band is half as wide. */
const FEW_SAMPLES = 30;
/** Services without traffic are forgotten after this long. */
export const FORGET_SECONDS = 3600;
const MOST_SAMPLES = 9999;
/** Shares below this are not kept. */
const LEAST_SHARE = 0.0005;

/**
 * What is known after one more answer. Rates of each source zone are smoothed by an exponentially weighted mean; the first
 * samples by their plain mean, so that the very first does not outweigh them. The demand follows the smoothed shares when
 * one leaves the dead band and traffic is settled again, at most once in ten minutes: shares on the way from one state to another
 * are those of neither, and hints that suit them can load an endpoint more than hints that stand. Pure: time is a number.
 * @param before undefined: nothing
 * @param nowSeconds Unix time of the answer, whole seconds
 */
export function learn(
  before: MeasuredFigures | undefined,
  traffic: ReadonlyMap<string, ServiceTraffic>,
  nowSeconds: number,
): MeasuredFigures {
  const elapsed = before === undefined ? 0 : Math.max(0, nowSeconds - before.atSeconds);
  const known = new Map((before?.services ?? []).map((service) => [service.key, service]));
  const services: MeasuredService[] = [];
  for (const key of [...new Set([...known.keys(), ...traffic.keys()])].sort(compareText)) {
    const old = known.get(key);
    const sample = traffic.get(key);
    const ageSeconds = (old?.ageSeconds ?? 0) + elapsed;
    const demandAgeSeconds = (old?.demandAgeSeconds ?? 0) + elapsed;
    // A Service at rest keeps its figures until they expire: nothing is known of where its next traffic comes from.
    if (sample === undefined || !(sample.rate > 0)) {
      if (old !== undefined && ageSeconds <= FORGET_SECONDS) services.push({ ...old, ageSeconds, demandAgeSeconds });
      continue;
    }
    const base = old !== undefined && ageSeconds <= EXPIRY_SECONDS ? old : undefined;
    services.push(next(key, base, sample, ageSeconds, demandAgeSeconds));
  }
  return { atSeconds: nowSeconds, services };
}

function next(
  key: string,
  base: MeasuredService | undefined,
  sample: ServiceTraffic,
  sinceSeconds: number,
  demandAgeSeconds: number,
): MeasuredService {
  const samples = Math.min((base?.samples ?? 0) + 1, MOST_SAMPLES);
  const weight = Math.max(1 / samples, 1 - Math.exp(-sinceSeconds / TIME_CONSTANT_SECONDS));
  const mix = (old: number, now: number): number => old + weight * (now - old);
  const rate = mix(base?.rate ?? 0, sample.rate);
  const old = new Map((base?.latest ?? []).map(({ zone, share }) => [zone, share * (base?.rate ?? 0)]));
  const latest = sharesOf(
    [...new Set([...old.keys(), ...sample.flows.keys()])].map((zone): [string, number] => [
      zone,
      mix(old.get(zone) ?? 0, sumOf(sample.flows.get(zone)?.values() ?? [])),
    ]),
  );
  const inZoneShare = mixInZone(base, sample, weight);
  // While there are few samples, the smoothed rates follow faster than this.
  const recentWeight = Math.max(weight, 1 - Math.exp(-sinceSeconds / RECENT_SECONDS));
  const recent = sharesOf(mixShares(base?.recent ?? base?.latest ?? [], sample, recentWeight));
  const common = {
    key,
    samples,
    ageSeconds: 0,
    rate,
    ...(inZoneShare === undefined ? {} : { inZoneShare }),
    latest,
    recent,
  };
  if (samples < LEAST_SAMPLES) return { ...common, demand: [], demandAgeSeconds: 0 };
  const demand = base?.demand ?? [];
  const steps =
    demand.length === 0 ||
    (demandAgeSeconds >= STEP_SECONDS &&
      leavesDeadBand(latest, demand, samples > FEW_SAMPLES ? DEAD_BAND : DEAD_BAND / 2) &&
      isSettled(common));
  return steps ? { ...common, demand: latest, demandAgeSeconds: 0 } : { ...common, demand, demandAgeSeconds };
}

/** Shares of the sample's source zones, mixed with older ones. */
function mixShares(old: readonly ZoneDemand[], { rate, flows }: ServiceTraffic, weight: number): [string, number][] {
  const before = new Map(old.map(({ zone, share }) => [zone, share]));
  return [...new Set([...before.keys(), ...flows.keys()])].map((zone) => {
    const was = before.get(zone) ?? 0;
    return [zone, was + weight * (sumOf(flows.get(zone)?.values() ?? []) / rate - was)];
  });
}

/** Weighted by traffic: busy minutes count more. */
function mixInZone(base: MeasuredService | undefined, sample: ServiceTraffic, weight: number): number | undefined {
  const now = inZoneShareOf(sample);
  const before = base?.inZoneShare;
  if (now === undefined) return before;
  if (before === undefined) return now;
  const old = (1 - weight) * (base?.rate ?? 0);
  const added = weight * sample.rate;
  return (old * before + added * now) / (old + added);
}

/** The part of the traffic whose destination's zone is known that stayed in its zone; undefined where there is none. */
export function inZoneShareOf({ flows }: Pick<ServiceTraffic, 'flows'>): number | undefined {
  let total = 0;
  let inZone = 0;
  for (const [from, targets] of flows) {
    for (const [to, rate] of targets) {
      if (to === '') continue;
      total += rate;
      if (to === from) inZone += rate;
    }
  }
  return total > 0 ? inZone / total : undefined;
}

function sumOf(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Sorted by zone; the least are left out, and the others add up to 1. */
function sharesOf(amounts: readonly (readonly [string, number])[]): ZoneDemand[] {
  const all = sumOf(amounts.map(([, amount]) => amount));
  const kept = amounts.filter(([, amount]) => amount / all >= LEAST_SHARE);
  return wholeOf(kept.map(([zone, share]) => ({ zone, share }))).sort((a, b) => compareText(a.zone, b.zone));
}
