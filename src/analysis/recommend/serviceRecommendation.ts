import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import { chooseMode, type Mode } from '../../hints/mode.js';
import { readThreshold } from '../../hints/strategies/balanced/strategy.js';
import { unsteeredTraffic } from '../../kubeproxy/steering.js';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../model/manifest.js';
import type { ServiceRecord } from '../../model/service.js';
import { readSlice, type SliceRecord } from '../../model/slice.js';
import { choicesFor, type Action } from './candidates.js';
import {
  figuresNow,
  planChoice,
  situationsOf,
  type JudgeContext,
  type PlannedChoice,
  type Situation,
} from './judge.js';
import { meshOf, meshSentence } from './mesh.js';
import { reasonSentence } from './reasons.js';
import { decide, points, type JudgedChoice } from './rule.js';
import { spreadOptions, type SpreadOption } from './spread.js';

/** What a choice comes to. */
export interface Candidate {
  readonly action: Action;
  /** Of `balanced`: how far above the mean the busiest endpoint may be loaded. */
  readonly overloadThreshold?: number;
  /** Annotations of the Service to set, sorted by name; null: to remove. Empty for `leave`. */
  readonly annotations: Readonly<Record<string, string | null>>;
  /** Endpoints whose hints would be written. */
  readonly endpointsChanged: number;
  /** Today once hints are written: the part of the traffic that stays in its zone, a fraction of 1. */
  readonly inZoneShare: number;
  /** Today once hints are written: load of the busiest endpoint over the mean. */
  readonly busiest: number;
  /** Everything that it was judged by, today first. */
  readonly situations: readonly Situation[];
  /** Whether the busiest endpoint is above the limit in one of them. */
  readonly overLimit: boolean;
}

/** Where pods should run, with what it would bring. */
export interface SpreadAdvice extends SpreadOption {
  /** What the Service should then ask for. */
  readonly action: Action;
  readonly overloadThreshold?: number;
  readonly inZoneShare: number;
  readonly busiest: number;
  /** How much more of the traffic stays in its zone than by the advice without it, a fraction of 1. */
  readonly gain: number;
}

/** Why this is advised. */
export type AdviceReason =
  /** It keeps more traffic in its zone than what is asked for now. */
  | 'better'
  /** What is asked for now is above the limit in a situation that this stands, or stands better. */
  | 'within-limit'
  /** Nothing brings more, within the limit, than what is asked for now. */
  | 'best-already'
  /** Hints do not steer the traffic. */
  | 'not-steered'
  /** The Service is in a mesh. */
  | 'mesh'
  /** No endpoint takes traffic. */
  | 'no-endpoints';

export interface ServiceRecommendation {
  readonly namespace: string;
  readonly name: string;
  /** What the Service asks for now. */
  readonly mode: Mode;
  /** The load of the busiest endpoint over the mean that no situation should exceed. */
  readonly limit: number;
  /** With the hints that are there now; null when no endpoint takes traffic, or hints do not steer it. */
  readonly now: { readonly inZoneShare: number; readonly busiest: number } | null;
  /** null where hints are of no use: then nothing should be asked for. */
  readonly advice: Candidate | null;
  readonly reason: AdviceReason;
  /** The reason in words, without a full stop. */
  readonly sentence: string;
  /** What to ask for with the guard in force, where that is better; absent where the guard is, or brings nothing. */
  readonly withGuard?: Candidate;
  /** Changes of where pods run that bring more, the smallest first. */
  readonly spread: readonly SpreadAdvice[];
  /** The other choices that were judged, by preference: those that the rule came to before the advised one, or all. */
  readonly others: readonly Candidate[];
}

export interface RecommendInput extends JudgeContext {
  readonly manifest: ServiceManifest;
  /** Reads the manifest, also with other annotations, with the policies that match it. */
  readonly serviceOf: (manifest: ServiceManifest) => ServiceRecord;
  readonly namespaceManifest: NamespaceManifest | undefined;
  /** The slices of this Service only. */
  readonly slices: readonly SliceRecord[];
  readonly sliceManifests: readonly EndpointSliceManifest[];
  readonly nodes: readonly NodeManifest[];
  /** Judge also the choices that the rule need not come to. */
  readonly judgeAll?: boolean | undefined;
}

/** The recommendation for one Service. */
export function recommendRecords(input: RecommendInput): ServiceRecommendation {
  const { manifest, settings, slices } = input;
  const service = input.serviceOf(manifest);
  const { namespace, name } = service;
  const threshold = readThreshold(service, settings).value;
  const limit = 1 + threshold + settings.overloadHold;
  const unsteered = unsteeredTraffic(service);
  const mesh = meshOf(manifest, input.namespaceManifest);
  const head = { namespace, name, mode: chooseMode(service).mode, limit };
  const none = (reason: AdviceReason, sentence: string): ServiceRecommendation => ({
    ...head,
    now: null,
    advice: null,
    reason,
    sentence,
    spread: [],
    others: [],
  });
  if (unsteered?.isAll === true) return none('not-steered', unsteered.sentence);
  const choices = choicesFor(manifest, input.serviceOf, threshold, settings.overloadThreshold);
  const weighed = weigh(choices, slices, limit, input);
  if (weighed === undefined) return none('no-endpoints', 'No endpoint takes traffic');
  const now = figuresNow(service, slices, input) ?? null;
  if (mesh !== undefined) return { ...none('mesh', meshSentence(mesh)), now };
  const { judged, left, isBlocked } = weighed;
  const [best, ...others] = judged;
  const guarded =
    isBlocked && !settings.guard
      ? weigh(choices, slices, limit, { ...input, settings: { ...settings, guard: true } })?.judged[0]
      : undefined;
  const withGuard = guarded !== undefined && isBetter(guarded, best) ? guarded : undefined;
  const reason = reasonOf(best, left);
  return {
    ...head,
    now,
    advice: candidateOf(best),
    reason,
    sentence: reasonSentence({ reason, best, others, left, now, limit, unsteered }),
    ...(withGuard === undefined ? {} : { withGuard: candidateOf(withGuard) }),
    spread: adviseSpread(input, best, limit),
    others: others.map(candidateOf),
  };
}

interface Weighed {
  /** The best first. */
  readonly judged: readonly [JudgedChoice, ...JudgedChoice[]];
  /** What leaving it comes to, judged. */
  readonly left: JudgedChoice;
  /** Whether some choice is not available, because another writer owns the slices. */
  readonly isBlocked: boolean;
}

function weigh(
  choices: ReturnType<typeof choicesFor>,
  slices: readonly SliceRecord[],
  limit: number,
  context: JudgeContext & Pick<RecommendInput, 'judgeAll'>,
): Weighed | undefined {
  const all: PlannedChoice[] = [];
  for (const choice of choices) {
    const planned = planChoice(choice, slices, context);
    if (planned === undefined) return undefined;
    all.push(planned);
  }
  const possible = all.filter(({ choice, blocked }) => choice.action === 'leave' || !blocked);
  const judge = (planned: PlannedChoice): readonly Situation[] => situationsOf(planned, context);
  const [best, ...others] = decide(possible, limit, judge, context.judgeAll);
  const unchanged = all[0]!;
  const left = [best!, ...others].find(({ planned }) => planned === unchanged) ?? decide([unchanged], limit, judge)[0]!;
  return { judged: [best!, ...others], left, isBlocked: possible.length < all.length };
}

function reasonOf(best: JudgedChoice, left: JudgedChoice): AdviceReason {
  if (best.planned.choice.action === 'leave') return 'best-already';
  return left.over.length > 0 ? 'within-limit' : 'better';
}

/** By the rule, between what two states of the guard give. */
function isBetter(a: JudgedChoice, b: JudgedChoice): boolean {
  const within = ({ over }: JudgedChoice): number => Number(over.length === 0);
  return within(a) > within(b) || (within(a) === within(b) && points(a.planned) > points(b.planned));
}

function candidateOf({ planned, situations, over }: JudgedChoice): Candidate {
  const { choice, endpointsChanged, today } = planned;
  const { action, overloadThreshold, annotations } = choice;
  return {
    action,
    ...(overloadThreshold === undefined ? {} : { overloadThreshold }),
    annotations,
    endpointsChanged,
    inZoneShare: today.inZoneShare,
    busiest: today.busiest,
    situations,
    overLimit: over.length > 0,
  };
}

/** Each option with the choice that is best then, as far as it brings a point more. */
function adviseSpread(input: RecommendInput, best: JudgedChoice, limit: number): readonly SpreadAdvice[] {
  const { manifest, settings } = input;
  const service = input.serviceOf(manifest);
  const choices = choicesFor(
    manifest,
    input.serviceOf,
    readThreshold(service, settings).value,
    settings.overloadThreshold,
  );
  const found: SpreadAdvice[] = [];
  let before = best.planned.today.inZoneShare;
  for (const { option, sliceManifests } of spreadOptions(input)) {
    const slices = sliceManifests.map((slice) => readSlice(slice));
    const then = weigh(choices, slices, limit, { ...input, judgeAll: false })?.judged[0];
    if (then === undefined) continue;
    const { choice, today } = then.planned;
    if (Math.round(today.inZoneShare * 100) <= Math.round(before * 100)) continue;
    before = today.inZoneShare;
    found.push({
      ...option,
      action: choice.action,
      ...(choice.overloadThreshold === undefined ? {} : { overloadThreshold: choice.overloadThreshold }),
      inZoneShare: today.inZoneShare,
      busiest: today.busiest,
      gain: today.inZoneShare - best.planned.today.inZoneShare,
    });
  }
  return found;
}
