import type { Cluster } from '../../model/cluster.js';
import { clampShares } from '../../measured/clamp.js';
import { EXPIRY_SECONDS, isSettled, projectedShares } from '../../measured/figures.js';
import { demandOf, type Demand, type DemandSource, type ZoneDemand } from '../../model/demand.js';
import { compareText, objectKey } from '../../model/objectKey.js';
import type { ServiceRecord } from '../../model/service.js';
import type { ServiceRequest } from '../request.js';
import { DEMAND_ANNOTATION } from '../annotations.js';
import { Reason } from '../reasons.js';
import type { Scratch } from '../scratch.js';
import type { Settings } from '../settings.js';
import { verdict, type Verdict } from '../verdict.js';
import { parseDemand, type ClientReference, type DemandWish } from './annotation.js';
import type { ClientIndex, ClientSpread } from './clientIndex.js';

export type DemandSettings = Pick<Settings, 'demand' | 'measuredFactor'>;

export interface DemandInput {
  readonly service: ServiceRecord;
  readonly cluster: Cluster;
  readonly settings: DemandSettings;
  /** The endpoints of other Services, as far as they are known. */
  readonly clients: ClientIndex;
  /** The annotations of the Service, where they were parsed before. */
  readonly request?: Pick<ServiceRequest, 'demand'> | undefined;
  readonly scratch?: Pick<Scratch, 'recall'> | undefined;
}

/** The demand of one address type of a Service. */
export interface StatedDemand {
  readonly demand: Demand;
  /** The annotations of the Service decide it, not the setting of the operator. */
  readonly stated: boolean;
  /** Where measured traffic has moved since the last step of a measured demand. */
  readonly latest?: LatestDemand;
  readonly warnings: readonly Verdict[];
}

/** What was measured since the last step of a measured demand. */
export interface LatestDemand {
  /** By the smoothed shares, which are late while traffic moves. */
  readonly smoothed: Demand;
  /** By the shares of the last minutes while traffic moves; else `smoothed`. */
  readonly recent: Demand;
  /** By the shares of later, should traffic move on as it did in the last minutes; undefined where it is settled. */
  readonly projected?: Demand | undefined;
}

const NO_WARNINGS: readonly Verdict[] = Object.freeze([]);
const MOST_NAMES = 3;

/** Amounts of traffic by zone and, where known, by node, in whatever unit. */
interface Amounts {
  readonly zones: ReadonlyMap<string, number>;
  /** Worked out only where node hints are forecast. */
  readonly nodes?: () => ReadonlyMap<string, number>;
}

/**
 * The one place from which strategies and forecasts take where traffic comes from. (Auto's shares on slices that in-tree
 * must agree with are upstream's rule and come from the cluster.) What the annotations ask for and cannot be known, or
 * is not understood, is a Warning, and the setting takes its place.
 */
export function demandFor(input: DemandInput, addressType: string): StatedDemand {
  const { settings, request } = input;
  const wish = request === undefined ? parseDemand(input.service) : request.demand;
  const byDefault = (warnings: readonly Verdict[]): StatedDemand => {
    const demand = bySetting(basicSetting(settings), input, addressType);
    const measured = settings.demand === 'measured' ? byMeasurement(input, demand) : undefined;
    return { demand, ...(typeof measured === 'string' ? {} : measured), stated: false, warnings };
  };
  if (wish === undefined) return byDefault(NO_WARNINGS);
  const warn = (reason: Reason, sentence: string): Verdict =>
    verdict({ addressType, hinted: false, type: 'Warning', reason, sentence });
  if ('error' in wish) {
    return byDefault([warn(Reason.InvalidDemand, `${wish.error}; the demand is taken from ${settings.demand}`)]);
  }
  switch (wish.source) {
    case 'clients': {
      const demand = byClients(wish, input, addressType);
      if (demand !== undefined) return { demand, stated: true, warnings: NO_WARNINGS };
      const named = listed(wish.clients.map(({ shown }) => shown));
      const sentence =
        wish.clients.length === 1
          ? `The client Service ${named} has no ready endpoint with a zone`
          : `None of the client Services ${named} has a ready endpoint with a zone`;
      return byDefault([
        warn(Reason.DemandUnknown, `${sentence}; until then the demand is taken from ${settings.demand}`),
      ]);
    }
    case 'measured': {
      const clients = wish.clients && byClients({ source: 'clients', clients: wish.clients }, input, addressType);
      const expected = clients ?? bySetting(basicSetting(settings), input, addressType);
      const measured = byMeasurement(input, expected);
      if (typeof measured !== 'string') return { ...measured, stated: true, warnings: NO_WARNINGS };
      const sentence = `${measured}; until then the demand is taken from ${expected.source}`;
      return { demand: expected, stated: clients !== undefined, warnings: [warn(Reason.DemandStale, sentence)] };
    }
    case 'zones':
      return byParts(wish, input, byDefault, warn);
    case 'cpu':
    case 'nodes':
    case 'equal':
    case 'endpoints':
      return { demand: bySetting(wish.source, input, addressType), stated: true, warnings: NO_WARNINGS };
  }
}

/** What stands in for measured demand where nothing is measured. */
function basicSetting({ demand }: DemandSettings): Exclude<Settings['demand'], 'measured'> {
  return demand === 'measured' ? 'cpu' : demand;
}

/**
 * The measured demand of a Service, kept near the one that is expected without a measurement.
 * @returns a sentence without its end on why there is none
 */
function byMeasurement(
  { service, cluster, clients, settings, scratch }: DemandInput,
  expected: Demand,
): Pick<StatedDemand, 'demand' | 'latest'> | string {
  const state = clients.measuredOf(objectKey(service));
  if (state?.fresh !== true)
    return `Too little traffic of the Service was measured in the last ${EXPIRY_SECONDS / 60} minutes`;
  const from = [cluster, expected];
  const near = (shares: readonly ZoneDemand[]): Demand | undefined => nearTo(expected, shares, settings, cluster);
  const demand = recalled(scratch, state, from, () => near(state.service.demand));
  if (demand === undefined) return 'Only zones without nodes are measured to call the Service';
  if (!state.moved) return { demand };
  const { service: measured } = state;
  const smoothed = recalled(scratch, measured, from, () => near(measured.latest));
  if (smoothed === undefined) return { demand };
  const { recent } = measured;
  if (recent === undefined || isSettled(measured)) return { demand, latest: { smoothed, recent: smoothed } };
  const moving = recalled(scratch, recent, from, () => ({
    recent: near(recent),
    projected: near(projectedShares(measured.latest, recent)),
  }));
  return { demand, latest: { smoothed, recent: moving.recent ?? smoothed, projected: moving.projected } };
}

function nearTo(
  expected: Demand,
  shares: readonly ZoneDemand[],
  { measuredFactor }: DemandSettings,
  { nodeIndex }: Cluster,
): Demand | undefined {
  const near = clampShares(shares, expected.zones, measuredFactor);
  if (near === undefined) return undefined;
  const { zones, clamped } = near;
  const { zoneIndex, nodeShare } = expected;
  const words = clamped ? `measured, within ${measuredFactor} times ${expected.source}` : 'measured';
  // Which nodes of a zone send is not measured: they send in the proportions that are expected.
  if (nodeShare === undefined) return demandOf('measured', zones, words);
  return demandOf('measured', zones, words, (node) => {
    const z = zoneIndex.get(nodeIndex.zoneOf(node));
    const expectedShare = z === undefined ? 0 : expected.zones[z]!.share;
    return expectedShare > 0 ? (nodeShare(node) / expectedShare) * zones[z!]!.share : 0;
  });
}

function bySetting(
  source: Exclude<Settings['demand'], 'measured'>,
  { cluster, clients, scratch }: DemandInput,
  addressType: string,
): Demand {
  switch (source) {
    case 'cpu':
      return cluster.demand;
    case 'nodes':
      return cluster.nodeIndex.demandByNumber;
    case 'equal': {
      const { zones } = cluster.nodeIndex.demandByNumber;
      return demandOf(
        'equal',
        zones.map(({ zone }) => ({ zone, share: 1 / zones.length })),
      );
    }
    case 'endpoints': {
      const spread = clients.ofAll(addressType);
      const { pods, zones, countNodes: nodes } = spread;
      if (pods === 0) return cluster.demand;
      return recalled(scratch, spread, [cluster], () =>
        fromAmounts('endpoints', { zones, nodes }, `${podsOf(pods)} of all Services`, cluster),
      );
    }
  }
}

/** @returns undefined when none of the clients is known to run anywhere */
function byClients(
  wish: Extract<DemandWish, { source: 'clients' }>,
  { cluster, clients, scratch }: DemandInput,
  addressType: string,
): Demand | undefined {
  const spreads: ClientSpread[] = [];
  for (const { key } of wish.clients) spreads.push(clients.ofService(key, addressType));
  return recalled(scratch, wish, [cluster, ...spreads], () => sumUpClients(wish.clients, spreads, cluster));
}

/** @param spreads parallel to `references` */
function sumUpClients(
  references: readonly ClientReference[],
  spreads: readonly ClientSpread[],
  cluster: Cluster,
): Demand | undefined {
  const zones = new Map<string, number>();
  const found: string[] = [];
  const missing: string[] = [];
  let pods = 0;
  for (const [i, { shown, weight }] of references.entries()) {
    const spread = spreads[i]!;
    if (spread.pods === 0) {
      missing.push(shown);
      continue;
    }
    found.push(weight === 1 ? shown : `${shown}=${weight}`);
    pods += spread.pods;
    addWeighted(zones, spread.zones, weight);
  }
  if (pods === 0) return undefined;
  const none = missing.length === 0 ? '' : ` (none of ${listed(missing)})`;
  const nodes = (): ReadonlyMap<string, number> => {
    const sums = new Map<string, number>();
    for (const [i, { weight }] of references.entries()) addWeighted(sums, spreads[i]!.countNodes(), weight);
    return sums;
  };
  return fromAmounts('clients', { zones, nodes }, `${podsOf(pods)} of ${listed(found)}${none}`, cluster);
}

/** A demand is worked out once from the same objects, where there is memory for it. */
function recalled<T>(scratch: DemandInput['scratch'], key: object, from: readonly object[], workOut: () => T): T {
  return scratch === undefined ? workOut() : scratch.recall(key, from, workOut);
}

function byParts(
  { parts }: Extract<DemandWish, { source: 'zones' }>,
  { cluster, settings }: DemandInput,
  byDefault: (warnings: readonly Verdict[]) => StatedDemand,
  warn: (reason: Reason, sentence: string) => Verdict,
): StatedDemand {
  const zones = new Map<string, number>();
  const unknown: string[] = [];
  const counted = cluster.nodeIndex.demandByNumber.zoneIndex;
  let total = 0;
  for (const [zone, part] of parts) {
    // As with every other source: a control-plane node, or one that is not ready, changes no hints.
    if (!counted.has(zone)) {
      unknown.push(zone);
      continue;
    }
    zones.set(zone, part);
    total += part;
  }
  const warnings: Verdict[] = [];
  if (unknown.length > 0) {
    const place = unknown.length === 1 ? 'a zone' : 'zones';
    const rest = total > 0 ? 'the other parts are used' : `the demand is taken from ${settings.demand}`;
    const sentence = `Annotation ${DEMAND_ANNOTATION} names ${place} without ready worker nodes: ${listed(unknown)}; ${rest}`;
    warnings.push(warn(Reason.InvalidDemand, sentence));
  }
  if (total === 0) return byDefault(warnings);
  return { demand: fromAmounts('zones', { zones }, 'fixed parts', cluster), stated: true, warnings };
}

/** Shares of the amounts over the union of their zones and the zones with counted nodes. */
function fromAmounts(source: DemandSource, amounts: Amounts, words: string, cluster: Cluster): Demand {
  const names = new Set(cluster.nodeIndex.demandByNumber.zones.map(({ zone }) => zone));
  for (const zone of amounts.zones.keys()) names.add(zone);
  const sorted = [...names].sort(compareText);
  let total = 0;
  for (const zone of sorted) total += amounts.zones.get(zone) ?? 0;
  const zones = sorted.map((zone) => ({ zone, share: (amounts.zones.get(zone) ?? 0) / total }));
  const { nodes } = amounts;
  if (nodes === undefined) return demandOf(source, zones, words);
  let known: ReadonlyMap<string, number> | undefined;
  return demandOf(source, zones, words, (node) => ((known ??= nodes()).get(node) ?? 0) / total);
}

function addWeighted(sums: Map<string, number>, counts: ReadonlyMap<string, number>, weight: number): void {
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + weight * count);
}

function podsOf(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const shown = more > 0 ? [...names.slice(0, MOST_NAMES), `${more} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)!}`;
}
