import { HintsOrdinals, NOBODY, type EndpointHints } from '../../../model/hints.js';
import { compareText } from '../../../model/objectKey.js';
import { isReady } from '../../../model/readiness.js';
import { sortFew } from '../../../model/lists/sortFew.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { namesOf, type Heirs, type NamedNodes, type NamedPlaces } from './names.js';
import { nameOfNode, type NodeShares } from './nodes.js';

type Hints = readonly (EndpointHints | undefined)[];

/** Adds names to the zone hints of endpoints, one after the other. */
class NameWriter {
  readonly result: (EndpointHints | undefined)[];
  readonly #endpoints: readonly EndpointRecord[];
  readonly #hints: Hints;
  /** Zone hints, and the same beside the placeholder. */
  readonly #zoned = new HintsOrdinals();
  readonly #unnamed: EndpointHints[] = [];

  constructor(endpoints: readonly EndpointRecord[], hints: Hints) {
    this.#endpoints = endpoints;
    this.#hints = hints;
    this.result = new Array<EndpointHints | undefined>(endpoints.length);
  }

  /** @param names sorted, or those that the endpoint has; none: the placeholder */
  put(i: number, names: readonly string[] | undefined): void {
    const forZones = this.#hints[i]?.forZones;
    const own = this.#endpoints[i]!.hints;
    if (names === undefined || names.length === 0) this.result[i] = this.#withPlaceholder(this.#hints[i]);
    else if (own?.forNodes === names && haveSame(own.forZones, forZones)) this.result[i] = own;
    else this.result[i] = { forZones, forNodes: names };
  }

  #withPlaceholder(zones: EndpointHints | undefined): EndpointHints {
    const ordinal = this.#zoned.of(zones);
    return (this.#unnamed[ordinal] ??= { forZones: zones?.forZones, forNodes: NOBODY });
  }
}

export interface NamesThatStand {
  readonly endpoints: readonly EndpointRecord[];
  /** The zone hints, parallel to the endpoints. */
  readonly hints: Hints;
  readonly heirs: Heirs | undefined;
}

/**
 * Zone hints with the names that stand. An endpoint keeps its list as it is, with the names of nodes that left, so that a
 * node that leaves costs no write.
 */
export function keepStanding({ endpoints, hints, heirs }: NamesThatStand): Hints {
  const writer = new NameWriter(endpoints, hints);
  for (let i = 0; i < endpoints.length; i++) {
    const own = namesOf(endpoints[i]!);
    writer.put(i, own.length > 0 ? own : sorted(heirs?.get(i)?.names));
  }
  return writer.result;
}

export interface NamesToWrite {
  readonly endpoints: readonly EndpointRecord[];
  /** The zone hints, parallel to the endpoints. */
  readonly hints: Hints;
  /** Index of the endpoint at each position. */
  readonly ready: readonly number[];
  readonly shares: Pick<NodeShares, 'places' | 'cluster'>;
  /** By name. */
  readonly named: NamedNodes;
  /** What the endpoints name now; undefined: nothing. */
  readonly places: NamedPlaces | undefined;
  /** What endpoints that are not ready and have no names take over. */
  readonly heirs: Heirs | undefined;
}

/**
 * Zone hints with other names than those that stood. Every endpoint gets some, because kube-proxy heeds node hints only
 * where all ready ones have them: a placeholder where it serves no node by name. An endpoint whose nodes stay keeps its
 * list as it is.
 */
export function writeNames({ endpoints, hints, ready, shares, named, places, heirs }: NamesToWrite): Hints {
  const writer = new NameWriter(endpoints, hints);
  const wanted = new Array<number[] | undefined>(ready.length);
  for (let p = 0; p < ready.length; p++) wanted[p] = undefined;
  for (let n = 0; n < named.length; n++) {
    const { node, set } = named[n]!;
    for (let k = 0; k < set.length; k++) {
      const list = wanted[set[k]!];
      if (list === undefined) wanted[set[k]!] = [node];
      else list.push(node);
    }
  }
  for (let p = 0; p < ready.length; p++) {
    const i = ready[p]!;
    const list = wanted[p];
    if (places !== undefined && nameSame(places, i, list ?? NONE)) writer.put(i, namesOf(endpoints[i]!));
    else
      writer.put(
        i,
        list?.map((node) => nameOfNode(shares, node)),
      );
  }
  if (ready.length === endpoints.length) return writer.result;
  const isNamed = new Set(named.map(({ node }) => node));
  for (let i = 0; i < endpoints.length; i++) {
    if (isReady(endpoints[i]!)) continue;
    const own = namesOf(endpoints[i]!);
    if (own.length === 0 || places === undefined) {
      writer.put(i, sorted(heirs?.get(i)?.names));
      continue;
    }
    // A node that is named no more must not be left with this endpoint alone when it becomes ready.
    const kept = own.filter((_, k) => {
      const name = places.names[places.starts[i]! + k]!;
      return name < 0 || isNamed.has(places.nodes[name]!);
    });
    writer.put(i, kept.length === own.length ? own : kept);
  }
  return writer.result;
}

const NONE: readonly never[] = Object.freeze([]);

function sorted(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || names.length < 2 ? names : sortFew([...names], compareText);
}

/** Whether an endpoint has names, and of nodes that are there just these. */
function nameSame({ nodes, names, starts }: NamedPlaces, i: number, wanted: readonly number[]): boolean {
  const end = starts[i + 1]!;
  let known = 0;
  for (let k = starts[i]!; k < end; k++) {
    if (names[k]! < 0) continue;
    if (!wanted.includes(nodes[names[k]!]!)) return false;
    known++;
  }
  return starts[i]! < end && known === wanted.length;
}

function haveSame(a: readonly string[] = NONE, b: readonly string[] = NONE): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (!b.includes(a[k]!)) return false;
  return true;
}
