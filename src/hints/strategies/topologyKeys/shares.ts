import type { Claim, Present } from './claim.js';
import { DealingTable, distribute } from './distribute.js';
import { FillOrder } from './fillOrder.js';
import { Holdings } from './holdings.js';
import { placeIn } from './positionSet.js';

interface Flow {
  readonly claim: Claim;
  /** What is filled before the rest of what is wanted. */
  readonly first: readonly number[];
  got: number;
  each: number;
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
  present: Present,
): (readonly number[])[][] {
  const load = new Int32Array(count);
  for (const { wanted, consumers } of claims) {
    for (let i = 0; i < wanted.length; i++) {
      if ((load[wanted[i]!]! += consumers.length) > limit) return new Sharing(claims, count, limit, present).run();
    }
  }
  return claims.map(({ wanted, consumers }) => consumers.map(() => wanted));
}

/**
 * So many positions are looked at for ways to give consumers a second endpoint and more, by moving others aside. A
 * thousand endpoints and 5,000 nodes take a fiftieth of it; beyond it, what is shared out is less level.
 */
const MOST_SCANNED = 1_000_000;

class Sharing {
  readonly #limit: number;
  readonly #present: Present;
  readonly #holdings: Holdings;
  readonly #flows: readonly Flow[];
  /** Positions that may still be looked at. */
  #scansLeft = Infinity;
  /** How often endpoints were released. */
  #released = 0;
  /**
   * For each level and flow, level by level: the round of the level where the flow cannot find room, whatever is moved
   * aside. A level is gone through by a flow only after those below, so that no path ever leads out of them again, unless
   * something is released: then another round begins.
   */
  readonly #closedIn: Int32Array;
  readonly #rounds: Int32Array;
  /**
   * For each level and flow, level by level: before this place in the order of filling nothing can be taken, being full or
   * taken for all consumers, as long as nothing was released since and the flow gave nothing up.
   */
  readonly #firstOpen: Int32Array;
  /** Parallel: `released` at that time; -1: the place does not hold. */
  readonly #openSince: Int32Array;
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
  /** Flows that are reached, in this order. */
  readonly #queue: Int32Array;
  /** Positions that are looked at for one flow. */
  readonly #found: Int32Array;

  constructor(claims: readonly Claim[], count: number, limit: number, present: Present) {
    this.#limit = limit;
    this.#present = present;
    this.#holdings = new Holdings(count, limit);
    const fillOrder = new FillOrder(count, present);
    this.#flows = claims.map((claim) => {
      return { claim, first: fillOrder.firstOf(claim), got: 0, each: 1 };
    });
    this.#closedIn = new Int32Array((limit + 1) * claims.length);
    this.#rounds = new Int32Array(limit + 1).fill(1);
    this.#firstOpen = new Int32Array((limit + 1) * claims.length);
    this.#openSince = new Int32Array((limit + 1) * claims.length).fill(-1);
    this.#positionSeenAt = new Int32Array(count);
    this.#nextUnseen = new Int32Array(count);
    this.#positionFlow = new Int32Array(count);
    this.#flowSeenAt = new Int32Array(claims.length);
    this.#flowPosition = new Int32Array(claims.length);
    this.#queue = new Int32Array(claims.length);
    this.#found = new Int32Array(count);
  }

  run(): (readonly number[])[][] {
    this.#coverAll();
    this.#scansLeft = MOST_SCANNED;
    this.#deepen();
    const table = new DealingTable(this.#holdings.loads.length);
    const holdings = this.#holdings.byClaim(this.#flows.length);
    return this.#flows.map(({ claim: { consumers }, got, each }, index) =>
      distribute({ consumers, ...holdings[index]!, got, each }, this.#present, table),
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

  /** Takes so many back from a claim, those of the fullest endpoints first. */
  #release(index: number, number: number): void {
    if (number === 0) return;
    const flow = this.#flows[index]!;
    const holdings = this.#holdings;
    const { first, claim } = flow;
    const seenAt = this.#positionSeenAt;
    const search = ++this.#search;
    const held = this.#found;
    let count = 0;
    for (const list of [first, claim.wanted]) {
      for (let i = 0; i < list.length; i++) {
        const position = list[i]!;
        if (seenAt[position] === search) continue;
        seenAt[position] = search;
        if (holdings.of(position, index) > 0) held[count++] = position;
      }
    }
    // Up to this level what could not find room cannot now.
    let lowest = this.#limit;
    let left = number;
    for (let level = this.#limit; level > 0 && left > 0; level--) {
      // The last to be filled is the first to give way.
      for (let k = count - 1; k >= 0 && left > 0; k--) {
        const position = held[k]!;
        if (holdings.loads[position] !== level) continue;
        const had = holdings.of(position, index);
        if (had === 0) continue;
        // Where it had no more to take of an endpoint, there is another way out of it.
        lowest = had === claim.consumers.length ? 0 : Math.min(lowest, level - 1);
        holdings.add(position, index, -1);
        left--;
      }
    }
    flow.got -= number;
    this.#released++;
    for (let level = lowest + 1; level <= this.#limit; level++) this.#rounds[level]!++;
  }

  /**
   * Finds room for one more consumer of a claim, moving others aside where needed (an augmenting path).
   * @param level an endpoint has room while it is below this
   */
  #augment(start: number, level: number): boolean {
    const closedIn = this.#closedIn;
    const closed = level * this.#flows.length;
    const round = this.#rounds[level]!;
    if (closedIn[closed + start] === round) return false;
    if (this.#holdings.firstBelow(level) === this.#positionSeenAt.length) return false;
    if (this.#takeOpen(start, level)) return true;
    if (this.#scansLeft <= 0) return false;
    const search = ++this.#search;
    const holdings = this.#holdings;
    const { loads } = holdings;
    const seenAt = this.#positionSeenAt;
    const queue = this.#queue;
    let reached = 0;
    queue[reached++] = start;
    this.#flowSeenAt[start] = search;
    for (let at = 0; at < reached; at++) {
      const current = queue[at]!;
      const { claim, first } = this.#flows[current]!;
      const { wanted, consumers } = claim;
      const full = this.#found;
      let fullCount = 0;
      this.#scansLeft -= first.length + wanted.length;
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
        full[fullCount++] = position;
      }
      for (let i = 0; i < fullCount; i++) {
        const position = full[i]!;
        for (let k = 0; k < holdings.holdersOf(position); k++) {
          const other = holdings.holder(position, k);
          if (this.#flowSeenAt[other] === search || closedIn[closed + other] === round) continue;
          this.#flowSeenAt[other] = search;
          this.#flowPosition[other] = position;
          queue[reached++] = other;
        }
      }
    }
    for (let at = 0; at < reached; at++) closedIn[closed + queue[at]!] = round;
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
    const own = level * this.#flows.length + index;
    if (this.#openSince[own] !== this.#released) {
      this.#firstOpen[own] = 0;
      this.#openSince[own] = this.#released;
    }
    const lowest = holdings.firstBelow(level);
    // What is among the first comes twice, which does no harm.
    for (let k = this.#firstOpen[own]!; k < first.length + wanted.length; k++) {
      if (k >= first.length && wanted[k - first.length]! < lowest) {
        k = first.length + placeIn(wanted, lowest) - 1;
      } else {
        const position = k < first.length ? first[k]! : wanted[k - first.length]!;
        if (holdings.loads[position]! < level && holdings.of(position, index) < consumers.length) {
          holdings.add(position, index, 1);
          flow.got++;
          return true;
        }
      }
      this.#firstOpen[own] = k + 1;
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
      this.#forgetOpen(current);
      current = taker;
    }
    this.#flows[start]!.got++;
  }

  #forgetOpen(index: number): void {
    for (let level = 0; level <= this.#limit; level++) this.#openSince[level * this.#flows.length + index] = -1;
  }
}
