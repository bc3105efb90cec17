import { NOBODY, type EndpointHints } from '../../../model/hints.js';
import { compareText } from '../../../model/objectKey.js';
import { isReady } from '../../../model/readiness.js';
import { sortFew } from '../../../model/sortFew.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { namesOf, type Heirs, type NamedNodes } from './names.js';
import type { NodeShares } from './nodes.js';

type Hints = readonly (EndpointHints | undefined)[];

/** Adds names to the zone hints of endpoints, one after the other. */
class NameWriter {
  readonly result: (EndpointHints | undefined)[];
  readonly #endpoints: readonly EndpointRecord[];
  readonly #hints: Hints;
  /** Zone hints beside the placeholder. */
  #merged: Map<EndpointHints | undefined, EndpointHints> | undefined;

  constructor(endpoints: readonly EndpointRecord[], hints: Hints) {
    this.#endpoints = endpoints;
    this.#hints = hints;
    this.result = new Array<EndpointHints | undefined>(endpoints.length);
  }

  /** @param names sorted, or those that the endpoint has; none: the placeholder */
  put(i: number, names: readonly string[] | undefined): void {
    const forZones = this.#hints[i]?.forZones;
    const own = this.#endpoints[i]!.hints;
    if (names === undefined || names.length === 0) this.result[i] = this.#unnamed(this.#hints[i]);
    else if (own?.forNodes === names && haveSame(own.forZones, forZones)) this.result[i] = own;
    else this.result[i] = { forZones, forNodes: names };
  }

  #unnamed(zones: EndpointHints | undefined): EndpointHints {
    const known = this.#merged?.get(zones);
    if (known !== undefined) return known;
    const hints = { forZones: zones?.forZones, forNodes: NOBODY };
    (this.#merged ??= new Map<EndpointHints | undefined, EndpointHints>()).set(zones, hints);
    return hints;
  }
}

export interface NamesThatStand {
  readonly endpoints: readonly EndpointRecord[];
  /** The zone hints, parallel to the endpoints. */
  readonly hints: Hints;
  readonly heirs: Heirs | undefined;
  /** Whether ready endpoints without names take over those of others, too. */
  readonly inherits: boolean;
}

/**
 * Zone hints with the names that stand. An endpoint keeps its list as it is, with the names of nodes that left, so that a
 * node that leaves costs no write.
 */
export function keepStanding({ endpoints, hints, heirs, inherits }: NamesThatStand): Hints {
  const writer = new NameWriter(endpoints, hints);
  for (let i = 0; i < endpoints.length; i++) {
    const own = namesOf(endpoints[i]!);
    if (own.length > 0) writer.put(i, own);
    else writer.put(i, inherits || !isReady(endpoints[i]!) ? sorted(heirs?.get(i)?.names) : undefined);
  }
  return writer.result;
}

export interface NamesToWrite {
  readonly endpoints: readonly EndpointRecord[];
  /** The zone hints, parallel to the endpoints. */
  readonly hints: Hints;
  /** Index of the endpoint at each position. */
  readonly ready: readonly number[];
  readonly shares: NodeShares;
  readonly named: NamedNodes;
  /** What endpoints that are not ready and have no names take over. */
  readonly heirs: Heirs | undefined;
}

/**
 * Zone hints with other names than those that stood. Every endpoint gets some, because kube-proxy heeds node hints only
 * where all ready ones have them: a placeholder where it serves no node by name. An endpoint whose nodes stay keeps its
 * list as it is.
 */
export function writeNames({ endpoints, hints, ready, shares, named, heirs }: NamesToWrite): Hints {
  const { nodes, find } = shares;
  const writer = new NameWriter(endpoints, hints);
  const wanted = new Array<string[] | undefined>(ready.length);
  for (let n = 0; n < named.length; n++) {
    const { node, set } = named[n]!;
    const { name } = nodes[node]!;
    for (let k = 0; k < set.length; k++) {
      const names = wanted[set[k]!];
      if (names === undefined) wanted[set[k]!] = [name];
      else names.push(name);
    }
  }
  for (let p = 0; p < ready.length; p++) {
    const own = namesOf(endpoints[ready[p]!]!);
    const names = wanted[p];
    const stays = own.length > 0 && nameSame(own, names ?? NONE, find);
    writer.put(ready[p]!, stays ? own : sorted(names));
  }
  if (ready.length === endpoints.length) return writer.result;
  const isNamed = new Set(named.map(({ node }) => node));
  for (let i = 0; i < endpoints.length; i++) {
    if (isReady(endpoints[i]!)) continue;
    const own = namesOf(endpoints[i]!);
    if (own.length === 0) {
      writer.put(i, sorted(heirs?.get(i)?.names));
      continue;
    }
    // A node that is named no more must not be left with this endpoint alone when it becomes ready.
    const kept = own.filter((name) => {
      const node = find(name);
      return node === undefined || isNamed.has(node);
    });
    writer.put(i, kept.length === own.length ? own : kept);
  }
  return writer.result;
}

const NONE: readonly string[] = Object.freeze([]);

function sorted(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || names.length < 2 ? names : sortFew([...names], compareText);
}

/** Whether an endpoint names just these of the nodes that count. */
function nameSame(own: readonly string[], wanted: readonly string[], find: NodeShares['find']): boolean {
  let known = 0;
  for (let k = 0; k < own.length; k++) {
    if (find(own[k]!) === undefined) continue;
    if (!wanted.includes(own[k]!)) return false;
    known++;
  }
  return known === wanted.length;
}

function haveSame(a: readonly string[] = NONE, b: readonly string[] = NONE): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (!b.includes(a[k]!)) return false;
  return true;
}
