import { forecastTraffic, type Forecast } from '../kubeproxy/forecast.js';
import type { Demand } from '../model/demand.js';
import { unsteeredTraffic, type UnsteeredTraffic } from '../kubeproxy/steering.js';
import type { Cluster } from '../model/cluster.js';
import type { ServiceRecord } from '../model/service.js';
import { compareNames } from '../model/objectKey.js';
import { UNROUTED_ADDRESS_TYPE, type EndpointRecord, type SliceRecord } from '../model/slice.js';
import type { EndpointHints } from '../model/hints.js';
import { balanced } from './strategies/balanced/strategy.js';
import { judgeSlicePolicies, type SlicePolicy } from './slicePolicy.js';
import { isOurs } from './ownership.js';
import { unknownAnnotations } from './annotations.js';
import { chooseMode, isInTreeAuto, type Mode, TRAFFIC_DISTRIBUTION } from './mode.js';
import { sameNode, sameZone } from './strategies/nearest/strategy.js';
import { countMoved, hintsPatch, type PatchOperation } from './patch.js';
import { proportional } from './strategies/auto/strategy.js';
import { demandFor, type StatedDemand } from './demand/demandFor.js';
import { indexClients, type ClientIndex } from './demand/clientIndex.js';
import { Scratch } from './scratch.js';
import type { Settings } from './settings.js';
import type { Decision, Strategy } from './strategy.js';
import { Reason } from './reasons.js';
import { verdict, type Verdict } from './verdict.js';
import { topologyKeys } from './strategies/topologyKeys/strategy.js';
import { gatherEndpoints, locateEndpoints } from './endpoints.js';
import { unsteeredForecast, type AddressTypeForecast } from './forecast.js';

/** The strategy of each mode that writes hints. */
const STRATEGIES: Readonly<Record<Exclude<Mode, 'off'>, Strategy>> = {
  auto: proportional,
  balanced,
  'same-zone': sameZone,
  'same-node': sameNode,
  'topology-keys': topologyKeys,
};

export interface SlicePlan {
  readonly slice: SliceRecord;
  /** Parallel to the slice's endpoints; undefined: no hints. */
  readonly hints: readonly (EndpointHints | undefined)[];
  /** undefined when the slice stays as it is. */
  readonly patch: readonly PatchOperation[] | undefined;
  /** How many endpoints the patch changes. */
  readonly moved: number;
}

export interface Plan {
  readonly mode: Mode;
  /** One per address type that has slices, sorted; empty in mode `off`. */
  readonly verdicts: readonly Verdict[];
  /** What else the user must hear, e.g. of annotations that were not understood. */
  readonly warnings: readonly Verdict[];
  /** Every slice of the Service, sorted by name. */
  readonly slices: readonly SlicePlan[];
  /** One per address type of the verdicts, in their order: what nodes will do once the patches are written. */
  readonly forecast: readonly AddressTypeForecast[];
  /** One per address type whose traffic is forecast, sorted: where that traffic is taken to come from. */
  readonly demand: readonly AddressTypeDemand[];
}

export interface AddressTypeDemand {
  readonly addressType: string;
  readonly demand: Demand;
}

export interface PlanInput {
  readonly service: ServiceRecord;
  /** The slices of this Service only. */
  readonly slices: readonly SliceRecord[];
  readonly cluster: Cluster;
  readonly settings: Settings;
  /** The endpoints of the Services that call this one; by default only its own slices are known. */
  readonly clients?: ClientIndex | undefined;
  /** Handed in by whoever makes many plans; by default each plan has its own. */
  readonly scratch?: Scratch | undefined;
}

/**
 * Decides the hints of one Service. Everything that tells a user what would happen (plan, explain, the sandbox) and the
 * controller that makes it happen call this. Pure; throws for no input; planning on its own result changes nothing.
 */
export function plan(input: PlanInput): Plan {
  const choice = chooseMode(input.service);
  const slices = sortedByName(input.slices);
  const warnings: Verdict[] = [];
  if (choice.problem !== undefined) {
    warnings.push(
      verdict({
        addressType: '',
        hinted: false,
        type: 'Warning',
        reason: Reason.InvalidAnnotation,
        sentence: choice.problem,
      }),
    );
  }
  const unknown = unknownAnnotations(input.service);
  if (unknown !== undefined) warnings.push(unknown);
  const { mode } = choice;
  if (mode === 'off') {
    const planned = slices.map(choice.keepsHints === true ? unchanged : withdraw);
    return { mode: 'off', verdicts: [], warnings, slices: planned, forecast: [], demand: [] };
  }
  const unsteered = unsteeredTraffic(input.service);
  // Without slices there is no verdict that could carry the reason.
  if (unsteered !== undefined && (!unsteered.isAll || slices.length === 0)) {
    warnings.push(unsteeredVerdict(unsteered, '', false));
  }
  const { guard, inTree, managedBy, ignoreManagedBy } = input.settings;
  const inTreeAgrees = choice.source === TRAFFIC_DISTRIBUTION;
  const inTreeAuto = isInTreeAuto(input.service);
  const scratch = input.scratch ?? new Scratch();
  const verdicts: Verdict[] = [];
  const forecast: AddressTypeForecast[] = [];
  const demands: AddressTypeDemand[] = [];
  const { service, cluster, settings } = input;
  const { nodeIndex } = cluster;
  const clients = input.clients ?? indexClients(slices, (node) => nodeIndex.zoneOf(node));
  const planned = new Map<SliceRecord, SlicePlan>();
  for (const [addressType, group] of byAddressType(slices)) {
    if (addressType === UNROUTED_ADDRESS_TYPE) {
      verdicts.push(unrouted());
      forecast.push({ addressType, inZoneShare: 0, worstLoad: 0, byZone: [] });
      continue;
    }
    const stated = demandFor({ service, cluster, settings, clients }, addressType);
    const { demand } = stated;
    const judged = judgeSlicePolicies(group, {
      mode,
      guard,
      inTree,
      managedBy,
      ignoreManagedBy,
      inTreeAgrees,
      inTreeAuto,
      addressType,
    });
    const apart = judged.ok ? partsOf(group, judged.policies) : [];
    const parts = mode === 'topology-keys' ? apart.flatMap(byPorts) : apart;
    const done = parts.map((part) =>
      planPart(part, addressType, strategyFor(mode, part, input.settings), input, stated, scratch),
    );
    for (const { plans } of done) for (const [slice, slicePlanned] of plans) planned.set(slice, slicePlanned);
    warnings.push(...stated.warnings);
    if (stated.stated && parts.some(isBoundByInTree)) warnings.push(demandNotUsed(addressType));
    for (const { decision } of done) warnings.push(...(decision.warnings ?? []));
    const said = judged.ok ? done.map(({ decision }) => decision.verdict) : [judged.verdict];
    const worst = said.find(({ hinted }) => !hinted) ?? said.find(({ type }) => type === 'Warning') ?? said[0];
    // Where in-tree serves the Service by itself there is nothing to say.
    if (worst === undefined) continue;
    if (unsteered?.isAll === true) {
      verdicts.push(unsteeredVerdict(unsteered, addressType, worst.hinted));
      forecast.push(unsteeredForecast(addressType));
      continue;
    }
    verdicts.push(worst);
    const [only] = done;
    const whole = only !== undefined && parts[0]?.slices.length === group.length;
    const traffic = whole
      ? forecastTraffic(only.endpoints, only.decision.hints, input.cluster, demand)
      : forecastPlanned(group, planned, input.cluster, demand);
    forecast.push({ addressType, ...traffic });
    demands.push({ addressType, demand });
  }
  return {
    mode: choice.mode,
    verdicts,
    warnings,
    slices: slices.map((slice) => planned.get(slice) ?? unchanged(slice)),
    forecast,
    demand: demands,
  };
}

/** An API server lists slices by name, so there is mostly nothing to sort. */
function sortedByName(slices: readonly SliceRecord[]): readonly SliceRecord[] {
  for (let i = 1; i < slices.length; i++) {
    if (slices[i - 1]!.name <= slices[i]!.name) continue;
    return [...slices].sort(compareNames);
  }
  return slices;
}

/** Nearly all Services have one address type, some two. */
function byAddressType(slices: readonly SliceRecord[]): (readonly [string, readonly SliceRecord[]])[] {
  const types: string[] = [];
  for (const { addressType } of slices) if (!types.includes(addressType)) types.push(addressType);
  const [only] = types;
  if (only !== undefined && types.length === 1) return [[only, slices]];
  return types.sort().map((type) => [type, slices.filter(({ addressType }) => addressType === type)]);
}

/** Slices of one address type that are planned together, in policies of a kind. */
interface Part {
  readonly slices: readonly SliceRecord[];
  readonly policies: readonly SlicePolicy[];
}

/** In-tree's bounds count only its own slices, so those that it must agree with are planned apart from the others. */
function partsOf(group: readonly SliceRecord[], policies: readonly SlicePolicy[]): Part[] {
  if (policies.every(({ kind }) => kind === policies[0]?.kind))
    return policies[0]?.kind === 'leave' ? [] : [{ slices: group, policies }];
  const pick = (wanted: (policy: SlicePolicy) => boolean): Part => ({
    slices: group.filter((_, i) => policies[i] !== undefined && wanted(policies[i])),
    policies: policies.filter(wanted),
  });
  const others = pick(({ kind }) => kind !== 'adopt' && kind !== 'leave');
  return [pick(({ kind }) => kind === 'adopt'), others].filter(({ slices }) => slices.length > 0);
}

/**
 * Slices that serve a port in common, directly or through others: kube-proxy decides for each port by itself, so slices
 * that have no port in common select among their own endpoints only. Slices without ports serve all of them.
 */
function byPorts({ slices, policies }: Part): Part[] {
  const parts: { slices: SliceRecord[]; policies: SlicePolicy[]; ports: Set<string>; all: boolean }[] = [];
  slices.forEach((slice, i) => {
    const policy = policies[i];
    if (policy === undefined) return;
    const servesAll = slice.portNames.length === 0;
    const meets = ({ ports, all }: { ports: ReadonlySet<string>; all: boolean }): boolean =>
      all || servesAll || slice.portNames.some((name) => ports.has(name));
    const joined = parts.filter(meets);
    for (const part of joined) parts.splice(parts.indexOf(part), 1);
    parts.push({
      slices: [...joined.flatMap((part) => part.slices), slice],
      policies: [...joined.flatMap((part) => part.policies), policy],
      ports: new Set([...joined.flatMap(({ ports }) => [...ports]), ...slice.portNames]),
      all: servesAll || joined.some(({ all }) => all),
    });
  });
  return parts;
}

/** In-tree keeps nothing but what its own rule allows: on its slices Auto stays proportional without the guard. */
function strategyFor(mode: Exclude<Mode, 'off'>, { policies }: Part, { autoStrategy }: Settings): Strategy {
  const balancedAuto = mode === 'auto' && autoStrategy === 'balanced' && policies[0]?.kind !== 'adopt';
  return balancedAuto ? balanced : STRATEGIES[mode];
}

interface PlannedPart {
  readonly endpoints: readonly EndpointRecord[];
  readonly decision: Decision;
  readonly plans: readonly (readonly [SliceRecord, SlicePlan])[];
}

function planPart(
  { slices, policies }: Part,
  addressType: string,
  strategy: Strategy,
  { service, cluster, settings }: PlanInput,
  { demand, stated }: StatedDemand,
  scratch: Scratch,
): PlannedPart {
  const { endpoints: gathered, sliceOf, starts, positions } = gatherEndpoints(slices);
  const bound = isBoundByInTree({ slices, policies });
  const located = locateEndpoints(gathered, cluster.nodeIndex);
  const endpoints = bound ? gathered : located;
  const demandStated = stated && !bound;
  const decision = strategy({
    service,
    addressType,
    endpoints,
    sliceOf,
    cluster,
    demand,
    demandStated,
    settings,
    scratch,
  });
  const plans = slices.map((slice, g) => {
    const start = starts[g] ?? 0;
    const hints =
      positions === undefined
        ? slices.length === 1
          ? decision.hints
          : decision.hints.slice(start, start + slice.endpoints.length)
        : slice.endpoints.map((_, k) => decision.hints[positions[start + k] ?? 0]);
    return [slice, slicePlan(slice, hints, policies[g]?.annotate ?? false)] as const;
  });
  return { endpoints: located, decision, plans };
}

/** What nodes will do with all slices of an address type, those included that are not ours to write. */
function forecastPlanned(
  group: readonly SliceRecord[],
  planned: ReadonlyMap<SliceRecord, SlicePlan>,
  cluster: Cluster,
  demand: Demand,
): Forecast {
  const { endpoints, starts, positions } = gatherEndpoints(group);
  const located = locateEndpoints(endpoints, cluster.nodeIndex);
  const hints = new Array<EndpointHints | undefined>(endpoints.length).fill(undefined);
  for (const [g, slice] of group.entries()) {
    const own = planned.get(slice);
    const start = starts[g] ?? 0;
    for (let k = 0; k < slice.endpoints.length; k++) {
      hints[positions?.[start + k] ?? start + k] = own === undefined ? slice.endpoints[k]?.hints : own.hints[k];
    }
  }
  return forecastTraffic(located, hints, cluster, demand);
}

/** Slices whose hints in-tree's rule of Auto keeps or takes away. */
function isBoundByInTree({ policies }: Part): boolean {
  return policies[0]?.kind === 'adopt';
}

function demandNotUsed(addressType: string): Verdict {
  return verdict({
    addressType,
    hinted: false,
    type: 'Warning',
    reason: Reason.DemandNotUsed,
    sentence:
      'The stated demand is not used: Auto on slices that Kubernetes writes goes by CPU; install the guard of slicehints, or ask for balanced',
  });
}

/** Hints are still written, as in-tree does: other consumers read them, and they are in place when the policy changes. */
function unsteeredVerdict({ reason, sentence }: UnsteeredTraffic, addressType: string, hinted: boolean): Verdict {
  return verdict({ addressType, hinted, type: 'Normal', reason: Reason[reason], sentence });
}

function unrouted(): Verdict {
  return verdict({
    addressType: UNROUTED_ADDRESS_TYPE,
    hinted: false,
    type: 'Normal',
    reason: Reason.AddressTypeNotRouted,
    sentence: 'Slices of names are left as they are, because no proxy routes to them',
  });
}

function slicePlan(slice: SliceRecord, hints: readonly (EndpointHints | undefined)[], annotate: boolean): SlicePlan {
  const patch = hintsPatch(slice, hints, annotate);
  return { slice, hints, patch, moved: patch === undefined ? 0 : countMoved(patch) };
}

function unchanged(slice: SliceRecord): SlicePlan {
  return { slice, hints: slice.endpoints.map((endpoint) => endpoint.hints), patch: undefined, moved: 0 };
}

/** Mode `off`: hints that we wrote go, those of others stay. */
function withdraw(slice: SliceRecord): SlicePlan {
  if (!isOurs(slice)) return unchanged(slice);
  return slicePlan(slice, new Array<undefined>(slice.endpoints.length).fill(undefined), false);
}
