import { serviceKeyOf } from './objectKey.js';
import type { SliceRecord } from './slice.js';

/** Slices by the key of their Service, each list in the order of the input. */
export function slicesByService(slices: readonly SliceRecord[]): ReadonlyMap<string, readonly SliceRecord[]> {
  const groups = new Map<string, SliceRecord[]>();
  for (const slice of slices) {
    const key = serviceKeyOf(slice);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  return groups;
}
