import type { NumberLists } from '../../../model/lists/numberLists.js';

/** Up to this many members, looking up each is cheaper than comparing words. */
export const FEW = 16;

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

  /** How many positions of a list are members. */
  countOf(lists: NumberLists, list: number): number {
    const words = this.#words;
    const size = lists.sizeOf(list);
    let count = 0;
    for (let i = 0; i < size; i++) {
      const position = lists.at(list, i);
      count += ((words[position >>> 5] ?? 0) >>> (position & 31)) & 1;
    }
    return count;
  }

  /** Whether its members come before those of the other (negative), compared one after the other; a part comes first. */
  compare(other: PositionSet): number {
    const { members } = this;
    const others = other.members;
    if (!this.#isDense || !other.#isDense) {
      for (let i = 0; i < members.length && i < others.length; i++) {
        if (members[i] !== others[i]) return members[i]! - others[i]!;
      }
      return members.length - others.length;
    }
    const words = this.#words;
    const otherWords = other.#words;
    let word = 0;
    while (word < words.length && word < otherWords.length && words[word] === otherWords[word]) word++;
    if (word === words.length || word === otherWords.length) return members.length - others.length;
    const differing = words[word]! ^ otherWords[word]!;
    const lowest = differing & -differing;
    const position = word * 32 + 31 - Math.clz32(lowest);
    // The one that has the lowest position that they do not share comes first, unless the other ends before it.
    if ((words[word]! & lowest) !== 0) return others[others.length - 1]! > position ? -1 : 1;
    return members[members.length - 1]! > position ? 1 : -1;
  }

  /** Whether it has more members than words. */
  get #isDense(): boolean {
    const { members } = this;
    return members.length > (members[members.length - 1] ?? -1) >>> 5;
  }

  /** A bit for each position; made when first needed. */
  get #words(): Uint32Array {
    if (this.#made !== undefined) return this.#made;
    const { members } = this;
    const words = new Uint32Array(((members[members.length - 1] ?? -1) >>> 5) + 1);
    for (let i = 0; i < members.length; i++) {
      const position = members[i]!;
      // Most words of a set of nearly all positions are full.
      if ((position & 31) === 0 && i + 31 < members.length && members[i + 31] === position + 31) {
        words[position >>> 5] = 0xffffffff;
        i += 31;
      } else {
        words[position >>> 5]! |= 1 << (position & 31);
      }
    }
    this.#made = words;
    return words;
  }
}

/** The place of the first member that is not below the position; the number of members where all are. */
export function placeIn(members: readonly number[], position: number): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (members[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
