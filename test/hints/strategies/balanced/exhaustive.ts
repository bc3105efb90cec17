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

interface Outcome {
  inZone: number;
  crossing: number;
  cost: number;
}

/**
 * The least traffic out of its region at the best traffic in zone, and the lowest cost at that: for every choice of how many endpoints each zone uses, the endpoints take
 * sets of zones one after the other, and of those that leave the same to be taken the best is kept. Exact, and quick
 * enough for eight endpoints in four zones.
 * @param homes the zone of each endpoint, the number of zones for one without
 * @param costAt what traffic of a zone costs by the zone of the endpoint, and whether it leaves its region
 */
export function cheapestByCounts(
  shares: readonly number[],
  homes: readonly number[],
  overload: number,
  costAt: (zone: number, home: number) => { readonly leaves: boolean; readonly cost: number },
): Outcome {
  const n = homes.length;
  const zones = shares.map((_, z) => z).filter((z) => shares[z]! > 0);
  const limit = (1 + overload) / n + 1e-9;
  const hasIdle = zones.length < shares.length;
  const best: Outcome = { inZone: -1, crossing: Infinity, cost: Infinity };
  const isBetter = (a: Outcome, b: Outcome): boolean => {
    if (Math.abs(a.inZone - b.inZone) > 1e-10) return a.inZone > b.inZone;
    if (Math.abs(a.crossing - b.crossing) > 1e-10) return a.crossing < b.crossing;
    return a.cost < b.cost - 1e-10;
  };
  const local = zones.map((z) => homes.filter((home) => home === z).length);
  const choices: number[][] = [[]];
  for (let at = 0; at < zones.length; at++) {
    choices.push(...choices.splice(0).flatMap((users) => Array.from({ length: n }, (_, k) => [...users, k + 1])));
  }
  const bound = (users: readonly number[]): number =>
    users.reduce((sum, k, at) => sum + shares[zones[at]!]! * Math.min(1, local[at]! / k), 0);
  const sorted = choices.map((users) => ({ users, bound: bound(users) })).sort((a, b) => b.bound - a.bound);
  for (const { users, bound: most } of sorted) {
    if (most < best.inZone - 1e-10) break;
    const pieces = users.map((k, at) => shares[zones[at]!]! / k);
    const sets = Array.from({ length: 2 ** zones.length }, (_, set) => set).filter((set) => {
      const load = pieces.reduce((sum, piece, at) => sum + ((set >> at) & 1) * piece, 0);
      return load <= limit && (set > 0 || hasIdle);
    });
    const takes = (set: number): number[] => users.map((_, at) => (set >> at) & 1);
    let states = new Map([[users.join(), { left: users, inZone: 0, crossing: 0, cost: 0 }]]);
    for (const home of homes) {
      const next: typeof states = new Map();
      for (const { left, ...sum } of states.values()) {
        for (const set of sets) {
          const taken = takes(set);
          if (taken.some((take, at) => take > left[at]!)) continue;
          const after = { left: left.map((k, at) => k - taken[at]!), ...sum };
          for (const [at, z] of zones.entries()) {
            if (taken[at] === 0) continue;
            if (home === z) after.inZone += pieces[at]!;
            const { leaves, cost } = costAt(z, home);
            if (leaves) after.crossing += pieces[at]!;
            after.cost += pieces[at]! * cost;
          }
          const key = after.left.join();
          const known = next.get(key);
          if (known === undefined || isBetter(after, known)) next.set(key, after);
        }
      }
      states = next;
    }
    const done = states.get(users.map(() => 0).join());
    if (done === undefined || !isBetter(done, best)) continue;
    const { inZone, crossing, cost } = done;
    Object.assign(best, { inZone, crossing, cost });
  }
  return best;
}
