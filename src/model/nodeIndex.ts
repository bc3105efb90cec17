import { demandOf, type Demand } from './demand.js';
import { isCounted, labelOf, REGION_LABEL, type NodeConsumer, type NodeRecord } from './node.js';
import { judgedStanding } from './nodeStanding.js';
import { compareText } from './objectKey.js';

/** Where nodes stand among all, by their names; below 0: nowhere. */
export function placesOf(nodes: readonly { readonly name: string }[]): (name: string) => number {
  const places = new Map<string, number>();
  for (let place = 0; place < nodes.length; place++) places.set(nodes[place]!.name, place);
  return (name) => places.get(name) ?? -1;
}

/** Nodes that are alike in zone and in what reads hints on them. */
export interface NodeKind {
  readonly zone: string;
  readonly consumer: NodeConsumer | undefined;
  readonly count: number;
}

export interface NodeKinds {
  readonly list: readonly NodeKind[];
  /** For each node, by its place among all, the index of its kind. */
  readonly kindOf: readonly number[];
}

/** Sums over all nodes that few plans need: worked out on first use, and once. */
export class NodeIndex {
  readonly #nodes: readonly NodeRecord[];
  #placeOf: ((name: string) => number) | undefined;
  #regions: ReadonlyMap<string, string> | undefined;
  #hasRegions: boolean | undefined;
  #ignored: ReadonlySet<string> | undefined;
  #byNumber: Demand | undefined;
  #sums: ReadonlyMap<string, ZoneSum> | undefined;
  #kinds: NodeKinds | undefined;

  constructor(nodes: readonly NodeRecord[]) {
    this.#nodes = nodes;
  }

  /** The zone of a node, counted or not; empty when there is no such node, or it has none. */
  zoneOf(name: string): string {
    return this.#nodes[this.placeOf(name)]?.zone ?? '';
  }

  /** Where a node stands among all nodes; below 0: nowhere. */
  placeOf(name: string): number {
    return (this.#placeOf ??= placesOf(this.#nodes))(name);
  }

  /**
   * The zone in which a pod counts as a client; empty: in none, because no zone is known, or its node counts for nothing.
   * @param own the zone that its endpoint names, or nothing
   */
  zoneOfClient(node: string, own: string): string {
    if (node === '') return own;
    this.#ignored ??= new Set(this.#nodes.filter(countsForNothing).map(({ name }) => name));
    if (this.#ignored.has(node)) return '';
    return own === '' ? this.zoneOf(node) : own;
  }

  /** The region of a zone, by the first of its nodes that has one; empty when none has. */
  regionOf(zone: string): string {
    return (this.#regions ??= regionsOf(this.#nodes)).get(zone) ?? '';
  }

  /** Whether traffic from one zone to another leaves its region: unless both are known to lie in one; never where all lie in one. */
  leavesRegion(from: string, to: string): boolean {
    if (from === to || !this.hasRegions) return false;
    const region = this.regionOf(from);
    return region === '' || region !== this.regionOf(to);
  }

  /** Whether the zones lie in more than one region. */
  get hasRegions(): boolean {
    if (this.#hasRegions !== undefined) return this.#hasRegions;
    if (areInOneRegion(this.#nodes)) return (this.#hasRegions = false);
    this.#regions ??= regionsOf(this.#nodes);
    return (this.#hasRegions = new Set(this.#regions.values()).size > 1);
  }

  /** Which part of its zone's traffic a counted node sends: by CPU; by the number of nodes in a zone without CPU. */
  partOfZone({ zone, cpuNano }: Pick<NodeRecord, 'zone' | 'cpuNano'>): number {
    const sum = (this.#sums ??= sumByZone(this.#nodes)).get(zone);
    if (sum === undefined) return 0;
    return sum.nano > 0 ? Math.max(0, cpuNano) / sum.nano : 1 / sum.nodes;
  }

  /** All nodes, counted or not, by what tells apart those that no endpoint names. */
  get kinds(): NodeKinds {
    return (this.#kinds ??= kindsOf(this.#nodes));
  }

  /** Zones by the number of their counted nodes. */
  get demandByNumber(): Demand {
    return (this.#byNumber ??= demandByNumber(this.#nodes));
  }
}

/** Nearly all clusters are, and then no map of zones is needed. */
function areInOneRegion(nodes: readonly NodeRecord[]): boolean {
  let only = '';
  for (let i = 0; i < nodes.length; i++) {
    // A constant key, as every node is asked; no object has such a property by itself.
    const region = nodes[i]!.labels[REGION_LABEL] ?? '';
    if (region === only || region === '') continue;
    if (only !== '') return false;
    only = region;
  }
  return true;
}

function regionsOf(nodes: readonly NodeRecord[]): ReadonlyMap<string, string> {
  const regions = new Map<string, string>();
  for (const node of nodes) {
    const region = labelOf(node, REGION_LABEL) ?? '';
    if (node.zone !== '' && region !== '' && !regions.has(node.zone)) regions.set(node.zone, region);
  }
  return regions;
}

function kindsOf(nodes: readonly NodeRecord[]): NodeKinds {
  const list: { zone: string; consumer: NodeConsumer | undefined; count: number }[] = [];
  const byZone = new Map<string, Map<NodeConsumer | undefined, number>>();
  const kindOf = nodes.map(({ zone, consumer }) => {
    let kinds = byZone.get(zone);
    if (kinds === undefined) byZone.set(zone, (kinds = new Map<NodeConsumer | undefined, number>()));
    let kind = kinds.get(consumer);
    if (kind === undefined) kinds.set(consumer, (kind = list.push({ zone, consumer, count: 0 }) - 1));
    list[kind]!.count++;
    return kind;
  });
  return { list, kindOf };
}

/** Pods on a node that is not ready count until their endpoints are not ready either. */
function countsForNothing(node: NodeRecord): boolean {
  const standing = judgedStanding(node);
  return standing === 'virtual' || standing === 'not-selected';
}

function demandByNumber(nodes: readonly NodeRecord[]): Demand {
  const counts = new Map<string, number>();
  const counted = new Set<string>();
  let total = 0;
  for (const node of nodes) {
    if (!isCounted(node) || node.zone === '') continue;
    counted.add(node.name);
    counts.set(node.zone, (counts.get(node.zone) ?? 0) + 1);
    total++;
  }
  const zones = [...counts].sort(([a], [b]) => compareText(a, b));
  return demandOf(
    'nodes',
    zones.map(([zone, count]) => ({ zone, share: count / total })),
    'nodes',
    (node) => (counted.has(node) ? 1 / total : 0),
  );
}

/** The counted nodes of a zone. */
interface ZoneSum {
  nano: number;
  nodes: number;
}

function sumByZone(nodes: readonly NodeRecord[]): ReadonlyMap<string, ZoneSum> {
  const sums = new Map<string, ZoneSum>();
  for (const node of nodes) {
    if (!isCounted(node)) continue;
    const sum = sums.get(node.zone);
    const nano = Math.max(0, node.cpuNano);
    if (sum === undefined) sums.set(node.zone, { nano, nodes: 1 });
    else {
      sum.nano += nano;
      sum.nodes++;
    }
  }
  return sums;
}
