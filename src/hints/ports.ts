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
  const sets = new Map<string, { readonly ports: string[]; readonly slices: readonly SliceRecord[] }>();
  const { byPort, everywhere } = servingByPort(slices);
  for (const [name, serving] of byPort) {
    const key = serving.join();
    const known = sets.get(key);
    if (known !== undefined) {
      known.ports.push(name);
      continue;
    }
    const all = everywhere.length === 0 ? serving : [...serving, ...everywhere].sort((a, b) => a - b);
    sets.set(key, { ports: [name], slices: all.map((i) => slices[i]!) });
  }
  return [...sets.values()];
}

/** By name, sorted: the indexes of the slices that name a port, ascending; and those of the slices without ports. */
function servingByPort(slices: readonly SliceRecord[]): {
  readonly byPort: readonly (readonly [name: string, serving: number[]])[];
  readonly everywhere: readonly number[];
} {
  const byName = new Map<string, number[]>();
  const everywhere: number[] = [];
  for (let i = 0; i < slices.length; i++) {
    const { portNames } = slices[i]!;
    if (portNames.length === 0) everywhere.push(i);
    for (const name of portNames) {
      const serving = byName.get(name);
      if (serving === undefined) byName.set(name, [i]);
      else serving.push(i);
    }
  }
  return { byPort: [...byName].sort(([a], [b]) => compareText(a, b)), everywhere };
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
  const setOf = new Map(sets.flatMap(({ ports }, s) => ports.map((port) => [port, s] as const)));
  const setsOf = ({ portNames }: SliceRecord): number[] => portNames.flatMap((name) => setOf.get(name) ?? []);
  // A set leads to a later one of its group, the last one to itself.
  const next = sets.map((_, s) => s);
  const lastOf = (s: number): number => {
    let at = s;
    while (next[at] !== at) at = next[at] = next[next[at]!]!;
    return at;
  };
  for (const slice of serving) {
    const [first, ...others] = slice.portNames.length === 0 ? next.keys() : setsOf(slice);
    for (const other of others) {
      const [a, b] = [lastOf(first!), lastOf(other)];
      next[Math.min(a, b)] = Math.max(a, b);
    }
  }
  const groups = new Map(sets.flatMap((_, s) => (next[s] === s ? [[s, [] as SliceRecord[]] as const] : [])));
  const [firstGroup = []] = groups.values();
  for (const slice of slices) {
    const first = setsOf(slice).reduce((least, s) => Math.min(least, lastOf(s)), Infinity);
    (groups.get(first) ?? firstGroup).push(slice);
  }
  return [...groups.values()];
}
