import type { Demand } from '../model/demand.js';
import type { LatestDemand } from './demand/demandFor.js';
import type { SliceRecord } from '../model/slice.js';
import { forecastSlices, type AddressTypeForecast } from './forecast.js';
import { areInPlace, type PlannedHints } from './endpoints.js';
import { planAddressType, type AddressTypePlan, type PlanContext } from './planAddressType.js';
import type { SlicePolicy } from './slicePolicy.js';
import { LOAD_TOLERANCE } from './strategies/balanced/problem.js';
import { readThreshold } from './strategies/balanced/strategy.js';

/**
 * Plans with a demand that follows measurements in steps, and between two steps with the latest shares where that changes
 * nothing, or where the limit of Balanced would else be exceeded by more than the hold. The smoothed shares tell whether it is.
 * What is then planned with are the shares of the last minutes while traffic moves: the smoothed ones are on their way,
 * and hints for them would load endpoints by traffic that is neither that of before nor that of now. Planning on the result
 * changes nothing: hints that stand under the latest shares are never taken back for the older ones.
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
  const { smoothed, recent } = latest;
  const byLatest = { ...planAddressType(slices, policies, { ...context, demand: recent }), demand: recent };
  const limit = 1 + readThreshold(context.service, context.settings).value + context.settings.overloadHold;
  const breaks = (hints: PlannedHints): boolean =>
    busiest(slices, hints, { ...context, demand: smoothed }) > limit + LOAD_TOLERANCE;
  if (areInPlace(slices, byLatest.hints) || breaks(NOTHING_PLANNED)) return byLatest;
  const byStep = planAddressType(slices, policies, context);
  return breaks(byStep.hints) ? byLatest : byStep;
}

const NOTHING_PLANNED: PlannedHints = new Map<SliceRecord, never>();

function busiest(
  slices: readonly SliceRecord[],
  hints: PlannedHints,
  context: PlanContext,
): AddressTypeForecast['worstLoad'] {
  return forecastSlices(slices, hints, context).worstLoad;
}
