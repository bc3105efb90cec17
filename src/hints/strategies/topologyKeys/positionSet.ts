/** Below this many members, looking up each is cheaper than comparing words. */
const FEW = 16;

/** A set of endpoints by position, for comparing large sets word by word. */
export class PositionSet {
  /** Ascending. */
  readonly members: readonly number[];
  #made: Uint32Array | undefined;

  constructor(members: readonly number[]) {
    this.members = members;
  }

  /** Whether all of its members are in the other set, too. */
  isWithin(other: PositionSet): boolean {
    const { members } = other;
    const own = this.members;
    const count = own.length;
    if (count > members.length) return false;
    if (count === 0) return true;
    const last = own[count - 1]!;
    if (own[0]! < members[0]! || last > members[members.length - 1]!) return false;
    const words = other.#words;
    if (count <= FEW) {
      for (let i = 0; i < count; i++) if ((words[own[i]! >>> 5]! & (1 << (own[i]! & 31))) === 0) return false;
      return true;
    }
    const ownWords = this.#words;
    for (let word = own[0]! >>> 5; word <= last >>> 5; word++) {
      if ((ownWords[word]! & ~words[word]!) !== 0) return false;
    }
    return true;
  }

  /** A bit for each position; made when first needed. */
  get #words(): Uint32Array {
    if (this.#made !== undefined) return this.#made;
    const { members } = this;
    const words = new Uint32Array(((members[members.length - 1] ?? -1) >>> 5) + 1);
    for (let i = 0; i < members.length; i++) words[members[i]! >>> 5]! |= 1 << (members[i]! & 31);
    this.#made = words;
    return words;
  }
}
