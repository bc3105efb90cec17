import { forecastTraffic } from '../../../kubeproxy/forecast.js';
import { withoutNodeHints, type Reading } from '../../../kubeproxy/reading.js';
import type { Demand } from '../../../model/demand.js';
import { quoted } from '../../../model/text/quoted.js';
import type { ServiceRecord } from '../../../model/service.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import { OVERLOAD_ANNOTATION } from '../../annotations.js';
import { assign, changedSurvivors } from './assignment.js';
import { type Classification, currentGroups, classify } from './classification.js';
import { problemCosts } from './costs.js';
import {
  type BalancedProblem,
  type Expense,
  type Layout,
  type LayoutGroup,
  LOAD_TOLERANCE,
  MAX_ZONES_PER_ENDPOINT,
  VALUE_TOLERANCE,
  expenseBound,
  doubles,
  inZoneBound,
  measure,
} from './problem.js';
import { solveBalanced } from './search.js';
import { hasNames } from '../nodeHints/names.js';
import { keepNames, nameNodes, STANDING_GAIN } from '../nodeHints/naming.js';
import { nodeHintsWish } from '../nodeHints/wish.js';
import type { Scratch } from '../../scratch.js';
import { MAX_OVERLOAD, type Settings } from '../../settings.js';
import { notReadySentence } from '../notReady.js';
import { Reason } from '../../reasons.js';
import type { Decision, Judgement, Strategy, StrategyInput } from '../../strategy.js';
import { verdict } from '../../verdict.js';

/** More endpoints that have hints are not changed one by one. */
const MOST_CHANGES = 6;

const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;

/**
 * `slicehints.io/balanced`: as much traffic in its zone as the overload limit allows. An endpoint may serve several
 * zones, so an assignment within the limit always exists and this strategy never gives up while one endpoint is ready.
 * Assignments that hold are left alone; see docs/balanced.md.
 */
export const balanced: Strategy = {
  decide(input) {
    const { endpoints, settings, addressType } = input;
    const threshold = readThreshold(input.service, settings);
    const wish = nodeHintsWish(input);
    const decision = decideWithin(withoutLeaving(input), threshold.value, wish.wanted);
    const warnings = wish.warning === undefined ? [] : [wish.warning];
    if (threshold.invalid === undefined) return warnings.length === 0 ? decision : { ...decision, warnings };
    const warning = verdict({
      addressType,
      hinted: decision.verdict.hinted && endpoints.length > 0,
      type: 'Warning',
      reason: Reason.InvalidOverloadThreshold,
      sentence: `Annotation ${OVERLOAD_ANNOTATION} must be a number from 0 to ${MAX_OVERLOAD} but is ${quoted(threshold.invalid)}, so ${settings.overloadThreshold} is used`,
    });
    return { ...decision, warnings: [warning, ...warnings] };
  },
  judge(input, hints) {
    const hinted = input.endpoints.map((endpoint, i) => ({ ...endpoint, hints: hints[i] }));
    return judge(withoutLeaving({ ...input, endpoints: hinted }), readThreshold(input.service, input.settings).value);
  },
};

/** What is planned, and how many endpoints it does not rely on. */
interface Relied extends StrategyInput {
  /** Absent: it relies on all of them. */
  readonly leavingEndpoints?: number;
}

/**
 * Endpoints on nodes that are being deleted count as not ready while others are ready: they keep hints that hold, and the
 * others keep the limit and each zone its share without them, so that nothing changes when they go.
 */
function withoutLeaving(input: StrategyInput): Relied {
  const { leaving } = input.cluster;
  const goes = ({ nodeName }: EndpointRecord): boolean => leaving.has(nodeName);
  if (leaving.size === 0 || !input.endpoints.some((one) => isReady(one) && !goes(one))) return input;
  let leavingEndpoints = 0;
  const endpoints = input.endpoints.map((endpoint) => {
    if (!goes(endpoint) || !isReady(endpoint)) return endpoint;
    leavingEndpoints++;
    return { ...endpoint, ready: false };
  });
  return { ...input, endpoints, leavingEndpoints };
}

function decideWithin(input: Relied, overload: number, namesNodes: boolean): Decision {
  const { endpoints, demand } = input;
  if (demand.zones.length === 0) return { ...withoutZones(input), hints: endpoints.map(() => undefined) };
  const classification = classify(endpoints, demand.zoneIndex);
  if (classification.total === 0) {
    const hints = writeHints(endpoints, classification, classification.classOf, demand);
    return { ...withoutReady(input), hints: namesNodes ? keepNames(input, hints) : hints };
  }
  const problem = problemOf(classification, input, overload);
  const eagerness = namesNodes && hasNames(endpoints) ? lessEager(input.settings) : input.settings;
  const settling = namesNodes && input.settling === true;
  const { layout, kept } = chooseLayout(problem, classification, eagerness, input.scratch, settling);
  const classes = kept ? classification.classOf : assign(classification, layout.groups, endpoints, input.sliceOf);
  const zoneHints = writeHints(endpoints, classification, classes, demand);
  const { table } = classification;
  const { inZone } = layout;
  const stays = settling && kept;
  const named = namesNodes ? nameNodes(input, { hints: zoneHints, classes, table, problem, inZone, stays }) : undefined;
  const figures = asRead(layout, input, zoneHints);
  const { badness, verdict: its } = judgeLayout(figures, problem, classification, input, asNamed(input, named));
  const handed = input.leavingEndpoints === undefined ? named?.named : undefined;
  return { badness, verdict: its, hints: named?.hints ?? zoneHints, named: handed };
}

/** When what stands gives way to another layout. */
type Eagerness = Pick<Settings, 'rebalanceGain' | 'overloadHold'>;

/** Beside names, zone hints are the second layer: what they gain alone is little of what is felt. */
function lessEager({ rebalanceGain, overloadHold }: Eagerness): Eagerness {
  return { rebalanceGain: STANDING_GAIN * rebalanceGain, overloadHold };
}

/** How the hints of the endpoints serve; all of them have some. */
function judge(input: Relied, overload: number): Judgement {
  const { endpoints, demand } = input;
  if (demand.zones.length === 0) return withoutZones(input);
  const classification = classify(endpoints, demand.zoneIndex);
  if (classification.total === 0) return withoutReady(input);
  const problem = problemOf(classification, input, overload);
  const layout = measure(problem, currentGroups(classification));
  const hints = endpoints.map((endpoint) => endpoint.hints);
  const named = hasNames(endpoints) ? { hints } : undefined;
  return judgeLayout(asRead(layout, input, hints), problem, classification, input, asNamed(input, named));
}

type Figures = Pick<Layout, 'inZone' | 'busiest'>;

/** The figures of a layout hold where every node heeds zone hints; else they are replayed node by node. */
function asRead(layout: Figures, input: StrategyInput, hints: Decision['hints']): Figures {
  const { reading } = input;
  if (reading.uniform === 'all' || reading.uniform === 'zones') return layout;
  return replayed(input, hints, withoutNodeHints(reading));
}

/** What hints do that name nodes, too; undefined where there are none or no node heeds them. */
function asNamed(
  input: StrategyInput,
  named: ({ readonly hints: Decision['hints'] } & Partial<Figures>) | undefined,
): Figures | undefined {
  const { uniform } = input.reading;
  if (named === undefined || uniform === 'zones' || uniform === 'none') return undefined;
  const { hints, inZone, busiest } = named;
  if (uniform === 'all' && inZone !== undefined && busiest !== undefined) return { inZone, busiest };
  return replayed(input, hints, input.reading);
}

function replayed({ endpoints, cluster, demand }: StrategyInput, hints: Decision['hints'], reading: Reading): Figures {
  const { inZoneShare, worstLoad } = forecastTraffic(endpoints, hints, cluster, demand, reading);
  return { inZone: inZoneShare, busiest: worstLoad };
}

function problemOf(classification: Classification, input: StrategyInput, overload: number): BalancedProblem {
  const { zones } = input.demand;
  const shares = doubles(zones.length);
  for (let z = 0; z < zones.length; z++) shares[z] = zones[z]!.share;
  return {
    shares,
    counts: classification.homes.slice(0, zones.length),
    homeless: classification.homes[zones.length]!,
    overload,
    costs: problemCosts(input),
  };
}

function withoutZones({ addressType }: StrategyInput): Judgement {
  const sentence = 'No balanced hints set: no ready node has a zone';
  const reason = Reason.NoZonedNodes;
  return { badness: -1, verdict: verdict({ addressType, hinted: false, type: 'Normal', reason, sentence }) };
}

function withoutReady({ addressType, endpoints }: StrategyInput): Judgement {
  const hinted = endpoints.length > 0;
  const reason = Reason.NoReadyEndpoints;
  const sentence = notReadySentence(endpoints);
  return { badness: -1, verdict: verdict({ addressType, hinted, type: 'Normal', reason, sentence }) };
}

function judgeLayout(
  byZones: Figures,
  { overload }: BalancedProblem,
  { total }: Classification,
  { addressType, demand, settings, leavingEndpoints = 0 }: Relied,
  byNodes: Figures | undefined,
): Judgement {
  const { inZone, busiest } = byNodes ?? byZones;
  const withNames = byNodes === undefined ? '' : `, ${percent(byNodes.inZone)} with node hints`;
  const without = leavingEndpoints === 0 ? '' : ` without ${leavingEndpoints} on nodes that are being deleted`;
  const reason = Reason.BalancedHintsSet;
  const sentence = `Balanced hints set: ${percent(byZones.inZone)} in zone${withNames}, busiest endpoint ${busiest.toFixed(2)}x, ${total} endpoints${without}, ${demand.zones.length} zones, demand: ${demand.words}`;
  return {
    // Above the limit is worse than any share in zone.
    badness: busiest > 1 + overload + settings.overloadHold + LOAD_TOLERANCE ? 1 + busiest : 1 - inZone,
    verdict: verdict({ addressType, hinted: true, type: 'Normal', reason, sentence }),
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/**
 * The layout to have: the present one while it holds and nothing much better is in reach; else a repair that changes
 * fewer endpoints than a fresh layout would, unless the fresh one is much better; else the fresh one.
 * @param settling the present one is left alone while it holds, whatever is in reach
 */
function chooseLayout(
  problem: BalancedProblem,
  classification: Classification,
  { rebalanceGain: gain, overloadHold }: Eagerness,
  scratch: Scratch,
  settling: boolean,
): { layout: Layout; kept: boolean } {
  // What lies less than this below the best in reach is left alone.
  const slack = Math.max(gain - VALUE_TOLERANCE, 1.5 * VALUE_TOLERANCE);
  let current: Layout | undefined;
  const present = currentGroups(classification);
  const mendable = isMendable(classification);
  const { table, ready } = classification;
  const isNew = ({ home, zones }: LayoutGroup): boolean => (ready[table.find(home, zones)] ?? 0) === 0;
  if (classification.complete) {
    const now = measure(problem, present);
    // What stands may exceed the limit a little, so that demand that goes up and down does not move hints each time.
    if (now.busiest <= 1 + problem.overload + overloadHold + LOAD_TOLERANCE) {
      if (settling || (isAsNear(now, expenseBound(problem), slack) && now.inZone > inZoneBound(problem) - slack))
        return { layout: now, kept: true };
      current = now;
    }
  } else if (mendable) {
    const { repair } = scratch;
    repair.begin(problem, present);
    const joined = repair.run(0, inZoneBound(problem) - slack + VALUE_TOLERANCE / 2);
    if (joined !== undefined && isAsNear(joined, expenseBound(problem), slack)) {
      return { layout: serveAtHome(problem, joined, isNew), kept: false };
    }
  }
  const fresh = serveAtHome(problem, solveBalanced(problem, scratch), () => true);
  if (current !== undefined && current.inZone > fresh.inZone - slack && isAsNear(current, fresh, slack)) {
    return { layout: current, kept: true };
  }
  const changes = changedSurvivors(classification, fresh.groups);
  if (changes === 0 || !mendable) return { layout: fresh, kept: false };
  const { repair } = scratch;
  if (classification.complete) repair.begin(problem, present);
  // A move that is made for the gain must bring most of it; one that the limit forces may leave as much as is left alone.
  const enough = current === undefined ? slack : gain / 2;
  const mended = repair.run(Math.min(changes - 1, MOST_CHANGES), fresh.inZone - enough + VALUE_TOLERANCE / 2);
  if (mended === undefined || !isAsNear(mended, fresh, slack)) return { layout: fresh, kept: false };
  return { layout: serveAtHome(problem, mended, isNew), kept: false };
}

/** Whether one is as good as another but for the slack: by what leaves the region, then by the cost. */
function isAsNear(one: Expense, other: Expense, slack: number): boolean {
  if (one.crossing < other.crossing - slack) return true;
  return one.crossing <= other.crossing + slack && one.cost <= other.cost + slack;
}

/**
 * Has the endpoints of a zone without demand serve that zone, too: nothing is known to call from there, but something
 * may, and is to find its own endpoints first.
 * @param changes which groups may get other zones; those that stand stay
 */
function serveAtHome({ shares }: BalancedProblem, layout: Layout, changes: (group: LayoutGroup) => boolean): Layout {
  if (!shares.includes(0)) return layout;
  const groups = layout.groups.map((group) => {
    const { home, zones } = group;
    if (shares[home] !== 0 || zones.length >= MAX_ZONES_PER_ENDPOINT || zones.includes(home)) return group;
    if (!changes(group)) return group;
    return { ...group, zones: [...zones, home].sort((a, b) => a - b) };
  });
  return { ...layout, groups };
}

/** A repair pays only while most endpoints have hints; when many are new, a fresh layout is what they need. */
function isMendable({ table, ready, total }: Classification): boolean {
  let newcomers = 0;
  for (let home = 0; home <= table.zones; home++) newcomers += ready[home] ?? 0;
  return newcomers <= Math.min(16, 1 + total / 3);
}

/** The limit of a Service: its annotation, or the setting. `invalid`: the text of an annotation that is no such number. */
export function readThreshold(
  service: ServiceRecord,
  settings: Pick<Settings, 'overloadThreshold'>,
): { readonly value: number; readonly invalid?: string } {
  const text = service.annotations[OVERLOAD_ANNOTATION];
  if (text === undefined) return { value: settings.overloadThreshold };
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  return value >= 0 && value <= MAX_OVERLOAD ? { value } : { value: settings.overloadThreshold, invalid: text };
}

/** Turns classes into hints. Endpoints of one class share one object; an endpoint that keeps its hints keeps its own. */
function writeHints(
  endpoints: readonly EndpointRecord[],
  classification: Classification,
  classes: readonly number[],
  demand: Demand,
): (EndpointHints | undefined)[] {
  const { table, classOf } = classification;
  const shared: (EndpointHints | undefined)[] = [];
  const result = new Array<EndpointHints | undefined>(endpoints.length);
  for (let i = 0; i < endpoints.length; i++) {
    const { hints } = endpoints[i]!;
    let id = classes[i]!;
    // Not ready and without hints that hold: its own zone, or for want of one the zone with the most demand.
    if (id <= table.zones) id = table.find(id, [id < table.zones ? id : busiestZone(demand)]);
    if (id === classOf[i] && (hints?.forNodes === undefined || hints.forNodes.length === 0)) {
      result[i] = hints;
      continue;
    }
    let own = shared[id];
    if (own === undefined) {
      const { zones } = table.classes[id]!;
      const forZones = new Array<string>(zones.length);
      for (let k = 0; k < zones.length; k++) forZones[k] = demand.zones[zones[k]!]!.zone;
      own = { forZones };
      shared[id] = own;
    }
    result[i] = own;
  }
  return result;
}

function busiestZone({ zones }: Demand): number {
  let busiest = 0;
  for (let z = 1; z < zones.length; z++) if (zones[z]!.share > zones[busiest]!.share) busiest = z;
  return busiest;
}
