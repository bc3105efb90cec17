import type { EndpointRecord } from '../topology/slice.js';
import { type LayoutGroup, MAX_ZONES_PER_ENDPOINT } from './balancedProblem.js';

/** Endpoints of one home that serve the same zones, or, without zones, those that still need hints. */
export interface EndpointClass {
  readonly id: number;
  /** Index of the zone they lie in; the number of zones for the homeless. */
  readonly home: number;
  /** Ascending indexes; empty for endpoints without hints that hold. */
  readonly zones: readonly number[];
}

/**
 * Interns pairs of a home and a set of zones. The classes form a tree: below the root of each home, each step adds the
 * next higher zone; so reading the hints of an endpoint costs a few array look-ups and no string is built.
 */
export class ClassTable {
  readonly classes: EndpointClass[] = [];
  private readonly steps: number[][] = [];

  /** @param zones number of zones; the classes 0 to `zones` are the roots of the homes, the last one of the homeless */
  constructor(readonly zones: number) {
    for (let home = 0; home <= zones; home++) this.add(home, []);
  }

  /** The class of `from` with one more zone, which must be higher than those that it has. */
  step(from: number, zone: number): number {
    const known = this.steps[from]![zone];
    if (known !== undefined) return known;
    const { home, zones } = this.classes[from]!;
    const id = this.add(home, [...zones, zone]);
    this.steps[from]![zone] = id;
    return id;
  }

  find(home: number, zones: readonly number[]): number {
    let id = home;
    for (const zone of zones) id = this.step(id, zone);
    return id;
  }

  private add(home: number, zones: readonly number[]): number {
    const id = this.classes.length;
    this.classes.push({ id, home, zones });
    this.steps.push([]);
    return id;
  }
}

/** What lies where and serves whom, read once from the endpoints. */
export interface Census {
  readonly table: ClassTable;
  /** For each endpoint its class by the hints that it has. Hints that name unknown zones, or too many, do not hold. */
  readonly classOf: readonly number[];
  /** Ready endpoints of each class, by id; ids past the end have none. */
  readonly ready: readonly number[];
  /** Ready endpoints of each zone, the homeless last. */
  readonly homes: readonly number[];
  readonly total: number;
  /** Every ready endpoint has hints that hold. */
  readonly complete: boolean;
}

/** @param zoneIndex index of each zone of the cluster by name */
export function takeCensus(endpoints: readonly EndpointRecord[], zoneIndex: ReadonlyMap<string, number>): Census {
  const zones = zoneIndex.size;
  const table = new ClassTable(zones);
  const classOf = new Array<number>(endpoints.length).fill(0);
  const ready: number[] = [];
  const homes = new Array<number>(zones + 1).fill(0);
  let total = 0;
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i]!;
    const home = zoneIndex.get(endpoint.zone) ?? zones;
    const id = readClass(endpoint, home, table, zoneIndex);
    classOf[i] = id;
    if (endpoint.ready !== true) continue;
    total++;
    homes[home]!++;
    while (ready.length <= id) ready.push(0);
    ready[id]!++;
  }
  let complete = true;
  for (let home = 0; home <= zones; home++) if ((ready[home] ?? 0) > 0) complete = false;
  return { table, classOf, ready, homes, total, complete };
}

function readClass(
  endpoint: EndpointRecord,
  home: number,
  table: ClassTable,
  zoneIndex: ReadonlyMap<string, number>,
): number {
  const names = endpoint.hints?.forZones;
  if (names === undefined || names.length === 0 || names.length > MAX_ZONES_PER_ENDPOINT) return home;
  let id = home;
  let last = -1;
  for (let i = 0; i < names.length; i++) {
    const zone = zoneIndex.get(names[i]!);
    if (zone === undefined) return home;
    if (zone <= last) return readUnsorted(names, home, table, zoneIndex);
    id = table.step(id, zone);
    last = zone;
  }
  return id;
}

function readUnsorted(
  names: readonly string[],
  home: number,
  table: ClassTable,
  zoneIndex: ReadonlyMap<string, number>,
): number {
  const found = new Set<number>();
  for (const name of names) {
    const zone = zoneIndex.get(name);
    if (zone === undefined) return home;
    found.add(zone);
  }
  return table.find(
    home,
    [...found].sort((a, b) => a - b),
  );
}

/** The classes that ready endpoints are in now, as groups of a layout, in the order of their homes and zones. */
export function currentGroups(census: Census): LayoutGroup[] {
  const groups: LayoutGroup[] = [];
  for (let id = 0; id < census.ready.length; id++) {
    const count = census.ready[id]!;
    if (count === 0) continue;
    const { home, zones } = census.table.classes[id]!;
    groups.push({ home, zones, count });
  }
  return groups.sort(byHomeAndZones);
}

export function byHomeAndZones(a: Pick<LayoutGroup, 'home' | 'zones'>, b: Pick<LayoutGroup, 'home' | 'zones'>): number {
  if (a.home !== b.home) return a.home - b.home;
  for (let i = 0; i < a.zones.length && i < b.zones.length; i++) {
    if (a.zones[i] !== b.zones[i]) return a.zones[i]! - b.zones[i]!;
  }
  return a.zones.length - b.zones.length;
}
