import { describe, expect, test } from 'vitest';
import { LAG_MS, ShardCluster, sizes } from '../../support/shardCluster.js';
import { LEASE_TIMES } from '../../support/leaseStore.js';

/** The name of the Lease that a request writes. */
const nameIn = (body: unknown): string => (body as { metadata?: { name?: string } } | undefined)?.metadata?.name ?? '';

/** Somebody else takes a Lease for five seconds. */
function seize({ store }: ShardCluster, name: string): void {
  const lease = store.leases.get(name)!;
  const spec = { ...lease.spec, holderIdentity: 'somebody', leaseDurationSeconds: 5 };
  store.serve({ method: 'PUT', path: `/${name}`, body: { ...lease, spec } });
}

describe('replicas with several shards', () => {
  test.each<[string, number, number, number[]]>([
    ['one replica holds all four', 4, 1, [4]],
    ['two hold two each', 4, 2, [2, 2]],
    ['three hold as equal parts as can be', 4, 3, [1, 1, 2]],
    ['of six, four hold one each and two wait', 4, 6, [0, 0, 1, 1, 1, 1]],
    ['five hold sixteen', 16, 5, [3, 3, 3, 3, 4]],
  ])('%s', async (_name, shards, replicas, expected) => {
    const cluster = new ShardCluster();
    const started = await cluster.startAll(shards, replicas);
    // Whoever comes first takes all, and gives one away at a time.
    await cluster.pass(60_000);
    expect(sizes(started)).toEqual(expected);
  });

  test('a replica that comes gets its share, one shard at a time, and nothing else moves', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(4, 1);
    const second = cluster.start(4);
    await cluster.pass(20_000);
    expect(sizes(cluster.replicas)).toEqual([2, 2]);
    expect([...(first?.events ?? [])].sort()).toEqual(['+0', '+1', '+2', '+3', '-3', '-2'].sort());
    expect(second.events).toEqual(['+3', '+2']);
    const given = first?.lines.filter((line) => (line as { msg: string }).msg.startsWith('giving'));
    expect(given).toMatchObject(
      [3, 2].map((shard) => ({ level: 30, shard, msg: 'giving a shard away to another replica' })),
    );
    const before = cluster.replicas.map(({ events }) => events.length);
    await cluster.pass(60_000);
    expect(cluster.replicas.map(({ events }) => events.length)).toEqual(before);
  });

  test('a shard is given away only when the writes under way for it are answered', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(2, 1);
    let answer = (): void => undefined;
    first!.drain = () => new Promise((resolve) => (answer = resolve));
    const second = cluster.start(2);
    await cluster.pass(40_000);
    // Nobody may write the shard: its holder has stopped to, and the other one waits for its Lease.
    expect([first!.held, second.held, cluster.store.holderOf('slicehints-shard-1')]).toEqual([[0], [], 'r0_1']);
    expect([first!.has(1), first!.described]).toEqual([true, 'holds shards 0, 1 of 2']);
    answer();
    await cluster.pass(5000);
    expect([first!.held, second.held]).toEqual([[0], [1]]);
  });

  test.each<[string, (cluster: ShardCluster) => void, string[]]>([
    ['is lost in the meantime is lost once', (cluster) => seize(cluster, 'slicehints-shard-1'), ['-1']],
    ['is still held when the process ends is released with the others', ({ replicas }) => replicas[0]?.stop(), []],
  ])('a shard that is to be given away and %s', async (_, happen, events) => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(2, 1);
    let answer = (): void => undefined;
    first!.drain = () => new Promise((resolve) => (answer = resolve));
    cluster.start(2);
    await cluster.pass(10_000);
    happen(cluster);
    await cluster.pass(3000);
    answer();
    await cluster.pass(2000);
    expect(first!.events.slice(2)).toEqual(events);
  });

  test('one shard is given away at a time', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(4, 1);
    let drained = 0;
    first!.drain = () => new Promise(() => void drained++);
    cluster.start(4);
    await cluster.pass(30_000);
    expect(drained).toBe(1);
  });

  test('a shard that nobody takes goes to a replica beyond its part, which then keeps it for a minute', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(2, 1);
    const second = cluster.start(2);
    second.connection.refuses = ({ method, body }) => method !== 'GET' && nameIn(body).includes('-shard-');
    await cluster.pass(60_000);
    expect(first!.events.slice(2)).toEqual(['-1', '+1']);
    expect(second.held).toEqual([]);
    await cluster.pass(30_000);
    expect(first!.events.slice(4, 6)).toEqual(['-1', '+1']);
  });

  test('who lets the lease of a shard expire counts no more, though it renews its own', async () => {
    const cluster = new ShardCluster();
    const [first, second] = await cluster.startAll(4, 2);
    expect(sizes(cluster.replicas)).toEqual([2, 2]);
    first!.connection.refuses = ({ path, body }) => path.includes('-shard-') || nameIn(body).includes('-shard-');
    const tookMs = await cluster.pass(60_000, () => second!.held.length === 4);
    expect(tookMs).toBeLessThanOrEqual(LEASE_TIMES.leaseDurationMs + LAG_MS);
    expect(cluster.store.holderOf('slicehints-member-0')).toBe('r0_1');
  });

  test('a shard that was taken by a request without an answer is taken again at once', async () => {
    const cluster = new ShardCluster();
    const first = cluster.start(2);
    let left = 1;
    first.connection.loses = ({ method, body }) => method !== 'GET' && nameIn(body).includes('-shard-1') && left-- > 0;
    await cluster.pass(LEASE_TIMES.leaseDurationMs, () => cluster.store.holderOf('slicehints-shard-1') === 'r0_1');
    expect(first.held).not.toContain(1);
    expect(await cluster.pass(60_000, () => first.held.length === 2)).toBeLessThanOrEqual(
      LEASE_TIMES.renewDeadlineMs + 2 * LAG_MS,
    );
  });

  test('a replica that loses its Lease as a member takes one again', async () => {
    const cluster = new ShardCluster();
    await cluster.startAll(2, 1);
    seize(cluster, 'slicehints-member-0');
    await cluster.pass(30_000);
    const members = [0, 1].map((i) => cluster.store.holderOf(`slicehints-member-${i}`));
    expect(members).toContain('r0_1');
  });

  test('leases that have expired while the process stood still are a problem, and their shards are not written', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(2, 1);
    expect([first!.holds(0), first!.has(0), first!.holds(2), first!.has(2)]).toEqual([true, true, false, false]);
    const lateMs = cluster.clock.monotonicMs() + LEASE_TIMES.leaseDurationMs;
    cluster.clock.monotonicMs = () => lateMs;
    expect([first!.held, first!.has(0)]).toEqual([[], true]);
    expect(first!.described).toBe('problem: holds shards 0, 1, but their leases have expired');
  });

  test('a replica that stops releases its shards, and the others have them at their next look', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(4, 3);
    first!.stop();
    await cluster.pass(200);
    expect(first!.held).toEqual([]);
    expect(await cluster.pass(60_000, () => cluster.served(4) === 4)).toBeLessThanOrEqual(2 * LAG_MS);
  });

  test('the shards of a replica that dies are served again one lease duration after its last renewal', async () => {
    for (let seed = 1; seed <= 36; seed++) {
      const cluster = new ShardCluster(seed);
      const [first] = await cluster.startAll(4, 3);
      await cluster.pass(seed * 173);
      first!.cut();
      // Its own leases last for up to one duration more by its own clock; it is the others that count.
      const [, ...others] = cluster.replicas;
      const before = others.map(({ events }) => events.length);
      const served = (): boolean => others.reduce((sum, { held }) => sum + held.length, 0) === 4;
      const tookMs = await cluster.pass(60_000, served);
      expect(tookMs, `seed ${seed}`).toBeLessThanOrEqual(LEASE_TIMES.leaseDurationMs + LAG_MS);
      expect(sizes(others)).toEqual([2, 2]);
      await cluster.pass(5000);
      expect(first!.outcome).toBe('lost');
      // Its Lease as a member may last a moment longer, and is no reason to give a shard away.
      const since = others.flatMap(({ events }, i) => events.slice(before[i]));
      expect(since, `seed ${seed}`).toEqual(since.filter((event) => event.startsWith('+')));
    }
  });

  test('a lost Lease of one shard ends the work on that shard only, and it is taken again', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(2, 1);
    seize(cluster, 'slicehints-shard-1');
    await cluster.pass(3000);
    expect([first!.held, first!.outcome, first!.events.at(-1)]).toEqual([[0], 'running', '-1']);
    expect(first!.lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 50, shard: 1 },
        msg: 'the Lease of a shard is lost: its Services are not written any more',
      }),
    );
    await cluster.pass(10_000);
    expect([first!.held, first!.events.at(-1)]).toEqual([[0, 1], '+1']);
  });

  test('somebody who takes the Lease of the installation ends all replicas', async () => {
    const cluster = new ShardCluster();
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

  test('a shard that could not be taken is tried again after a quarter of the retry period', async () => {
    const cluster = new ShardCluster();
    let tries = 0;
    const first = cluster.start(2);
    first.connection.refuses = ({ method, body }) =>
      method === 'POST' && nameIn(body).endsWith('-shard-1') && ++tries <= 4;
    await cluster.pass(2000, () => first.held.length === 1);
    const tookMs = await cluster.pass(20_000, () => first.held.length === 2);
    expect(tries).toBe(5);
    expect(tookMs).toBeLessThan(4 * (LEASE_TIMES.retryPeriodMs / 4 + 500));
  });

  test('shards of replicas that have ended are taken at once by one that observed them while its caches synced', async () => {
    const cluster = new ShardCluster();
    const [first] = await cluster.startAll(4, 1);
    first!.cut();
    const second = cluster.start(4, LEASE_TIMES.leaseDurationMs + LAG_MS);
    await cluster.pass(LEASE_TIMES.leaseDurationMs + LAG_MS);
    expect(second.held).toEqual([]);
    await cluster.pass(1000);
    expect(second.held).toEqual([0, 1, 2, 3]);
  });

  test('a Lease that cannot be read is logged now and then, and not at the end', async () => {
    const cluster = new ShardCluster();
    const [first, second] = [await cluster.startAll(2, 1), cluster.start(2)];
    await cluster.pass(20_000);
    expect(first).toHaveLength(1);
    const warnings = (): object[] =>
      second.lines.filter((line) => (line as { msg: string }).msg === 'could not read a Lease');
    expect(warnings()).toEqual([]);
    second.connection.failing = 1;
    await cluster.pass(8000);
    expect(warnings()).toMatchObject([{ level: 40, error: 'connection lost', suppressed: 0 }]);
    second.stop();
    await cluster.pass(5000);
    expect(warnings()).toHaveLength(1);
  });

  test('what a replica holds is described', async () => {
    const cluster = new ShardCluster();
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
    const cluster = new ShardCluster();
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
    const cluster = new ShardCluster();
    const old = await cluster.startAll(before, count);
    const fresh = [cluster.start(after), cluster.start(after)];
    await cluster.pass(30_000);
    for (const replica of old) {
      expect([cluster.served(before), cluster.served(after)]).toEqual([before, 0]);
      replica.stop();
      await cluster.pass(10_000);
    }
    await cluster.pass(LEASE_TIMES.leaseDurationMs + 3 * LAG_MS, () => cluster.served(after) === after);
    expect(cluster.served(after)).toBe(after);
    expect(fresh.map(({ outcome }) => outcome)).toEqual(['running', 'running']);
  });
});
