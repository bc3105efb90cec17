import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { pino } from 'pino';
import { LeaderElector, LeaderLostError } from '../../../src/kube/leaderElection/leaderElector.js';
import { ShardLeases } from '../../../src/controller/shards/shardLeases.js';
import { shardOf } from '../../../src/controller/shards/shardOf.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { LeaseConnection, LeaseStore } from '../../support/leaseStore.js';
import { Dice } from '../../../chaos/dice.js';

const TIMES = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000 };
/** What is observed late, at most: one pause of a replica, and the time of a request there and back, twice. */
const LAG_MS = 1.25 * TIMES.retryPeriodMs + 2 * 82;
const logger = pino({ level: 'silent' });

/** A process with this many shards; with one shard the elector of an installation without shards. */
class Replica {
  readonly connection: LeaseConnection;
  readonly events: string[] = [];
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
  ) {
    this.connection = new LeaseConnection(store, clock, dice.next);
    const common = {
      ...TIMES,
      transport: this.connection,
      namespace: 'kube-system',
      name: 'slicehints',
      identity: `${name}_1`,
      clock,
      random: dice.next,
      logger,
    };
    let running: Promise<void>;
    if (count === 1) {
      this.#single = new LeaderElector({ ...common, onStartedLeading: () => undefined });
      running = this.#single.run(this.#stop.signal);
    } else {
      this.#shards = new ShardLeases({ ...common, shards: count });
      running = this.#shards.run(
        {
          gained: (shard) => void this.events.push(`+${shard}`),
          lost: (shard) => void this.events.push(`-${shard}`),
          drained: () => this.drain(),
        },
        this.#stop.signal,
      );
    }
    this.#ended = running.then(
      () => void (this.outcome = 'stopped'),
      (error: unknown) => void (this.outcome = error instanceof LeaderLostError ? 'lost' : `broken: ${String(error)}`),
    );
  }

  holds(shard: number): boolean {
    return this.#single?.holdsLease() ?? this.#shards?.holds(shard) ?? false;
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

class Cluster {
  readonly store = new LeaseStore();
  readonly clock = new FakeClock();
  readonly replicas: Replica[] = [];
  readonly dice: Dice;

  constructor(seed = 1) {
    this.dice = new Dice(seed);
  }

  start(count: number): Replica {
    const replica = new Replica(`r${this.replicas.length}`, count, this.store, this.clock, this.dice);
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
const sizes = (replicas: readonly Replica[]): number[] => replicas.map(({ held }) => held.length).sort((a, b) => a - b);

describe('replicas with several shards', () => {
  test.each<[string, number, number, number[]]>([
    ['one replica holds all four', 4, 1, [4]],
    ['two hold two each', 4, 2, [2, 2]],
    ['three hold as equal parts as can be', 4, 3, [1, 1, 2]],
    ['of six, four hold one each and two wait', 4, 6, [0, 0, 1, 1, 1, 1]],
    ['five hold sixteen', 16, 5, [3, 3, 3, 3, 4]],
  ])('%s', async (_name, shards, replicas, expected) => {
    const cluster = new Cluster();
    const started = await cluster.startAll(shards, replicas);
    // Whoever comes first takes all, and gives one away at a time.
    await cluster.pass(60_000);
    expect(sizes(started)).toEqual(expected);
  });

  test('a replica that comes gets its share, one shard at a time, and nothing else moves', async () => {
    const cluster = new Cluster();
    const [first] = await cluster.startAll(4, 1);
    const second = cluster.start(4);
    await cluster.pass(20_000);
    expect(sizes(cluster.replicas)).toEqual([2, 2]);
    expect([...(first?.events ?? [])].sort()).toEqual(['+0', '+1', '+2', '+3', '-3', '-2'].sort());
    expect(second.events).toEqual(['+3', '+2']);
    const before = cluster.replicas.map(({ events }) => events.length);
    await cluster.pass(60_000);
    expect(cluster.replicas.map(({ events }) => events.length)).toEqual(before);
  });

  test('a shard is given away only when the writes under way for it are answered', async () => {
    const cluster = new Cluster();
    const [first] = await cluster.startAll(2, 1);
    let answer = (): void => undefined;
    first!.drain = () => new Promise((resolve) => (answer = resolve));
    const second = cluster.start(2);
    await cluster.pass(40_000);
    // Nobody may write the shard: its holder has stopped to, and the other one waits for its Lease.
    expect([first!.held, second.held, cluster.store.holderOf('slicehints-shard-1')]).toEqual([[0], [], 'r0_1']);
    answer();
    await cluster.pass(5000);
    expect([first!.held, second.held]).toEqual([[0], [1]]);
  });

  test('a replica that stops releases its shards, and the others have them at their next look', async () => {
    const cluster = new Cluster();
    const [first] = await cluster.startAll(4, 3);
    first!.stop();
    await cluster.pass(200);
    expect(first!.held).toEqual([]);
    expect(await cluster.pass(60_000, () => cluster.served(4) === 4)).toBeLessThanOrEqual(2 * LAG_MS);
  });

  test('the shards of a replica that dies are served again one lease duration after its last renewal', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const cluster = new Cluster(seed);
      const [first] = await cluster.startAll(4, 3);
      await cluster.pass(seed * 173);
      first!.cut();
      // Its own leases last for up to one duration more by its own clock; it is the others that count.
      const [, ...others] = cluster.replicas;
      const served = (): boolean => others.reduce((sum, { held }) => sum + held.length, 0) === 4;
      const tookMs = await cluster.pass(60_000, served);
      expect(tookMs, `seed ${seed}`).toBeLessThanOrEqual(TIMES.leaseDurationMs + LAG_MS);
      expect(sizes(others)).toEqual([2, 2]);
      await cluster.pass(5000);
      expect(first!.outcome).toBe('lost');
    }
  });

  test('a lost Lease of one shard ends the work on that shard only, and it is taken again', async () => {
    const cluster = new Cluster();
    const [first] = await cluster.startAll(2, 1);
    const lease = cluster.store.leases.get('slicehints-shard-1')!;
    cluster.store.serve({
      method: 'PUT',
      path: '/slicehints-shard-1',
      body: { ...lease, spec: { ...lease.spec, holderIdentity: 'somebody', leaseDurationSeconds: 5 } },
    });
    await cluster.pass(3000);
    expect([first!.held, first!.outcome, first!.events.at(-1)]).toEqual([[0], 'running', '-1']);
    await cluster.pass(10_000);
    expect([first!.held, first!.events.at(-1)]).toEqual([[0, 1], '+1']);
  });

  test('somebody who takes the Lease of the installation ends all replicas', async () => {
    const cluster = new Cluster();
    await cluster.startAll(4, 2);
    const lease = cluster.store.leases.get('slicehints')!;
    expect(lease.spec.holderIdentity).toBe('4-shards');
    cluster.store.serve({
      method: 'PUT',
      path: '/slicehints',
      body: { ...lease, spec: { ...lease.spec, holderIdentity: 'cleanup_1', leaseDurationSeconds: 120 } },
    });
    await cluster.pass(5000);
    expect(cluster.replicas.map(({ outcome, held }) => [outcome, held])).toEqual([
      ['lost', []],
      ['lost', []],
    ]);
  });

  test('what a replica holds is described', async () => {
    const cluster = new Cluster();
    const first = cluster.start(2);
    expect(first.described).toBe('standby; leader is unknown');
    await cluster.pass(10_000);
    expect(first.described).toBe('holds shards 0, 1 of 2');
    await cluster.startAll(2, 2);
    expect(cluster.replicas.map(({ described }) => described).sort()).toEqual([
      'holds none of 2 shards',
      'holds shards 0 of 2',
      'holds shards 1 of 2',
    ]);
  });

  test('each Lease carries the labels by which cleanup finds it, and there are no others', async () => {
    const cluster = new Cluster();
    await cluster.startAll(2, 2);
    const leases = [...cluster.store.leases.values()];
    expect(leases.map(({ metadata }) => metadata.name).sort()).toEqual([
      'slicehints',
      'slicehints-member-0',
      'slicehints-member-1',
      'slicehints-shard-0',
      'slicehints-shard-1',
    ]);
    for (const { metadata } of leases) expect(metadata.labels?.['slicehints.io/component']).toBe('controller');
  });
});

describe('another number of shards', () => {
  // A standby of an installation without shards may take the Lease when its leader ends, as may a new replica.
  test.each<[string, number, number, number]>([
    ['from one to four', 1, 4, 1],
    ['from four to one', 4, 1, 3],
    ['from four to three', 4, 3, 3],
  ])('%s: new replicas wait until the last old one has ended, then serve all', async (_name, before, after, count) => {
    const cluster = new Cluster();
    const old = await cluster.startAll(before, count);
    const fresh = [cluster.start(after), cluster.start(after)];
    await cluster.pass(30_000);
    for (const replica of old) {
      expect([cluster.served(before), cluster.served(after)]).toEqual([before, 0]);
      replica.stop();
      await cluster.pass(10_000);
    }
    await cluster.pass(TIMES.leaseDurationMs + 3 * LAG_MS, () => cluster.served(after) === after);
    expect(cluster.served(after)).toBe(after);
    expect(fresh.map(({ outcome }) => outcome)).toEqual(['running', 'running']);
  });
});

type Step =
  | { readonly kind: 'start'; readonly count: number }
  | { readonly kind: 'stop' | 'cut' | 'heal'; readonly index: number }
  | { readonly kind: 'fail'; readonly index: number; readonly share: number }
  | { readonly kind: 'pass'; readonly ms: number };

const index = fc.nat({ max: 5 });
const step = (counts: readonly number[]): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), count: fc.constantFrom(...counts) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('stop', 'cut', 'heal'), index }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('fail' as const), index, share: fc.constantFrom(0.2, 0.6, 0) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 50, max: 12_000 }) }),
    },
  );

async function play(cluster: Cluster, steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    const running = cluster.replicas.filter(({ outcome }) => outcome === 'running');
    if (one.kind === 'pass') await cluster.pass(one.ms);
    else if (one.kind === 'start') {
      if (running.length < 5) cluster.start(one.count);
    } else {
      const replica = running[one.index % Math.max(1, running.length)];
      if (replica === undefined) continue;
      if (one.kind === 'stop') replica.stop();
      else if (one.kind === 'fail') replica.connection.failing = one.share;
      else replica.connection.isCut = one.kind === 'cut';
    }
    cluster.check();
  }
}

describe('whatever happens', () => {
  test('no Service ever has two writers, replicas with different numbers of shards included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step([1, 2, 4]), { maxLength: 16 }), async (seed, steps) => {
        await play(new Cluster(seed), steps);
      }),
      { numRuns: 6 },
    );
  }, 300_000);

  test('after trouble, the replicas that are left hold all shards in equal parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step([4]), { maxLength: 12 }), async (seed, steps) => {
        const cluster = new Cluster(seed);
        await play(cluster, steps);
        for (const replica of cluster.replicas) replica.connection.failing = 0;
        for (const replica of cluster.replicas) if (replica.connection.isCut) replica.stop();
        cluster.start(4);
        await cluster.pass(60_000);
        await cluster.pass(60_000, () => cluster.served(4) === 4);
        const left = cluster.replicas.filter(({ outcome }) => outcome === 'running');
        expect(cluster.served(4)).toBe(4);
        const parts = sizes(left).slice(-4);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
        await settle();
      }),
      { numRuns: 4 },
    );
  }, 300_000);
});
