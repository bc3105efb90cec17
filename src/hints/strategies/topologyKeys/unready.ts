import type { NodeRecord } from '../../../model/node.js';
import { compareText } from '../../../model/objectKey.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import { withNames } from './assignment.js';
import { MAX_HINT_NAMES } from './problem.js';
import type { Domain, EndpointDomains, LabelledNode, Selection } from './selection.js';

interface Counted {
  /** Sorted by name; with what each selects. */
  readonly nodes: readonly NodeRecord[];
  readonly selections: readonly Selection[];
  /** For each zone a node that may join it, with what that would select. */
  readonly natural: ReadonlyMap<string, { readonly node: LabelledNode; readonly selection: Selection }>;
  /** The endpoints that count, by their index in what `domains` was made of, and their hints. */
  readonly positions: readonly number[];
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
  /** How many nodes of each zone go by the zone's hints. */
  readonly #followers: ReadonlyMap<string, number>;
  /** Whether each node goes by its zone's hints. */
  readonly #follows: readonly boolean[];
  /** Parallel to the nodes. */
  readonly #domains: readonly (readonly Domain[])[];

  constructor(counted: Counted) {
    this.#counted = counted;
    const namedNodes = new Set(counted.hints.flatMap((hints) => hints?.forNodes ?? []));
    const shares = new Map<string, number[]>();
    counted.hints.forEach((hints, i) => {
      for (const zone of hints?.forZones ?? []) {
        const share = shares.get(zone);
        const position = counted.positions[i] ?? 0;
        if (share === undefined) shares.set(zone, [position]);
        else share.push(position);
      }
    });
    this.#shares = shares;
    this.#usesNodes = namedNodes.size > 0;
    this.#usesZones = shares.size > 0;
    const followers = new Map<string, number>();
    this.#follows = counted.nodes.map(({ name }) => !namedNodes.has(name));
    counted.nodes.forEach(({ zone }, i) => {
      if (this.#follows[i] === true) followers.set(zone, (followers.get(zone) ?? 0) + 1);
    });
    this.#followers = followers;
    this.#domains = counted.nodes.map((node) => counted.domains.domainsOf(node));
  }

  /** @param index of the endpoint in what `domains` was made of */
  of(endpoint: EndpointRecord, index: number): EndpointHints | undefined {
    if (!this.#usesNodes && !this.#usesZones) return undefined;
    const takers = this.#takers(index);
    const zones = this.#zones(takers, index);
    const present = new Set(endpoint.hints?.forNodes);
    // Those that would use it by a better key first, then those that it names now; within each by name, as the nodes are.
    const ranks: string[][] = [[], [], [], []];
    for (const { node, alone, follows } of takers) {
      // A follower that would use this endpoint beside others must not be left with this one only; and where its zone has
      // no others, the zone's hint has the same effect.
      if (follows && (!alone || (!this.#shares.has(node.zone) && zones.includes(node.zone)))) continue;
      const rank = ranks[(alone ? 0 : 2) + (present.has(node.name) ? 0 : 1)]!;
      if (rank.length < MAX_HINT_NAMES) rank.push(node.name);
    }
    const names = ranks.flat().slice(0, MAX_HINT_NAMES);
    return withNames(endpoint, this.#usesZones ? zones : undefined, this.#usesNodes ? names : undefined);
  }

  /** The nodes that would select the endpoint if it were ready; `alone`: by a better key than what they have now. */
  #takers(index: number): Taker[] {
    const { nodes, selections } = this.#counted;
    const takers: Taker[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const alone = this.#takes(this.#domains[i]!, selections[i], index);
      if (alone !== undefined) takers.push({ node: nodes[i]!, alone, follows: this.#follows[i]! });
    }
    return takers;
  }

  #takes(domains: readonly Domain[], selection: Selection | undefined, index: number): boolean | undefined {
    const level = this.#counted.domains.levelOf(domains, index);
    const now = selection?.level ?? -1;
    return level < 0 || (now >= 0 && level > now) ? undefined : now < 0 || level < now;
  }

  #zones(takers: readonly Taker[], index: number): string[] {
    if (!this.#usesZones) return [];
    const following = takers.filter(({ follows }) => follows);
    const taking = countByZone(following);
    const takingAlone = countByZone(following.filter(({ alone }) => alone));
    const followers = (zone: string): number => this.#followers.get(zone) ?? 0;
    const fits = (zone: string): boolean =>
      this.#shares.has(zone)
        ? (taking.get(zone) ?? 0) * 2 > followers(zone) || this.#isNatural(zone, index)
        : takingAlone.get(zone) === followers(zone);
    return [...new Set([...taking.keys(), ...this.#shares.keys()])]
      .filter(fits)
      .sort((a, b) => followers(b) - followers(a) || compareText(a, b))
      .slice(0, MAX_HINT_NAMES);
  }

  /** The zone's hints give what a new node there would select, and it would select this endpoint too. */
  #isNatural(zone: string, index: number): boolean {
    const natural = this.#counted.natural.get(zone);
    const share = this.#shares.get(zone) ?? [];
    return (
      natural !== undefined &&
      natural.selection.endpoints.length === share.length &&
      natural.selection.endpoints.every((position, i) => position === share[i]) &&
      this.#takes(this.#counted.domains.domainsOf(natural.node), natural.selection, index) !== undefined
    );
  }
}

interface Taker {
  readonly node: NodeRecord;
  readonly alone: boolean;
  /** It goes by its zone's hints. */
  readonly follows: boolean;
}

function countByZone(takers: readonly Taker[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { node } of takers) counts.set(node.zone, (counts.get(node.zone) ?? 0) + 1);
  return counts;
}
