import type { UnsteeredTraffic } from '../../kubeproxy/steering.js';
import type { PlannedChoice, Situation } from './judge.js';
import { points, worst, type JudgedChoice } from './rule.js';
import type { AdviceReason, ServiceRecommendation } from './serviceRecommendation.js';

export interface ReasonInput {
  readonly reason: AdviceReason;
  readonly best: JudgedChoice;
  /** The other choices that were judged. */
  readonly others: readonly JudgedChoice[];
  readonly left: JudgedChoice;
  readonly now: ServiceRecommendation['now'];
  readonly limit: number;
  readonly unsteered: UnsteeredTraffic | undefined;
}

/** The reason of an advice in words, with its figures, without a full stop. */
export function reasonSentence(input: ReasonInput): string {
  const { best, others, limit, unsteered } = input;
  const refused = others.filter(
    ({ planned, over }) => over.length > 0 && best.over.length === 0 && points(planned) > points(best.planned),
  );
  const clauses = [mainClause(input)];
  const [first] = refused;
  if (first !== undefined) {
    const at = worst(first);
    clauses.push(
      `${nameOf(first.planned)} keeps ${points(first.planned)} % but loads an endpoint ${load(at.busiest)} ${placeOf(at)}, above ${load(limit)}`,
    );
    if (first.over.every(({ situation }) => situation === 'demand')) {
      clauses.push('state who calls it (slicehints.io/clients) to decide between them');
    }
  }
  if (best.over.length > 0)
    clauses.push(
      `every choice is above ${load(limit)}, this one least: ${load(worst(best).busiest)} ${placeOf(worst(best))}`,
    );
  if (unsteered?.isAll === false) clauses.push('traffic from outside goes its own way (externalTrafficPolicy Local)');
  return clauses.join('; ');
}

function mainClause({ reason, best, left, now, limit }: ReasonInput): string {
  const after = points(best.planned);
  const before = points(left.planned);
  const highest = worst(best);
  if (reason === 'within-limit') {
    const at = worst(left);
    return `What it asks for now loads an endpoint ${load(at.busiest)} ${placeOf(at)}, above ${load(limit)}; ${nameOf(best.planned)} at most ${load(highest.busiest)}, ${before} % → ${after} % in zone`;
  }
  if (reason === 'better') {
    return `${before} % → ${after} % in zone, and the busiest endpoint at most ${load(highest.busiest)} (${placeOf(highest)})`;
  }
  const present = now === null ? after : Math.round(now.inZoneShare * 100);
  return present === after
    ? `Nothing else keeps more than ${after} % in zone within the limit`
    : `What it asks for is the best: ${present} % → ${after} % in zone once its hints are written`;
}

const ACTION_NAMES = {
  leave: 'What it asks for',
  off: 'Without hints it',
  auto: 'Auto',
  'same-zone': 'same-zone',
  balanced: 'balanced',
} as const;

function nameOf({ choice }: PlannedChoice): string {
  const { action, overloadThreshold } = choice;
  return overloadThreshold === undefined ? ACTION_NAMES[action] : `balanced at ${overloadThreshold}`;
}

/** Where in a sentence: `without zone a`. */
export function placeOf({ situation, what = '' }: Situation): string {
  switch (situation) {
    case 'today':
      return 'today';
    case 'without-zone':
      return `without zone ${what}`;
    case 'rollout':
      return `while an endpoint is missing in zone ${what}`;
    case 'demand':
      return what === 'cpu' ? 'if traffic comes by CPU' : 'if traffic comes from where pods run';
  }
}

function load(busiest: number): string {
  return `${busiest.toFixed(2)}x`;
}
