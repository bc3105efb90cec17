import { isReadyInTree } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import type { EndpointHints } from '../../../model/hints.js';
import { allocate, type ZoneBounds } from './allocation.js';
import { compareText } from '../../../model/objectKey.js';
import { Reason } from '../../reasons.js';
import type { Decision, Strategy, StrategyInput } from '../../strategy.js';
import { verdict } from '../../verdict.js';

/** Upstream's messages (k8s.io/endpointslice topologycache/event.go); users search for these words. */
export const ENABLED_MESSAGE = 'Topology Aware Hints has been enabled';
export const NO_ZONE_MESSAGE = 'One or more endpoints do not have a zone specified';

const NO_ZONE = -1;

/**
 * Mode `auto`: endpoints are given to zones in proportion to their CPU (KEP-2433), or to the demand that the Service
 * states, one zone each. Which Services get hints, and how many endpoints each zone gets when there are no hints yet, is
 * as upstream decides. Unlike upstream a valid hint stays where it is unless a zone would end below its minimum, equal
 * input gives equal output, an endpoint in a zone without counted nodes is given to a zone that needs it, and endpoints
 * that are not ready carry a hint too. On slices that Kubernetes does not write, nodes without a zone or CPU are passed over,
 * and an endpoint without a zone goes to one that needs it; upstream gives up. A first allocation may end below a minimum, as upstream's may: with 6 endpoints and
 * zones of 4 and 6 CPU the minimum of the small one is 3 (2.4 / 1.2 is rounded up from a little above 2) and it gets 2.
 * The next change of an endpoint then moves one more hint than that endpoint's.
 */
export const proportional: Strategy = { decide };

function decide(input: StrategyInput): Decision {
  const { endpoints, cluster, demand, demandStated, inTreeBound, addressType } = input;
  let readyCount = 0;
  for (const endpoint of endpoints) if (isReadyInTree(endpoint)) readyCount++;
  const shares = demandStated ? demand.zones : inTreeBound ? cluster.strictShares : cluster.autoShares;
  const allocation = allocate(shares, readyCount);
  if (!allocation.ok) return disabled(endpoints, allocation.message, addressType);

  const zones = new Zones(allocation.zones);
  const assigned = new Array<number>(endpoints.length).fill(NO_ZONE);
  const pending: number[] = [];
  let zoneless = false;
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i];
    if (endpoint === undefined || !isReadyInTree(endpoint)) continue;
    const zone = zones.hinted(endpoint);
    if (zone === NO_ZONE) pending.push(i);
    else zones.assign(assigned, i, zone);
    if (endpoint.zone === '') zoneless = true;
  }
  if (pending.length > 0 || (zones.outOfBounds() && !isUpstreamsOwn(input, zones))) {
    // Upstream requires zones only when it has hints to give; hints that are all valid stand without them.
    if (zoneless && inTreeBound) return disabled(endpoints, NO_ZONE_MESSAGE, addressType);
    const homeless = giveHomes(pending, input, zones, assigned);
    balanceTowardsDesired(pending, input, zones, assigned);
    if (homeless || pending.length < readyCount) repairMinimums(pending, input, zones, assigned);
  }
  const passesOver = !inTreeBound && cluster.passedOver.length > 0;
  const words = demandStated ? demand.words : passesOver ? cluster.demand.words : undefined;
  const enabled = verdict({
    addressType,
    hinted: true,
    type: 'Normal',
    reason: Reason.TopologyAwareHintsEnabled,
    sentence: words === undefined ? ENABLED_MESSAGE : `${ENABLED_MESSAGE}, demand: ${words}`,
  });
  return {
    verdict: enabled,
    badness: 0,
    hints: endpoints.map((endpoint, i) => zones.hintsFor(endpoint, assigned[i] ?? NO_ZONE)),
  };
}

/**
 * Upstream's first allocation follows the desired numbers and may miss a minimum by one (3 of 173 hinted clusters in
 * the vectors). What it gives to a Service without hints is what a user of Auto expects, so it is given here too, and
 * counts that it would give are left alone when they are met again: repairing them would be a second opinion on a
 * result that the in-tree controller writes afresh.
 */
function isUpstreamsOwn(input: StrategyInput, zones: Zones): boolean {
  const ready = input.endpoints.flatMap((endpoint, i) => (isReadyInTree(endpoint) ? [i] : []));
  const scratch = new Zones(zones.bounds);
  const assigned = new Array<number>(input.endpoints.length).fill(NO_ZONE);
  if (giveHomes(ready, input, scratch, assigned)) return false;
  balanceTowardsDesired(ready, input, scratch, assigned);
  return scratch.counts.every((count, zone) => count === zones.count(zone));
}

function disabled(endpoints: readonly EndpointRecord[], sentence: string, addressType: string): Decision {
  const reason = Reason.TopologyAwareHintsDisabled;
  return {
    verdict: verdict({ addressType, hinted: false, type: 'Warning', reason, sentence }),
    badness: 1,
    refused: true,
    hints: new Array<undefined>(endpoints.length).fill(undefined),
  };
}

/** The bounds of the counted zones and how many ready endpoints each has been given so far; zones are indexes here. */
class Zones {
  readonly bounds: readonly ZoneBounds[];
  readonly counts: number[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #hints: readonly EndpointHints[];

  constructor(bounds: readonly ZoneBounds[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
    this.#index = new Map(bounds.map(({ zone }, index) => [zone, index]));
    this.#hints = bounds.map(({ zone }) => ({ forZones: [zone] }));
  }

  of(zone: string): number {
    return this.#index.get(zone) ?? NO_ZONE;
  }

  /** The zone of a hint that may stay: exactly one counted zone, and no node hints, which proxies would prefer. */
  hinted({ hints }: EndpointRecord): number {
    const forZones = hints?.forZones;
    if (forZones?.length !== 1 || (hints?.forNodes?.length ?? 0) > 0) return NO_ZONE;
    return this.of(forZones[0] ?? '');
  }

  assign(assigned: number[], endpoint: number, zone: number): void {
    const before = assigned[endpoint] ?? NO_ZONE;
    if (before !== NO_ZONE) this.counts[before] = this.count(before) - 1;
    this.counts[zone] = this.count(zone) + 1;
    assigned[endpoint] = zone;
  }

  count(zone: number): number {
    return this.counts[zone] ?? 0;
  }

  /** How many endpoints the zone has above its desired number; negative when it lacks some. */
  surplus(zone: number): number {
    return this.count(zone) - (this.bounds[zone]?.desired ?? 0);
  }

  outOfBounds(): boolean {
    return this.bounds.some(({ minimum, maximum }, zone) => this.count(zone) < minimum || this.count(zone) > maximum);
  }

  /** The zone with the greatest value; of equals the first by name. */
  most(value: (zone: number) => number): number {
    let best = 0;
    for (let zone = 1; zone < this.bounds.length; zone++) if (value(zone) > value(best)) best = zone;
    return best;
  }

  hintsFor(endpoint: EndpointRecord, assigned: number): EndpointHints | undefined {
    const current = this.hinted(endpoint);
    if (assigned === NO_ZONE) {
      // Not ready: still hinted, so that it has a hint at the moment it becomes ready.
      if (current !== NO_ZONE) return endpoint.hints;
      const home = this.of(endpoint.zone);
      return this.#hints[home === NO_ZONE ? this.most((zone) => this.bounds[zone]?.desired ?? 0) : home];
    }
    return current === assigned ? endpoint.hints : this.#hints[assigned];
  }
}

const byAddress =
  (endpoints: readonly EndpointRecord[]) =>
  (a: number, b: number): number =>
    compareText(endpoints[a]?.address ?? '', endpoints[b]?.address ?? '');

/**
 * New endpoints start in their own zone; those whose zone has no counted node go where most are lacking.
 * @returns whether there were any of those
 */
function giveHomes(
  pending: readonly number[],
  { endpoints }: StrategyInput,
  zones: Zones,
  assigned: number[],
): boolean {
  const homeless: number[] = [];
  for (const i of pending) {
    const home = zones.of(endpoints[i]?.zone ?? '');
    if (home === NO_ZONE) homeless.push(i);
    else zones.assign(assigned, i, home);
  }
  for (const i of homeless.sort(byAddress(endpoints))) {
    zones.assign(
      assigned,
      i,
      zones.most((zone) => -zones.surplus(zone)),
    );
  }
  return homeless.length > 0;
}

/** The first `count` of a list in sorted order; a few of thousands are found without sorting them all. */
function firstBy(list: readonly number[], count: number, compare: (a: number, b: number) => number): number[] {
  if (count > 8) return [...list].sort(compare).slice(0, count);
  const first: number[] = [];
  for (const candidate of list) {
    let at = first.length;
    while (at > 0 && compare(candidate, first[at - 1] ?? candidate) < 0) at--;
    if (at >= count) continue;
    first.splice(at, 0, candidate);
    if (first.length > count) first.pop();
  }
  return first;
}

/** Upstream's redistribution: whole endpoints move from zones above their desired number to zones below it. */
function balanceTowardsDesired(
  pending: readonly number[],
  { endpoints }: StrategyInput,
  zones: Zones,
  assigned: number[],
): void {
  const surplus = zones.bounds.map((_, zone) => zones.surplus(zone));
  const moves = new Map<number, number[]>();
  for (;;) {
    const giver = zones.most((zone) => surplus[zone] ?? 0);
    const receiver = zones.most((zone) => -(surplus[zone] ?? 0));
    const toGive = surplus[giver] ?? 0;
    const toReceive = -(surplus[receiver] ?? 0);
    if ((toGive < 1 && toReceive < 1) || toGive < 0.5 || toReceive < 0.5) break;
    surplus[giver] = toGive - 1;
    surplus[receiver] = 1 - toReceive;
    const receivers = moves.get(giver);
    if (receivers === undefined) moves.set(giver, [receiver]);
    else receivers.push(receiver);
  }
  for (const [giver, receivers] of moves) {
    // Only endpoints that have no valid hint yet are moved for balance alone; there may be fewer of them than asked.
    const movable = firstBy(
      pending.filter((i) => assigned[i] === giver),
      receivers.length,
      byAddress(endpoints),
    );
    receivers.slice(0, movable.length).forEach((receiver, k) => zones.assign(assigned, movable[k] ?? 0, receiver));
  }
}

/**
 * Lifts every zone to its minimum with the fewest moves in the fewest slices: new endpoints first, then endpoints in
 * slices that change anyway, then in the slices that offer most; among those, endpoints that lie in a zone that lacks
 * some; then by address.
 */
function repairMinimums(
  pending: readonly number[],
  { endpoints, sliceOf }: StrategyInput,
  zones: Zones,
  assigned: number[],
): void {
  const lacking = zones.bounds.map(({ minimum }, zone) => Math.max(0, minimum - zones.count(zone)));
  let wanted = lacking.reduce((sum, lack) => sum + lack, 0);
  if (wanted === 0) return;
  const gives = zones.bounds.map(() => 0);
  const newcomers = zones.bounds.map(() => 0);
  for (const i of pending) newcomers[assigned[i] ?? 0] = (newcomers[assigned[i] ?? 0] ?? 0) + 1;
  while (wanted > 0) {
    const given = (zone: number): number => gives[zone] ?? 0;
    const spare = (zone: number): boolean => zones.count(zone) - given(zone) > (zones.bounds[zone]?.minimum ?? 0);
    const surplus = (zone: number): number => zones.surplus(zone) - given(zone);
    // A zone that has nothing but valid hints to give comes last, however large its surplus.
    const givesNew = (zone: number): boolean => spare(zone) && (newcomers[zone] ?? 0) > given(zone);
    const someNew = zones.bounds.some((_, zone) => givesNew(zone));
    const giver = zones.most((zone) => ((someNew ? givesNew(zone) : spare(zone)) ? surplus(zone) : -Infinity));
    gives[giver] = (gives[giver] ?? 0) + 1;
    wanted--;
  }

  const fresh = new Set(pending);
  const touched = new Set(pending.map((i) => sliceOf[i] ?? 0));
  const offers = new Map<number, number>();
  const candidates: number[] = [];
  endpoints.forEach((_, i) => {
    const zone = assigned[i] ?? NO_ZONE;
    if (zone === NO_ZONE || (gives[zone] ?? 0) === 0) return;
    candidates.push(i);
    const slice = sliceOf[i] ?? 0;
    offers.set(slice, (offers.get(slice) ?? 0) + 1);
  });
  const isWantedAtHome = (i: number): boolean => (lacking[zones.of(endpoints[i]?.zone ?? '')] ?? 0) > 0;
  const address = byAddress(endpoints);
  const rank = (i: number): number => (fresh.has(i) ? 0 : touched.has(sliceOf[i] ?? 0) ? 1 : 2);
  candidates.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (rank(a) === 2
        ? (offers.get(sliceOf[b] ?? 0) ?? 0) - (offers.get(sliceOf[a] ?? 0) ?? 0) ||
          (sliceOf[a] ?? 0) - (sliceOf[b] ?? 0)
        : 0) ||
      Number(isWantedAtHome(b)) - Number(isWantedAtHome(a)) ||
      address(a, b),
  );
  const chosen = candidates.filter((i) => {
    const zone = assigned[i] ?? 0;
    if ((gives[zone] ?? 0) === 0) return false;
    gives[zone] = (gives[zone] ?? 0) - 1;
    return true;
  });
  // Endpoints that come home go first, so that they are not used up for another zone.
  for (const i of [...chosen.filter(isWantedAtHome), ...chosen.filter((j) => !isWantedAtHome(j))]) {
    const home = zones.of(endpoints[i]?.zone ?? '');
    const receiver = home !== NO_ZONE && (lacking[home] ?? 0) > 0 ? home : zones.most((zone) => lacking[zone] ?? 0);
    lacking[receiver] = (lacking[receiver] ?? 0) - 1;
    zones.assign(assigned, i, receiver);
  }
}
