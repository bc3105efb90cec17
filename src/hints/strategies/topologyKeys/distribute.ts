/** How much of a claim is met. */
export interface Dealt {
  /** Sorted names. */
  readonly consumers: readonly string[];
  /** The endpoints that they get, ascending, and parallel to them how many consumers get each: 1 or more. */
  readonly positions: readonly number[];
  readonly counts: readonly number[];
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
export function distribute(
  dealt: Dealt,
  present: ReadonlyMap<string, readonly number[]>,
  left: Int32Array,
): number[][] {
  const { positions, counts } = dealt;
  for (let i = 0; i < positions.length; i++) left[positions[i]!] = counts[i]!;
  const kept = keepPresent(dealt, present, left);
  const given =
    dealt.got < dealt.consumers.length
      ? giveRest(dealt, kept, left)
      : (complete(dealt, kept, left) ?? wrapAround(dealt));
  for (let i = 0; i < positions.length; i++) left[positions[i]!] = 0;
  return given;
}

/** What consumers have now and may keep; it is taken from what is left. */
function keepPresent(
  { consumers, each }: Dealt,
  present: ReadonlyMap<string, readonly number[]>,
  left: Int32Array,
): number[][] {
  return consumers.map((consumer) => {
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
function giveRest({ positions }: Dealt, given: number[][], left: Int32Array): number[][] {
  let next = 0;
  for (const own of given) {
    if (own.length > 0) continue;
    while (next < positions.length && left[positions[next]!] === 0) next++;
    if (next === positions.length) break;
    left[positions[next]!]!--;
    own.push(positions[next]!);
  }
  return given;
}

/** Those with the fewest choose first, each time the endpoint of which most is left: of equals the first. */
function complete({ positions, each }: Dealt, given: readonly number[][], left: Int32Array): number[][] | undefined {
  const neediest = given.map((_, i) => i).sort((a, b) => given[a]!.length - given[b]!.length || a - b);
  const open = positions.filter((position) => left[position]! > 0);
  let most = open.reduce((greatest, position) => Math.max(greatest, left[position]!), 0);
  // Of what comes before this place nothing has as much as `most`: what is left only shrinks.
  let from = 0;
  const next = (own: readonly number[]): number => {
    for (; most > 0; most--, from = 0) {
      while (from < open.length && left[open[from]!]! < most) from++;
      if (from < open.length) break;
    }
    for (let amount = most; amount > 0; amount--) {
      for (let k = amount === most ? from : 0; k < open.length; k++) {
        const position = open[k]!;
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
function wrapAround({ consumers, positions, counts }: Dealt): number[][] {
  const given: number[][] = consumers.map(() => []);
  let next = 0;
  positions.forEach((position, index) => {
    for (let i = 0; i < (counts[index] ?? 0); i++) given[next++ % given.length]?.push(position);
  });
  return given.map((own) => own.sort((a, b) => a - b));
}
