import { labelOf, ZONE_LABEL } from '../../../model/node.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { TopologyKey } from './annotation.js';

export const POOL_LABELS = ['apps.openyurt.io/nodepool', 'apps.openyurt.io/desired-nodepool'] as const;

/** The part of a NodeRecord that a selection reads. */
export interface LabelledNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Selection {
  /** Indexes of the selected endpoints, ascending. Nodes that select by the same key and domain share the array. */
  readonly endpoints: readonly number[];
  /** Index of the key that decided; -1 when no key matched, or when there are no keys. */
  readonly level: number;
}

/** The domain of a node or an endpoint for one key: equal texts are the same domain. undefined: in none. */
export type Domain = string | undefined;

export function poolOf(node: LabelledNode): string {
  for (const label of POOL_LABELS) {
    const pool = node.labels[label] ?? '';
    if (pool !== '') return pool;
  }
  return '';
}

/** An empty label value is no domain, as in Kubernetes 1.17, which did not copy empty values to endpoints. */
function nodeDomain(key: TopologyKey, node: LabelledNode): Domain {
  switch (key.kind) {
    case 'any':
      return undefined;
    case 'label':
      return labelOf(node, key.label) || undefined;
    case 'node':
      return node.name;
    case 'pool': {
      const pool = poolOf(node);
      return pool === '' ? `node/${node.name}` : `pool/${pool}`;
    }
  }
}

function endpointDomain(key: TopologyKey, endpoint: EndpointRecord, node: LabelledNode | undefined): Domain {
  if (node !== undefined) return nodeDomain(key, node);
  // Of an endpoint that runs on no node of the cluster only the zone is known, where its slice has one.
  return key.kind === 'label' && key.label === ZONE_LABEL ? endpoint.zone || undefined : undefined;
}

/** The endpoints that count, sorted into the domains of each key, so that a node finds its own without looking at all. */
export class EndpointDomains {
  readonly #keys: readonly TopologyKey[];
  readonly #all: readonly number[];
  readonly #inDomain: readonly Map<string, number[]>[];
  readonly #outside: readonly Map<string, readonly number[]>[];
  /** The domain of every endpoint for every key, counted or not: `[level][endpoint]`. */
  readonly #domains: readonly (readonly Domain[])[];

  /** @param counted indexes of the endpoints that may be selected, ascending */
  constructor(
    keys: readonly TopologyKey[],
    nodes: readonly LabelledNode[],
    endpoints: readonly EndpointRecord[],
    counted: readonly number[],
  ) {
    const byName = new Map(nodes.map((node) => [node.name, node]));
    this.#keys = keys;
    this.#all = counted;
    this.#domains = keys.map((key) =>
      endpoints.map((endpoint) => endpointDomain(key, endpoint, byName.get(endpoint.nodeName))),
    );
    this.#inDomain = this.#domains.map((domains) => groupByDomain(domains, counted));
    this.#outside = keys.map(() => new Map<string, readonly number[]>());
  }

  /**
   * The generalised rule of `spec.topologyKeys`: the first key that the node can answer and that some endpoint matches
   * decides; without a match nothing is selected. No keys: no constraint.
   */
  select(node: LabelledNode): Selection {
    if (this.#keys.length === 0) return { endpoints: this.#all, level: -1 };
    for (const [level, key] of this.#keys.entries()) {
      const endpoints = this.#match(level, key, node);
      if (endpoints.length > 0) return { endpoints, level };
    }
    return { endpoints: [], level: -1 };
  }

  /** The domains of a node, one for each key, for `levelOf`. */
  domainsOf(node: LabelledNode): readonly Domain[] {
    return this.#keys.map((key) => nodeDomain(key, node));
  }

  /**
   * The first level at which a node accepts this endpoint, counted or not; -1: at none.
   * @param domains of the node
   */
  levelOf(domains: readonly Domain[], endpoint: number): number {
    for (let level = 0; level < this.#keys.length; level++) {
      const key = this.#keys[level]!;
      if (key.kind === 'any') return level;
      const mine = domains[level];
      const its = this.#domains[level]![endpoint];
      if (mine === undefined || its === undefined) continue;
      if ((mine === its) !== isOutside(key)) return level;
    }
    return -1;
  }

  #match(level: number, key: TopologyKey, node: LabelledNode): readonly number[] {
    if (key.kind === 'any') return this.#all;
    const domain = nodeDomain(key, node);
    if (domain === undefined) return [];
    if (!isOutside(key)) return this.#inDomain[level]?.get(domain) ?? [];
    const known = this.#outside[level]?.get(domain);
    if (known !== undefined) return known;
    const domains = this.#domains[level];
    const found = this.#all.filter((i) => domains?.[i] !== undefined && domains[i] !== domain);
    this.#outside[level]?.set(domain, found);
    return found;
  }
}

function isOutside(key: TopologyKey): boolean {
  return key.kind === 'label' && key.outside;
}

function groupByDomain(domains: readonly Domain[], counted: readonly number[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const index of counted) {
    const domain = domains[index];
    if (domain === undefined) continue;
    const group = groups.get(domain);
    if (group === undefined) groups.set(domain, [index]);
    else group.push(index);
  }
  return groups;
}
