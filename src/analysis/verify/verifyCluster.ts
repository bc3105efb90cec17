import { parseDemand } from '../../hints/demand/annotation.js';
import { demandFor } from '../../hints/demand/demandFor.js';
import { gatherEndpoints, locateEndpoints } from '../../hints/endpoints.js';
import { zoneCidrsOf } from '../../hints/places.js';
import { settingsOf, type Settings } from '../../hints/settings.js';
import type { ServiceTraffic } from '../../measured/trafficSums.js';
import { demandOf } from '../../model/demand.js';
import { compareText, objectKey } from '../../model/objectKey.js';
import { isReady } from '../../model/readiness.js';
import type { EndpointRecord } from '../../model/slice.js';
import { unsteeredTraffic } from '../../kubeproxy/steering.js';
import { readCluster, type ClusterRecords, type ServiceRecords } from '../clusterRecords.js';
import type { ClusterObjects } from '../planCluster.js';
import { askedTraffic, trafficOf, type ZoneFlow } from '../traffic.js';
import { causesOf, demandCause, type Cause } from './causes.js';

export interface VerifyOptions {
  /** What was measured, by `namespace/name`. */
  readonly traffic: ReadonlyMap<string, ServiceTraffic>;
  /** `namespace/name`: only this one. */
  readonly service?: string | undefined;
  readonly settings?: Partial<Settings> | undefined;
  /** Wall clock of the measurement, milliseconds. */
  readonly nowMs: number;
  /** What the rates of the measurement are taken over; by default 15 minutes. */
  readonly windowMs?: number;
}

/** Traffic from one zone to another: shares of all traffic of the Service. */
export interface VerifiedPair {
  readonly from: string;
  /** Empty: not measured. */
  readonly to: string;
  /** What hints ask for, with the demand of the forecast; null where hints steer nothing. */
  readonly forecast: number | null;
  readonly measured: number;
}

export interface VerifiedService {
  readonly namespace: string;
  readonly name: string;
  /** Per second. */
  readonly rate: number;
  /** null where hints do not steer this traffic. */
  readonly forecastInZone: number | null;
  /** null where the destination's zone is not measured. */
  readonly measuredInZone: number | null;
  /** Sorted by `from` and `to`. */
  readonly pairs: readonly VerifiedPair[];
  /** By how much the share in zone, or of the worst pair, differs: a fraction of 1. */
  readonly difference: number;
  /** Whether that is more than 10 points. */
  readonly differs: boolean;
  /** The likely causes; empty where nothing differs, or no rule explains it. */
  readonly causes: readonly Cause[];
}

export interface VerifiedCluster {
  /** Sorted by namespace and name. */
  readonly services: readonly VerifiedService[];
  /** Services of the cluster with endpoints that were not measured. */
  readonly unmeasured: number;
  readonly notes: readonly string[];
}

/** Shares may part by this much. */
export const TOLERATED = 0.1;
const WINDOW_MS = 15 * 60_000;

/**
 * Compares what hints ask for with what was measured, and names the likely cause where the two differ by more than 10 points.
 * Pure.
 */
export function verifyCluster(objects: ClusterObjects, options: VerifyOptions): VerifiedCluster {
  const settings = settingsOf(options.settings);
  const records = readCluster(objects, settings);
  const { service: wanted, traffic } = options;
  const chosen = wanted === undefined ? records.services : records.services.filter(({ key }) => key === wanted);
  const siblings = headlessByAddress(records.services);
  const namespaces = new Map((objects.namespaces ?? []).map((each) => [each.metadata?.name ?? '', each]));
  let unmeasured = 0;
  const services: VerifiedService[] = [];
  for (const one of chosen) {
    const measured = traffic.get(one.key);
    if (measured === undefined || !(measured.rate > 0)) {
      if (one.slices.some(({ endpoints }) => endpoints.some(isReady))) unmeasured++;
      continue;
    }
    services.push(
      verifyService(one, measured, {
        records,
        settings,
        namespace: namespaces.get(one.service.namespace),
        headlessSiblings: one.service.isHeadless === true ? [] : siblings(one),
        nowMs: options.nowMs,
        windowMs: options.windowMs ?? WINDOW_MS,
      }),
    );
  }
  return { services, unmeasured, notes: wanted === undefined ? records.notes : [] };
}

interface Context {
  readonly records: ClusterRecords;
  readonly settings: Settings;
  readonly namespace: Parameters<typeof causesOf>[0]['namespace'];
  readonly headlessSiblings: readonly string[];
  readonly nowMs: number;
  readonly windowMs: number;
}

function verifyService(one: ServiceRecords, traffic: ServiceTraffic, context: Context): VerifiedService {
  const { service, slices } = one;
  const { cluster, clients } = context.records;
  const input = { service, slices, cluster, clients, settings: context.settings };
  const flows = sharesOf(traffic);
  const sources = sumBy(flows, ({ from }) => from);
  const known = flows.filter(({ to }) => to !== '');
  const [forecast] = trafficOf(input);
  const demand = forecast?.demand ?? demandFor(input, slices[0]?.addressType ?? 'IPv4').demand;
  const expected = new Map(demand.zones.map(({ zone, share }) => [zone, share]));
  const isSteered = unsteeredTraffic(service)?.isAll !== true;
  // With the sources as they are measured, what remains is what goes another way than hints ask for.
  const zones = [...sources].map(([zone, share]) => ({ zone, share })).sort((a, b) => compareText(a.zone, b.zone));
  const asked = askedTraffic(input, demandOf('measured', zones));
  const steering = known.length === 0 ? 0 : differenceOf(known, asked);
  const wrongDemand = isSteered ? demandCause(sources, expected, demand.words) : undefined;
  const promised = forecast?.flows ?? [];
  const bySource = isSteered ? differenceOfSources(sources, expected) : 0;
  const byPair = isSteered && known.length > 0 ? differenceOf(known, promised) : 0;
  const difference = Math.max(steering, bySource, byPair);
  const differs = difference > TOLERATED;
  const causes = [
    ...(wrongDemand === undefined ? [] : [wrongDemand]),
    ...(steering <= TOLERATED
      ? []
      : causesOf({
          ...one,
          namespace: context.namespace,
          endpoints: endpointsOf(one, context),
          consumers: context.settings.consumer === undefined ? cluster.consumers : [context.settings.consumer],
          headlessSiblings: context.headlessSiblings,
          clientPods: clientPodsOf(one, context),
          measured: known,
          asked,
          nowMs: context.nowMs,
          windowMs: context.windowMs,
        })),
  ];
  return {
    namespace: service.namespace,
    name: service.name,
    rate: traffic.rate,
    forecastInZone: isSteered ? inZoneOf(promised) : null,
    measuredInZone: known.length === 0 ? null : inZoneOf(known),
    pairs: pairsOf(flows, isSteered ? promised : undefined),
    difference,
    differs,
    causes: differs ? causes : [],
  };
}

/** Each pod once: it is an endpoint of every address type, and of the slice of every port. */
function endpointsOf({ service, slices }: ServiceRecords, { records, settings }: Context): readonly EndpointRecord[] {
  const ofOneType = slices.filter(({ addressType }) => addressType === slices[0]?.addressType);
  const { endpoints } = gatherEndpoints(ofOneType);
  return locateEndpoints(endpoints, records.cluster.nodeIndex, zoneCidrsOf({ service, settings }));
}

/** Shares of all traffic; where some of the destinations are known, of that with a known one. */
function sharesOf({ flows }: Pick<ServiceTraffic, 'flows'>): ZoneFlow[] {
  const all: { from: string; to: string; rate: number }[] = [];
  for (const [from, targets] of flows) for (const [to, rate] of targets) all.push({ from, to, rate });
  const known = all.filter(({ to }) => to !== '');
  const counted = known.length > 0 ? known : all;
  const total = counted.reduce((sum, { rate }) => sum + rate, 0);
  return counted
    .map(({ from, to, rate }) => ({ from, to, share: rate / total }))
    .sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to));
}

function sumBy(flows: readonly ZoneFlow[], keyOf: (flow: ZoneFlow) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const flow of flows) sums.set(keyOf(flow), (sums.get(keyOf(flow)) ?? 0) + flow.share);
  return sums;
}

function inZoneOf(flows: readonly ZoneFlow[]): number {
  return flows.reduce((sum, { from, to, share }) => (from === to ? sum + share : sum), 0);
}

const pairKey = ({ from, to }: Pick<ZoneFlow, 'from' | 'to'>): string => `${from} ${to}`;

/** The largest difference of the share in zone, or of a pair. */
function differenceOf(measured: readonly ZoneFlow[], other: readonly ZoneFlow[]): number {
  const [a, b] = [sumBy(measured, pairKey), sumBy(other, pairKey)];
  let largest = Math.abs(inZoneOf(measured) - inZoneOf(other));
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    largest = Math.max(largest, Math.abs((a.get(key) ?? 0) - (b.get(key) ?? 0)));
  }
  return largest;
}

function differenceOfSources(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const zones = new Set([...a.keys(), ...b.keys()]);
  return Math.max(0, ...[...zones].map((zone) => Math.abs((a.get(zone) ?? 0) - (b.get(zone) ?? 0))));
}

function pairsOf(measured: readonly ZoneFlow[], forecast: readonly ZoneFlow[] | undefined): VerifiedPair[] {
  const [a, b] = [sumBy(measured, pairKey), sumBy(forecast ?? [], pairKey)];
  const pairs = new Map(
    [...measured, ...(forecast ?? [])].map(({ from, to }) => [pairKey({ from, to }), { from, to }]),
  );
  return [...pairs]
    .map(([key, { from, to }]) => ({
      from,
      to,
      forecast: forecast === undefined ? null : (b.get(key) ?? 0),
      measured: a.get(key) ?? 0,
    }))
    .sort((x, y) => compareText(x.from, y.from) || compareText(x.to, y.to));
}

function clientPodsOf({ service, slices }: ServiceRecords, { records }: Context): number | undefined {
  const wish = parseDemand(service);
  if (wish === undefined || !('clients' in wish) || wish.clients === undefined) return undefined;
  const addressType = slices[0]?.addressType ?? 'IPv4';
  return wish.clients.reduce((sum, { key }) => sum + records.clients.ofService(key, addressType).pods, 0);
}

/** Finds the headless Services that have at least half of a Service's ready endpoints. */
function headlessByAddress(services: readonly ServiceRecords[]): (one: ServiceRecords) => readonly string[] {
  const byAddress = new Map<string, string[]>();
  const addressesOf = ({ slices }: ServiceRecords): ReadonlySet<string> =>
    new Set(slices.flatMap(({ endpoints }) => endpoints.filter(isReady).map(({ address }) => address)));
  for (const one of services) {
    if (one.service.isHeadless !== true) continue;
    for (const address of addressesOf(one))
      byAddress.set(address, [...(byAddress.get(address) ?? []), objectKey(one.service)]);
  }
  return (one) => {
    const own = addressesOf(one);
    const counts = new Map<string, number>();
    for (const address of own)
      for (const key of byAddress.get(address) ?? []) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts]
      .filter(([, count]) => count * 2 >= own.size)
      .map(([key]) => key)
      .sort(compareText);
  };
}
