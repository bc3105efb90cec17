import { ZONE_LABEL } from '../../../../src/model/node.js';
import type { EndpointRecord } from '../../../../src/model/slice.js';
import type { TopologyKey } from '../../../../src/hints/strategies/topologyKeys/annotation.js';
import {
  EndpointDomains,
  type LabelledNode,
  type Selection,
} from '../../../../src/hints/strategies/topologyKeys/selection.js';

const HOSTNAME_LABEL = 'kubernetes.io/hostname';
const REGION_LABEL = 'topology.kubernetes.io/region';

/** Indexes of the endpoints that proxies count as ready: an absent condition means ready. */
function readyEndpoints(endpoints: readonly EndpointRecord[]): number[] {
  return endpoints.flatMap((endpoint, index) => (endpoint.ready === false ? [] : [index]));
}

/** What each node selects among the ready endpoints, parallel to `nodes`; any label of the endpoint's node is a domain. */
export function selectAnyLabel(
  keys: readonly TopologyKey[],
  nodes: readonly LabelledNode[],
  endpoints: readonly EndpointRecord[],
): Selection[] {
  const ready = readyEndpoints(endpoints);
  const domains = EndpointDomains.of(keys, nodes, endpoints, ready);
  const indexes = new Map<readonly number[], readonly number[]>();
  return nodes.map((node) => {
    const { endpoints: places, level } = domains.select(node);
    if (!indexes.has(places)) indexes.set(places, places.map((place) => ready[place]!)); // prettier-ignore
    return { endpoints: indexes.get(places)!, level };
  });
}

/**
 * What Kubernetes 1.17 selected (pkg/proxy/topology.go FilterTopologyEndpoint over what pkg/controller/endpointslice
 * copied): an endpoint knew the zone and region of its node and, as its hostname, the node's name; every other key
 * passed validation and never matched. It is here to show what moved when the rule was widened.
 */
export function selectV117(
  keys: readonly string[],
  nodes: readonly LabelledNode[],
  endpoints: readonly EndpointRecord[],
): (readonly number[])[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const ready = readyEndpoints(endpoints);
  const topology = (endpoint: EndpointRecord | undefined, key: string): string | undefined => {
    if (endpoint === undefined || endpoint.nodeName === '') return undefined;
    if (key === HOSTNAME_LABEL) return endpoint.nodeName;
    if (key !== ZONE_LABEL && key !== REGION_LABEL) return undefined;
    return byName.get(endpoint.nodeName)?.labels[key] || undefined;
  };
  return nodes.map((node) => {
    if (keys.length === 0) return ready;
    if (Object.keys(node.labels).length === 0) return keys.at(-1) === '*' ? ready : [];
    for (const key of keys) {
      if (key === '*') return ready;
      const value = node.labels[key];
      if (value === undefined) continue;
      const matching = ready.filter((i) => topology(endpoints[i], key) === value);
      if (matching.length > 0) return matching;
    }
    return [];
  });
}
