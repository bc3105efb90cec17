import { fnv1a } from '../model/hash.js';
import { sameHints, type EndpointHints } from '../model/hints.js';
import type { NodeIndex } from '../model/nodeIndex.js';
import type { EndpointRecord, SliceRecord } from '../model/slice.js';
import { isReady, isReadyInTree } from '../model/readiness.js';
import { ZoneByAddress, type ZoneCidr } from '../model/zones/zoneCidrs.js';

/** Hints of slices, parallel to their endpoints. */
export type PlannedHints = ReadonlyMap<SliceRecord, readonly (EndpointHints | undefined)[]>;

/** Every slice keeps what it has. */
export const NOTHING_PLANNED: PlannedHints = new Map<SliceRecord, never>();

/** Whether slices have the hints already that are planned for them. */
export function areInPlace(slices: readonly SliceRecord[], planned: PlannedHints): boolean {
  return slices.every(
    (slice) => planned.get(slice)?.every((hints, k) => sameHints(hints, slice.endpoints[k]?.hints)) !== false,
  );
}

/** Whether no endpoint of a slice names anything; a hint may be there and empty. */
export function isBare({ endpoints }: SliceRecord): boolean {
  return endpoints.every(({ hints }) => (hints?.forZones?.length ?? 0) + (hints?.forNodes?.length ?? 0) === 0);
}

export interface Gathered {
  readonly endpoints: readonly EndpointRecord[];
  /** The number of each endpoint's slice; may be longer than `endpoints`. */
  readonly sliceOf: readonly number[];
  /** Where each slice's endpoints start in the sequence of all endpoints. */
  readonly starts: readonly number[];
  /** For each endpoint of the sequence its index in `endpoints`; undefined when they are the same. */
  readonly positions: readonly number[] | undefined;
}

const FROM_THE_FIRST: readonly number[] = Object.freeze([0]);
/** `sliceOf` of one slice, made once: 1,000 endpoints are the API's limit. */
const FIRST_SLICE: readonly number[] = Object.freeze(new Array<number>(1000).fill(0));

function ofOneSlice(count: number): readonly number[] {
  return count <= FIRST_SLICE.length ? FIRST_SLICE : new Array<number>(count).fill(0);
}

/**
 * The endpoints of some slices, each address once: Services with a slice per port list the same address in several, and
 * it must be hinted alike in all of them. An address that is ready in one slice counts as it is there, and one slice may
 * name the zone or node that another lacks. Within one slice addresses are unique by the API.
 */
export function gatherEndpoints(group: readonly SliceRecord[]): Gathered {
  const [first] = group;
  if (group.length === 1 && first !== undefined) {
    const { endpoints } = first;
    return { endpoints, sliceOf: ofOneSlice(endpoints.length), starts: FROM_THE_FIRST, positions: undefined };
  }
  const endpoints: EndpointRecord[] = [];
  const sliceOf: number[] = [];
  const starts: number[] = [];
  for (let g = 0; g < group.length; g++) {
    starts.push(endpoints.length);
    for (const endpoint of group[g]!.endpoints) {
      endpoints.push(endpoint);
      sliceOf.push(g);
    }
  }
  return mergeAddresses({ endpoints, sliceOf, starts, positions: undefined });
}

function mergeAddresses(gathered: Gathered): Gathered {
  const { endpoints: all, sliceOf: sliceOfAll, starts } = gathered;
  if (!mayRepeatAddress(all)) return gathered;
  const endpoints: EndpointRecord[] = [];
  const sliceOf: number[] = [];
  const seen = new Map<string, number>();
  const positions = all.map((endpoint, i) => {
    const known = endpoint.address === '' ? undefined : seen.get(endpoint.address);
    if (known === undefined) {
      seen.set(endpoint.address, endpoints.length);
      sliceOf.push(sliceOfAll[i] ?? 0);
      return endpoints.push(endpoint) - 1;
    }
    endpoints[known] = merged(endpoints[known]!, endpoint);
    return known;
  });
  return { endpoints, sliceOf, starts, positions };
}

/**
 * Of two records of one address the one that is ready, also to in-tree, else the first, with the zone and the node that
 * either names.
 */
function merged(first: EndpointRecord, second: EndpointRecord): EndpointRecord {
  const [kept, other] = readiness(second) > readiness(first) ? [second, first] : [first, second];
  const zone = kept.zone === '' ? other.zone : kept.zone;
  const nodeName = kept.nodeName === '' ? other.nodeName : kept.nodeName;
  return zone === kept.zone && nodeName === kept.nodeName ? kept : { ...kept, zone, nodeName };
}

/** 2: ready with the condition, which in-tree counts; 1: ready because the condition is absent; 0: not ready. */
function readiness(endpoint: EndpointRecord): number {
  return isReadyInTree(endpoint) ? 2 : isReady(endpoint) ? 1 : 0;
}

/** Addresses of one Service differ in their last code units; those of many in some more. */
const HASHED_UNITS = 5;
const MANY = 1000;
const HASHED_UNITS_OF_MANY = 15;

/** So many places are looked at for an address on average, before the hash is given up. */
const MOST_PROBES = 16;

/**
 * Whether two endpoints may have the same address. Nearly always none have, and a map of all addresses, for which V8
 * hashes whole strings, costs a quarter of a plan. Addresses that are chosen to have equal hashes must not cost more.
 */
function mayRepeatAddress(endpoints: readonly EndpointRecord[]): boolean {
  const units = endpoints.length < MANY ? HASHED_UNITS : HASHED_UNITS_OF_MANY;
  let probes = MOST_PROBES * (endpoints.length + 1);
  const places = 2 ** (32 - Math.clz32(2 * endpoints.length));
  // A hash table with open addressing; 0 is a free place, n stands for endpoint n - 1.
  const table = new Int32Array(places);
  for (let i = 0; i < endpoints.length; i++) {
    const { address } = endpoints[i]!;
    if (address === '') continue;
    const hash = fnv1a(address, Math.max(0, address.length - units));
    let at = (hash ^ (hash >>> 16)) & (places - 1);
    for (; table[at] !== 0; at = (at + 1) & (places - 1)) {
      if (endpoints[table[at]! - 1]!.address === address || --probes === 0) return true;
    }
    table[at] = i + 1;
  }
  return false;
}

const NO_CIDRS: readonly ZoneCidr[] = Object.freeze([]);

/**
 * Gives endpoints without a zone that of their node: mirrored slices, and many that people write, name only nodes. Those
 * without a node either, such as API servers and machines outside of the cluster, get that of their address.
 * @param cidrs networks of zones (`zoneCidrsOf`)
 * @returns the same list when nothing is to be added
 */
export function locateEndpoints(
  endpoints: readonly EndpointRecord[],
  nodeIndex: Pick<NodeIndex, 'zoneOf'>,
  cidrs: readonly ZoneCidr[] = NO_CIDRS,
): readonly EndpointRecord[] {
  let located: EndpointRecord[] | undefined;
  let byAddress: ZoneByAddress | undefined;
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i]!;
    if (endpoint.zone !== '') continue;
    let zone = '';
    if (endpoint.nodeName !== '') zone = nodeIndex.zoneOf(endpoint.nodeName);
    else if (cidrs.length > 0) zone = (byAddress ??= new ZoneByAddress(cidrs)).zoneOf(endpoint.address);
    if (zone === '') continue;
    located ??= [...endpoints];
    located[i] = { ...endpoint, zone };
  }
  return located ?? endpoints;
}

/** The values of gathered endpoints as each slice has them: a list for each slice, parallel to its endpoints. */
export function spread<T>(
  { starts, positions }: Gathered,
  slices: readonly SliceRecord[],
  values: readonly T[],
): readonly (readonly T[])[] {
  return slices.map(({ endpoints }, s) => {
    const start = starts[s]!;
    return endpoints.map((_, k) => values[positions?.[start + k] ?? start + k]!);
  });
}

/**
 * The hints of gathered endpoints, parallel to them.
 * @param planned what slices will have; those that are not in it keep what they have
 */
export function gatherHints(
  { endpoints, starts, positions }: Gathered,
  slices: readonly SliceRecord[],
  planned: PlannedHints,
): readonly (EndpointHints | undefined)[] {
  const [only] = slices;
  if (slices.length === 1 && only !== undefined) return planned.get(only) ?? endpoints.map(({ hints }) => hints);
  const hints = new Array<EndpointHints | undefined>(endpoints.length).fill(undefined);
  for (const [g, slice] of slices.entries()) {
    const own = planned.get(slice);
    const start = starts[g] ?? 0;
    for (let k = 0; k < slice.endpoints.length; k++) {
      hints[positions?.[start + k] ?? start + k] = own === undefined ? slice.endpoints[k]?.hints : own[k];
    }
  }
  return hints;
}
