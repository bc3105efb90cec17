/** Draws from a few outcomes. */
export interface Draws {
  /** Probabilities by outcome. */
  readonly expected: ReadonlyMap<string, number>;
  /** Counts by outcome. */
  readonly observed: ReadonlyMap<string, number>;
}

/** One in a million, one-sided, of the normal distribution. */
const Z = 4.7534;

/**
 * Pearson's test of whether counts may come from these probabilities, several at once.
 * @returns `statistic`, which exceeds `limit` less than once in a million times where they do (by the approximation of Wilson
 *   and Hilferty, whose limit is a bit high), and the outcomes that were seen and have no probability
 */
export function chiSquare(parts: readonly Draws[]): { statistic: number; limit: number; impossible: string[] } {
  let statistic = 0;
  let degrees = 0;
  const impossible: string[] = [];
  for (const { expected, observed } of parts) {
    const total = [...observed.values()].reduce((sum, count) => sum + count, 0);
    for (const [outcome, probability] of expected) {
      const mean = probability * total;
      statistic += ((observed.get(outcome) ?? 0) - mean) ** 2 / mean;
    }
    degrees += expected.size - 1;
    impossible.push(...[...observed.keys()].filter((outcome) => !((expected.get(outcome) ?? 0) > 0)));
  }
  const spread = 2 / (9 * degrees);
  return { statistic, limit: degrees * (1 - spread + Z * Math.sqrt(spread)) ** 3, impossible };
}
