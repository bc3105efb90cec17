import type { EndpointHints, EndpointRecord } from '../topology/slice.js';
import { consumedEndpoints } from './usable.js';

/**
 * What `usableByRule` says for many nodes at once. Nodes with the same answer by zone share one array, so thousands of
 * nodes cost little more than the hints themselves.
 * @param hints parallel to `endpoints`
 * @returns for each node the indexes of the endpoints that its kube-proxy would use, ascending
 */
export function usableByNodes(
  endpoints: readonly EndpointRecord[],
  hints: readonly (EndpointHints | undefined)[],
  nodes: readonly { readonly name: string; readonly zone: string }[],
): (readonly number[])[] {
  const consumed = consumedEndpoints(endpoints);
  const first = consumed[0];
  if (first === undefined || endpoints[first]?.ready === false) return nodes.map(() => consumed);
  const byNode = namedBy(consumed, (i) => hints[i]?.forNodes);
  const byZone = namedBy(consumed, (i) => hints[i]?.forZones);
  return nodes.map((node) => byNode?.get(node.name) ?? byZone?.get(node.zone) ?? consumed);
}

/** For each name that is hinted the indexes that name it; undefined unless every endpoint has hints of this kind. */
function namedBy(
  consumed: readonly number[],
  names: (index: number) => readonly string[] | undefined,
): Map<string, number[]> | undefined {
  const indexes = new Map<string, number[]>();
  for (const index of consumed) {
    const hinted = names(index);
    if (hinted === undefined || hinted.length === 0) return undefined;
    for (const name of hinted) {
      const list = indexes.get(name);
      if (list === undefined) indexes.set(name, [index]);
      else if (list.at(-1) !== index) list.push(index);
    }
  }
  return indexes;
}
