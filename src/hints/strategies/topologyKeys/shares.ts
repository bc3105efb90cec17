/** Consumers (nodes, or zones) that all want the same endpoints, each of which can be given to `limit` consumers only. */
export interface Claim {
  /** Positions of the endpoints wanted, ascending. */
  readonly wanted: readonly number[];
  /** Sorted names. */
  readonly consumers: readonly string[];
}

interface Flow {
  readonly claim: Claim;
  /** How many consumers get each endpoint, parallel to `claim.wanted`. */
  readonly counts: Int32Array;
  /** Indexes into `wanted` in the order in which they are filled. */
  readonly order: Int32Array;
  got: number;
  /** Endpoints for each consumer. */
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

/** The order in which the endpoints of claims are filled. */
class FillOrder {
  readonly #present: ReadonlyMap<string, readonly number[]>;
  /** 0, 1, 2 …: what claims share whose endpoints nobody has now. */
  readonly #inOrder: Int32Array;
  /** Of the claim that is looked at: how many consumers have each position now; else all 0. */
  readonly #holders: Int32Array;

  constructor(count: number, present: ReadonlyMap<string, readonly number[]>) {
    this.#present = present;
    this.#inOrder = new Int32Array(count);
    for (let i = 0; i < count; i++) this.#inOrder[i] = i;
    this.#holders = new Int32Array(present.size === 0 ? 0 : count);
  }

  /** Endpoints that many consumers have now come first, so that the uneven rest of a level stays where it is. */
  of({ wanted, consumers }: Claim): Int32Array {
    const inOrder = this.#inOrder.subarray(0, wanted.length);
    if (this.#present.size === 0) return inOrder;
    const holders = this.#holders;
    const held: number[] = [];
    let most = 0;
    for (let i = 0; i < consumers.length; i++) {
      const positions = this.#present.get(consumers[i]!);
      if (positions === undefined) continue;
      for (let k = 0; k < positions.length; k++) {
        const number = ++holders[positions[k]!]!;
        if (number === 1) held.push(positions[k]!);
        if (number > most) most = number;
      }
    }
    if (held.length === 0) return inOrder;
    // How many endpoints have how many holders, then where those with as many start, most holders first.
    const starts = new Int32Array(most + 1);
    for (let i = 0; i < wanted.length; i++) starts[holders[wanted[i]!]!]!++;
    for (let start = 0, number = most; number >= 0; number--) {
      const alike = starts[number]!;
      starts[number] = start;
      start += alike;
    }
    const order = new Int32Array(wanted.length);
    for (let i = 0; i < wanted.length; i++) order[starts[holders[wanted[i]!]!]!++] = i;
    for (let i = 0; i < held.length; i++) holders[held[i]!] = 0;
    return order;
  }
}

/**
 * Turns the counts of a claim into what each consumer gets.
 * @param left room for a number for each position; all 0, before and after
 */
function distribute(flow: Flow, present: ReadonlyMap<string, readonly number[]>, left: Int32Array): number[][] {
  const { claim, counts, each } = flow;
  const { wanted } = claim;
  for (let i = 0; i < wanted.length; i++) left[wanted[i]!] = counts[i]!;
  const kept = keepPresent(flow, present, left);
  const given =
    flow.got < claim.consumers.length
      ? giveRest(claim, kept, left)
      : (complete(claim, each, kept, left) ?? wrapAround(flow));
  for (let i = 0; i < wanted.length; i++) left[wanted[i]!] = 0;
  return given;
}

/** What consumers have now and may keep; it is taken from what is left. */
function keepPresent(
  { claim, each }: Flow,
  present: ReadonlyMap<string, readonly number[]>,
  left: Int32Array,
): number[][] {
  return claim.consumers.map((consumer) => {
    const own: number[] = [];
    for (const position of present.get(consumer) ?? []) {
      if (left[position] === 0 || own.length >= each || own.includes(position)) continue;
      left[position]!--;
      own.push(position);
    }
    return own;
  });
}

/** Not enough for all: consumers without an endpoint take what is left, in the order of their names. */
function giveRest(claim: Claim, given: number[][], left: Int32Array): number[][] {
  const { wanted } = claim;
  let next = 0;
  for (const own of given) {
    if (own.length > 0) continue;
    while (next < wanted.length && left[wanted[next]!] === 0) next++;
    if (next === wanted.length) break;
    left[wanted[next]!]!--;
    own.push(wanted[next]!);
  }
  return given;
}

/** Those with the fewest choose first, each time the endpoint of which most is left: of equals the first. */
function complete(claim: Claim, each: number, given: readonly number[][], left: Int32Array): number[][] | undefined {
  const neediest = given.map((_, i) => i).sort((a, b) => given[a]!.length - given[b]!.length || a - b);
  const wanted = claim.wanted.filter((position) => left[position]! > 0);
  let most = wanted.reduce((greatest, position) => Math.max(greatest, left[position]!), 0);
  // Of what comes before this place nothing has as much as `most`: what is left only shrinks.
  let from = 0;
  const next = (own: readonly number[]): number => {
    for (; most > 0; most--, from = 0) {
      while (from < wanted.length && left[wanted[from]!]! < most) from++;
      if (from < wanted.length) break;
    }
    for (let amount = most; amount > 0; amount--) {
      for (let k = amount === most ? from : 0; k < wanted.length; k++) {
        const position = wanted[k]!;
        if (left[position] === amount && !own.includes(position)) return position;
      }
    }
    return NONE;
  };
  for (const consumer of neediest) {
    const own = given[consumer]!;
    while (own.length < each) {
      const position = next(own);
      if (position === NONE) return undefined;
      left[position]!--;
      own.push(position);
    }
  }
  return given.map((own) => own.sort((a, b) => a - b));
}

/** Deals the endpoints out like cards: no count exceeds the consumers, so no consumer gets the same one twice. */
function wrapAround({ claim, counts }: Flow): number[][] {
  const given: number[][] = claim.consumers.map(() => []);
  let next = 0;
  claim.wanted.forEach((position, index) => {
    for (let i = 0; i < (counts[index] ?? 0); i++) given[next++ % given.length]?.push(position);
  });
  return given.map((own) => own.sort((a, b) => a - b));
}
