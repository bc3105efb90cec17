import type { NodeRecord } from '../../../model/node.js';
import { compareText } from '../../../model/objectKey.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import { withNames } from './assignment.js';
import { MAX_HINT_NAMES } from './problem.js';
import type { EndpointDomains, LabelledNode, Selection } from './selection.js';
import { ALONE, NOT, Takers, takingAt } from './takers.js';

interface Counted {
  /** Sorted by name; with what each selects. */
  readonly nodes: readonly NodeRecord[];
  readonly selections: readonly Selection[];
  /** For each zone a node that may join it, with what that would select. */
  readonly natural: ReadonlyMap<string, { readonly node: LabelledNode; readonly selection: Selection }>;
  /** Of the endpoints that count, in the order of `domains`. */
  readonly hints: readonly (EndpointHints | undefined)[];
  readonly domains: EndpointDomains;
}

/**
 * Hints for endpoints that are not ready, as if each became ready now: kube-proxy heeds hints only while all ready
 * endpoints have them, so a readiness flip must find them written. Of the kinds of hints that the others use each
 * endpoint gets what it would be selected for: whole zones where most nodes that follow their zone would use it, and
 * nodes by name up to the limit.
 */
export class UnreadyHints {
  readonly #counted: Counted;
  /** What each zone is given by its hints; of a zone that is not named, nothing. */
  readonly #shares: ReadonlyMap<string, readonly number[]>;
  readonly #usesNodes: boolean;
  readonly #usesZones: boolean;
  /** The zones of the nodes, and each zone's place there. */
  readonly #zones: readonly string[];
  readonly #placeOf: ReadonlyMap<string, number>;
  /** Parallel to the nodes: the place of its zone; whether it goes by its zone's hints. */
  readonly #zoneOf: Int32Array;
  readonly #follows: Uint8Array;
  /** How many nodes of each zone go by the zone's hints. */
  readonly #followers: Int32Array;
  /** The zones whose hints give what a new node there would select, with the domains and the level of that. */
  readonly #natural: ReadonlyMap<string, { readonly domains: readonly number[]; readonly level: number }>;
  readonly #takers: Takers;
  /** How many followers of each zone would use the endpoint that is looked at. */
  readonly #taking: Int32Array;
  readonly #takingAlone: Int32Array;

  constructor(counted: Counted) {
    this.#counted = counted;
    const { nodes, domains } = counted;
    const namedNodes = new Set(counted.hints.flatMap((hints) => hints?.forNodes ?? []));
    const shares = new Map<string, number[]>();
    counted.hints.forEach((hints, place) => {
      for (const zone of hints?.forZones ?? []) {
        const share = shares.get(zone);
        if (share === undefined) shares.set(zone, [place]);
        else share.push(place);
      }
    });
    this.#shares = shares;
    this.#usesNodes = namedNodes.size > 0;
    this.#usesZones = shares.size > 0;
    const placeOf = new Map<string, number>();
    for (const { zone } of nodes) if (!placeOf.has(zone)) placeOf.set(zone, placeOf.size);
    this.#zones = [...placeOf.keys()];
    this.#placeOf = placeOf;
    this.#zoneOf = Int32Array.from(nodes, ({ zone }) => placeOf.get(zone)!);
    this.#follows = Uint8Array.from(nodes, ({ name }) => (namedNodes.has(name) ? 0 : 1));
    this.#followers = new Int32Array(placeOf.size);
    for (let i = 0; i < nodes.length; i++) this.#followers[this.#zoneOf[i]!]! += this.#follows[i]!;
    this.#natural = new Map(
      [...counted.natural]
        .filter(([zone, { selection }]) => samePositions(selection.endpoints, shares.get(zone) ?? []))
        .map(([zone, { node, selection }]) => [zone, { domains: domains.domainsOf(node), level: selection.level }]),
    );
    this.#takers = new Takers(nodes, counted.selections, domains);
    this.#taking = new Int32Array(placeOf.size);
    this.#takingAlone = new Int32Array(placeOf.size);
  }

  /** @param index of the endpoint in what `domains` was made of */
  of(endpoint: EndpointRecord, index: number): EndpointHints | undefined {
    if (!this.#usesNodes && !this.#usesZones) return undefined;
    const { nodes } = this.#counted;
    const takers = this.#takers.of(index);
    const { taking } = this.#takers;
    this.#countFollowers(takers);
    const zones = this.#usesZones ? this.#zonesFor(index) : [];
    const present = new Set(endpoint.hints?.forNodes);
    // Those that would use it by a better key first, then those that it names now; within each by name, as the nodes are.
    const ranks: string[][] = [[], [], [], []];
    for (const i of takers) {
      const { name, zone } = nodes[i]!;
      const isAlone = taking[i] === ALONE;
      // A follower that would use this endpoint beside others must not be left with this one only; and where its zone has
      // no others, the zone's hint has the same effect.
      if (this.#follows[i] === 1 && (!isAlone || (!this.#shares.has(zone) && zones.includes(zone)))) continue;
      const rank = ranks[(isAlone ? 0 : 2) + (present.has(name) ? 0 : 1)]!;
      if (rank.length < MAX_HINT_NAMES) rank.push(name);
    }
    const names = ranks.flat().slice(0, MAX_HINT_NAMES);
    return withNames(endpoint, this.#usesZones ? zones : undefined, this.#usesNodes ? names : undefined);
  }

  #countFollowers(takers: readonly number[]): void {
    this.#taking.fill(0);
    this.#takingAlone.fill(0);
    for (const i of takers) {
      if (this.#follows[i] === 0) continue;
      const zone = this.#zoneOf[i]!;
      this.#taking[zone]!++;
      if (this.#takers.taking[i] === ALONE) this.#takingAlone[zone]!++;
    }
  }

  #zonesFor(index: number): string[] {
    const names = new Set(this.#shares.keys());
    this.#zones.forEach((zone, place) => {
      if (this.#taking[place]! > 0) names.add(zone);
    });
    const followers = (zone: string): number => this.#followers[this.#placeOf.get(zone) ?? -1] ?? 0;
    const fits = (zone: string): boolean => {
      const place = this.#placeOf.get(zone) ?? -1;
      return this.#shares.has(zone)
        ? (this.#taking[place] ?? 0) * 2 > followers(zone) || this.#isNatural(zone, index)
        : this.#takingAlone[place] === followers(zone);
    };
    return [...names]
      .filter(fits)
      .sort((a, b) => followers(b) - followers(a) || compareText(a, b))
      .slice(0, MAX_HINT_NAMES);
  }

  /** The zone's hints give what a new node there would select, and it would select this endpoint too. */
  #isNatural(zone: string, index: number): boolean {
    const natural = this.#natural.get(zone);
    if (natural === undefined) return false;
    return takingAt(this.#counted.domains.levelOf(natural.domains, index), natural.level) !== NOT;
  }
}

function samePositions(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((position, i) => position === b[i]);
}
