import { HintsOrdinals } from '../../../model/hints.js';
import { isReady } from '../../../model/readiness.js';
import type { EndpointRecord } from '../../../model/slice.js';
import { type LayoutGroup, MAX_ZONES_PER_ENDPOINT, zeros } from './problem.js';
import { zonesOf } from './zoneSet.js';

/** Endpoints of one home that serve the same zones, or, without zones, those that still need hints. */
export interface EndpointClass {
  readonly id: number;
  /** Index of the zone they lie in; the number of zones for the homeless. */
  readonly home: number;
  /** Ascending indexes; empty for endpoints without hints that hold. */
  readonly zones: readonly number[];
}

/** Up to so many zones a set of them is the bits of a small integer. */
const BITS = 24;

/** Up to so many classes, looking at each is cheaper than a map. */
const FEW = 24;

const NO_ZONES: readonly number[] = Object.freeze([]);
const NO_NAMES: readonly string[] = Object.freeze([]);

/** Interns pairs of a home and a set of zones. */
export class ClassTable {
  readonly classes: EndpointClass[] = [];
  private readonly keys: (number | string)[] = [];
  private byKey: Map<number | string, number> | undefined;

  /** @param zones number of zones; the classes 0 to `zones` are the roots of the homes, the last one of the homeless */
  constructor(readonly zones: number) {
    for (let home = 0; home <= zones; home++) {
      this.add(zones <= BITS ? home << zones : `${home}:`, home, NO_ZONES);
    }
  }

  /** Equal for the same class in two tables of as many zones. */
  keyOf(id: number): number | string {
    return this.keys[id]!;
  }

  /** @param zones ascending */
  find(home: number, zones: readonly number[]): number {
    if (this.zones > BITS) {
      const key = `${home}:${zones.join()}`;
      const known = this.lookUp(key);
      return known >= 0 ? known : this.add(key, home, zones);
    }
    let set = 0;
    for (let i = 0; i < zones.length; i++) set |= 1 << zones[i]!;
    const key = (home << this.zones) | set;
    const known = this.lookUp(key);
    return known >= 0 ? known : this.add(key, home, zones);
  }

  /** The class of the zones with these names, which may come in any order; the root of the home if one is unknown. */
  read(home: number, names: readonly string[], zoneIndex: ReadonlyMap<string, number>): number {
    if (this.zones > BITS) {
      const found = new Set<number>();
      for (const name of names) found.add(zoneIndex.get(name) ?? -1);
      return found.has(-1)
        ? home
        : this.find(
            home,
            [...found].sort((a, b) => a - b),
          );
    }
    let set = 0;
    for (let i = 0; i < names.length; i++) {
      const zone = zoneIndex.get(names[i]!);
      if (zone === undefined) return home;
      set |= 1 << zone;
    }
    const key = (home << this.zones) | set;
    const known = this.lookUp(key);
    if (known >= 0) return known;
    return this.add(key, home, zonesOf(set));
  }

  private lookUp(key: number | string): number {
    const { keys } = this;
    if (this.byKey !== undefined) return this.byKey.get(key) ?? -1;
    for (let id = 0; id < keys.length; id++) if (keys[id] === key) return id;
    return -1;
  }

  private add(key: number | string, home: number, zones: readonly number[]): number {
    const id = this.classes.length;
    this.classes.push({ id, home, zones });
    this.keys.push(key);
    if (this.byKey !== undefined) this.byKey.set(key, id);
    else if (id === FEW) this.byKey = new Map(this.keys.map((each, at) => [each, at]));
    return id;
  }
}

/** What lies where and serves whom, read once from the endpoints. */
export interface Classification {
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
export function classify(endpoints: readonly EndpointRecord[], zoneIndex: ReadonlyMap<string, number>): Classification {
  const zones = zoneIndex.size;
  const table = new ClassTable(zones);
  const classOf = zeros(endpoints.length);
  const ready = zeros(zones + 1);
  const homes = zeros(zones + 1);
  // Many endpoints share a list of zones, mostly with others of the same zone: its last zone and class are kept. The same
  // goes for those without hints, whose class is their home.
  const ordinals = new HintsOrdinals<readonly string[]>();
  const lastZone: string[] = [];
  const lastHome: number[] = [];
  const lastClass: number[] = [];
  let bareZone = '';
  let bareHome = zoneIndex.get('') ?? zones;
  let total = 0;
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i]!;
    const { hints, zone } = endpoint;
    let home: number;
    let id: number;
    if (hints === undefined) {
      if (zone !== bareZone) {
        bareZone = zone;
        bareHome = zoneIndex.get(zone) ?? zones;
      }
      home = bareHome;
      id = bareHome;
    } else {
      const names = hints.forZones ?? NO_NAMES;
      const ordinal = ordinals.of(names);
      if (ordinal === lastZone.length || lastZone[ordinal] !== zone) {
        home = zoneIndex.get(zone) ?? zones;
        lastZone[ordinal] = zone;
        lastHome[ordinal] = home;
        lastClass[ordinal] = names.length <= MAX_ZONES_PER_ENDPOINT ? table.read(home, names, zoneIndex) : home;
      }
      home = lastHome[ordinal]!;
      id = lastClass[ordinal]!;
    }
    classOf[i] = id;
    if (!isReady(endpoint)) continue;
    total++;
    homes[home]!++;
    while (ready.length <= id) ready.push(0);
    ready[id]!++;
  }
  let complete = true;
  for (let home = 0; home <= zones; home++) if (ready[home]! > 0) complete = false;
  return { table, classOf, ready, homes, total, complete };
}

/** The classes that ready endpoints are in now, as groups of a layout, in no particular order. */
export function currentGroups(classification: Classification): LayoutGroup[] {
  const groups: LayoutGroup[] = [];
  for (let id = 0; id < classification.ready.length; id++) {
    const count = classification.ready[id]!;
    if (count === 0) continue;
    const { home, zones } = classification.table.classes[id]!;
    groups.push({ home, zones, count });
  }
  return groups;
}

export function byHomeAndZones(a: Pick<LayoutGroup, 'home' | 'zones'>, b: Pick<LayoutGroup, 'home' | 'zones'>): number {
  if (a.home !== b.home) return a.home - b.home;
  for (let i = 0; i < a.zones.length && i < b.zones.length; i++) {
    if (a.zones[i] !== b.zones[i]) return a.zones[i]! - b.zones[i]!;
  }
  return a.zones.length - b.zones.length;
}
