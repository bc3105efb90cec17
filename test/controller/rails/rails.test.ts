import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Rails, type RailsOptions } from '../../../src/controller/rails/rails.js';
import { LeaderElector } from '../../../src/kube/leaderElection/leaderElector.js';
import type { Plan } from '../../../src/hints/plan.js';
import type { Enforcement } from '../../../src/hints/policy/policy.js';
import type { Verdict } from '../../../src/hints/verdict.js';
import { readSlice } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';
import { LeaseConnection, LeaseStore } from '../../support/leaseStore.js';

const NAME = 'slicehints';

/** A plan that gives so many endpoints of ours other hints; 0: it changes nothing. */
function planOf(endpoints: number): Plan {
  const slice = readSlice({
    metadata: { namespace: 'shop', name: 'web-1', annotations: { 'slicehints.io/hints': 'v1' } },
    endpoints: Array.from({ length: endpoints }, (_, i) => ({
      addresses: [`10.0.0.${i}`],
      hints: { forZones: [{ name: 'a' }] },
    })),
  });
  const hints = slice.endpoints.map(() => ({ forZones: ['b'] }));
  const patch = endpoints === 0 ? undefined : [];
  return { slices: [{ slice, hints, patch, moved: endpoints }] } as unknown as Plan;
}

function rig(options: Partial<RailsOptions> = {}, withLease = true) {
  const clock = new FakeClock();
  const store = new LeaseStore();
  const transport = new LeaseConnection(store, clock, () => 0.5);
  const [woken, blown, logged]: [string[], string[], string[]] = [[], [], []];
  const [verdicts, lines]: [Verdict[], object[]] = [[], []];
  const annotate = (annotations: Record<string, string>): void => {
    const lease = store.serve({ method: 'GET', path: `/${NAME}` }) as { metadata: Record<string, unknown> };
    store.serve({
      method: 'PUT',
      path: `/${NAME}`,
      body: { ...lease, metadata: { ...lease.metadata, annotations } },
    });
  };
  const annotations = (): Record<string, string> =>
    (store.leases.get(NAME)?.metadata as { annotations?: Record<string, string> } | undefined)?.annotations ?? {};
  store.serve({
    method: 'POST',
    path: '/',
    body: { metadata: { name: NAME }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } },
  });
  const rails = new Rails({
    clock,
    logger: pino(
      { level: 'info' },
      {
        write: (text: string) => {
          const line = JSON.parse(text) as { msg: string };
          lines.push(line);
          logged.push(line.msg);
        },
      },
    ),
    lease: withLease ? { transport, namespace: 'ns', name: NAME } : undefined,
    maxWritesPerMinute: 0,
    dryRun: false,
    hintedEndpoints: () => 1000,
    enforcementOf: () => 'Enforce',
    wake: (key) => void woken.push(key),
    onFuseBlown: (key, verdict) => {
      blown.push(`${key} ${verdict.reason}`);
      verdicts.push(verdict);
    },
    ...options,
  });
  const stop = new AbortController();
  let isRunning = true;
  const ended = rails.run(stop.signal).then(() => (isRunning = false));
  const end = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  const admit = (key: string, endpoints = 1): string | undefined =>
    rails.admit(key, planOf(endpoints), clock.monotonicMs());
  return {
    rails,
    clock,
    store,
    transport,
    annotate,
    annotations,
    woken,
    blown,
    verdicts,
    logged,
    lines,
    admit,
    end,
    isRunning: () => isRunning,
  };
}

describe('the stop', () => {
  test('nothing is written before the Lease was read, and then what waited is', async () => {
    const { admit, clock, woken, logged, rails, end } = rig();
    expect(admit('shop/web')).toBe('stop');
    expect([rails.known, rails.isStopped, rails.isFuseBlown]).toEqual([false, false, false]);
    await clock.advance(100);
    expect([rails.known, woken]).toEqual([true, ['shop/web']]);
    expect(admit('shop/web')).toBeUndefined();
    expect(logged).toEqual([]);
    expect(rails.describe()).toBe('not held back');
    await end();
  });

  test('takes effect within a second, also for a slice that is about to be sent, and is told once', async () => {
    const { admit, annotate, clock, lines, logged, rails, woken, end } = rig();
    await clock.advance(100);
    annotate({ 'slicehints.io/stop': 'incident 4711' });
    await clock.advance(1000);
    expect([rails.allowsWrites, rails.isStopped, rails.mayGoOn('shop/web')]).toEqual([false, true, false]);
    expect([admit('shop/web'), admit('shop/idle', 0)]).toEqual(['stop', undefined]);
    expect(rails.held.count().get('stop')).toBe(1);
    expect(rails.describe()).toBe(
      'stopped by slicehints.io/stop ("incident 4711") of Lease ns/slicehints; 1 Service held back by stop',
    );
    await clock.advance(60_000);
    expect(logged).toEqual(['no hints are written: the Lease has slicehints.io/stop']);
    expect(lines).toMatchObject([{ lease: 'ns/slicehints', value: '"incident 4711"' }]);
    annotate({});
    await clock.advance(1000);
    expect(lines.at(-1)).toMatchObject({ lease: 'ns/slicehints', services: 1 });
    expect([logged.at(-1), woken]).toEqual(['hints are written again', ['shop/web']]);
    expect(admit('shop/web')).toBeUndefined();
    await end();
  });

  test('a slice that was not sent because of it is written after it', async () => {
    const { admit, annotate, clock, rails, woken, end } = rig();
    await clock.advance(100);
    expect(admit('shop/web')).toBeUndefined();
    annotate({ 'slicehints.io/stop': 'true' });
    await clock.advance(1000);
    rails.settle('shop/web', true);
    annotate({});
    await clock.advance(1000);
    expect(woken).toEqual(['shop/web']);
    await end();
  });

  test('what was read stays true while the Lease cannot be read', async () => {
    const { annotate, clock, rails, transport, end } = rig();
    annotate({ 'slicehints.io/stop': 'true' });
    await clock.advance(1000);
    transport.failing = 1;
    annotate({});
    await clock.advance(60_000);
    expect(rails.isStopped).toBe(true);
    await end();
  });

  test('survives the renewals of the leader, its release, and the next leader', async () => {
    const { annotate, annotations, clock, store, transport, end } = rig();
    annotate({ 'slicehints.io/stop': 'true' });
    const elect = (identity: string): { stop: () => Promise<void> } => {
      const abort = new AbortController();
      const elector = new LeaderElector({
        ...{
          transport,
          clock,
          random: () => 0.5,
          logger: pino({ level: 'silent' }),
          namespace: 'ns',
          name: NAME,
          identity,
        },
        ...{ leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000, onStartedLeading: () => undefined },
      });
      const running = elector.run(abort.signal);
      return {
        stop: async () => {
          abort.abort();
          await clock.advance(100);
          await running;
          const released = elector.release();
          await clock.advance(1000);
          await released;
        },
      };
    };
    for (const identity of ['b', 'c']) {
      const elector = elect(identity);
      await clock.advance(60_000);
      expect(store.holderOf(NAME)).toBe(identity);
      annotate({ ...annotations(), note: identity });
      await clock.advance(20_000);
      await elector.stop();
    }
    expect(store.holderOf(NAME)).toBe('');
    expect(annotations()).toEqual({ 'slicehints.io/stop': 'true', note: 'c' });
    await end();
  });
});

/** So many of the 1,000 hinted endpoints blow the fuse. */
const MOST = 600;

describe('the fuse', () => {
  test('stops all writes, annotates the Lease, and tells it by one Event and one line; whoever removes the annotation acknowledges it', async () => {
    const { admit, annotate, annotations, blown, clock, lines, logged, rails, verdicts, woken, end } = rig();
    await clock.advance(120_000);
    expect(admit('shop/web', MOST)).toBe('fuse');
    expect([admit('shop/api'), rails.allowsWrites, rails.isFuseBlown]).toEqual(['fuse', false, true]);
    await clock.advance(1000);
    expect(blown).toEqual(['shop/web FuseBlown']);
    expect(logged).toEqual([
      'No more hints are written: 600 of 1000 hinted endpoints would get other hints within a minute, without a change of nodes or policies; remove the annotation slicehints.io/fuse-blown of Lease ns/slicehints to acknowledge it',
      'no hints are written: the Lease has slicehints.io/fuse-blown',
    ]);
    const value = annotations()['slicehints.io/fuse-blown'] ?? '';
    expect(value).toMatch(/^2026-01-01T00:02:00Z 600 of 1000 hinted endpoints would get/);
    expect(lines).toMatchObject([
      { service: 'shop/web', changed: 600, hinted: 1000, reason: 'FuseBlown' },
      { lease: 'ns/slicehints', value: `"${value}"` },
    ]);
    expect(verdicts).toEqual([
      { addressType: '', hinted: false, type: 'Warning', reason: 'FuseBlown', message: logged[0] },
    ]);
    expect(rails.describe()).toContain('the fuse has blown ("');
    annotate({});
    await clock.advance(1000);
    expect(woken).toEqual(['shop/web', 'shop/api']);
    expect([admit('shop/web', MOST), admit('shop/api')]).toEqual([undefined, undefined]);
    await end();
  });

  test('another replica, and the same after a restart, stops too', async () => {
    const first = rig();
    await first.clock.advance(120_000);
    first.admit('shop/web', MOST);
    await first.clock.advance(1000);
    const text = first.annotations()['slicehints.io/fuse-blown'] ?? '';
    await first.end();
    const { admit, annotate, clock, end } = rig();
    annotate({ 'slicehints.io/fuse-blown': text });
    await clock.advance(1000);
    expect(admit('shop/api')).toBe('fuse');
    await end();
  });

  test('stays blown while the Lease cannot be written', async () => {
    const { admit, clock, rails, transport, end } = rig();
    await clock.advance(120_000);
    transport.failing = 1;
    expect(admit('shop/web', MOST)).toBe('fuse');
    await clock.advance(60_000);
    expect(rails.isFuseBlown).toBe(true);
    transport.failing = 0;
    await clock.advance(5000);
    expect(rails.isFuseBlown).toBe(true);
    await end();
  });

  test.each<[string, (rails: Rails) => void]>([
    ['nodes, policies, the guard or in-tree have changed, or a shard was taken', (rails) => rails.excuse()],
  ])('does not blow where %s', async (_, act) => {
    const { admit, clock, rails, end } = rig();
    await clock.advance(120_000);
    act(rails);
    expect(admit('shop/web', MOST)).toBeUndefined();
    await end();
  });

  test('what waits for the budget is excused for as long as it waits', async () => {
    const { admit, clock, rails, woken, end } = rig({ maxWritesPerMinute: 1 });
    await clock.advance(120_000);
    rails.excuse();
    expect([admit('shop/web', MOST), rails.mayGoOn('shop/web')]).toEqual([undefined, true]);
    rails.settle('shop/web', false);
    expect([admit('shop/api', MOST), admit('shop/cart', MOST)]).toEqual(['budget', 'budget']);
    await clock.advance(60_000);
    expect([woken, admit('shop/api', MOST), rails.mayGoOn('shop/api')]).toEqual([['shop/api'], undefined, true]);
    rails.settle('shop/api', false);
    await clock.advance(60_000);
    expect([woken.at(-1), admit('shop/cart', MOST)]).toEqual(['shop/cart', undefined]);
    await end();
  });

  test('without a Lease a restart acknowledges it', async () => {
    const { admit, clock, logged, rails, end } = rig({}, false);
    rails.excuse();
    await clock.advance(120_000);
    expect([admit('shop/web', MOST), admit('shop/api')]).toEqual(['fuse', 'fuse']);
    expect(rails.describe()).toBe('the fuse has blown; a restart acknowledges it; 2 Services held back by fuse');
    expect(logged[0]).toMatch(/policies; a restart acknowledges it$/);
    await end();
  });
});

describe('a Service that was queued before a cause', () => {
  test('is excused by it only while it waits for the budget, not after a stop', async () => {
    const { admit, annotate, clock, end } = rig();
    await clock.advance(120_000);
    annotate({ 'slicehints.io/stop': 'true' });
    await clock.advance(1000);
    expect(admit('shop/web', MOST)).toBe('stop');
    annotate({});
    await clock.advance(120_000);
    expect(admit('shop/web', MOST)).toBe('fuse');
    await end();
  });

  test.each<[string, (rails: Rails) => void, string | undefined]>([
    ['is excused while it waits', () => undefined, undefined],
    ['is not once it was gone', (rails) => rails.forget('shop/api'), 'fuse'],
    ['is not once it was another replica’s', (rails) => rails.drop((key) => key === 'shop/api'), 'fuse'],
    ['is where another Service was another replica’s', (rails) => rails.drop((key) => key === 'shop/web'), undefined],
  ])('%s', async (_, act, expected) => {
    const { admit, clock, rails, end } = rig({ maxWritesPerMinute: 1 });
    await clock.advance(120_000);
    rails.excuse();
    expect([admit('shop/web', MOST), rails.mayGoOn('shop/web')]).toEqual([undefined, true]);
    rails.settle('shop/web', false);
    expect(admit('shop/api', MOST)).toBe('budget');
    act(rails);
    await clock.advance(120_000);
    expect(admit('shop/api', MOST)).toBe(expected);
    await end();
  });
});

describe('policies hold a Service back', () => {
  test.each<[string, Enforcement, boolean, string | undefined, string | undefined]>([
    ['one that enforces holds back nothing', 'Enforce', false, undefined, undefined],
    ['one for a dry run does, also plans without a write', 'DryRun', true, 'policy-dry-run', 'policy-dry-run'],
    ['one that is off does, also plans without a write', 'Off', true, 'policy-off', 'policy-off'],
  ])('%s', async (_, enforcement, isHeld, changing, idle) => {
    const { admit, clock, rails, end } = rig({ enforcementOf: () => enforcement });
    await clock.advance(100);
    expect(rails.isHeldByPolicy('shop/web')).toBe(isHeld);
    expect([admit('shop/web'), admit('shop/idle', 0)]).toEqual([changing, idle]);
    expect([...rails.held.count()].filter(([, services]) => services > 0)).toEqual(isHeld ? [[changing, 1]] : []);
    await end();
  });

  test.each([
    ['in a dry run', true],
    ['otherwise', false],
  ])('between two slices too, %s', async (_, dryRun) => {
    let enforcement: Enforcement = 'Enforce';
    const { admit, clock, rails, end } = rig({ dryRun, enforcementOf: () => enforcement });
    await clock.advance(100);
    expect([admit('shop/web'), rails.mayGoOn('shop/web')]).toEqual([undefined, true]);
    enforcement = 'Off';
    expect(rails.mayGoOn('shop/web')).toBe(false);
    await end();
  });
});

describe('the budget', () => {
  test('has what is left of it, and counts a Service whose slices are not all written as held back', async () => {
    const { admit, clock, rails, end } = rig({ maxWritesPerMinute: 1 });
    await clock.advance(100);
    expect([admit('shop/web'), rails.budgetLeft]).toEqual([undefined, 0]);
    expect([rails.mayGoOn('shop/web'), rails.mayGoOn('shop/web')]).toEqual([true, false]);
    rails.settle('shop/web', true);
    expect(rails.held.count().get('budget')).toBe(1);
    expect(rails.describe()).toBe('1 Service held back by budget');
    await clock.advance(60_000);
    rails.forget('shop/web');
    expect(rails.budgetLeft).toBe(1);
    await end();
  });

  test('wakes nobody after the end', async () => {
    const { admit, clock, rails, woken, end } = rig({ maxWritesPerMinute: 1 }, false);
    expect([admit('shop/web'), rails.mayGoOn('shop/web'), admit('shop/api')]).toEqual([undefined, true, 'budget']);
    rails.settle('shop/web', false);
    await end();
    await clock.advance(120_000);
    expect([woken, clock.pending]).toEqual([[], 0]);
  });
});

describe('without a Lease', () => {
  test('the rails run until the signal fires', async () => {
    const { clock, end, isRunning } = rig({}, false);
    await clock.advance(60_000);
    expect(isRunning()).toBe(true);
    await end();
    expect(isRunning()).toBe(false);
  });

  test('nothing is waited for where it has fired before', async () => {
    const { rails, end } = rig({}, false);
    await end();
    await expect(rails.run(AbortSignal.abort())).resolves.toBeUndefined();
  });
});

describe('reasons together', () => {
  test('the first of policy, stop, fuse and budget counts', async () => {
    let enforcement: 'Enforce' | 'DryRun' | 'Off' = 'Off';
    const { admit, annotate, clock, rails, end } = rig({ enforcementOf: () => enforcement, maxWritesPerMinute: 1 });
    await clock.advance(100);
    annotate({ 'slicehints.io/stop': 'true', 'slicehints.io/fuse-blown': 'x' });
    await clock.advance(1000);
    expect(admit('shop/web')).toBe('policy-off');
    enforcement = 'DryRun';
    expect(admit('shop/web')).toBe('policy-dry-run');
    enforcement = 'Enforce';
    expect(admit('shop/web')).toBe('stop');
    annotate({ 'slicehints.io/fuse-blown': 'x' });
    await clock.advance(1000);
    expect(rails.held.count().get('fuse')).toBe(1);
    annotate({});
    await clock.advance(1000);
    expect([admit('shop/web'), rails.mayGoOn('shop/web'), admit('shop/api')]).toEqual([undefined, true, 'budget']);
    await end();
  });

  test('a Service that is gone, or another replica’s, is held back no more', async () => {
    const { admit, annotate, clock, rails, end } = rig();
    annotate({ 'slicehints.io/stop': 'true' });
    await clock.advance(1000);
    for (const key of ['shop/web', 'shop/api', 'shop/cart']) admit(key);
    rails.forget('shop/web');
    rails.drop((key) => key === 'shop/api');
    expect(rails.held.count().get('stop')).toBe(1);
    await end();
  });

  test('in a dry run only policies hold back, so that all else is logged', async () => {
    const { admit, annotate, clock, rails, end } = rig({ dryRun: true, maxWritesPerMinute: 1 });
    annotate({ 'slicehints.io/stop': 'true' });
    await clock.advance(120_000);
    expect([admit('shop/web', 900), rails.mayGoOn('shop/web'), rails.mayGoOn('shop/web')]).toEqual([
      undefined,
      true,
      true,
    ]);
    await end();
  });
});
