import { metaTime } from '../../kube/metaTime.js';
import type { DrainFigures } from '../../hints/drain/assessment.js';
import type { DrainJudgement } from '../../hints/drain/judgeDrain.js';
import { isAccepted, type DrainConditionType, type ZoneDrainRecord } from '../../hints/drain/zoneDrain.js';

/** The status of a ZoneDrain, as it is written. */
export interface DrainStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly object[];
  readonly services?: object;
  readonly endpoints?: number;
  readonly busiest?: string | null;
  readonly busiestService?: string | null;
  readonly notFollowing?: readonly string[];
}

interface Told {
  readonly holds: boolean;
  readonly reason: string;
  readonly message: string;
}

/** @returns the status of a drain that has just been judged; without figures where these do not matter */
export function judgedStatus(
  drain: ZoneDrainRecord,
  judgement: DrainJudgement,
  figures: DrainFigures | undefined,
  notFollowing: readonly string[],
  nowMs: number,
): DrainStatus {
  return {
    observedGeneration: drain.generation,
    ...(figures === undefined ? {} : figuresOf(figures)),
    notFollowing,
    conditions: conditionsOf(drain, judgement, nowMs),
  };
}

/** @returns what of the status changes as time passes; undefined: nothing does now */
export function timedStatus(drain: ZoneDrainRecord, nowMs: number): DrainStatus | undefined {
  const accepted = drain.conditions.get('Accepted');
  if (accepted === undefined) return undefined;
  const { reason, message } = accepted;
  const judgement = { accepted: isAccepted(drain), reason: reason as DrainJudgement['reason'], message };
  const wanted = wantedConditions(drain, judgement, nowMs);
  const stands = [...wanted].every(([type, { holds }]) => drain.conditions.get(type)?.status === statusOf(holds));
  if (stands) return undefined;
  return { observedGeneration: drain.generation, conditions: conditionsOf(drain, judgement, nowMs) };
}

function figuresOf(figures: DrainFigures): Partial<DrainStatus> {
  const { drained, endpoints, last, overloaded, busiest, inTree, blocked, unsteered } = figures;
  return {
    services: {
      drained,
      last: last.length,
      overloaded: overloaded.length,
      inTree: inTree.length,
      blocked: blocked.length,
      unsteered: unsteered.length,
    },
    endpoints,
    // A merge patch leaves out what it does not name.
    busiest: busiest?.busiest.toFixed(2) ?? null,
    busiestService: busiest?.service ?? null,
  };
}

function wantedConditions(
  { until, untilMs }: ZoneDrainRecord,
  { accepted, reason, message }: DrainJudgement,
  nowMs: number,
): ReadonlyMap<DrainConditionType, Told> {
  const isOver = nowMs >= untilMs;
  const ended = isOver ? 'The time of the drain is over' : `The drain ends at ${until}`;
  const active = !accepted ? 'The drain is refused' : isOver ? 'The drain has ended' : 'The zone is drained';
  return new Map<DrainConditionType, Told>([
    ['Accepted', { holds: accepted, reason, message }],
    ['Refused', { holds: !accepted, reason, message: accepted ? 'The drain is accepted' : message }],
    [
      'Active',
      { holds: accepted && !isOver, reason: !accepted ? 'Refused' : isOver ? 'Ended' : 'InForce', message: active },
    ],
    ['Ended', { holds: isOver, reason: isOver ? 'UntilReached' : 'UntilAhead', message: ended }],
  ]);
}

function conditionsOf(drain: ZoneDrainRecord, judgement: DrainJudgement, nowMs: number): readonly object[] {
  const now = metaTime(nowMs);
  return [...wantedConditions(drain, judgement, nowMs)].map(([type, { holds, reason, message }]) => {
    const status = statusOf(holds);
    const known = drain.conditions.get(type);
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : now;
    return { type, status, observedGeneration: drain.generation, lastTransitionTime, reason, message };
  });
}

function statusOf(holds: boolean): 'True' | 'False' {
  return holds ? 'True' : 'False';
}
