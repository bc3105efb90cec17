import { sameNames } from '../model/hints.js';
import { compareText } from '../model/objectKey.js';
import { isReady } from '../model/readiness.js';
import type { SliceRecord } from '../model/slice.js';

/** Slices that serve the same ports: kube-proxy decides on the endpoints of each Service port by itself. */
export interface PortSet {
  /** Sorted names. Empty when no slice names a port. */
  readonly ports: readonly string[];
  readonly slices: readonly SliceRecord[];
}

/**
 * The different sets of slices that serve a port, sorted by their first port. A slice without ports is in all of them.
 * Nearly all Services have one: either all slices have the same ports, or each has a port of its own.
 */
export function portSets(slices: readonly SliceRecord[]): readonly PortSet[] {
  if (hasOnePortSet(slices)) return [{ ports: slices[0]?.portNames ?? [], slices }];
  const names = [...new Set(slices.flatMap(({ portNames }) => portNames))].sort(compareText);
  const sets: { ports: string[]; slices: readonly SliceRecord[] }[] = [];
  for (const name of names) {
    const serving = slices.filter(({ portNames }) => portNames.length === 0 || portNames.includes(name));
    const known = sets.find(
      (set) => set.slices.length === serving.length && set.slices.every((s, i) => s === serving[i]),
    );
    if (known === undefined) sets.push({ ports: [name], slices: serving });
    else known.ports.push(name);
  }
  return sets;
}

/** Whether `portSets` has one set: all slices serve the same ports. */
export function hasOnePortSet(slices: readonly SliceRecord[]): boolean {
  for (let i = 1; i < slices.length; i++) if (!sameNames(slices[i]!.portNames, slices[0]!.portNames)) return false;
  return true;
}

/**
 * Slices that serve a port in common, directly or through others, in their order: hints of one affect the
 * others, so they are planned together. Those of different groups are planned apart. A slice whose endpoints are all not
 * ready joins none: it goes with the first group that serves one of its ports, else with the first.
 */
export function joinedByPorts(slices: readonly SliceRecord[]): readonly (readonly SliceRecord[])[] {
  const serving = slices.filter(({ endpoints }) => endpoints.some(isReady));
  const sets = portSets(serving);
  if (sets.length < 2) return [slices];
  const groups: Set<SliceRecord>[] = [];
  for (const set of sets) {
    const joined = groups.filter((group) => set.slices.some((slice) => group.has(slice)));
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push(new Set([...joined.flatMap((group) => [...group]), ...set.slices]));
  }
  const joined = new Set(serving);
  const groupFor = (slice: SliceRecord): Set<SliceRecord> | undefined =>
    groups.find((group) => [...group].some((other) => joined.has(other) && sharePort(slice, other))) ?? groups[0];
  for (const slice of slices) if (!joined.has(slice)) groupFor(slice)?.add(slice);
  return groups.map((group) => slices.filter((slice) => group.has(slice)));
}

function sharePort(a: SliceRecord, b: SliceRecord): boolean {
  return a.portNames.length === 0 || b.portNames.length === 0 || a.portNames.some((name) => b.portNames.includes(name));
}
