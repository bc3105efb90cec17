import { readingOf, unreadBy, withoutNodeHints } from '../kubeproxy/reading.js';
import { type UnsteeredTraffic } from '../kubeproxy/steering.js';
import type { Cluster } from '../model/cluster.js';
import type { Demand } from '../model/demand.js';
import type { EndpointHints } from '../model/hints.js';
import { compareNames } from '../model/objectKey.js';
import type { ServiceRecord } from '../model/service.js';
import { UNROUTED_ADDRESS_TYPE, type SliceRecord } from '../model/slice.js';
import { indexClients, type ClientIndex } from './demand/clientIndex.js';
import { demandFor } from './demand/demandFor.js';
import { blockedDrain, planBesideDrain, type DrainOutcome } from './drain/planBesideDrain.js';
import { isBare, NOTHING_PLANNED } from './endpoints.js';
import { forecastSlices, NO_TRAFFIC, unsteeredForecast, type AddressTypeForecast, zoneLayer } from './forecast.js';
import { type Mode, TRAFFIC_DISTRIBUTION } from './mode.js';
import { settleNoHints } from './inTree/noHints.js';
import { hasOursToRemove } from './ownership.js';
import { countMoved, hintsPatch, type PatchOperation } from './patch.js';
import { Reason } from './reasons.js';
import { readRequest } from './request.js';
import { Scratch } from './scratch.js';
import type { Settings } from './settings.js';
import { judgeSlicePolicies } from './slicePolicy.js';
import { verdict, type Verdict } from './verdict.js';

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
  /** Further findings, e.g. annotations that were not understood. */
  readonly warnings: readonly Verdict[];
  /** Every slice of the Service, sorted by name. */
  readonly slices: readonly SlicePlan[];
  /** One per address type of the verdicts, in their order: what nodes will do once the patches are written. */
  readonly forecast: readonly AddressTypeForecast[];
  /** One per address type whose traffic is forecast, sorted: where that traffic is taken to come from. */
  readonly demand: readonly AddressTypeDemand[];
  /** One per address type with endpoints in drained zones, sorted; absent where there is none. */
  readonly drain?: readonly AddressTypeDrain[];
}

export interface AddressTypeDrain extends DrainOutcome {
  readonly addressType: string;
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
  /** As for strategies; by default false. */
  readonly settling?: boolean | undefined;
  /** Passed by callers that make many plans; by default each plan has its own. */
  readonly scratch?: Scratch | undefined;
}

/**
 * Decides the hints of one Service. Everything that tells a user what would happen (plan, explain, the sandbox) and the
 * controller that makes it happen call this. Pure; throws for no input; planning on its own result changes nothing.
 */
export function plan(input: PlanInput): Plan {
  const { service, cluster, settings, scratch } = input;
  const request = scratch === undefined ? readRequest(service) : scratch.requestOf(service);
  const { unsteered, inTreeAuto, keys, keysProblem } = request;
  const { mode, source, keepsHints } = request.choice;
  const slices = sortedByName(input.slices);
  const warnings = [...request.warnings];
  if (mode === 'off') {
    const planned = slices.map(keepsHints === true ? unchanged : withdraw);
    return { mode, verdicts: [], warnings, slices: planned, forecast: [], demand: [] };
  }
  // Without slices there is no verdict that could carry the reason.
  if (unsteered !== undefined && (!unsteered.isAll || slices.length === 0)) {
    warnings.push(unsteeredVerdict(unsteered, '', false));
  }
  const { guard, inTree, managedBy, ignoreManagedBy } = settings;
  const inTreeAgrees = source === TRAFFIC_DISTRIBUTION;
  const verdicts: Verdict[] = [];
  const forecast: AddressTypeForecast[] = [];
  const demands: AddressTypeDemand[] = [];
  const drains: AddressTypeDrain[] = [];
  const read = readingOf(service, cluster.consumers, settings.consumer);
  const reading = settings.nodeHints === 'stored' ? read : withoutNodeHints(read);
  const { nodeIndex } = cluster;
  const clients = input.clients ?? indexClients(slices, (node, own) => nodeIndex.zoneOfClient(node, own));
  const planned = new Map<SliceRecord, SlicePlan>();
  const used = scratch ?? new Scratch();
  for (const [addressType, group] of byAddressType(slices)) {
    if (addressType === UNROUTED_ADDRESS_TYPE) {
      verdicts.push(unrouted());
      forecast.push({ addressType, ...NO_TRAFFIC });
      continue;
    }
    const judged =
      keysProblem !== undefined
        ? { ok: false as const, verdict: invalidKeys(group, addressType, keysProblem) }
        : judgeSlicePolicies(group, {
            mode,
            guard,
            inTree,
            managedBy,
            ignoreManagedBy,
            inTreeAgrees,
            inTreeAuto,
            addressType,
          });
    const {
      demand,
      stated: demandStated,
      latest,
      warnings: doubts,
    } = demandFor({ service, cluster, settings, clients, request, scratch }, addressType);
    const context = {
      service,
      keys,
      addressType,
      mode,
      cluster,
      demand,
      demandStated,
      reading,
      settings,
      settling: input.settling,
      scratch: used,
    };
    for (const doubt of doubts) warnings.push(doubt);
    const part = judged.ok
      ? settleNoHints(planBesideDrain(group, judged.policies, context, latest), group, context)
      : {
          verdict: judged.verdict,
          warnings: [],
          hints: NOTHING_PLANNED,
          forecast: forecastSlices(group, NOTHING_PLANNED, context),
          demand: undefined,
          drain: blockedDrain(group, context),
        };
    if (part.drain !== undefined) {
      drains.push({ addressType, ...part.drain, ...(unsteered?.isAll === true ? { kind: 'unsteered' } : {}) });
    }
    for (const warning of part.warnings) {
      if (unsteered?.isAll !== true || warning.reason !== Reason.ZoneNotDrained) warnings.push(warning);
    }
    for (let g = 0; g < group.length; g++) {
      const slice = group[g]!;
      const hints = part.hints.get(slice);
      const annotate = judged.ok && judged.policies[g]?.annotate === true;
      if (hints !== undefined) planned.set(slice, slicePlan(slice, hints, annotate));
    }
    // Where in-tree serves the Service by itself there is no verdict.
    if (part.verdict === undefined) continue;
    if (unsteered?.isAll === true) {
      // A mistake in an annotation is still reported; hints that may not be written would steer nothing.
      if (keysProblem !== undefined) warnings.push(part.verdict);
      verdicts.push(unsteeredVerdict(unsteered, addressType, part.verdict.hinted));
      forecast.push(unsteeredForecast(addressType));
      continue;
    }
    verdicts.push(part.verdict);
    const { inZoneShare, worstLoad, byZone } = part.forecast;
    const promised = part.demand === undefined ? context : { ...context, demand: part.demand };
    const layer =
      mode === 'balanced' || mode === 'auto' ? zoneLayer(group, part.hints, part.forecast, promised) : undefined;
    forecast.push({ addressType, inZoneShare, worstLoad, byZone, ...layer });
    demands.push({ addressType, demand: promised.demand });
  }
  const result = slices.map((slice) => planned.get(slice) ?? unchanged(slice));
  if (reading.uniform !== 'all' && unsteered?.isAll !== true) {
    const unread = unreadHints(input, result);
    if (unread !== undefined) warnings.push(unread);
  }
  const drain = drains.length === 0 ? {} : { drain: drains };
  return { mode, verdicts, warnings, slices: result, forecast, demand: demands, ...drain };
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

/** Hints are still written, as in-tree does: other consumers read them, and they are in place when the policy changes. */
function unsteeredVerdict({ reason, sentence }: UnsteeredTraffic, addressType: string, hinted: boolean): Verdict {
  return verdict({ addressType, hinted, type: 'Normal', reason: Reason[reason], sentence });
}

/** As with a mistyped mode, working hints are not taken away for a mistake in the annotation. */
function invalidKeys(slices: readonly SliceRecord[], addressType: string, error: string): Verdict {
  return verdict({
    addressType,
    hinted: !slices.every(isBare),
    type: 'Warning',
    reason: Reason.InvalidTopologyKeys,
    sentence: `${error}, so hints stay as they are until it is corrected`,
  });
}

/** The hints that some node does not heed, so that a promise for the others is not taken for one for all. */
function unreadHints({ service, cluster, settings }: PlanInput, slices: readonly SlicePlan[]): Verdict | undefined {
  const has = (kind: 'forZones' | 'forNodes'): boolean =>
    slices.some(({ hints }) => hints.some((hint) => (hint?.[kind]?.length ?? 0) > 0));
  const consumers = settings.consumer === undefined ? cluster.consumers : [settings.consumer];
  const clauses = unreadBy(service, consumers, { forZones: has('forZones'), forNodes: has('forNodes') });
  if (clauses.length === 0) return undefined;
  return verdict({
    addressType: '',
    hinted: false,
    type: 'Warning',
    reason: Reason.HintsNotRead,
    sentence: `Not all nodes read these hints: ${clauses.join('; ')}`,
  });
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
  if (!hasOursToRemove(slice)) return unchanged(slice);
  return slicePlan(slice, new Array<undefined>(slice.endpoints.length).fill(undefined), false);
}
