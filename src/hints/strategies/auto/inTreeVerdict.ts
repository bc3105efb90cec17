import type { Cluster } from '../../../model/cluster.js';
import { isReadyInTree } from '../../../model/readiness.js';
import type { SliceRecord } from '../../../model/slice.js';
import { holdsInTreeHints } from '../../inTree/validHints.js';
import { IN_TREE_MANAGER } from '../../ownership.js';
import { Reason } from '../../reasons.js';
import { sentenceOf, verdict, type Verdict } from '../../verdict.js';
import { allocate } from './allocation.js';
import { ENABLED_MESSAGE, NO_ZONE_MESSAGE } from './strategy.js';

/**
 * What Kubernetes' own controller records as an Event of a Service that it serves by its rule of Auto: it counts only the
 * slices that it manages, each endpoint of each, and reads no zone but the endpoint's own.
 * @param slices of one address type
 * @returns undefined where none is its own
 */
export function inTreeVerdict(
  slices: readonly SliceRecord[],
  cluster: Cluster,
  addressType: string,
): Verdict | undefined {
  const its = slices.filter(({ managedBy }) => managedBy === IN_TREE_MANAGER);
  if (its.length === 0) return undefined;
  const ready = its.flatMap(({ endpoints }) => endpoints.filter(isReadyInTree));
  const allocation = allocate(cluster.strictShares, ready.length);
  const zoneless = ready.some(({ zone }) => zone === '');
  if ((allocation.ok && !zoneless) || holdsInTreeHints(its, cluster)) {
    const reason = Reason.TopologyAwareHintsEnabled;
    return verdict({ addressType, hinted: true, type: 'Normal', reason, sentence: ENABLED_MESSAGE });
  }
  const reason = Reason.TopologyAwareHintsDisabled;
  const sentence = allocation.ok ? NO_ZONE_MESSAGE : allocation.message;
  return verdict({ addressType, hinted: false, type: 'Warning', reason, sentence });
}

/** The verdict on a Service for which in-tree records Events too: one voice where both agree, else which of them holds. */
export function besideInTree(ours: Verdict, slices: readonly SliceRecord[], cluster: Cluster): Verdict {
  const its = inTreeVerdict(slices, cluster, ours.addressType);
  if (its === undefined) return ours;
  if (its.reason === ours.reason && its.message === ours.message) return { ...ours, recordedInTree: true };
  if (its.hinted === ours.hinted) return ours;
  const holds = ours.hinted ? 'but these hints stand' : 'but only for its own slices, and there are no hints';
  return verdict({
    ...ours,
    sentence: `${sentenceOf(ours)} (the EndpointSlice controller of Kubernetes records ${its.reason}, ${holds})`,
  });
}
