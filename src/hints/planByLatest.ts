import type { Demand } from '../model/demand.js';
import type { LatestDemand } from './demand/demandFor.js';
import type { SliceRecord } from '../model/slice.js';
import { forecastSlices } from './forecast.js';
import { areInPlace, NOTHING_PLANNED, type PlannedHints } from './endpoints.js';
import { planAddressType, type AddressTypePlan, type PlanContext } from './planAddressType.js';
import type { Settings } from './settings.js';
import type { SlicePolicy } from './slicePolicy.js';
import { LOAD_TOLERANCE } from './strategies/balanced/problem.js';
import { readThreshold } from './strategies/balanced/strategy.js';

/**
 * Plans with a demand that follows measurements in steps, and between two steps with the latest shares where that changes
 * nothing, or where the limit of Balanced would else be exceeded by more than the hold. The smoothed shares tell whether it is.
 * What is then planned with are the shares of the last minutes while traffic moves: the smoothed ones are on their way,
 * and hints for them would load endpoints by traffic that is neither that of before nor that of now. Even the last minutes may be
 * on their way: hints that break the limit wait where those for the last minutes would bring too little, should traffic move on.
 * Hints do not go back to the demand of the step where the last minutes would load endpoints more with them.
 * Planning on the result changes nothing: hints that stand under the latest shares are never taken back for the older ones.
 * @param latest undefined where nothing has moved since the last step
 * @returns the plan, and the demand of its figures where that is the latest
 */
export function planByLatest(
  slices: readonly SliceRecord[],
  policies: readonly SlicePolicy[],
  context: PlanContext,
  latest: LatestDemand | undefined,
): AddressTypePlan & { readonly demand?: Demand | undefined } {
  const isBalanced =
    context.mode === 'balanced' || (context.mode === 'auto' && context.settings.autoStrategy === 'balanced');
  if (latest === undefined || !isBalanced) return planAddressType(slices, policies, context);
  const { smoothed, recent, projected } = latest;
  const byRecent = (settings = context.settings): ReturnType<typeof planByLatest> => ({
    ...planAddressType(slices, policies, { ...context, settings, demand: recent }),
    demand: recent,
  });
  const byLatest = byRecent();
  const limit = 1 + readThreshold(context.service, context.settings).value + context.settings.overloadHold;
  const busiestBy = (demand: Demand, hints: PlannedHints): number =>
    forecastSlices(slices, hints, { ...context, demand }).worstLoad;
  const breaks = (hints: PlannedHints): boolean => busiestBy(smoothed, hints) > limit + LOAD_TOLERANCE;
  if (areInPlace(slices, byLatest.hints)) return byLatest;
  if (!breaks(NOTHING_PLANNED)) {
    const byStep = planAddressType(slices, policies, context);
    if (breaks(byStep.hints)) return byLatest;
    const asBusy = Math.max(limit, busiestBy(recent, NOTHING_PLANNED));
    if (busiestBy(recent, byStep.hints) <= asBusy + LOAD_TOLERANCE) return byStep;
    const standing = byRecent({ ...context.settings, ...LEFT_ALONE });
    return areInPlace(slices, standing.hints) ? standing : byStep;
  }
  if (projected === undefined) return byLatest;
  const relieved = Math.max(limit, (1 - LEAST_RELIEF) * busiestBy(projected, NOTHING_PLANNED));
  if (busiestBy(projected, byLatest.hints) <= relieved + LOAD_TOLERANCE) return byLatest;
  const byStep = planAddressType(slices, policies, context);
  return areInPlace(slices, byStep.hints) ? byStep : byLatest;
}

/** No load and no share is so far from another. */
const LEFT_ALONE: Pick<Settings, 'rebalanceGain' | 'overloadHold'> = { rebalanceGain: 1e6, overloadHold: 1e6 };

/** While traffic moves, hints change where that takes at least this part of its load from the busiest endpoint. */
const LEAST_RELIEF = 0.1;
