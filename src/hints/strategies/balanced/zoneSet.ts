// Sets of zones as the bits of a small integer: zone 3 is the bit 1 << 3.

/** How many zones a set has. */
export function sizeOf(set: number): number {
  let size = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) size++;
  return size;
}

/** The first zone of a set that is not empty; `set & (set - 1)` is the set without it. */
export function firstOf(set: number): number {
  return 31 - Math.clz32(set & -set);
}

/** The zones of a set, ascending. */
export function zonesOf(set: number): number[] {
  const zones = new Array<number>(sizeOf(set));
  for (let rest = set, i = 0; rest !== 0; rest &= rest - 1) zones[i++] = firstOf(rest);
  return zones;
}
