import type { ZoneDemand } from '../model/demand.js';

/**
 * Measured shares within a factor of those that are expected without a measurement, so that a wrong or hostile metric moves a
 * zone's share by no more than that: what comes nearest to the measured proportions. A zone of which nothing is expected
 * gets at most an equal share.
 * @param expected the zones that count, with shares that add up to 1; measured zones that are not among them are dropped
 * @param factor at least 1
 * @returns one share for each zone of `expected`, in its order, that add up to 1; undefined when nothing of what was
 *   measured is left; and whether a bound was met
 */
export function clampShares(
  measured: readonly ZoneDemand[],
  expected: readonly ZoneDemand[],
  factor: number,
): { readonly zones: readonly ZoneDemand[]; readonly clamped: boolean } | undefined {
  const amountOf = new Map(measured.map(({ zone, share }) => [zone, share]));
  const amounts = expected.map(({ zone }) => amountOf.get(zone) ?? 0);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  if (!(total > 0)) return undefined;
  const least = expected.map(({ share }) => share / factor);
  const most = expected.map(({ share }) => (share > 0 ? share * factor : 1 / expected.length));
  const wanted = amounts.map((amount) => amount / total);
  const within = (scale: number): number[] =>
    wanted.map((share, z) => Math.min(most[z]!, Math.max(least[z]!, share * scale)));
  const sum = (shares: readonly number[]): number => shares.reduce((all, share) => all + share, 0);
  const clamped = wanted.some((share, z) => share < least[z]! - ROUNDING || share > most[z]! + ROUNDING);
  let shares = wanted;
  if (clamped) {
    // The sum grows with the scale: between two bounds lies the scale at which it is 1.
    let low = 0;
    let high = 1;
    while (sum(within(high)) < 1 && high < LARGEST_SCALE) high *= 2;
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (sum(within(middle)) < 1) low = middle;
      else high = middle;
    }
    shares = within(high);
    // The zones that were measured may not hold all: what remains is shared by the others as expected.
    const rest = 1 - sum(shares);
    if (rest > 0) {
      const unmeasured = expected.reduce((all, { share }, z) => all + (wanted[z] === 0 ? share : 0), 0);
      const open = unmeasured > 0 ? expected.map(({ share }, z) => (wanted[z] === 0 ? share / unmeasured : 0)) : shares;
      const scale = unmeasured > 0 ? rest : rest / sum(shares);
      shares = shares.map((share, z) => share + scale * open[z]!);
    }
  }
  return { zones: expected.map(({ zone }, z) => ({ zone, share: shares[z]! })), clamped };
}

const ROUNDING = 1e-9;
const LARGEST_SCALE = 2 ** 40;
