import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../model/manifest.js';
import { readNode } from '../model/node.js';
import { MODE_ANNOTATION, readService } from '../model/service.js';
import { readingOf, readsOf, type HintReading } from './reading.js';
import { isReady, isServingTerminating } from '../model/readiness.js';
import { readSlice, UNROUTED_ADDRESS_TYPE, type EndpointRecord } from '../model/slice.js';
import { type EndpointHints } from '../model/hints.js';

/**
 * Indexes of the endpoints that kube-proxy would send traffic to if there were no hints: the ready ones (an absent
 * condition counts as ready), or, when none is ready, those that terminate but still serve
 * (pkg/proxy/topology.go, KEP-1669).
 */
export function consumedEndpoints(endpoints: readonly EndpointRecord[]): readonly number[] {
  const someReady = hasReady(endpoints);
  const consumed: number[] = [];
  for (let i = 0; i < endpoints.length; i++) if (isConsumed(endpoints[i]!, someReady)) consumed.push(i);
  return consumed;
}

/** Whether one of `consumedEndpoints`. @param someReady by `hasReady` */
export function isConsumed(endpoint: EndpointRecord, someReady: boolean): boolean {
  return someReady ? isReady(endpoint) : isServingTerminating(endpoint);
}

/** Whether any endpoint is ready; if none is, hints do not count, for they do not apply to terminating endpoints. */
export function hasReady(endpoints: readonly EndpointRecord[]): boolean {
  for (let i = 0; i < endpoints.length; i++) if (isReady(endpoints[i]!)) return true;
  return false;
}

/** Whether hints count: they do not apply to terminating endpoints. @param consumed by `consumedEndpoints` */
export function heedsHints(endpoints: readonly EndpointRecord[], consumed: readonly number[]): boolean {
  const first = consumed[0];
  return first !== undefined && isReady(endpoints[first]!);
}

/**
 * Indexes of the endpoints that kube-proxy on one node would use with cluster traffic policy (pkg/proxy/topology.go of
 * Kubernetes 1.36): among the ready ones, when all have node hints and one names this node, those that name it; else
 * when all have zone hints and one names this zone, those; else all.
 * @param hints parallel to `endpoints`
 * @param node `zone` is empty for a node without a zone label, which a hint for the zone "" reaches
 * @param reads which hints the node heeds
 */
export function usableByRule(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  node: { readonly name: string; readonly zone: string },
  reads: HintReading = 'all',
): readonly number[] {
  const consumed = consumedEndpoints(endpoints);
  if (!heedsHints(endpoints, consumed)) return consumed;
  for (const [kind, name] of [
    ['forNodes', node.name],
    ['forZones', node.zone],
  ] as const) {
    if (reads === 'none' || (reads === 'zones' && kind === 'forNodes')) continue;
    if (!consumed.every((i) => (hints[i]?.[kind]?.length ?? 0) > 0)) continue;
    const named = consumed.filter((i) => hints[i]?.[kind]?.includes(name));
    if (named.length > 0) return named;
  }
  return consumed;
}

const ANNOTATED: ServiceManifest = { metadata: { annotations: { [MODE_ANNOTATION]: 'Auto' } } };

/**
 * What kube-proxy on `node` would use of a Service's slices, by the hints that are in them now.
 * @param input.portName only slices that serve this port; kube-proxy decides for each service port by itself. Without
 *   it all slices are taken together, which is the same when they serve the same ports.
 * @returns first addresses, each once, in the order of the slices
 */
export function usableEndpoints(input: {
  readonly slices: readonly EndpointSliceManifest[];
  readonly node: NodeManifest;
  /** The Service of the slices: kube-proxy before 1.31 heeds hints by its annotations. Without it they count as given. */
  readonly service?: ServiceManifest;
  readonly portName?: string;
}): string[] {
  const { portName } = input;
  const slices = input.slices
    .map(readSlice)
    .filter((slice) => portName === undefined || slice.portNames.includes(portName));
  const node = readNode(input.node);
  const reads = readsOf(readingOf(readService(input.service ?? ANNOTATED), [node.consumer ?? 'kube-proxy']), node);
  // kube-proxy decides for each address family by itself, and routes to no names.
  const types = new Set(slices.map((slice) => slice.addressType));
  types.delete(UNROUTED_ADDRESS_TYPE);
  const used = [...types].flatMap((addressType) => {
    const endpoints = slices
      .filter((slice) => slice.addressType === addressType)
      .flatMap((slice) => slice.endpoints)
      .filter((endpoint) => endpoint.address !== '');
    const hints = endpoints.map((endpoint) => endpoint.hints);
    return usableByRule(endpoints, hints, node, reads).map((i) => endpoints[i]?.address ?? '');
  });
  return [...new Set(used)];
}
