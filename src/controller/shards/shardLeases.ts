import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { aborted } from '../../kube/aborted.js';
import { sleep, type Clock } from '../../kube/clock.js';
import { LeaderElector } from '../../kube/leaderElection/leaderElector.js';
import { FAILED_TRY_FACTOR } from '../../kube/leaderElection/nextTry.js';
import type { Transport } from '../../kube/rest/transport.js';
import { LEASE_LABELS } from '../leaseLabels.js';
import type { LeaseOptions } from '../options.js';
import { fairShare } from './fairShare.js';
import { layoutIdentity, memberLease, shardLease } from './leaseNames.js';
import { LeaseObserver } from './leaseObserver.js';
import type { ShardEvents, Shards } from './shards.js';

export interface ShardLeasesOptions extends LeaseOptions {
  /** At least 2. */
  readonly shards: number;
  /** One of its own: a lease that waits behind other requests is a lease lost. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A shard that was observed to be free this many times in a row is overdue. */
const OVERDUE_LOOKS = 4;
/** After an overdue shard was taken, none is given away for this many lease durations: it would be overdue again. */
const KEEP_DURATIONS = 4;

/**
 * The shards of one process, by Leases alone, all of them observed and renewed with the algorithm of `LeaderElector`:
 *
 * - The Lease `<name>`, which is the one of an installation without shards, is held by the layout: all replicas with the
 *   same number of shards renew it under one identity. Replicas with another number wait until it has expired, so a
 *   Service never has two writers while the number changes. It is never released, because other replicas may rely on it.
 * - A Lease `<name>-member-<i>` for each replica that takes shards, so that all can count the replicas. There are as many
 *   as shards; further replicas wait for one.
 * - A Lease `<name>-shard-<i>` for each shard. `fairShare` decides who takes and who gives away.
 */
export class ShardLeases implements Shards {
  readonly count: number;
  readonly #options: ShardLeasesOptions;
  readonly #layout: LeaderElector;
  readonly #members: LeaderElector[];
  readonly #shards: LeaderElector[];
  /** How often in a row each shard was observed to be free. */
  readonly #freeLooks: number[];
  readonly #reached = new Set<LeaderElector>();
  readonly #keeping = new Set<Promise<void>>();
  readonly #observer: LeaseObserver;
  #slot: LeaderElector | undefined;
  #leaving: number | undefined;
  #keepUntilMs = -Infinity;
  /** Set by `run`, before anything that calls it. */
  #events!: ShardEvents;
  #reachLayout: () => void = () => undefined;
  readonly #layoutHeld = new Promise<void>((resolve) => (this.#reachLayout = resolve));

  constructor(options: ShardLeasesOptions) {
    const { shards, name } = options;
    this.#options = options;
    this.count = shards;
    this.#observer = new LeaseObserver(options);
    this.#layout = new LeaderElector({
      ...options,
      identity: layoutIdentity(shards),
      isShared: true,
      labels: LEASE_LABELS,
      onStartedLeading: () => this.#reachLayout(),
    });
    const all = Array.from({ length: shards }, (_, i) => i);
    this.#members = all.map((i) => this.#elector(memberLease(name, i)));
    this.#shards = all.map((i) => this.#elector(shardLease(name, i)));
    this.#freeLooks = all.map(() => 0);
  }

  holds(shard: number): boolean {
    return this.#leaving !== shard && this.#layout.holdsLease() && this.#shards[shard]?.holdsLease() === true;
  }

  has(shard: number): boolean {
    return this.#shards[shard]?.isLeader === true;
  }

  describe(): { readonly problem?: string; readonly note?: string } {
    const { count } = this;
    if (!this.#layout.isLeader) return { note: `standby; leader is ${this.#layout.leaderIdentity || 'unknown'}` };
    const mine = this.#shards.flatMap((elector, shard) => (elector.isLeader ? [shard] : []));
    if (mine.length === 0) return { note: `holds none of ${count} shards` };
    const expired = mine.filter((shard) => shard !== this.#leaving && !this.holds(shard));
    if (expired.length > 0) return { problem: `holds shards ${expired.join(', ')}, but their leases have expired` };
    return { note: `holds shards ${mine.join(', ')} of ${count}` };
  }

  observe(signal: AbortSignal): Promise<void> {
    return this.#observer.run([this.#layout, ...this.#members, ...this.#shards], signal);
  }

  async run(events: ShardEvents, signal: AbortSignal): Promise<void> {
    this.#events = events;
    const stop = new AbortController();
    const layout = this.#layout.run(signal);
    try {
      await Promise.race([this.#layoutHeld, layout]);
      if (signal.aborted) return await layout;
      const until = AbortSignal.any([signal, stop.signal]);
      // Each request and each wait for a renewal listens to it.
      setMaxListeners(0, until);
      const balancing = this.#balance(until);
      try {
        await layout;
      } finally {
        stop.abort();
        await balancing;
      }
    } finally {
      await Promise.all(this.#keeping);
    }
  }

  async release(): Promise<void> {
    const held = [...this.#shards, ...this.#members].filter(({ isLeader }) => isLeader);
    await Promise.all(held.map((elector) => elector.release()));
  }

  /** Observes, takes and gives away, once in about a retry period. Settles when the signal fires. */
  async #balance(signal: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs } = this.#options;
    while (!signal.aborted) {
      await Promise.all([...this.#members, ...this.#shards].map((elector) => this.#look(elector, signal)));
      if (signal.aborted) return;
      await this.#takeSlot(signal);
      this.#countFree();
      const { take, release } = this.#decide();
      await Promise.all(take.map((shard) => this.#take(shard, signal)));
      if (release !== undefined && this.#leaving === undefined && clock.monotonicMs() >= this.#keepUntilMs) {
        this.#track(this.#giveAway(release, signal));
      }
      await sleep(clock, this.#isOwed(take) ? FAILED_TRY_FACTOR * retryPeriodMs : this.#pauseMs(), signal);
    }
  }

  /** Something that this replica was about to observe or take failed, as far as it has seen. */
  #isOwed(shards: readonly number[]): boolean {
    const wanted = shards.map((shard) => this.#shards[shard]!);
    if (this.#slot === undefined) wanted.push(...this.#members);
    const others = [...this.#members, ...this.#shards].filter(({ isLeader }) => !isLeader);
    return wanted.some((elector) => this.#isFree(elector)) || others.some((elector) => !this.#reached.has(elector));
  }

  async #look(elector: LeaderElector, signal: AbortSignal): Promise<void> {
    if (!elector.isLeader && (await this.#observer.look(elector, signal))) this.#reached.add(elector);
  }

  /** The first free Lease of a member; of several replicas that try at once, all but one go on to the next. */
  async #takeSlot(signal: AbortSignal): Promise<void> {
    if (this.#slot !== undefined) return;
    for (const [i, elector] of this.#members.entries()) {
      if (!this.#isFree(elector) || !(await elector.tryTake(signal))) continue;
      this.#slot = elector;
      const lost = (): void => {
        this.#slot = undefined;
        this.#members[i] = this.#elector(memberLease(this.#options.name, i));
      };
      this.#track(elector.keep(signal).catch(lost));
      return;
    }
  }

  #countFree(): void {
    for (const [shard, elector] of this.#shards.entries()) {
      this.#freeLooks[shard] = this.#isFree(elector) ? (this.#freeLooks[shard] ?? 0) + 1 : 0;
    }
  }

  #decide(): ReturnType<typeof fairShare> {
    const { identity } = this.#options;
    const holders = this.#shards.map((elector) => this.#holderOf(elector));
    // Whoever let the lease of a shard expire serves it no more, even if it renews its Lease as a member.
    const ended = new Set(
      this.#shards.flatMap((elector) => (this.#holderOf(elector) === '' ? [elector.leaderIdentity] : [])),
    );
    const members = this.#members.flatMap((elector) => {
      const holder = this.#isKept(elector) ? (this.#holderOf(elector) ?? '') : '';
      return holder === '' || (holder !== identity && ended.has(holder)) ? [] : [holder];
    });
    const overdue = new Set(this.#freeLooks.flatMap((looks, shard) => (looks >= OVERDUE_LOOKS ? [shard] : [])));
    return fairShare({ self: identity, members: [...new Set(members)], holders, overdue });
  }

  async #take(shard: number, signal: AbortSignal): Promise<void> {
    const { clock, leaseDurationMs, logger } = this.#options;
    const elector = this.#shards[shard]!;
    if (elector.isLeader || !(await elector.tryTake(signal))) return;
    if ((this.#freeLooks[shard] ?? 0) >= OVERDUE_LOOKS) {
      this.#keepUntilMs = clock.monotonicMs() + KEEP_DURATIONS * leaseDurationMs;
    }
    if (signal.aborted) return;
    this.#events.gained(shard);
    const lost = (): void => {
      this.#renew(shard);
      logger.error({ shard }, 'the Lease of a shard is lost: its Services are not written any more');
      this.#events.lost(shard);
    };
    this.#track(elector.keep(signal).catch(lost));
  }

  /** Writes under way are answered first: no other replica writes the shard while they are. */
  async #giveAway(shard: number, signal: AbortSignal): Promise<void> {
    const elector = this.#shards[shard]!;
    this.#options.logger.info({ shard }, 'giving a shard away to another replica');
    this.#leaving = shard;
    try {
      await Promise.race([this.#events.drained(shard), aborted(signal)]);
      // Lost in the meantime, or the end of the process, which releases all.
      if (signal.aborted || this.#shards[shard] !== elector) return;
      this.#events.lost(shard);
      await elector.release();
      this.#renew(shard);
    } finally {
      this.#leaving = undefined;
    }
  }

  /** An elector is of no use after its end. The new one observes from now on. */
  #renew(shard: number): void {
    this.#shards[shard] = this.#elector(shardLease(this.#options.name, shard));
  }

  #isFree(elector: LeaderElector): boolean {
    return this.#holderOf(elector) === '';
  }

  /** Who holds a Lease now; empty: nobody, undefined: not observed yet. */
  #holderOf(elector: LeaderElector): string | undefined {
    const { identity } = this.#options;
    if (elector.isLeader) return identity;
    if (!this.#reached.has(elector)) return undefined;
    // The Lease names this process, which does not hold it: the answer to a try was lost.
    return elector.liveHolder === identity ? '' : elector.liveHolder;
  }

  /**
   * Whoever could not renew for the renew deadline has given up, and has no need of shards: its Lease as a member may expire
   * a moment after all of its shards are taken.
   */
  #isKept(elector: LeaderElector): boolean {
    const { clock, leaseDurationMs, renewDeadlineMs } = this.#options;
    return elector.isLeader || elector.expiresMs - clock.monotonicMs() >= leaseDurationMs - renewDeadlineMs;
  }

  /** About a retry period, or until the next lease of another replica expires. */
  #pauseMs(): number {
    const nowMs = this.#options.clock.monotonicMs();
    const ends = [...this.#members, ...this.#shards]
      .filter(({ isLeader, liveHolder }) => !isLeader && liveHolder !== '')
      .map(({ expiresMs }) => expiresMs - nowMs);
    return Math.max(1, Math.min(this.#observer.pauseMs(), ...ends));
  }

  #track(running: Promise<void>): void {
    const tracked = running.finally(() => this.#keeping.delete(tracked));
    this.#keeping.add(tracked);
  }

  #elector(name: string): LeaderElector {
    return new LeaderElector({ ...this.#options, name, labels: LEASE_LABELS, onStartedLeading: () => undefined });
  }
}
