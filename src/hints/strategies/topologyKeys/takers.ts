import type { EndpointDomains, LabelledNode, Selection } from './selection.js';

/** What a node would do with an endpoint that became ready. */
export const NOT = 0;
/** Use it beside those that it has now, by the same key. */
export const BESIDE = 1;
/** Use it instead of those that it has now, by a better key. */
export const ALONE = 2;
export type Taking = typeof NOT | typeof BESIDE | typeof ALONE;

/** @param now the level by which the node selects; -1: none */
export function takingAt(level: number, now: number): Taking {
  if (level < 0 || (now >= 0 && level > now)) return NOT;
  return now < 0 || level < now ? ALONE : BESIDE;
}

/** Finds the nodes that would select an endpoint if it were ready, without looking at all of them. */
export class Takers {
  readonly #selections: readonly Selection[];
  readonly #domains: EndpointDomains;
  /** Parallel to the nodes. */
  readonly #domainsOf: readonly (readonly number[])[];
  /** For each level the nodes that select by no better one; and the same by their domain. */
  readonly #open: readonly (readonly number[])[];
  readonly #openIn: readonly ReadonlyMap<number, readonly number[]>[];
  /** Parallel to the nodes: of the endpoint that was asked for last. */
  readonly taking: Uint8Array;
  #found: number[] = [];

  /** @param selections parallel to the nodes */
  constructor(nodes: readonly LabelledNode[], selections: readonly Selection[], domains: EndpointDomains) {
    this.#selections = selections;
    this.#domains = domains;
    this.#domainsOf = nodes.map((node) => domains.domainsOf(node));
    const levels = this.#domainsOf[0]?.length ?? 0;
    const open = Array.from({ length: levels }, (): number[] => []);
    const openIn = open.map(() => new Map<number, number[]>());
    for (let i = 0; i < nodes.length; i++) {
      const now = selections[i]!.level;
      const own = this.#domainsOf[i]!;
      for (let level = 0; level < (now < 0 ? levels : now + 1); level++) {
        open[level]!.push(i);
        const alike = openIn[level]!.get(own[level]!);
        if (alike === undefined) openIn[level]!.set(own[level]!, [i]);
        else alike.push(i);
      }
    }
    this.#open = open;
    this.#openIn = openIn;
    this.taking = new Uint8Array(nodes.length);
  }

  /** @returns the nodes that would select it, ascending; what each would do is in `taking` */
  of(endpoint: number): readonly number[] {
    const domains = this.#domains;
    const { taking } = this;
    for (const node of this.#found) taking[node] = NOT;
    const found: number[] = [];
    let last = -1;
    let ascending = true;
    // A better level overrides one that is worse.
    for (let level = this.#open.length - 1; level >= 0; level--) {
      const sole = domains.soleDomain(level, endpoint);
      const nodes = sole === undefined ? this.#open[level]! : (this.#openIn[level]!.get(sole) ?? []);
      for (let k = 0; k < nodes.length; k++) {
        const node = nodes[k]!;
        if (!domains.accepts(level, this.#domainsOf[node]![level]!, endpoint)) continue;
        if (taking[node] === NOT) {
          found.push(node);
          ascending &&= node > last;
          last = node;
        }
        taking[node] = takingAt(level, this.#selections[node]!.level);
      }
    }
    this.#found = found;
    return ascending ? found : found.sort((a, b) => a - b);
  }
}
