import { aborted } from '../../kube/aborted.js';
import { LeaderElector } from '../../kube/leaderElection/leaderElector.js';
import type { LeaderElectorOptions } from '../../kube/leaderElection/leaderElectorOptions.js';
import { LeaseObserver } from './leaseObserver.js';
import type { ShardEvents, Shards } from './shards.js';

/** All Services as one shard: of the replica that holds the Lease, or of this process where there is no election. */
export class OneShard implements Shards {
  readonly count = 1;
  readonly #elector: LeaderElector | undefined;
  readonly #observer: LeaseObserver | undefined;
  readonly #note: string;
  #events: ShardEvents | undefined;
  #isRunning = false;

  /** @param election the election, or one sentence on why there is none */
  constructor(election: Omit<LeaderElectorOptions, 'onStartedLeading'> | string) {
    if (typeof election === 'string') {
      this.#note = election;
      return;
    }
    this.#note = '';
    this.#elector = new LeaderElector({ ...election, onStartedLeading: () => this.#events?.gained(0) });
    this.#observer = new LeaseObserver(election);
  }

  holds(): boolean {
    return this.#elector?.holdsLease() ?? this.#isRunning;
  }

  has(): boolean {
    return this.#elector?.isLeader ?? this.#isRunning;
  }

  describe(): { readonly problem?: string; readonly note?: string } {
    const elector = this.#elector;
    if (elector === undefined) return { note: this.#note };
    if (!elector.isLeader) return { note: `standby; leader is ${elector.leaderIdentity || 'unknown'}` };
    return elector.holdsLease() ? { note: 'leading' } : { problem: 'leading, but the lease has expired' };
  }

  async observe(signal: AbortSignal): Promise<void> {
    if (this.#elector !== undefined) await this.#observer?.run([this.#elector], signal);
  }

  async run(events: ShardEvents, signal: AbortSignal): Promise<void> {
    this.#events = events;
    if (this.#elector !== undefined) return this.#elector.run(signal);
    this.#isRunning = true;
    events.gained(0);
    await aborted(signal);
  }

  async release(): Promise<void> {
    this.#isRunning = false;
    await this.#elector?.release();
  }
}
