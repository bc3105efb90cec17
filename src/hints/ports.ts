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
  const groups = groupsOf(serving, sets);
  const groupOfPort = new Map<string, number>();
  for (const [g, members] of groups.entries()) {
    for (const { portNames } of members) for (const name of portNames) groupOfPort.set(name, g);
  }
  const groupOf = new Map(groups.flatMap((members, g) => members.map((slice) => [slice, g] as const)));
  const joined: SliceRecord[][] = groups.map(() => []);
  for (const slice of slices) {
    const beside = (): number => {
      const own = slice.portNames.flatMap((name) => groupOfPort.get(name) ?? []);
      return own.reduce((first, g) => Math.min(first, g), own[0] ?? 0);
    };
    joined[groupOf.get(slice) ?? beside()]!.push(slice);
  }
  return joined;
}

/** Slices that are in a set together, directly or through others; in the order of the last set that each group is in. */
function groupsOf(slices: readonly SliceRecord[], sets: readonly PortSet[]): readonly (readonly SliceRecord[])[] {
  const index = new Map(slices.map((slice, i) => [slice, i]));
  // A slice leads to another one of its group, or to itself.
  const next = slices.map((_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (next[root] !== root) root = next[root]!;
    // The way is shorter next time.
    for (let at = i; at !== root;) {
      const after = next[at]!;
      next[at] = root;
      at = after;
    }
    return root;
  };
  for (const set of sets) {
    const root = rootOf(index.get(set.slices[0]!)!);
    for (const slice of set.slices) next[rootOf(index.get(slice)!)] = root;
  }
  const groups = new Map<number, SliceRecord[]>();
  for (const [i, slice] of slices.entries()) {
    const root = rootOf(i);
    const members = groups.get(root);
    if (members === undefined) groups.set(root, [slice]);
    else members.push(slice);
  }
  const lastSet = new Map(sets.map((set, s) => [rootOf(index.get(set.slices[0]!)!), s]));
  return [...groups].sort(([a], [b]) => lastSet.get(a)! - lastSet.get(b)!).map(([, members]) => members);
}
