import { objectKey } from '../../model/objectKey.js';
import { IN_TREE_MANAGER } from '../../hints/ownership.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';

/** Whether the cluster runs the in-tree controller, as configured; `auto`: detect. */
export type InTreeChoice = 'present' | 'absent' | 'auto';

export interface InTreePresence {
  readonly inTree: 'present' | 'absent';
  /** The evidence; the end of a sentence, for people. */
  readonly how: string;
}

/**
 * In-tree makes a slice for every Service with a selector within a second of its creation, be it an empty one
 * (endpointslice_controller.go, syncService). Longer than any restart of the control plane should take.
 */
export const PATIENCE_MS = 10 * 60_000;

/** Whether one of these slices belongs to the in-tree controller. */
export function hasInTreeSlice(slices: readonly Pick<SliceRecord, 'managedBy'>[]): boolean {
  return slices.some(({ managedBy }) => managedBy === IN_TREE_MANAGER);
}

/**
 * Judges from the objects of the cluster whether its in-tree EndpointSlice controller is at work: it is absent when a
 * Service with a selector has been there for ten minutes without a slice of in-tree's. Anything else, also a cluster
 * without such Services, counts as present, because a wrong `absent` would be a fight and a wrong `present` is not.
 * @param nowMs wall clock, because the creation time of a Service is one of the server's
 * @param excused Services that were seen with a slice, or without a selector, in the last ten minutes
 */
export function judgeInTree(
  services: Iterable<ServiceRecord>,
  slicesOf: (key: string) => readonly Pick<SliceRecord, 'managedBy'>[],
  nowMs: number,
  excused: (key: string) => boolean = () => false,
): InTreePresence {
  for (const { namespace, name, hasSelector, createdMs, deleting } of services) {
    // In-tree deletes the slices of a Service under deletion, which may wait for a finalizer without end.
    if (deleting === true || !hasSelector || createdMs === undefined || nowMs - createdMs < PATIENCE_MS) continue;
    const key = objectKey({ namespace, name });
    if (hasInTreeSlice(slicesOf(key)) || excused(key)) continue;
    return { inTree: 'absent', how: `Service ${key} has a selector and no slice of ${IN_TREE_MANAGER}` };
  }
  return { inTree: 'present', how: `no Service with a selector lacks a slice of ${IN_TREE_MANAGER}` };
}
