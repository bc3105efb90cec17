/**
 * The best traffic in zone by brute force: every endpoint gets every set of zones, endpoints of one zone in one order
 * only. Written from the definition of the problem alone, for a handful of endpoints and up to three zones.
 */
export function bestByBruteForce(
  shares: readonly number[],
  homes: readonly number[],
  overload: number,
): { inZone: number; busiest: number } {
  const zones = shares.length;
  const sets = 2 ** zones - 1;
  const chosen: number[] = [];
  const best = { inZone: -1, busiest: Infinity };
  const judge = (): void => {
    const loads = homes.map(() => 0);
    let inZone = 0;
    for (let z = 0; z < zones; z++) {
      let users = homes.map((_, e) => e).filter((e) => (chosen[e]! & (1 << z)) !== 0);
      if (users.length === 0) users = homes.map((_, e) => e);
      for (const e of users) {
        loads[e]! += shares[z]! / users.length;
        if (homes[e] === z) inZone += shares[z]! / users.length;
      }
    }
    const busiest = Math.max(...loads) * homes.length;
    if (busiest > 1 + overload + 1e-9) return;
    if (inZone > best.inZone + 1e-9 || (inZone > best.inZone - 1e-9 && busiest < best.busiest)) {
      best.inZone = inZone;
      best.busiest = busiest;
    }
  };
  const choose = (e: number): void => {
    if (e === homes.length) {
      judge();
      return;
    }
    const from = e > 0 && homes[e] === homes[e - 1] ? chosen[e - 1]! : 1;
    for (let set = from; set <= sets; set++) {
      chosen[e] = set;
      choose(e + 1);
    }
  };
  choose(0);
  return best;
}
