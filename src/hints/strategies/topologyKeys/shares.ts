import type { Claim } from './claim.js';
import { distribute, type Dealt } from './distribute.js';
import { FillOrder } from './fillOrder.js';

interface Flow extends Dealt {
  /** Indexes into `wanted` in the order in which they are filled. */
  readonly order: Int32Array;
  got: number;
  each: number;
  /** Of `order`: what comes before this place is full at `fullLevel`, as long as nothing was released since. */
  firstOpen: number;
  fullLevel: number;
  fullSince: number;
}

/**
 * Shares endpoints out: as many consumers as possible get at least one of those they want (a greatest flow), then
 * claim by claim every consumer one more, as long as there is one for each of them. The load stays level: an endpoint
 * is filled one step higher only when nothing lower is left.
 * @param present what each consumer has now; kept where that is as good
 * @returns for each claim, parallel to its consumers, the positions they get, ascending; empty for those left over
 */
export function shareOut(
  claims: readonly Claim[],
  count: number,
  limit: number,
  present: ReadonlyMap<string, readonly number[]>,
): number[][][] {
  const load = new Int32Array(count);
  for (const { wanted, consumers } of claims) {
    for (let i = 0; i < wanted.length; i++) load[wanted[i]!]! += consumers.length;
  }
  if (load.every((value) => value <= limit)) {
    return claims.map(({ wanted, consumers }) => consumers.map(() => [...wanted]));
  }
  return new Sharing(claims, count, limit, present).run();
}

const NONE = -1;

class Sharing {
  readonly #limit: number;
  readonly #present: ReadonlyMap<string, readonly number[]>;
  readonly #load: Int32Array;
  /** How many positions have each load, 0 to `limit`. */
  readonly #atLoad: Int32Array;
  readonly #flows: readonly Flow[];
  /** Where each position's flows start in the two lists that follow; one place more than positions. */
  readonly #wantedFrom: Int32Array;
  readonly #wantedFlow: Int32Array;
  readonly #wantedIndex: Int32Array;
  /** How often endpoints were released. */
  #released = 0;
  /** Of the augmenting path that is searched: its number stands in `seenAt` where a position or flow was reached. */
  #search = 0;
  readonly #positionSeenAt: Int32Array;
  readonly #positionFlow: Int32Array;
  readonly #positionIndex: Int32Array;
  readonly #flowSeenAt: Int32Array;
  /** The position that another flow takes from this one, and its index there. */
  readonly #flowPosition: Int32Array;
  readonly #flowIndex: Int32Array;

  constructor(claims: readonly Claim[], count: number, limit: number, present: ReadonlyMap<string, readonly number[]>) {
    this.#limit = limit;
    this.#present = present;
    this.#load = new Int32Array(count);
    this.#atLoad = new Int32Array(limit + 1);
    this.#atLoad[0] = count;
    const from = new Int32Array(count + 1);
    let entries = 0;
    for (const { wanted } of claims) {
      entries += wanted.length;
      for (let i = 0; i < wanted.length; i++) from[wanted[i]! + 1]!++;
    }
    for (let position = 0; position < count; position++) from[position + 1]! += from[position]!;
    this.#wantedFrom = from;
    this.#wantedFlow = new Int32Array(entries);
    this.#wantedIndex = new Int32Array(entries);
    const next = from.slice();
    const wantedFlow = this.#wantedFlow;
    const wantedIndex = this.#wantedIndex;
    const fillOrder = new FillOrder(count, present);
    this.#flows = claims.map((claim, flow) => {
      const { wanted } = claim;
      for (let index = 0; index < wanted.length; index++) {
        const at = next[wanted[index]!]!++;
        wantedFlow[at] = flow;
        wantedIndex[at] = index;
      }
      const counts = new Int32Array(wanted.length);
      return { claim, counts, order: fillOrder.of(claim), got: 0, each: 1, firstOpen: 0, fullLevel: 0, fullSince: 0 };
    });
    this.#positionSeenAt = new Int32Array(count);
    this.#positionFlow = new Int32Array(count);
    this.#positionIndex = new Int32Array(count);
    this.#flowSeenAt = new Int32Array(claims.length);
    this.#flowPosition = new Int32Array(claims.length);
    this.#flowIndex = new Int32Array(claims.length);
  }

  run(): number[][][] {
    this.#coverAll();
    this.#deepen();
    // The left-over numbers of one claim at a time.
    const left = new Int32Array(this.#load.length);
    return this.#flows.map((flow) => distribute(flow, this.#present, left));
  }

  /**
   * One endpoint for as many consumers as possible. Claims for few endpoints go first, as they have no other choice;
   * claims for equally many take turns, so that none takes it all. What a consumer has got it does not lose again.
   */
  #coverAll(): void {
    const bySize = new Map<number, number[]>();
    this.#flows.forEach(({ claim: { wanted } }, index) => {
      const same = bySize.get(wanted.length);
      if (same === undefined) bySize.set(wanted.length, [index]);
      else same.push(index);
    });
    for (const [, indexes] of [...bySize].sort(([a], [b]) => a - b)) {
      for (let level = 1; level <= this.#limit; level++) {
        let open: readonly number[] = indexes;
        const closed = new Set<number>();
        while (open.length > 0) {
          open = open.filter((index) => {
            const flow = this.#flows[index];
            if (flow === undefined || flow.got >= flow.claim.consumers.length || closed.has(index)) return false;
            return this.#augment(index, level, closed);
          });
        }
      }
    }
  }

  /** One more for every consumer of a claim, all or none, claims in turns. */
  #deepen(): void {
    let open = this.#flows.flatMap(({ claim, got }, index) => (got === claim.consumers.length ? [index] : []));
    while (open.length > 0) open = open.filter((index) => this.#deepenOne(index));
  }

  #deepenOne(index: number): boolean {
    const flow = this.#flows[index];
    if (flow === undefined || flow.each >= flow.claim.wanted.length) return false;
    const needed = flow.claim.consumers.length;
    let free = 0;
    for (let load = 0; load < this.#limit; load++) free += (this.#limit - load) * this.#atLoad[load]!;
    if (free < needed) return false;
    const before = flow.got;
    for (let level = 1; level <= this.#limit && flow.got < before + needed; level++) {
      const closed = new Set<number>();
      while (flow.got < before + needed && this.#augment(index, level, closed));
    }
    if (flow.got === before + needed) {
      flow.each++;
      return true;
    }
    // Not enough for each: what was taken in vain goes back where it is scarcest.
    while (flow.got > before) this.#release(flow);
    this.#released++;
    return false;
  }

  #release(flow: Flow): void {
    const { order, counts, claim } = flow;
    let fullest = NONE;
    let most = 0;
    // The last to be filled is the first to give way.
    for (let k = order.length - 1; k >= 0; k--) {
      const index = order[k]!;
      if (counts[index] === 0) continue;
      const load = this.#load[claim.wanted[index]!]!;
      if (fullest === NONE || load > most) [fullest, most] = [index, load];
    }
    if (fullest === NONE) return;
    counts[fullest]!--;
    this.#changeLoad(claim.wanted[fullest]!, -1);
    flow.got--;
  }

  #changeLoad(position: number, by: number): void {
    const before = this.#load[position]!;
    this.#load[position] = before + by;
    this.#atLoad[before]!--;
    this.#atLoad[before + by]!++;
  }

  #hasRoomBelow(level: number): boolean {
    for (let load = 0; load < level; load++) if (this.#atLoad[load]! > 0) return true;
    return false;
  }

  /**
   * Finds room for one more consumer of a claim, moving others aside where needed (an augmenting path).
   * @param level an endpoint has room while it is below this
   * @param closed claims that are known to find none at this level; a search that fails adds all it has seen
   */
  #augment(start: number, level: number, closed: Set<number>): boolean {
    if (!this.#hasRoomBelow(level)) return false;
    if (this.#takeOpen(this.#flows[start]!, level)) return true;
    const search = ++this.#search;
    const load = this.#load;
    const seenAt = this.#positionSeenAt;
    const queue = [start];
    this.#flowSeenAt[start] = search;
    for (let at = 0; at < queue.length; at++) {
      const current = queue[at]!;
      const { claim, counts, order } = this.#flows[current]!;
      const { wanted, consumers } = claim;
      const full: number[] = [];
      for (let k = 0; k < order.length; k++) {
        const index = order[k]!;
        const position = wanted[index]!;
        if (seenAt[position] === search || counts[index]! >= consumers.length) continue;
        seenAt[position] = search;
        this.#positionFlow[position] = current;
        this.#positionIndex[position] = index;
        if (load[position]! < level) {
          this.#shift(start, position);
          return true;
        }
        full.push(position);
      }
      for (const position of full) {
        const to = this.#wantedFrom[position + 1]!;
        for (let entry = this.#wantedFrom[position]!; entry < to; entry++) {
          const other = this.#wantedFlow[entry]!;
          const index = this.#wantedIndex[entry]!;
          if (this.#flowSeenAt[other] === search || this.#flows[other]!.counts[index] === 0) continue;
          if (closed.has(other)) continue;
          this.#flowSeenAt[other] = search;
          this.#flowPosition[other] = position;
          this.#flowIndex[other] = index;
          queue.push(other);
        }
      }
    }
    for (const flow of queue) closed.add(flow);
    return false;
  }

  /** Takes the first endpoint of a claim that has room, if there is one: the shortest path. */
  #takeOpen(flow: Flow, level: number): boolean {
    const { claim, counts, order } = flow;
    const load = this.#load;
    if (flow.fullLevel !== level || flow.fullSince !== this.#released) {
      flow.firstOpen = 0;
      flow.fullLevel = level;
      flow.fullSince = this.#released;
    }
    // Loads do not sink while claims are served at one level.
    while (flow.firstOpen < order.length && load[claim.wanted[order[flow.firstOpen]!]!]! >= level) flow.firstOpen++;
    for (let k = flow.firstOpen; k < order.length; k++) {
      const index = order[k]!;
      const position = claim.wanted[index]!;
      if (load[position]! >= level || counts[index]! >= claim.consumers.length) continue;
      this.#changeLoad(position, 1);
      counts[index]!++;
      flow.got++;
      return true;
    }
    return false;
  }

  /** Goes back along the path that was found: each flow on it takes an endpoint and gives up the one before. */
  #shift(start: number, end: number): void {
    this.#changeLoad(end, 1);
    for (let position = end; ;) {
      const current = this.#positionFlow[position]!;
      const flow = this.#flows[current]!;
      flow.counts[this.#positionIndex[position]!]!++;
      if (current === start) {
        flow.got++;
        return;
      }
      flow.counts[this.#flowIndex[current]!]!--;
      position = this.#flowPosition[current]!;
    }
  }
}
