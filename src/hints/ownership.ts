import type { SliceRecord } from '../model/slice.js';

/** `managed-by` of the endpointslice controller of kube-controller-manager. */
export const IN_TREE_MANAGER = 'endpointslice-controller.k8s.io';
/** `managed-by` of the controller that mirrors Endpoints objects into slices. */
export const MIRRORING_MANAGER = 'endpointslicemirroring-controller.k8s.io';
/**
 * Whether hints on a slice are ours. Mirrored slices are never annotated; there the server's record of who wrote the
 * endpoints tells.
 */
export function isOurs(slice: Pick<SliceRecord, 'owned' | 'managedBy' | 'endpointsOurs'>): boolean {
  return slice.owned || (slice.managedBy === MIRRORING_MANAGER && slice.endpointsOurs === true);
}

/** There is something of ours to take away: the annotation, or hints where none is written. */
export function carriesOurs(slice: SliceRecord): boolean {
  return isOurs(slice) && (slice.owned || slice.endpoints.some(({ hints }) => hints !== undefined));
}
