import type { Cluster } from '../../model/cluster.js';
import { isReadyInTree } from '../../model/readiness.js';
import type { SliceRecord } from '../../model/slice.js';

/**
 * Whether the hints on slices that the in-tree controller serves by its rule of Auto are its own and may be valid by
 * that rule, for some distribution of CPU: each ready endpoint is hinted for one zone, and each zone of the cluster has
 * one at least. In-tree is not woken by changes of allocatable CPU, so it may see another distribution than we do;
 * what we would change it would give back.
 */
export function holdsInTreeHints(
  slices: readonly SliceRecord[],
  { inTreeZones }: Pick<Cluster, 'inTreeZones'>,
): boolean {
  const missing = new Set(inTreeZones);
  if (missing.size < 2) return false;
  for (const { endpoints, endpointsManager, endpointsOurs } of slices) {
    if (endpoints.length === 0) continue;
    // Without managedFields (files) the writer of the hints is unknown.
    if (endpointsOurs !== false || endpointsManager === undefined || endpointsManager === '') return false;
    for (const endpoint of endpoints) {
      if (!isReadyInTree(endpoint)) continue;
      const { forZones, forNodes } = endpoint.hints ?? {};
      const zone = forZones?.[0];
      if (forZones?.length !== 1 || zone === undefined || (forNodes?.length ?? 0) > 0) return false;
      if (!inTreeZones.includes(zone)) return false;
      missing.delete(zone);
    }
  }
  return missing.size === 0;
}
