import type { SliceRecord } from '../model/slice.js';

/** `managed-by` of the endpointslice controller of kube-controller-manager. */
export const IN_TREE_MANAGER = 'endpointslice-controller.k8s.io';
/** `managed-by` of the controller that mirrors Endpoints objects into slices. */
export const MIRRORING_MANAGER = 'endpointslicemirroring-controller.k8s.io';

/**
 * Whether the hints on a slice are ours, by the annotation. Where it is missing (mirrored slices never have it, and
 * another writer may have removed it) the server's record of who wrote the endpoints decides, but not on slices of the
 * in-tree controller: hints that stand there without the annotation are its own decision, for it took or kept ours within a
 * second of our write.
 */
export function hintsAreOurs(slice: Pick<SliceRecord, 'owned' | 'managedBy' | 'endpointsOurs'>): boolean {
  return slice.owned || (slice.managedBy !== IN_TREE_MANAGER && slice.endpointsOurs === true);
}

/**
 * Whether there is something to remove, the ownership annotation or our hints: what a Service that opts out loses, and what
 * `slicehints cleanup` removes.
 */
export function hasOursToRemove(slice: SliceRecord): boolean {
  return hintsAreOurs(slice) && (slice.owned || slice.endpoints.some(({ hints }) => hints !== undefined));
}
