import { pino } from 'pino';
import { ShardLeases } from '../../src/controller/shards/shardLeases.js';
import { shardOf } from '../../src/controller/shards/shardOf.js';
import { LeaderElector, LeaderLostError } from '../../src/kube/leaderElection/leaderElector.js';
import { Dice } from '../../chaos/dice.js';
import { FakeClock } from './fakeClock.js';
import { LEASE_TIMES, LeaseConnection, LeaseStore } from './leaseStore.js';

/** What is observed late, at most: one pause of a replica, and the time of a request there and back, twice. */
export const LAG_MS = 1.25 * LEASE_TIMES.retryPeriodMs + 2 * 82;

/** A process with this many shards; with one shard the elector of an installation without shards. */
export class Replica {
  readonly connection: LeaseConnection;
  readonly events: string[] = [];
  /** What it logged. */
  readonly lines: object[] = [];
  /** `running` until `run` settles. */
  outcome = 'running';
  drain: () => Promise<void> = () => Promise.resolve();
  readonly #shards: ShardLeases | undefined;
  readonly #single: LeaderElector | undefined;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(
    readonly name: string,
    readonly count: number,
    store: LeaseStore,
    clock: FakeClock,
    dice: Dice,
    /** For how long it observes the Leases before it takes any, in ms. */
    observeMs = 0,
  ) {
    this.connection = new LeaseConnection(store, clock, dice.next);
    const common = {
      ...LEASE_TIMES,
      transport: this.connection,
      namespace: 'kube-system',
      name: 'slicehints',
      identity: `${name}_1`,
      clock,
      random: dice.next,
      logger: pino({ level: 'info' }, { write: (line: string) => void this.lines.push(JSON.parse(line) as object) }),
    };
    let running: Promise<void>;
    if (count === 1) {
      this.#single = new LeaderElector({ ...common, onStartedLeading: () => undefined });
      running = this.#single.run(this.#stop.signal);
    } else {
      const shards = new ShardLeases({ ...common, shards: count });
      this.#shards = shards;
      const run = () =>
        shards.run(
          {
            gained: (shard) => void this.events.push(`+${shard}`),
            lost: (shard) => void this.events.push(`-${shard}`),
            drained: () => this.drain(),
          },
          this.#stop.signal,
        );
      const observing = new AbortController();
      if (observeMs > 0) clock.after(observeMs, () => observing.abort());
      running = observeMs > 0 ? shards.observe(observing.signal).then(run) : run();
    }
    this.#ended = running.then(
      () => void (this.outcome = 'stopped'),
      (error: unknown) => void (this.outcome = error instanceof LeaderLostError ? 'lost' : `broken: ${String(error)}`),
    );
  }

  holds(shard: number): boolean {
    return this.#single?.holdsLease() ?? this.#shards?.holds(shard) ?? false;
  }

  /** Whether it was given the shard and has not lost or released it. */
  has(shard: number): boolean {
    return this.#shards?.has(shard) ?? false;
  }

  /** The shards that it holds. */
  get held(): number[] {
    return Array.from({ length: this.count }, (_, shard) => shard).filter((shard) => this.holds(shard));
  }

  get described(): string {
    const { problem, note } = this.#shards?.describe() ?? {};
    return problem === undefined ? (note ?? '') : `problem: ${problem}`;
  }

  /** Ends as on SIGTERM; time must move on meanwhile. */
  stop(): void {
    this.#stop.abort();
    void this.#ended.then(() => (this.#single ?? this.#shards)?.release());
  }

  /** kill -9 or a network that is gone: the two look alike to the others. */
  cut(): void {
    this.connection.isCut = true;
  }
}

/** Replicas that share the Services of a cluster by Leases in memory, on a fake clock. */
export class ShardCluster {
  readonly store = new LeaseStore();
  readonly clock = new FakeClock();
  readonly replicas: Replica[] = [];
  readonly dice: Dice;

  constructor(seed = 1) {
    this.dice = new Dice(seed);
  }

  start(count: number, observeMs = 0): Replica {
    const replica = new Replica(`r${this.replicas.length}`, count, this.store, this.clock, this.dice, observeMs);
    this.replicas.push(replica);
    return replica;
  }

  async startAll(count: number, replicas: number): Promise<Replica[]> {
    const started = Array.from({ length: replicas }, () => this.start(count));
    await this.pass(30_000);
    return started;
  }

  /** Moves time on in small steps, and checks at each that no Service has two writers. */
  async pass(ms: number, until: () => boolean = () => false): Promise<number> {
    const startMs = this.clock.monotonicMs();
    while (this.clock.monotonicMs() - startMs < ms && !until()) {
      await this.clock.advance(100);
      this.check();
    }
    return this.clock.monotonicMs() - startMs;
  }

  check(): void {
    for (const key of KEYS) {
      const writers = this.replicas.filter((replica) => replica.holds(shardOf(key, replica.count)));
      if (writers.length > 1) throw new Error(`${key} has the writers ${writers.map(({ name }) => name).join(', ')}`);
    }
    const broken = this.replicas.find(({ outcome }) => outcome.startsWith('broken'));
    if (broken !== undefined) throw new Error(`${broken.name} is ${broken.outcome}`);
  }

  /** The shards that some replica holds. */
  served(count: number): number {
    const all = Array.from({ length: count }, (_, shard) => shard);
    return all.filter((shard) => this.replicas.some((replica) => replica.count === count && replica.holds(shard)))
      .length;
  }
}

/** Each shard of each number of shards has some of these. */
const KEYS = Array.from({ length: 64 }, (_, i) => `shop/svc-${i}`);
export const sizes = (replicas: readonly Replica[]): number[] =>
  replicas.map(({ held }) => held.length).sort((a, b) => a - b);
