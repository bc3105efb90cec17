import { fnv1a } from '../../../model/hash.js';
import { compareText } from '../../../model/objectKey.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { type Classification, byHomeAndZones } from './classification.js';
import { type LayoutGroup, zeros } from './problem.js';

/** A class that gets more endpoints than it has. */
interface Opening {
  readonly id: number;
  room: number;
}

const NO_MOVERS: number[] = [];

/** How many ready endpoints each class of the table should have, by id. */
function wantedByClass({ table }: Classification, groups: readonly LayoutGroup[]): number[] {
  const ids = zeros(groups.length);
  for (let i = 0; i < groups.length; i++) ids[i] = table.find(groups[i]!.home, groups[i]!.zones);
  const wanted = zeros(table.classes.length);
  for (let i = 0; i < groups.length; i++) wanted[ids[i]!]! += groups[i]!.count;
  return wanted;
}

/** Ready endpoints whose hints hold now and would be others under this layout, if as many as possible keep theirs. */
export function changedSurvivors(classification: Classification, groups: readonly LayoutGroup[]): number {
  const { table, ready } = classification;
  if (ready.length === table.zones + 1) return 0;
  const wanted = wantedByClass(classification, groups);
  let changed = 0;
  for (let id = table.zones + 1; id < ready.length; id++) {
    const difference = ready[id]! - wanted[id]!;
    if (difference > 0) changed += difference;
  }
  return changed;
}

/** What `opening` holds of a home with several openings, and of one with none. */
const SEVERAL = -2;
const NONE = -1;

/**
 * Gives every ready endpoint a class, so that the classes have the sizes of the layout and as many endpoints as
 * possible stay where they are. Those that must move lie in as few slices as a greedy choice finds. Between equals the
 * address decides, never the order of the input.
 * @returns class of each endpoint by id; endpoints that are not ready keep their present one
 */
export function assign(
  classification: Classification,
  groups: readonly LayoutGroup[],
  endpoints: readonly EndpointRecord[],
  sliceOf: readonly number[],
): readonly number[] {
  const { table, ready, classOf } = classification;
  const homes = table.zones + 1;
  const wanted = wantedByClass(classification, groups);
  /** The class that gets more endpoints, of each home that has only one. */
  const opening = zeros(homes);
  for (let home = 0; home < homes; home++) opening[home] = NONE;
  const openings: Opening[] = [];
  const surplus = zeros(table.classes.length);
  let moving = false;
  let partial = false;
  for (let id = 0; id < surplus.length; id++) {
    const has = id < ready.length ? ready[id]! : 0;
    const difference = has - wanted[id]!;
    if (difference < 0) {
      const { home } = table.classes[id]!;
      openings.push({ id, room: -difference });
      opening[home] = opening[home] === NONE ? id : SEVERAL;
    } else if (difference > 0) {
      surplus[id] = difference;
      moving = true;
      if (difference < has) partial = true;
    }
  }
  if (!moving) return classOf;
  const result = classOf.slice();
  /** Endpoints that move, of each home with several openings or of all homes when some classes lose only a part. */
  const movers = new Array<number[]>(homes);
  for (let home = 0; home < homes; home++) movers[home] = partial || opening[home] === SEVERAL ? [] : NO_MOVERS;
  for (let i = 0; i < classOf.length; i++) {
    const id = classOf[i]!;
    if (surplus[id] === 0 || surplus[id] !== ready[id] || !isReady(endpoints[i]!)) continue;
    const { home } = table.classes[id]!;
    if (partial || opening[home] === SEVERAL) movers[home]!.push(i);
    else result[i] = opening[home]!;
  }
  if (partial) chooseMovers(classification, endpoints, sliceOf, surplus, movers);
  for (let home = 0; home < homes; home++) {
    if (opening[home] !== SEVERAL) {
      for (const i of movers[home]!) result[i] = opening[home]!;
      continue;
    }
    const open: Opening[] = [];
    for (let k = 0; k < openings.length; k++) {
      const own = openings[k]!;
      if (table.classes[own.id]!.home !== home) continue;
      let at = open.length;
      open.push(own);
      for (; at > 0 && byHomeAndZones(table.classes[open[at - 1]!.id]!, table.classes[own.id]!) > 0; at--) {
        open[at] = open[at - 1]!;
      }
      open[at] = own;
    }
    deal(movers[home]!, open, endpoints, result);
  }
  return result;
}

/** Picks, from classes that lose some of their endpoints, which ones go; prefers slices that change anyway. */
function chooseMovers(
  classification: Classification,
  endpoints: readonly EndpointRecord[],
  sliceOf: readonly number[],
  surplus: readonly number[],
  movers: readonly number[][],
): void {
  const { table, ready, classOf } = classification;
  const dirty = new Set<number>();
  for (const list of movers) for (const i of list) dirty.add(sliceOf[i]!);
  const candidates = new Map<number, number[]>();
  for (let i = 0; i < endpoints.length; i++) {
    if (!isReady(endpoints[i]!)) continue;
    const id = classOf[i]!;
    // Hints for nodes are dropped whether the endpoint moves or not, so its slice is written in any case.
    if ((endpoints[i]!.hints?.forNodes?.length ?? 0) > 0) dirty.add(sliceOf[i]!);
    if (surplus[id]! === 0 || surplus[id] === ready[id]) continue;
    const list = candidates.get(id);
    if (list === undefined) candidates.set(id, [i]);
    else list.push(i);
  }
  const ids = [...candidates.keys()].sort((a, b) => byHomeAndZones(table.classes[a]!, table.classes[b]!));
  for (const id of ids) {
    const list = candidates.get(id)!;
    const bySlice = new Map<number, number[]>();
    for (const i of list) {
      const slice = bySlice.get(sliceOf[i]!);
      if (slice === undefined) bySlice.set(sliceOf[i]!, [i]);
      else slice.push(i);
    }
    const slices = [...bySlice].sort(
      ([a, inA], [b, inB]) => Number(dirty.has(b)) - Number(dirty.has(a)) || inB.length - inA.length || a - b,
    );
    let left = surplus[id]!;
    for (const [slice, inSlice] of slices) {
      if (left === 0) break;
      dirty.add(slice);
      if (inSlice.length > left) sortByAddress(inSlice, endpoints);
      for (let i = 0; i < inSlice.length && left > 0; i++, left--) movers[table.classes[id]!.home]!.push(inSlice[i]!);
    }
  }
}

function compareAddresses(a: EndpointRecord, b: EndpointRecord): number {
  return compareText(a.address, b.address);
}

/** Lists are dealt out by the first bits of a hash, as far as these suffice. */
const BUCKET_BITS = 8;

/** Gives the movers of a home its openings, in the order of their addresses' hashes. */
function deal(
  movers: number[],
  open: readonly Opening[],
  endpoints: readonly EndpointRecord[],
  result: number[],
): void {
  if (movers.length <= FEW) {
    sortByAddress(movers, endpoints);
    let at = 0;
    for (const { id, room } of open) for (let i = 0; i < room; i++) result[movers[at++]!] = id;
    return;
  }
  // Sorting them all would be the most expensive part of a plan of thousands; only buckets that two openings share need it.
  const buckets = new Uint8Array(movers.length);
  const sizes = new Array<number>(1 << BUCKET_BITS).fill(0);
  for (let i = 0; i < movers.length; i++) {
    const bucket = hash(endpoints[movers[i]!]!.address) >>> (32 - BUCKET_BITS);
    buckets[i] = bucket;
    sizes[bucket]!++;
  }
  let turn = 0;
  let left = open[0]!.room;
  /** The class that a whole bucket gets, or SEVERAL. */
  const wholly = new Array<number>(sizes.length).fill(NONE);
  for (let bucket = 0; bucket < sizes.length; bucket++) {
    const size = sizes[bucket]!;
    if (size === 0) continue;
    if (left === 0) left = open[++turn]!.room;
    if (size <= left) {
      wholly[bucket] = open[turn]!.id;
      left -= size;
      continue;
    }
    wholly[bucket] = SEVERAL;
    const shared: number[] = [];
    for (let i = 0; i < movers.length; i++) if (buckets[i] === bucket) shared.push(movers[i]!);
    sortByAddress(shared, endpoints);
    for (const i of shared) {
      if (left === 0) left = open[++turn]!.room;
      result[i] = open[turn]!.id;
      left--;
    }
  }
  for (let i = 0; i < movers.length; i++) {
    const id = wholly[buckets[i]!]!;
    if (id >= 0) result[movers[i]!] = id;
  }
}

/** Up to so many numbers, inserting one after the other is the fastest way to sort. */
const FEW = 40;

/**
 * Sorts indexes into an order that depends on the addresses only: by a hash of the address, which costs a third of
 * comparing strings; equal hashes are put right afterwards.
 */
export function sortByAddress(list: number[], endpoints: readonly EndpointRecord[]): void {
  const { length } = list;
  if (length <= FEW) {
    sortFewByAddress(list, endpoints);
    return;
  }
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = hash(endpoints[list[i]!]!.address) * PLACES + i;
  keys.sort();
  const sorted = zeros(length);
  for (let i = 0; i < length; i++) {
    // As exact as `%`, which is a slow call for numbers of more than 31 bits.
    const key = keys[i]!;
    sorted[i] = list[key - Math.floor(key / PLACES) * PLACES]!;
  }
  for (let from = 0, to = 1; from < length; from = to++) {
    const same = Math.floor(keys[from]! / PLACES);
    while (to < length && Math.floor(keys[to]! / PLACES) === same) to++;
    if (to - from === 1) list[from] = sorted[from]!;
    else {
      const equals = sorted.slice(from, to).sort((a, b) => compareAddresses(endpoints[a]!, endpoints[b]!));
      for (let i = from; i < to; i++) list[i] = equals[i - from]!;
    }
  }
}

/** The same by inserting one after the other, into plain arrays: a typed array costs a microsecond. */
function sortFewByAddress(list: number[], endpoints: readonly EndpointRecord[]): void {
  if (list.length < 2) return;
  // The fraction makes V8 keep the numbers unboxed.
  const keys = [0.5];
  for (let i = 0; i < list.length; i++) {
    const one = list[i]!;
    const key = hash(endpoints[one]!.address);
    let at = i;
    for (; at > 0; at--) {
      const other = keys[at - 1]!;
      if (other < key || (other === key && compareAddresses(endpoints[list[at - 1]!]!, endpoints[one]!) <= 0)) break;
      keys[at] = other;
      list[at] = list[at - 1]!;
    }
    keys[at] = key;
    list[at] = one;
  }
}

/** A hash of 32 bits and an index below this fit one number. */
const PLACES = 2 ** 21;

/** Over the last code units, by which addresses differ most. */
function hash(text: string): number {
  return fnv1a(text, Math.max(0, text.length - 8));
}
