import type { PlannedChoice, Situation } from './judge.js';

/** A planned choice with what it comes to in every situation. */
export interface JudgedChoice {
  readonly planned: PlannedChoice;
  readonly situations: readonly Situation[];
  /** The situations in which the busiest endpoint is above the limit. */
  readonly over: readonly Situation[];
}

/** Loads are compared at this tolerance, because sums of shares are rounded. */
const TOLERANCE = 1e-9;

/**
 * The decision rule of docs/recommend.md, in this order:
 * 1. never above the limit in any situation, when another choice is not; when all are, the one least above it;
 * 2. the most traffic in its zone today, in whole points;
 * 3. the fewest changes: of annotations, then of hints; then the first in the order of the choices.
 *
 * Choices are judged in the order of 2 and 3, so that the first within the limit is the best.
 * @param choices at least one, in their order
 * @param limit of the load of the busiest endpoint over the mean
 * @param judgeAll also those after the best
 * @returns those judged, the best first, then the others in the order of 2 and 3
 */
export function decide(
  choices: readonly PlannedChoice[],
  limit: number,
  situationsOf: (choice: PlannedChoice) => readonly Situation[],
  judgeAll = false,
): readonly JudgedChoice[] {
  const judged: JudgedChoice[] = [];
  let best: JudgedChoice | undefined;
  for (const planned of [...choices].sort(byPreference)) {
    const situations = situationsOf(planned);
    const over = situations.filter(({ busiest }) => busiest > limit + TOLERANCE);
    const one = { planned, situations, over };
    judged.push(one);
    if (over.length === 0) best ??= one;
    if (best !== undefined && !judgeAll) break;
  }
  const chosen = best ?? leastOver(judged);
  return [chosen, ...judged.filter((one) => one !== chosen)];
}

/** A sort is stable, so equals stay in the order of the choices. */
function byPreference(a: PlannedChoice, b: PlannedChoice): number {
  return (
    points(b) - points(a) ||
    Object.keys(a.choice.annotations).length - Object.keys(b.choice.annotations).length ||
    a.endpointsChanged - b.endpointsChanged
  );
}

/** The traffic in its zone today, in whole points. */
export function points({ today }: PlannedChoice): number {
  return Math.round(today.inZoneShare * 100);
}

/** @param judged by preference: of those that are over alike the first */
function leastOver(judged: readonly JudgedChoice[]): JudgedChoice {
  return judged.reduce((least, one) => (worst(one).busiest < worst(least).busiest - TOLERANCE ? one : least));
}

/** The situation with the highest load. */
export function worst({ situations }: Pick<JudgedChoice, 'situations'>): Situation {
  return situations.reduce((most, one) => (one.busiest > most.busiest ? one : most));
}
