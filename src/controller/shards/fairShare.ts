import { compareText } from '../../model/objectKey.js';

/** What a replica has observed of the shards and of the other replicas. */
export interface ShardsSeen {
  readonly self: string;
  /** Identities of the live members, in any order. A replica that is not among them takes nothing but overdue shards. */
  readonly members: readonly string[];
  /** By shard, the identity of the live holder; empty: free; undefined: not known. */
  readonly holders: readonly (string | undefined)[];
  /** Shards that have been free for so long that whoever should take them evidently does not. */
  readonly overdue: ReadonlySet<number>;
}

export interface ShardMoves {
  readonly take: readonly number[];
  readonly release: number | undefined;
}

/**
 * What a replica does next so that each member comes to hold its fair share: N shards over M members are ⌊N/M⌋ each, and
 * one more for N mod M of them. Shards move only where that is needed. Each replica decides alone from what it has
 * observed: two that take the same shard are told apart by its Lease, and what one observes late it corrects later.
 */
export function fairShare({ self, members, holders, overdue }: ShardsSeen): ShardMoves {
  const counts = new Map<string, number>(members.map((member) => [member, 0]));
  const isMember = counts.has(self);
  for (const holder of holders) {
    if (holder !== undefined && holder !== '') counts.set(holder, (counts.get(holder) ?? 0) + 1);
  }
  const mine = counts.get(self) ?? 0;
  const least = Math.floor(holders.length / counts.size);
  const most = Math.ceil(holders.length / counts.size);
  const free = holders.flatMap((holder, shard) => (holder === '' ? [shard] : []));
  let neededByOthers = 0;
  let neededBefore = 0;
  for (const [member, count] of counts) {
    if (member === self) continue;
    const needed = Math.max(0, least - count);
    neededByOthers += needed;
    if (compareText(member, self) < 0) neededBefore += needed;
  }

  const take = isMember ? sharesOf(free, { mine, least, most, neededByOthers, neededBefore }) : [];
  for (const shard of free) if (overdue.has(shard) && !take.includes(shard)) take.push(shard);
  if (take.length > 0) return { take, release: undefined };

  const isNeeded = mine > least && neededByOthers > free.length && isFirstOfLargest(self, counts);
  return { take, release: mine > most || isNeeded ? holders.lastIndexOf(self) : undefined };
}

interface Situation {
  readonly mine: number;
  readonly least: number;
  readonly most: number;
  readonly neededByOthers: number;
  /** Of these, by those that come before this replica by name. */
  readonly neededBefore: number;
}

/** The free shards that this replica takes. Replicas that decide at the same time begin behind what those before need. */
function sharesOf(free: readonly number[], situation: Situation): number[] {
  const { mine, least, most, neededByOthers, neededBefore } = situation;
  const due = Math.max(0, least - mine);
  const spare = free.length - due - neededByOthers;
  const wanted = Math.min(free.length, due + (spare > 0 && mine + due < most ? 1 : 0));
  return Array.from({ length: wanted }, (_, i) => free[(neededBefore + i) % free.length] ?? 0);
}

/** Of several that could give a shard away, the one with the most does; of several with the most, the first by name. */
function isFirstOfLargest(self: string, counts: ReadonlyMap<string, number>): boolean {
  const [first] = [...counts].sort(([a, x], [b, y]) => y - x || compareText(a, b));
  return first?.[0] === self;
}
