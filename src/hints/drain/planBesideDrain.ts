import { usableByNodes } from '../../kubeproxy/replay.js';
import { readsOf } from '../../kubeproxy/reading.js';
import type { Cluster } from '../../model/cluster.js';
import type { Demand } from '../../model/demand.js';
import type { EndpointHints } from '../../model/hints.js';
import type { LatestDemand } from '../demand/demandFor.js';
import { listed } from '../../model/text/listed.js';
import { isReady } from '../../model/readiness.js';
import type { SliceRecord } from '../../model/slice.js';
import { areInPlace, gatherEndpoints, gatherHints, type PlannedHints } from '../endpoints.js';
import { forecastSlices } from '../forecast.js';
import type { AddressTypePlan, PlanContext } from '../planAddressType.js';
import { planByLatest } from '../planByLatest.js';
import { zoneCidrsOf } from '../places.js';
import { portSets } from '../ports.js';
import { Reason } from '../reasons.js';
import type { SlicePolicy } from '../slicePolicy.js';
import { withNames } from '../strategies/topologyKeys/assignment.js';
import { sentenceOf, verdict, type Verdict } from '../verdict.js';
import { divide, type Division } from './division.js';
import { nameEveryZone } from './everyZone.js';

/** What becomes of the endpoints that a Service has in drained zones. */
export interface DrainOutcome {
  /**
   * `drained`: no node that heeds zone hints sends new connections to them. `last`: a port has no other ready endpoint, so
   * that they stay in use. `in-tree`: Kubernetes' own controller writes these hints by its own rule. `blocked`: hints may not
   * be written. `unsteered`: hints do not steer the traffic of the Service.
   */
  readonly kind: 'drained' | 'last' | 'in-tree' | 'blocked' | 'unsteered';
  /** Ready endpoints in the drained zones. */
  readonly endpoints: number;
  /** Nodes that send to them for all that: they heed no zone hints, or there are more zones than can be named. */
  readonly sendingNodes: number;
}

type Planned = AddressTypePlan & { readonly demand?: Demand | undefined; readonly drain?: DrainOutcome };

/**
 * Plans the slices of one address type as if the endpoints of drained zones were not there, with demand as it is, and then
 * hints these endpoints for no existing zone, so that kube-proxy has hints on every endpoint and no node uses them. What a
 * node would use without them is written out in full. A Service that has nothing else is planned as without the drain.
 * @param slices sorted by name
 * @param policies parallel to them; none is blocked
 * @param latest as `planByLatest` takes it
 */
export function planBesideDrain(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  context: PlanContext,
  latest: LatestDemand | undefined,
): Planned {
  const { cluster, addressType } = context;
  const division = divisionOf(slices, context);
  if (division === undefined) return planByLatest(slices, policies, context, latest);
  const obstacle = obstacleOf(slices, policies, division);
  if (obstacle !== undefined) {
    const planned = planByLatest(slices, policies, context, latest);
    const { kind, sentence } = obstacle;
    const warnings = [...planned.warnings, notDrained(addressType, division, sentence)];
    return { ...planned, warnings, drain: { kind, endpoints: division.ready, sendingNodes: cluster.nodes.length } };
  }
  let present = slices;
  for (let round = 1; ; round++) {
    const planned = planRemaining(present, policies, context, latest, division);
    const stands = (before: readonly SliceRecord[]): boolean =>
      areInPlace(before, new Map(before.map((slice, s) => [slice, planned.lists[s]!])));
    // What is written out may lead a strategy on to other hints. Where that ends, planning again changes nothing; where it
    // leads back to what stands, that stays.
    if (stands(slices) || stands(present) || round === MOST_ROUNDS) return finish(slices, planned, division, context);
    present = present.map((slice, s) => ({
      ...slice,
      endpoints: slice.endpoints.map((endpoint, k) => ({ ...endpoint, hints: planned.lists[s]![k] })),
    }));
  }
}

const MOST_ROUNDS = 8;

/** What the strategy decided for the other endpoints, and the hints of all, parallel to the slices and their endpoints. */
interface Written {
  readonly planned: AddressTypePlan & { readonly demand?: Demand | undefined };
  readonly lists: readonly (readonly (EndpointHints | undefined)[])[];
}

function planRemaining(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  context: PlanContext,
  latest: LatestDemand | undefined,
  division: Division,
): Written {
  const remaining = slices.map((slice, s) => remainderOf(slice, division.drained[s]!, context));
  const planned = planByLatest(remaining, policies, context, latest);
  return { planned, lists: writtenOut(slices, division, remaining, planned.hints, context.cluster) };
}

function finish(
  slices: readonly SliceRecord[],
  { planned, lists }: Written,
  division: Division,
  context: PlanContext,
): Planned {
  const hints = new Map(slices.map((slice, s) => [slice, lists[s]!]));
  const sending = sendingNodes(slices, division, hints, context);
  return {
    // Absent only where in-tree serves all slices, which no drain comes to.
    verdict: drainedVerdict(planned.verdict!, context, division, sending.heeding),
    warnings: planned.warnings,
    hints,
    forecast: forecastSlices(slices, hints, { ...context, demand: planned.demand ?? context.demand }),
    demand: planned.demand,
    drain: { kind: 'drained', endpoints: division.ready, sendingNodes: sending.all },
  };
}

/** What a drain does to slices whose hints may not be written; undefined where none of their endpoints lies in a drained zone. */
export function blockedDrain(
  slices: readonly SliceRecord[],
  context: Pick<PlanContext, 'settings' | 'service' | 'cluster'>,
): DrainOutcome | undefined {
  const division = divisionOf(slices, context);
  return division && { kind: 'blocked', endpoints: division.ready, sendingNodes: context.cluster.nodes.length };
}

function divisionOf(
  slices: readonly SliceRecord[],
  context: Pick<PlanContext, 'settings' | 'service' | 'cluster'>,
): Division | undefined {
  const { drainedZones } = context.settings;
  return drainedZones && divide(slices, drainedZones, context.cluster.nodeIndex, zoneCidrsOf(context));
}

/** Why a Service keeps its endpoints in drained zones. */
function obstacleOf(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  { isLast, lastPorts }: Division,
): { readonly kind: 'last' | 'in-tree'; readonly sentence: string } | undefined {
  // In-tree would give back what a drain takes: its own rule gives each endpoint a zone.
  const inTree = policies.findIndex(({ kind }) => kind === 'leave' || kind === 'adopt');
  if (inTree >= 0) {
    return {
      kind: 'in-tree',
      sentence: `Kubernetes itself writes the hints of EndpointSlice ${slices[inTree]!.name}`,
    };
  }
  if (!isLast) return undefined;
  const named = lastPorts.filter((port) => port !== '');
  const what = named.length === 0 ? '' : ` for port${named.length === 1 ? '' : 's'} ${listed(named)}`;
  return { kind: 'last', sentence: `there is no other ready endpoint${what}` };
}

function zonesText(zones: readonly string[]): string {
  return zones.length === 1 ? `Zone ${zones[0]!} is drained` : `Zones ${listed(zones)} are drained`;
}

function notDrained(addressType: string, { zones }: Division, sentence: string): Verdict {
  return verdict({
    addressType,
    hinted: false,
    type: 'Warning',
    reason: Reason.ZoneNotDrained,
    sentence: `${zonesText(zones)}, but endpoints there stay in use: ${sentence}`,
  });
}

function drainedVerdict(
  planned: Verdict,
  { addressType }: PlanContext,
  { zones, ready }: Division,
  sending: number,
): Verdict {
  const count = `${ready} ready ${ready === 1 ? 'endpoint' : 'endpoints'}`;
  const effect =
    sending === 0
      ? `${count} there ${ready === 1 ? 'gets' : 'get'} no new connections`
      : `${sending} ${sending === 1 ? 'node' : 'nodes'} still may use ${count} there, because the others cannot name all zones`;
  return verdict({
    addressType,
    hinted: true,
    type: sending === 0 ? planned.type : 'Warning',
    reason: Reason.ZoneDrained,
    sentence: `${zonesText(zones)}: ${effect}; without them: ${sentenceOf(planned)}`,
  });
}

/**
 * A slice without the endpoints of drained zones. Balanced and Auto keep hints that stand: zones that were named only because
 * nothing else would keep their nodes from the drained endpoints are no choice of theirs.
 */
function remainderOf(slice: SliceRecord, drained: readonly boolean[], { mode, demand }: PlanContext): SliceRecord {
  const rest = slice.endpoints.filter((_, k) => drained[k] !== true);
  if (mode !== 'balanced' && mode !== 'auto') return { ...slice, endpoints: rest };
  const isChoice = (zone: string): boolean => demand.zoneIndex.has(zone);
  return {
    ...slice,
    endpoints: rest.map((endpoint) => {
      const { hints } = endpoint;
      if (hints?.forZones === undefined || hints.forZones.every(isChoice)) return endpoint;
      const forZones = hints.forZones.filter(isChoice);
      if (forZones.length > 0) return { ...endpoint, hints: { ...hints, forZones } };
      const { forNodes } = hints;
      return { ...endpoint, hints: forNodes === undefined ? undefined : { forNodes } };
    }),
  };
}

const NO_ZONES: readonly string[] = Object.freeze([]);

/** The hints of all endpoints: those of drained zones for none, the others with every zone that has nodes. */
function writtenOut(
  slices: readonly SliceRecord[],
  { drained }: Division,
  remaining: readonly SliceRecord[],
  planned: PlannedHints,
  { nodes }: Cluster,
): Written['lists'] {
  const gathered = gatherEndpoints(remaining);
  const given = gatherHints(gathered, remaining, planned);
  const zones = [...new Set(nodes.map(({ zone }) => zone))].sort();
  const names = nameEveryZone(
    gathered,
    remaining,
    given.map((hints) => hints?.forZones ?? NO_ZONES),
    zones,
  );
  const named = given.some((hints) => (hints?.forNodes?.length ?? 0) > 0);
  // Without names `withNames` writes a placeholder.
  const nowhere = { forZones: [], forNodes: named ? [] : undefined };
  return slices.map((slice, s) => {
    let next = gathered.starts[s]!;
    return slice.endpoints.map((endpoint, k) => {
      if (drained[s]![k] === true) return withNames(endpoint, nowhere.forZones, nowhere.forNodes);
      const at = next++;
      const i = gathered.positions?.[at] ?? at;
      return withNames(endpoint, names[i], given[i]?.forNodes);
    });
  });
}

/** By replay: the nodes that may use endpoints of drained zones, and those of them that heed zone hints. */
function sendingNodes(
  slices: readonly SliceRecord[],
  { drained }: Division,
  hints: PlannedHints,
  { cluster: { nodes }, reading }: PlanContext,
): { readonly all: number; readonly heeding: number } {
  const flags = new Map(slices.map((slice, s) => [slice, drained[s]!]));
  const all = new Set<number>();
  for (const set of portSets(slices)) {
    const endpoints = set.slices.flatMap((slice) => slice.endpoints);
    if (!endpoints.some(isReady)) continue;
    const isDrained = set.slices.flatMap((slice) => flags.get(slice)!);
    const given = set.slices.flatMap((slice) => hints.get(slice)!);
    // Nodes of a zone share one array.
    const known = new Map<readonly number[], boolean>();
    usableByNodes(endpoints, given, nodes, reading).forEach((usable, n) => {
      let sends = known.get(usable);
      if (sends === undefined) known.set(usable, (sends = usable.some((i) => isDrained[i] === true)));
      if (sends) all.add(n);
    });
  }
  const heeding = [...all].filter((n) => readsOf(reading, nodes[n]!) !== 'none').length;
  return { all: all.size, heeding };
}
