import type { EndpointRecord } from './slice.js';

/**
 * The only place where the conditions of an endpoint are read, with the defaults of the EndpointSlice API: an absent
 * `ready` or `serving` means true, an absent `terminating` means false.
 */
export function isReady({ ready }: Pick<EndpointRecord, 'ready'>): boolean {
  return ready !== false;
}

/** Whether proxies use the endpoint while none is ready: it terminates and still serves (KEP-1669). */
export function isServingTerminating({
  serving,
  terminating,
}: Pick<EndpointRecord, 'serving' | 'terminating'>): boolean {
  return serving !== false && terminating === true;
}

/** What upstream's rule of Auto counts: only an endpoint with the condition (endpointReady in topologycache/utils.go). */
export function isReadyInTree({ ready }: Pick<EndpointRecord, 'ready'>): boolean {
  return ready === true;
}
