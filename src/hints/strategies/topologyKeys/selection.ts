import { labelOf, ZONE_LABEL } from '../../../model/node.js';
import { placesOf } from '../../../model/nodeIndex.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { TopologyKey } from './annotation.js';

export const POOL_LABELS = ['apps.openyurt.io/nodepool', 'apps.openyurt.io/desired-nodepool'] as const;

/** The part of a NodeRecord that a selection reads. */
export interface LabelledNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Selection {
  /**
   * The selected endpoints by their places among those that count, ascending. Nodes that select by the same key and
   * domain share the array.
   */
  readonly endpoints: readonly number[];
  /** Index of the key that decided; -1 when no key matched, or when there are no keys. */
  readonly level: number;
}

/** The domain of a node or an endpoint for one key: equal texts are the same domain. undefined: in none. */
type Domain = string | undefined;

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

/** Which domain of one key every endpoint is in. Domains are numbers: see `numberOf`. */
interface Level {
  readonly key: TopologyKey;
  readonly numbers: ReadonlyMap<string, number>;
  /** Counted or not. */
  readonly ofEndpoint: Int32Array;
}

/** The places of the endpoints that count, by their domains of one key. */
interface Members {
  readonly inDomain: readonly (readonly number[])[];
  /** Parallel to the endpoints that count. */
  readonly domainOf: Int32Array;
  /** Those that are in a domain, but not in this one; made when first asked for. */
  readonly outside: Map<number, readonly number[]>;
}

/** In no domain. */
const NONE = -1;
/** In a domain where no endpoint is. */
const ELSEWHERE = -2;

/** Nodes and endpoints by the domains of each key, whichever endpoints count. */
class Levels {
  readonly levels: readonly Level[];

  constructor(
    keys: readonly TopologyKey[],
    endpoints: readonly EndpointRecord[],
    nodeOf: readonly (LabelledNode | undefined)[],
  ) {
    this.levels = keys.map((key) => {
      const numbers = new Map<string, number>();
      const ofEndpoint = new Int32Array(endpoints.length).fill(NONE);
      endpoints.forEach((endpoint, i) => {
        const domain = endpointDomain(key, endpoint, nodeOf[i]);
        if (domain === undefined) return;
        let number = numbers.get(domain);
        if (number === undefined) numbers.set(domain, (number = numbers.size));
        ofEndpoint[i] = number;
      });
      return { key, numbers, ofEndpoint };
    });
  }

  /** The domains of a node, one for each key. */
  domainsOf(node: LabelledNode): readonly number[] {
    return this.levels.map((level) => numberOf(level, node));
  }
}

/** The endpoints that count, sorted into the domains of each key, so that a node finds its own without looking at all. */
export class EndpointDomains {
  /** Places of the endpoints that count: 0, 1, 2 … */
  readonly #all: readonly number[];
  readonly #shared: Levels;
  /** Parallel to the keys. */
  readonly #members: readonly Members[];

  private constructor(shared: Levels, counted: readonly number[]) {
    this.#all = counted.map((_, place) => place);
    this.#shared = shared;
    this.#members = shared.levels.map(({ numbers, ofEndpoint }) => {
      const inDomain = Array.from(numbers, (): number[] => []);
      const domainOf = new Int32Array(counted.length);
      for (let place = 0; place < counted.length; place++) {
        domainOf[place] = ofEndpoint[counted[place]!]!;
        inDomain[domainOf[place]!]?.push(place);
      }
      return { inDomain, domainOf, outside: new Map<number, readonly number[]>() };
    });
  }

  /**
   * @param counted indexes of the endpoints that may be selected, ascending
   * @param placeOf where a node is among `nodes`, where an index is at hand
   */
  static of(
    keys: readonly TopologyKey[],
    nodes: readonly LabelledNode[],
    endpoints: readonly EndpointRecord[],
    counted: readonly number[],
    placeOf = placesOf(nodes),
  ): EndpointDomains {
    const nodeOf = endpoints.map(({ nodeName }) => nodes[placeOf(nodeName)]);
    return new EndpointDomains(new Levels(keys, endpoints, nodeOf), counted);
  }

  /** The same where others count. */
  counting(counted: readonly number[]): EndpointDomains {
    return new EndpointDomains(this.#shared, counted);
  }

  /**
   * The generalised rule of `spec.topologyKeys`: the first key that the node can answer and that some endpoint matches
   * decides; without a match nothing is selected. No keys: no constraint.
   */
  select(node: LabelledNode): Selection {
    const { levels } = this.#shared;
    if (levels.length === 0) return { endpoints: this.#all, level: -1 };
    for (let level = 0; level < levels.length; level++) {
      const endpoints = this.#match(level, numberOf(levels[level]!, node));
      if (endpoints !== undefined && endpoints.length > 0) return { endpoints, level };
    }
    return { endpoints: [], level: -1 };
  }

  /** The domains of a node, one for each key. */
  domainsOf(node: LabelledNode): readonly number[] {
    return this.#shared.domainsOf(node);
  }

  /**
   * The first level at which a node accepts this endpoint, counted or not; -1: at none.
   * @param domains of the node
   */
  levelOf(domains: readonly number[], endpoint: number): number {
    for (let level = 0; level < domains.length; level++)
      if (this.accepts(level, domains[level]!, endpoint)) return level;
    return -1;
  }

  /** @param domain of a node */
  accepts(level: number, domain: number, endpoint: number): boolean {
    const { key, ofEndpoint } = this.#shared.levels[level]!;
    if (key.kind === 'any') return true;
    const its = ofEndpoint[endpoint]!;
    return domain !== NONE && its !== NONE && (domain === its) !== isOutside(key);
  }

  /** The one domain whose nodes accept this endpoint at a level; undefined: nodes of several do. */
  soleDomain(level: number, endpoint: number): number | undefined {
    const { key, ofEndpoint } = this.#shared.levels[level]!;
    return key.kind === 'any' || isOutside(key) ? undefined : ofEndpoint[endpoint];
  }

  #match(level: number, domain: number): readonly number[] | undefined {
    const { key } = this.#shared.levels[level]!;
    if (key.kind === 'any') return this.#all;
    if (domain === NONE) return undefined;
    const { inDomain, domainOf, outside } = this.#members[level]!;
    if (!isOutside(key)) return inDomain[domain];
    let found = outside.get(domain);
    if (found === undefined) outside.set(domain, (found = placesOutside(domain, domainOf)));
    return found;
  }
}

/** The number of a node's domain. */
function numberOf({ key, numbers }: Level, node: LabelledNode): number {
  const domain = nodeDomain(key, node);
  return domain === undefined ? NONE : (numbers.get(domain) ?? ELSEWHERE);
}

function placesOutside(domain: number, domainOf: Int32Array): number[] {
  const places: number[] = [];
  for (let place = 0; place < domainOf.length; place++) {
    const its = domainOf[place]!;
    if (its !== NONE && its !== domain) places.push(place);
  }
  return places;
}

function isOutside(key: TopologyKey): boolean {
  return key.kind === 'label' && key.outside;
}
