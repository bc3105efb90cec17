import type { Claim } from './claim.js';
import { distribute } from './distribute.js';
import { FillOrder } from './fillOrder.js';
import { Holdings } from './holdings.js';
import { placeIn } from './positionSet.js';

interface Flow {
  readonly claim: Claim;
  /** What is filled before the rest of what is wanted. */
  readonly first: readonly number[];
  got: number;
  each: number;
  /** Of those in the order of filling: before this place all are full at `fullLevel`, as long as nothing was released since. */
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
    for (let i = 0; i < wanted.length; i++) {
      if ((load[wanted[i]!]! += consumers.length) > limit) return new Sharing(claims, count, limit, present).run();
    }
  }
  return claims.map(({ wanted, consumers }) => consumers.map(() => [...wanted]));
}

const NONE = -1;

class Sharing {
  readonly #limit: number;
  readonly #present: ReadonlyMap<string, readonly number[]>;
  readonly #holdings: Holdings;
  readonly #flows: readonly Flow[];
  /** How often endpoints were released. */
  #released = 0;
  /**
   * For each level the flows that cannot find room there, whatever is moved aside. A level is gone through by a flow only
   * after those below, so that no path ever leads out of them again, unless something is released.
   */
  readonly #closed: readonly Set<number>[];
  /** Of the augmenting path that is searched: its number stands in `seenAt` where a position or flow was reached. */
  #search = 0;
  readonly #positionSeenAt: Int32Array;
  /** Of a position that the search has reached: no position between it and this one is still to be reached. */
  readonly #nextUnseen: Int32Array;
  /** The flow by which the position was reached. */
  readonly #positionFlow: Int32Array;
  readonly #flowSeenAt: Int32Array;
  /** The position that another flow takes from this one. */
  readonly #flowPosition: Int32Array;

  constructor(claims: readonly Claim[], count: number, limit: number, present: ReadonlyMap<string, readonly number[]>) {
    this.#limit = limit;
    this.#present = present;
    this.#holdings = new Holdings(count, limit);
    const fillOrder = new FillOrder(count, present);
    this.#flows = claims.map((claim) => {
      return { claim, first: fillOrder.firstOf(claim), got: 0, each: 1, firstOpen: 0, fullLevel: 0, fullSince: 0 };
    });
    this.#closed = Array.from({ length: limit + 1 }, () => new Set<number>());
    this.#positionSeenAt = new Int32Array(count);
    this.#nextUnseen = new Int32Array(count);
    this.#positionFlow = new Int32Array(count);
    this.#flowSeenAt = new Int32Array(claims.length);
    this.#flowPosition = new Int32Array(claims.length);
  }

  run(): number[][][] {
    this.#coverAll();
    this.#deepen();
    // The left-over numbers of one claim at a time.
    const left = new Int32Array(this.#holdings.loads.length);
    const holdings = this.#holdings.byClaim(this.#flows.length);
    return this.#flows.map(({ claim: { consumers }, got, each }, index) =>
      distribute({ consumers, ...holdings[index]!, got, each }, this.#present, left),
    );
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
        while (open.length > 0) {
          open = open.filter((index) => {
            const { claim, got } = this.#flows[index]!;
            return got < claim.consumers.length && this.#augment(index, level);
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
    if (this.#holdings.room < needed) return false;
    const before = flow.got;
    for (let level = 1; level <= this.#limit && flow.got < before + needed; level++) {
      while (flow.got < before + needed && this.#augment(index, level));
    }
    if (flow.got === before + needed) {
      flow.each++;
      return true;
    }
    // Not enough for each: what was taken in vain goes back where it is scarcest.
    this.#release(index, flow.got - before);
    return false;
  }

  #release(index: number, number: number): void {
    if (number === 0) return;
    const flow = this.#flows[index]!;
    const holdings = this.#holdings;
    const { first, claim } = flow;
    const held = first.filter((position) => holdings.of(position, index) > 0);
    for (const position of claim.wanted) {
      if (holdings.of(position, index) > 0 && !first.includes(position)) held.push(position);
    }
    for (let i = 0; i < number; i++) {
      let fullest = NONE;
      let most = 0;
      // The last to be filled is the first to give way.
      for (let k = held.length - 1; k >= 0; k--) {
        const position = held[k]!;
        if (holdings.loads[position]! > most && holdings.of(position, index) > 0) {
          [fullest, most] = [position, holdings.loads[position]!];
        }
      }
      holdings.add(fullest, index, -1);
      flow.got--;
    }
    this.#released++;
    for (const flows of this.#closed) flows.clear();
  }

  /**
   * Finds room for one more consumer of a claim, moving others aside where needed (an augmenting path).
   * @param level an endpoint has room while it is below this
   */
  #augment(start: number, level: number): boolean {
    const closed = this.#closed[level]!;
    if (closed.has(start)) return false;
    if (this.#holdings.firstBelow(level) === this.#positionSeenAt.length) return false;
    if (this.#takeOpen(start, level)) return true;
    const search = ++this.#search;
    const holdings = this.#holdings;
    const { loads } = holdings;
    const seenAt = this.#positionSeenAt;
    const queue = [start];
    this.#flowSeenAt[start] = search;
    for (let at = 0; at < queue.length; at++) {
      const current = queue[at]!;
      const { claim, first } = this.#flows[current]!;
      const { wanted, consumers } = claim;
      const full: number[] = [];
      for (let k = 0; k < first.length + wanted.length; k++) {
        const position = k < first.length ? first[k]! : wanted[k - first.length]!;
        if (seenAt[position] === search) {
          if (k >= first.length) k = first.length + placeIn(wanted, this.#unseenFrom(position)) - 1;
          continue;
        }
        if (holdings.of(position, current) >= consumers.length) continue;
        seenAt[position] = search;
        this.#nextUnseen[position] = position + 1;
        this.#positionFlow[position] = current;
        if (loads[position]! < level) {
          this.#shift(start, position);
          return true;
        }
        full.push(position);
      }
      for (const position of full) {
        for (let k = 0; k < holdings.holdersOf(position); k++) {
          const other = holdings.holder(position, k);
          if (this.#flowSeenAt[other] === search || closed.has(other)) continue;
          this.#flowSeenAt[other] = search;
          this.#flowPosition[other] = position;
          queue.push(other);
        }
      }
    }
    for (const flow of queue) closed.add(flow);
    return false;
  }

  /** The first position after this one that the search has not reached. */
  #unseenFrom(seen: number): number {
    const next = this.#nextUnseen;
    let unseen = next[seen]!;
    while (this.#positionSeenAt[unseen] === this.#search) unseen = next[unseen]!;
    // The way is shorter next time.
    for (let at = seen; at < unseen;) {
      const after = next[at]!;
      next[at] = unseen;
      at = after;
    }
    return unseen;
  }

  /** Takes the first endpoint of a claim that has room, if there is one: the shortest path. */
  #takeOpen(index: number, level: number): boolean {
    const flow = this.#flows[index]!;
    const holdings = this.#holdings;
    const { claim, first } = flow;
    const { wanted, consumers } = claim;
    if (flow.fullLevel !== level || flow.fullSince !== this.#released) {
      flow.firstOpen = 0;
      flow.fullLevel = level;
      flow.fullSince = this.#released;
    }
    const lowest = holdings.firstBelow(level);
    // Loads do not sink while claims are served at one level. What is among the first comes twice, which does no harm.
    let allFull = true;
    for (let k = flow.firstOpen; k < first.length + wanted.length; k++) {
      if (k >= first.length && wanted[k - first.length]! < lowest) {
        k = first.length + placeIn(wanted, lowest) - 1;
      } else {
        const position = k < first.length ? first[k]! : wanted[k - first.length]!;
        if (holdings.loads[position]! < level) {
          allFull = false;
          if (holdings.of(position, index) < consumers.length) {
            holdings.add(position, index, 1);
            flow.got++;
            return true;
          }
        }
      }
      if (allFull) flow.firstOpen = k + 1;
    }
    return false;
  }

  /** Goes back along the path that was found: each flow on it takes an endpoint and gives up the one before. */
  #shift(start: number, end: number): void {
    let current = this.#positionFlow[end]!;
    this.#holdings.add(end, current, 1);
    while (current !== start) {
      const position = this.#flowPosition[current]!;
      const taker = this.#positionFlow[position]!;
      this.#holdings.move(position, current, taker);
      current = taker;
    }
    this.#flows[start]!.got++;
  }
}
