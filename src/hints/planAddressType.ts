import type { EndpointHints } from '../model/hints.js';
import type { EndpointRecord, SliceRecord } from '../model/slice.js';
import { forecastTraffic, type Forecast } from '../kubeproxy/forecast.js';
import { gatherEndpoints, gatherHints, locateEndpoints, type Gathered, type PlannedHints } from './endpoints.js';
import { forecastSlices } from './forecast.js';
import { holdsInTreeHints } from './inTree/validHints.js';
import { isInTreeAuto, type Mode } from './mode.js';
import { zoneCidrsOf } from './places.js';
import { hasOnePortSet, joinedByPorts, portSets, type PortSet } from './ports.js';
import { Reason } from './reasons.js';
import type { SlicePolicy } from './slicePolicy.js';
import { balanced } from './strategies/balanced/strategy.js';
import { besideInTree } from './strategies/auto/inTreeVerdict.js';
import { proportional } from './strategies/auto/strategy.js';
import { sameNode, sameZone } from './strategies/nearest/strategy.js';
import { topologyKeys } from './strategies/topologyKeys/strategy.js';
import type { Decision, Judgement, Strategy, StrategyInput } from './strategy.js';
import { sentenceOf, verdict, type Verdict } from './verdict.js';
import { quoted } from '../model/text/quoted.js';
import { isReady } from '../model/readiness.js';

export type HintingMode = Exclude<Mode, 'off'>;

/** The strategy of each mode that writes hints. */
const STRATEGIES: Readonly<Record<HintingMode, Strategy>> = {
  auto: proportional,
  balanced,
  'same-zone': sameZone,
  'same-node': sameNode,
  'topology-keys': topologyKeys,
};

type Hints = readonly (EndpointHints | undefined)[];

/** What a strategy is given, but for the endpoints. */
export type PlanContext = Omit<StrategyInput, 'endpoints' | 'sliceOf' | 'inTreeBound'> & { readonly mode: HintingMode };

export interface AddressTypePlan {
  /** Absent where in-tree serves the Service by itself. */
  readonly verdict?: Verdict;
  readonly warnings: readonly Verdict[];
  /** Hints of the slices that are ours to write. */
  readonly hints: PlannedHints;
  readonly forecast: Forecast;
}

/**
 * Plans the slices of one address type of a Service. They are divided into parts that are planned apart; each port is
 * then judged with all slices that serve it, also those that others write, and the worst port gives the verdict. Where
 * one part is refused hints, none gets any: a Service is hinted entirely or not at all.
 * @param slices sorted by name
 * @param policies parallel to them; none is blocked
 */
export function planAddressType(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  context: PlanContext,
): AddressTypePlan {
  const { mode, keys, settings, service, cluster } = context;
  const planned = planParts(slices, policies, context);
  if (mode === 'topology-keys' && keys.strict && planned.verdict?.hinted === false) {
    return planAfresh(slices, policies, context) ?? planned;
  }
  if (mode !== 'auto' || settings.inTree === 'absent' || !isInTreeAuto(service)) return planned;
  return planned.verdict === undefined
    ? planned
    : { ...planned, verdict: besideInTree(planned.verdict, slices, cluster) };
}

/**
 * Strict keys that cannot be exact leave no hints, so that the next plan starts from none. What it would find is found at once,
 * and what it would report is reported: the hints that are there may lead the search to others.
 */
function planAfresh(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  context: PlanContext,
): AddressTypePlan | undefined {
  if (!slices.some(({ endpoints }) => endpoints.some(({ hints }) => hints !== undefined))) return undefined;
  const bare = slices.map((slice) => ({
    ...slice,
    endpoints: slice.endpoints.map((endpoint) => ({ ...endpoint, hints: undefined })),
  }));
  const planned = planParts(bare, policies, context);
  const hints = new Map<SliceRecord, Hints>();
  for (const [i, slice] of slices.entries()) {
    const own = planned.hints.get(bare[i]!);
    if (own !== undefined) hints.set(slice, own);
  }
  return { ...planned, hints };
}

function planParts(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  context: PlanContext,
): AddressTypePlan {
  const adopts = policies[0]?.kind === 'adopt';
  const isOnePart = policies.every(({ kind }) => kind !== 'leave' && (kind === 'adopt') === adopts);
  if (isOnePart && hasOnePortSet(slices)) return planWhole(slices, adopts, context);
  const kindOf = new Map(slices.map((slice, i) => [slice, policies[i]?.kind]));
  const own = slices.filter((slice) => kindOf.get(slice) !== 'leave');
  const parts = partsOf(own, (slice) => kindOf.get(slice) === 'adopt', context);
  const warnings = parts.flatMap(({ decision }) => decision.warnings ?? []);
  if (context.demandStated && parts.some((part) => part.adopts)) warnings.unshift(demandNotUsed(context.addressType));
  let hints: PlannedHints = new Map(
    parts.flatMap((part) => part.slices.map((slice, i) => [slice, hintsOfSlice(part, i)] as const)),
  );
  // Slices of which nothing is ready are not judged while others have something ready: no node uses their endpoints.
  const filled = parts.filter(({ gathered }) => gathered.endpoints.some(isReady));
  const judged = filled.length > 0 ? filled : parts;
  let judgements = judged.map(({ decision }): Judged => ({ judgement: decision }));
  if (!judgements.some(isRefused)) judgements = judgePorts(judged, slices, hints, context);
  if (judgements.some(isRefused)) {
    // In-tree's slices get what in-tree gives them: taking away hints that it counts as valid would be a fight.
    const kept = parts.filter(({ adopts, decision }) => adopts && decision.refused !== true);
    const keeps = new Set(kept.flatMap((part) => part.slices));
    const taken = own.filter((slice) => !keeps.has(slice));
    hints = new Map(taken.map((slice) => [slice, slice.endpoints.map(() => undefined)]));
  }
  const forecast = forecastSlices(slices, hints, context);
  const isHinted = (slice: SliceRecord): boolean =>
    kindOf.get(slice) === 'leave'
      ? slice.endpoints.some((endpoint) => endpoint.hints !== undefined)
      : (hints.get(slice)?.some((hint) => hint !== undefined) ?? false);
  const hinted = slices.some(isHinted);
  const worst = verdictOf(judgements, hinted);
  return { ...(worst === undefined ? {} : { verdict: worst }), warnings: distinct(warnings), hints, forecast };
}

const NO_WARNINGS: readonly Verdict[] = Object.freeze([]);

/** Nearly all Services: one part, whose slices serve the same ports, so that what is decided is the judgement. */
function planWhole(slices: readonly SliceRecord[], adopts: boolean, context: PlanContext): AddressTypePlan {
  const part = planPart(slices, adopts, strategyOf(context, adopts), context);
  const { decision, located } = part;
  const hints = new Map<SliceRecord, Hints>();
  for (let i = 0; i < slices.length; i++) hints.set(slices[i]!, hintsOfSlice(part, i));
  const warnings = decision.warnings ?? NO_WARNINGS;
  return {
    verdict: decision.verdict,
    warnings: adopts && context.demandStated ? [demandNotUsed(context.addressType), ...warnings] : warnings,
    hints,
    forecast: forecastTraffic(
      located,
      decision.hints,
      context.cluster,
      context.demand,
      context.reading,
      decision.named,
    ),
  };
}

/** Slices that are planned together. */
interface Part {
  readonly slices: readonly SliceRecord[];
  /** In-tree writes them too and keeps only what its own rule of Auto allows. */
  readonly adopts: boolean;
  readonly strategy: Strategy;
  readonly gathered: Gathered;
  /** The gathered endpoints with the zones of their nodes. */
  readonly located: readonly EndpointRecord[];
  readonly decision: Decision;
}

interface Judged {
  readonly judgement: Judgement;
  readonly ports?: PortSet['ports'];
}

const isRefused = ({ judgement }: Judged): boolean => judgement.refused === true;

/**
 * In-tree's bounds count only its own slices, whatever their ports, so those are planned apart from the others. The
 * others are planned by ports, but where every endpoint is hinted by itself.
 */
function partsOf(
  own: readonly SliceRecord[],
  adopts: (slice: SliceRecord) => boolean,
  context: PlanContext,
): readonly Part[] {
  const { mode } = context;
  const adopted = own.filter(adopts);
  const free = own.filter((slice) => !adopts(slice));
  const strategy = strategyOf(context, adopted.length > 0);
  const groups = mode === 'same-zone' || mode === 'same-node' ? [free] : joinedByPorts(free);
  return [adopted, ...groups]
    .filter((group) => group.length > 0)
    .map((group) => planPart(group, group === adopted, strategy, context));
}

/** Figures of Balanced would be those of the others alone: beside slices that in-tree must agree with all is proportional. */
function strategyOf({ mode, settings }: PlanContext, besideInTree: boolean): Strategy {
  return mode === 'auto' && settings.autoStrategy === 'balanced' && !besideInTree ? balanced : STRATEGIES[mode];
}

function planPart(slices: readonly SliceRecord[], adopts: boolean, strategy: Strategy, context: PlanContext): Part {
  const { service, keys, addressType, settings, cluster, demand, reading, scratch } = context;
  const gathered = gatherEndpoints(slices);
  const located = locateEndpoints(gathered.endpoints, cluster.nodeIndex, zoneCidrsOf(context));
  if (adopts && holdsInTreeHints(slices, cluster)) {
    const reason = Reason.TopologyAwareHintsEnabled;
    const sentence = 'Topology Aware Hints has been enabled';
    const decision = {
      verdict: verdict({ addressType, hinted: true, type: 'Normal', reason, sentence }),
      badness: 0,
      hints: gathered.endpoints.map((endpoint) => endpoint.hints),
    };
    return { slices, adopts, strategy, gathered, located, decision };
  }
  const { sliceOf } = gathered;
  // In-tree reads no zone but the endpoint's own, and no demand but CPU.
  const endpoints = adopts ? gathered.endpoints : located;
  const demandStated = context.demandStated && !adopts;
  const given = {
    service,
    keys,
    addressType,
    endpoints,
    sliceOf,
    cluster,
    demand,
    demandStated,
    inTreeBound: adopts,
    reading,
    settings,
    settling: context.settling,
    scratch,
  };
  return { slices, adopts, strategy, gathered, located, decision: strategy.decide(given) };
}

/** @param i index of the slice in the part */
function hintsOfSlice({ slices, gathered: { starts, positions }, decision }: Part, i: number): Hints {
  const { endpoints } = slices[i]!;
  const start = starts[i]!;
  return positions === undefined
    ? decision.hints.slice(start, start + endpoints.length)
    : endpoints.map((_, k) => decision.hints[positions[start + k] ?? 0]);
}

/** Each port with all slices that serve it; where a strategy has no judgement of its own, what was decided holds. */
function judgePorts(
  parts: readonly Part[],
  slices: readonly SliceRecord[],
  hints: PlannedHints,
  context: PlanContext,
): Judged[] {
  // All parts have the same.
  const strategy = parts[0]?.strategy;
  if (strategy?.judge === undefined) return parts.map(({ decision }) => ({ judgement: decision }));
  return portSets(slices).map((set) => {
    const gathered = gatherEndpoints(set.slices);
    const { sliceOf } = gathered;
    const endpoints = locateEndpoints(gathered.endpoints, context.cluster.nodeIndex, zoneCidrsOf(context));
    const given = gatherHints(gathered, set.slices, hints);
    return {
      judgement: strategy.judge!({ ...context, endpoints, sliceOf, inTreeBound: false }, given),
      ports: set.ports,
    };
  });
}

/** The worst judgement; it names its ports where others fare otherwise. */
function verdictOf(judgements: readonly Judged[], hinted: boolean): Verdict | undefined {
  const rank = ({ judgement: { refused, verdict: its } }: Judged): number =>
    refused === true ? 2 : its.type === 'Warning' ? 1 : 0;
  const [first, ...others] = judgements;
  if (first === undefined) return undefined;
  let worst = first;
  for (const next of others) {
    const difference = rank(next) - rank(worst) || next.judgement.badness - worst.judgement.badness;
    if (difference > 0) worst = next;
  }
  const its = worst.judgement.verdict;
  if (others.length === 0) return its;
  const alike = judgements.every(({ judgement }) => judgement.verdict.message === its.message);
  const place = alike || worst.ports === undefined ? '' : ` ${portsText(worst.ports)}`;
  return verdict({
    ...its,
    hinted: hinted && worst.judgement.refused !== true,
    sentence: `${sentenceOf(its)}${place}`,
  });
}

const MOST_PORTS = 3;

function portsText(ports: readonly string[]): string {
  const shown = ports
    .slice(0, MOST_PORTS)
    .map((port) => quoted(port))
    .join(', ');
  const more = ports.length - MOST_PORTS;
  return `(port${ports.length === 1 ? '' : 's'} ${shown}${more > 0 ? ` and ${more} more` : ''})`;
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

/** Parts that are planned apart find the same fault of an annotation. */
function distinct(warnings: readonly Verdict[]): readonly Verdict[] {
  return warnings.filter((one, i) => warnings.findIndex(({ message }) => message === one.message) === i);
}
