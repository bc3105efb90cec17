import { keepHints } from '../hints/guardRule.js';
import type { EndpointSliceManifest } from '../topology/manifest.js';
import { FIELD_MANAGER } from '../topology/slice.js';
import type { WriteHook } from './store.js';

/**
 * The guard inside the stand-in API server: the rule of the policy as its mutating hook, not a CEL engine. The writer is
 * known by its field manager, because in the stand-in everybody is the same user.
 */
export const guardHook: WriteHook = (oldSlice, newSlice, { fieldManager }) => {
  if (fieldManager === FIELD_MANAGER) return newSlice;
  const kept = keepHints(oldSlice as EndpointSliceManifest, newSlice as EndpointSliceManifest);
  return kept === newSlice ? newSlice : { ...newSlice, endpoints: kept.endpoints };
};
