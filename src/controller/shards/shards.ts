/** Called when this process comes to hold a shard, and when it ceases to; synchronously, and must not throw. */
export interface ShardEvents {
  /** The shard's Services are this process's from now on. */
  gained(shard: number): void;
  /** Its Lease is lost or about to be released, and `holds` is false already. */
  lost(shard: number): void;
  /** The shard is to be given away: settles when writes under way for it are answered; no new ones are sent. */
  drained(shard: number): Promise<void>;
}

/** Which part of the Services this process plans and writes. */
export interface Shards {
  readonly count: number;
  /**
   * Whether, by the monotonic clock of this process, no other process can hold the shard now. Checked right before every
   * write. Stays true after `run` was stopped, so that the last writes can finish before `release`.
   */
  holds(shard: number): boolean;
  /** This process was given the shard, and has neither lost nor released it. */
  has(shard: number): boolean;
  /** For people: who holds what. A problem is one that a restart solves. */
  describe(): { readonly problem?: string; readonly note?: string };
  /**
   * Observes who holds what without taking anything, before `run`: whoever let a lease expire is found out sooner. Settles
   * when the signal fires.
   */
  observe(signal: AbortSignal): Promise<void>;
  /**
   * Takes shards and keeps them. Resolves when the signal fires.
   * @throws {LeaderLostError} when this process must not write any more, and should exit
   */
  run(events: ShardEvents, signal: AbortSignal): Promise<void>;
  /** Gives everything back, so that others need not wait for its end. Never rejects. */
  release(): Promise<void>;
}
