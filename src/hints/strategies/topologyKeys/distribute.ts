import type { Claim } from './claim.js';

/** How much of a claim is met. */
export interface Dealt {
  readonly claim: Claim;
  /** How many consumers get each endpoint, parallel to `claim.wanted`. */
  readonly counts: Int32Array;
  /** The sum of the counts. */
  readonly got: number;
  /** Endpoints for each consumer. */
  readonly each: number;
}

const NONE = -1;

/**
 * Turns the counts of a claim into what each consumer gets.
 * @param left room for a number for each position; all 0, before and after
 */
export function distribute(flow: Dealt, present: ReadonlyMap<string, readonly number[]>, left: Int32Array): number[][] {
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
  { claim, each }: Dealt,
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
function wrapAround({ claim, counts }: Dealt): number[][] {
  const given: number[][] = claim.consumers.map(() => []);
  let next = 0;
  claim.wanted.forEach((position, index) => {
    for (let i = 0; i < (counts[index] ?? 0); i++) given[next++ % given.length]?.push(position);
  });
  return given.map((own) => own.sort((a, b) => a - b));
}
