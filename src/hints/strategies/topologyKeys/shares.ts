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
  readonly counts: number[];
  /** Indexes into `wanted` in the order in which they are filled. */
  readonly order: readonly number[];
  got: number;
  /** Endpoints for each consumer. */
  each: number;
}

/** An endpoint is taken by a claim (its index among those wanted). */
interface Step {
  readonly flow: number;
  readonly index: number;
}

/** A claim gives up an endpoint that another takes, and searches for a substitute. */
interface Entry {
  readonly position: number;
  readonly index: number;
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
    for (const position of wanted) load[position] = (load[position] ?? 0) + consumers.length;
  }
  if (load.every((value) => value <= limit)) {
    return claims.map(({ wanted, consumers }) => consumers.map(() => [...wanted]));
  }
  return new Sharing(claims, count, limit, present).run();
}

class Sharing {
  readonly #limit: number;
  readonly #present: ReadonlyMap<string, readonly number[]>;
  readonly #load: Int32Array;
  readonly #flows: readonly Flow[];
  /** For each position the flows that want it, with its index there. */
  readonly #wantedBy: readonly (readonly Step[])[];

  constructor(claims: readonly Claim[], count: number, limit: number, present: ReadonlyMap<string, readonly number[]>) {
    this.#limit = limit;
    this.#present = present;
    this.#load = new Int32Array(count);
    const wantedBy: Step[][] = Array.from({ length: count }, () => []);
    this.#flows = claims.map((claim, flow) => {
      claim.wanted.forEach((position, index) => wantedBy[position]?.push({ flow, index }));
      return { claim, counts: claim.wanted.map(() => 0), order: fillOrder(claim, present), got: 0, each: 1 };
    });
    this.#wantedBy = wantedBy;
  }

  run(): number[][][] {
    this.#coverAll();
    this.#deepen();
    return this.#flows.map((flow) => distribute(flow, this.#present));
  }

  /**
   * One endpoint for as many consumers as possible. Claims for few endpoints go first, as they have no other choice;
   * claims for equally many take turns, so that none takes it all. What a consumer has got it does not lose again.
   */
  #coverAll(): void {
    const sizes = [...new Set(this.#flows.map(({ claim }) => claim.wanted.length))].sort((a, b) => a - b);
    for (const size of sizes) {
      for (let level = 1; level <= this.#limit; level++) {
        let open = this.#indexes(({ claim, got }) => claim.wanted.length === size && got < claim.consumers.length);
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
    let open = this.#indexes(({ claim, got }) => got === claim.consumers.length);
    while (open.length > 0) open = open.filter((index) => this.#deepenOne(index));
  }

  #deepenOne(index: number): boolean {
    const flow = this.#flows[index];
    if (flow === undefined || flow.each >= flow.claim.wanted.length) return false;
    const needed = flow.claim.consumers.length;
    const free = this.#load.reduce((sum, value) => sum + Math.max(0, this.#limit - value), 0);
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
    return false;
  }

  #release(flow: Flow): void {
    const loadAt = (index: number): number => this.#load[flow.claim.wanted[index] ?? -1] ?? 0;
    let fullest: number | undefined;
    // The last to be filled is the first to give way.
    for (const index of [...flow.order].reverse()) {
      if ((flow.counts[index] ?? 0) > 0 && (fullest === undefined || loadAt(index) > loadAt(fullest))) fullest = index;
    }
    if (fullest === undefined) return;
    const position = flow.claim.wanted[fullest] ?? -1;
    flow.counts[fullest] = (flow.counts[fullest] ?? 0) - 1;
    this.#load[position] = (this.#load[position] ?? 0) - 1;
    flow.got--;
  }

  #indexes(test: (flow: Flow) => boolean): number[] {
    return this.#flows.flatMap((flow, index) => (test(flow) ? [index] : []));
  }

  /**
   * Finds room for one more consumer of a claim, moving others aside where needed (an augmenting path).
   * @param level an endpoint has room while it is below this
   * @param closed claims that are known to find none at this level; a search that fails adds all it has seen
   */
  #augment(start: number, level: number, closed: Set<number>): boolean {
    if (!this.#load.some((value) => value < level)) return false;
    const cameFrom = new Map<number, Step>();
    const enteredBy = new Map<number, Entry>();
    const queue = [start];
    const seen = new Set(queue);
    for (const current of queue) {
      const flow = this.#flows[current];
      if (flow === undefined) continue;
      const full: number[] = [];
      for (const index of flow.order) {
        const position = flow.claim.wanted[index] ?? 0;
        if (cameFrom.has(position) || (flow.counts[index] ?? 0) >= flow.claim.consumers.length) continue;
        cameFrom.set(position, { flow: current, index });
        if ((this.#load[position] ?? 0) < level) {
          this.#shift(start, position, cameFrom, enteredBy);
          return true;
        }
        full.push(position);
      }
      for (const position of full) {
        for (const { flow: other, index } of this.#wantedBy[position] ?? []) {
          if (seen.has(other) || closed.has(other) || (this.#flows[other]?.counts[index] ?? 0) === 0) continue;
          seen.add(other);
          enteredBy.set(other, { position, index });
          queue.push(other);
        }
      }
    }
    for (const flow of seen) closed.add(flow);
    return false;
  }

  #shift(start: number, end: number, cameFrom: ReadonlyMap<number, Step>, enteredBy: ReadonlyMap<number, Entry>): void {
    this.#load[end] = (this.#load[end] ?? 0) + 1;
    for (let position = end; ;) {
      const step = cameFrom.get(position);
      const flow = step === undefined ? undefined : this.#flows[step.flow];
      if (step === undefined || flow === undefined) return;
      flow.counts[step.index] = (flow.counts[step.index] ?? 0) + 1;
      const entry = step.flow === start ? undefined : enteredBy.get(step.flow);
      if (entry === undefined) {
        flow.got++;
        return;
      }
      flow.counts[entry.index] = (flow.counts[entry.index] ?? 0) - 1;
      position = entry.position;
    }
  }
}

/** Endpoints that many consumers have now come first, so that the uneven rest of a level stays where it is. */
function fillOrder({ wanted, consumers }: Claim, present: ReadonlyMap<string, readonly number[]>): number[] {
  const holders = new Map<number, number>();
  for (const consumer of consumers) {
    for (const position of present.get(consumer) ?? []) holders.set(position, (holders.get(position) ?? 0) + 1);
  }
  const held = (index: number): number => holders.get(wanted[index] ?? -1) ?? 0;
  return wanted.map((_, index) => index).sort((a, b) => held(b) - held(a) || a - b);
}

/** Turns the counts of a claim into what each consumer gets. */
function distribute(flow: Flow, present: ReadonlyMap<string, readonly number[]>): number[][] {
  const { claim, each } = flow;
  const kept = keepPresent(flow, present);
  if (flow.got < claim.consumers.length) return giveRest(claim, kept.given, kept.left);
  return complete(claim, each, kept.given, kept.left) ?? wrapAround(flow);
}

function keepPresent(
  { claim, counts, each }: Flow,
  present: ReadonlyMap<string, readonly number[]>,
): { given: number[][]; left: Map<number, number> } {
  const left = new Map(claim.wanted.map((position, index) => [position, counts[index] ?? 0]));
  const given = claim.consumers.map((consumer) => {
    const own: number[] = [];
    for (const position of present.get(consumer) ?? []) {
      const room = left.get(position) ?? 0;
      if (room === 0 || own.length >= each || own.includes(position)) continue;
      left.set(position, room - 1);
      own.push(position);
    }
    return own;
  });
  return { given, left };
}

/** Not enough for all: consumers without an endpoint take what is left, in the order of their names. */
function giveRest(claim: Claim, given: number[][], left: Map<number, number>): number[][] {
  const rest = claim.wanted.flatMap((position) => new Array<number>(left.get(position) ?? 0).fill(position));
  for (const own of given) {
    const position = own.length === 0 ? rest.shift() : undefined;
    if (position !== undefined) own.push(position);
  }
  return given;
}

function complete(
  claim: Claim,
  each: number,
  given: readonly number[][],
  left: Map<number, number>,
): number[][] | undefined {
  const neediest = given.map((_, i) => i).sort((a, b) => (given[a]?.length ?? 0) - (given[b]?.length ?? 0) || a - b);
  for (const consumer of neediest) {
    const own = given[consumer] ?? [];
    while (own.length < each) {
      let best: number | undefined;
      for (const position of claim.wanted) {
        const room = left.get(position) ?? 0;
        if (room > 0 && !own.includes(position) && (best === undefined || room > (left.get(best) ?? 0)))
          best = position;
      }
      if (best === undefined) return undefined;
      left.set(best, (left.get(best) ?? 0) - 1);
      own.push(best);
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
