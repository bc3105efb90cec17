import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { LeaderElector, LeaderLostError } from '../../../src/kube/leaderElection/leaderElector.js';
import type { LeaderElectorOptions } from '../../../src/kube/leaderElection/leaderElectorOptions.js';
import { sleep, type Clock } from '../../../src/kube/clock.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { LeaseConnection, LeaseStore } from '../../support/leaseStore.js';
import { ScriptedTransport } from '../../support/modelApi.js';
import { Dice } from '../../../chaos/dice.js';

interface LeaseObject {
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

const collection = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

/** The one Lease of a server: 404, 409, versions, and whatever goes wrong on the way. */
class LeaseApi extends ScriptedTransport {
  lease: LeaseObject | undefined;
  #version = 0;
  readonly holders: string[] = [];
  /** Asked before a request reaches the server; may throw or wait. */
  before: (request: ApiRequest) => unknown = () => undefined;
  /** Asked after the server has done its part; may throw or wait. */
  after: (request: ApiRequest) => unknown = () => undefined;

  constructor() {
    super();
    this.onSend = async (request) => {
      await this.before(request);
      const answer = structuredClone(this.#serve(request));
      await this.after(request);
      return answer;
    };
  }

  /** Somebody else writes. */
  edit(spec: Record<string, unknown>): void {
    this.#store({ metadata: { ...this.lease?.metadata, name: 'slicehints' }, spec });
  }

  get methods(): string {
    return this.sent.map(({ method }) => method).join(' ');
  }

  #serve({ method, path, body }: ApiRequest): unknown {
    const sent = body as LeaseObject;
    if (method === 'POST') {
      expect(path).toBe(collection);
      if (this.lease !== undefined) throw new ApiError('http', 'exists', { status: 409, reason: 'AlreadyExists' });
      return this.#store(sent);
    }
    expect(path).toBe(`${collection}/slicehints`);
    if (this.lease === undefined) throw new ApiError('http', 'not found', { status: 404, reason: 'NotFound' });
    if (method === 'GET') return this.lease;
    expect(method).toBe('PUT');
    if (sent.metadata.resourceVersion !== this.lease.metadata.resourceVersion) {
      throw new ApiError('http', 'conflict', { status: 409, reason: 'Conflict' });
    }
    return this.#store(sent);
  }

  #store(lease: LeaseObject): LeaseObject {
    for (const name of ['renewTime', 'acquireTime']) {
      if (lease.spec[name] !== undefined) expect(lease.spec[name]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    }
    this.#version += 1;
    this.lease = structuredClone({ ...lease, metadata: { ...lease.metadata, resourceVersion: `r${this.#version}` } });
    this.holders.push(String(lease.spec.holderIdentity));
    return this.lease;
  }
}

interface Rig {
  readonly elector: LeaderElector;
  readonly seen: string[];
  readonly ended: Promise<string>;
  readonly stop: () => Promise<string>;
}

/** What a log line tells of who holds the lease. */
function holderIn(line: string): string[] {
  const { msg, holder = '', identity = '' } = JSON.parse(line) as Record<string, string>;
  if (msg === 'became the leader') return [`leader ${identity}`];
  return msg === 'the lease is free' || msg?.startsWith('waiting for the lease') === true ? [`leader ${holder}`] : [];
}

function start(api: LeaseApi, clock: Clock, options: Partial<LeaderElectorOptions> = {}): Rig {
  return startAt(api, clock, options);
}

function startAt(api: Transport, clock: Clock, options: Partial<LeaderElectorOptions>): Rig {
  const seen: string[] = [];
  const elector = new LeaderElector({
    transport: api,
    namespace: 'kube-system',
    name: 'slicehints',
    identity: 'me',
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
    clock,
    random: () => 0.5,
    logger: pino({}, { write: (line: string) => void seen.push(...holderIn(line)) }),
    onStartedLeading: () => seen.push('leading'),
    ...options,
  });
  const stopped = new AbortController();
  const ended = elector.run(stopped.signal).then(
    () => 'stopped',
    (error: unknown) => (error instanceof LeaderLostError ? `lost: ${error.message}` : `broken: ${String(error)}`),
  );
  const stop = (): Promise<string> => {
    stopped.abort();
    return ended;
  };
  return { elector, seen, ended, stop };
}

const refused = new ApiError('network', 'ECONNREFUSED');

describe('a lease that several processes hold together', () => {
  const start = (store: LeaseStore, clock: FakeClock, identity: string, seed: number): Rig => {
    const connection = new LeaseConnection(store, clock, new Dice(seed).next);
    connection.delayMs = 600;
    return startAt(connection, clock, { identity, isShared: identity === 'us', random: new Dice(seed).next });
  };

  test('is lost by none of them, although their renewals are in the way of each other', async () => {
    const [store, clock] = [new LeaseStore(), new FakeClock()];
    const rigs = [1, 2, 3, 4, 5, 6].map((seed) => start(store, clock, 'us', seed));
    await clock.advance(60_000);
    for (let i = 0; i < 60; i++) {
      await clock.advance(1000);
      expect(rigs.map(({ elector }) => elector.holdsLease())).toEqual(rigs.map(() => true));
    }
    await Promise.all(rigs.map(({ stop }) => stop()));
  });

  test('is taken by another one only when the last of them must have stopped', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const [store, clock] = [new LeaseStore(), new FakeClock()];
      const rigs = [1, 2, 3].map((i) => start(store, clock, 'us', 10 * seed + i));
      await clock.advance(30_000);
      const other = start(store, clock, 'other', seed);
      await clock.advance(20_000);
      // They end one after the other, without a word.
      for (const [i, rig] of rigs.entries()) clock.after(i * 4000, () => void rig.stop());
      for (let step = 0; step < 800; step++) {
        await clock.advance(50);
        const holders = rigs.filter(({ elector }) => elector.holdsLease()).length;
        expect(other.elector.holdsLease() ? holders : 0).toBe(0);
      }
      expect(other.elector.holdsLease()).toBe(true);
      await other.stop();
    }
  });
});

describe('taking the lease', () => {
  test('creates it where there is none', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const { elector, seen, stop } = start(api, clock);
    expect(elector.isLeader).toBe(false);
    await settle();
    expect(seen).toEqual(['leader me', 'leading']);
    expect(elector.isLeader && elector.holdsLease()).toBe(true);
    expect(api.lease?.spec).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    expect(await stop()).toBe('stopped');
  });

  test('takes one that nobody holds at once, counts the transition and keeps what it does not know', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    api.edit({ holderIdentity: '', leaseTransitions: 4, strategy: 'x', acquireTime: '2020-01-01T00:00:00.000000Z' });
    const { seen, stop } = start(api, clock);
    await settle();
    expect(seen).toContain('leading');
    expect(api.lease?.spec).toMatchObject({
      leaseTransitions: 5,
      strategy: 'x',
      acquireTime: '2026-01-01T00:00:00.000000Z',
    });
    await stop();
  });

  test('waits until the record has not changed for its own duration, whatever its times say', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const other = { holderIdentity: 'other', leaseDurationSeconds: 30, renewTime: '1999-01-01T00:00:00.000000Z' };
    api.edit(other);
    const { elector, seen, stop } = start(api, clock);
    await clock.advance(20_000);
    api.edit({ ...other, renewTime: '2150-01-01T00:00:00.000000Z' });
    clock.jumpWall(365 * 24 * 3_600_000);
    // The next look after the edit comes within 3.2 s; from then on the 30 s run.
    await clock.advance(29_000);
    expect(seen).toEqual(['leader other']);
    expect(elector.leaderIdentity).toBe('other');
    await clock.advance(8_000);
    expect(seen).toEqual(['leader other', 'leader me', 'leading']);
    await stop();
  });

  test('logs who holds the lease at the start and whenever that changes', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    api.edit({ holderIdentity: 'first', leaseDurationSeconds: 15 });
    const { seen, stop } = start(api, clock);
    await clock.advance(10_000);
    api.edit({ holderIdentity: 'x'.repeat(5000), leaseDurationSeconds: 15 });
    await clock.advance(10_000);
    api.edit({ holderIdentity: '', leaseDurationSeconds: 1 });
    await clock.advance(10_000);
    expect(seen).toEqual(['leader first', `leader ${'x'.repeat(255)}…`, 'leader ', 'leader me', 'leading']);
    await stop();
  });

  test('leaves a deleted Lease to its holder, until that must have stopped', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const holder = start(api, clock);
    await settle();
    const standby = start(api, clock, { identity: 'you' });
    await clock.advance(8_000);
    api.lease = undefined;
    // The holder is cut off.
    api.before = ({ body }) => {
      if ((body as LeaseObject | undefined)?.spec.holderIdentity === 'me') throw refused;
    };
    const holders: string[] = [];
    for (let i = 0; i < 200; i++) {
      await clock.advance(100);
      const [mine, yours] = [holder, standby].map(({ elector }) => elector.holdsLease());
      expect([mine, yours]).not.toEqual([true, true]);
      holders.push(yours === true ? 'you' : mine === true ? 'me' : '');
    }
    expect([...new Set(holders)]).toEqual(['me', '', 'you']);
    expect(await holder.ended).toMatch('lost');
    await standby.stop();
  });

  test('creates a deleted Lease at once when its holder had given it back', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    api.edit({ holderIdentity: '', leaseDurationSeconds: 1 });
    const elector = start(api, clock);
    api.lease = undefined;
    await settle();
    expect(elector.elector.holdsLease()).toBe(true);
    await elector.stop();
  });

  test('takes a changed label for no sign of life', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    api.edit({ holderIdentity: 'dead', leaseDurationSeconds: 15 });
    const { seen, stop } = start(api, clock);
    for (let i = 0; i < 5; i++) {
      await clock.advance(4_000);
      if (api.lease?.spec.holderIdentity === 'dead') api.edit(api.lease.spec);
    }
    expect(seen).toContain('leading');
    await stop();
  });

  test('asks with jitter between one and 2.2 retry periods', async () => {
    for (const [chance, pauseMs] of [
      [0, 2_000],
      [0.5, 3_200],
      [1, 4_400],
    ] as const) {
      const [api, clock] = [new LeaseApi(), new FakeClock()];
      api.edit({ holderIdentity: 'other', leaseDurationSeconds: 1000 });
      const { stop } = start(api, clock, { random: () => chance });
      await clock.advance(pauseMs - 1);
      expect(api.sent).toHaveLength(1);
      await clock.advance(1);
      expect(api.sent).toHaveLength(2);
      await stop();
    }
  });

  test('goes on through an outage, and never updates a Lease without a version', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    let left = 20;
    api.before = () => {
      if (left-- > 0) throw refused;
    };
    const { seen, stop } = start(api, clock);
    await clock.advance(30_000);
    expect(seen).toEqual([]);
    api.onSend = () => ({ metadata: { name: 'slicehints' }, spec: {} });
    await clock.advance(30_000);
    expect(new Set(api.methods.split(' '))).toEqual(new Set(['GET']));
    expect(await stop()).toBe('stopped');
  });

  test('does not count an answer that was stuck for longer than the lease', async () => {
    const [api, clock] = [new LeaseApi(), new StallingClock()];
    api.after = ({ method }) => {
      if (method === 'POST') clock.stall(16_000);
    };
    const { elector, seen, stop } = start(api, clock);
    await settle();
    // Created too late, so renewed before anything is announced.
    expect(api.methods).toBe('GET POST GET PUT');
    expect(seen).toEqual(['leader me', 'leading']);
    expect(elector.holdsLease()).toBe(true);
    await stop();
  });
});

/** A clock that can also stand for an event loop that did not run: time passes, but no timer fires meanwhile. */
class StallingClock extends FakeClock {
  #stalledMs = 0;

  override monotonicMs(): number {
    return super.monotonicMs() + this.#stalledMs;
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}

describe('keeping the lease', () => {
  async function leading(
    options: Partial<LeaderElectorOptions> = {},
  ): Promise<Rig & { api: LeaseApi; clock: StallingClock }> {
    const [api, clock] = [new LeaseApi(), new StallingClock()];
    const rig = start(api, clock, options);
    await settle();
    expect(rig.elector.isLeader).toBe(true);
    api.sent.length = 0;
    return { ...rig, api, clock };
  }

  test('renews every retry period with one request', async () => {
    const { api, clock, elector, stop } = await leading();
    clock.jumpWall(-3_600_000);
    for (let i = 0; i < 100; i++) {
      await clock.advance(2_000);
      expect(elector.holdsLease()).toBe(true);
    }
    expect(api.sent).toHaveLength(100);
    expect(api.methods).not.toContain('GET');
    expect(api.lease?.spec).toMatchObject({ leaseTransitions: 0, renewTime: '2025-12-31T23:03:20.000000Z' });
    expect(await stop()).toBe('stopped');
  });

  test('gives each request half the deadline, at least a second, and not more than is left', async () => {
    const { api, clock, stop, ended } = await leading();
    api.before = () => new Promise(() => undefined);
    await clock.advance(11_000);
    expect(api.sent.map(({ deadlineMs }) => deadlineMs)).toEqual([5_000, 2_500]);
    expect(await ended).toMatch('lost: ');
    await stop();
  });

  test.each<[string, number, number]>([
    ['a quarter of the retry period', 500, 500],
    ['a retry period where the server asks for less', 429, 2000],
  ])('what failed is tried again after %s', async (_, status, waitMs) => {
    const { api, clock, stop } = await leading();
    const times: number[] = [];
    api.before = ({ method }) => {
      if (method === 'PUT') times.push(clock.monotonicMs());
      throw new ApiError('http', 'not now', { status });
    };
    await clock.advance(9000);
    expect(times.slice(1, 4).map((at, i) => at - times[i]!)).toEqual([waitMs, waitMs, waitMs]);
    await stop();
  });

  test('survives an outage shorter than the renew deadline', async () => {
    const { api, clock, elector, stop } = await leading();
    api.before = () => {
      throw refused;
    };
    await clock.advance(9_000);
    expect(elector.holdsLease()).toBe(true);
    api.before = () => undefined;
    await clock.advance(20_000);
    expect(elector.holdsLease()).toBe(true);
    expect(await stop()).toBe('stopped');
  });

  test.each<[string, () => unknown]>([
    ['refuses connections', () => Promise.reject(refused)],
    ['never answers', () => new Promise(() => undefined)],
    ['answers 500', () => Promise.reject(new ApiError('http', 'broken', { status: 500 }))],
    ['answers 403', () => Promise.reject(new ApiError('http', 'forbidden', { status: 403, reason: 'Forbidden' }))],
  ])('is lost when the server %s for the whole renew deadline', async (_name, answer) => {
    const { api, clock, elector, ended } = await leading();
    api.before = answer;
    await clock.advance(9_999);
    expect(elector.isLeader).toBe(true);
    await clock.advance(1);
    expect(await ended).toBe('lost: The lease slicehints could not be renewed for 10.0 s.');
    expect([elector.isLeader, elector.holdsLease()]).toEqual([false, false]);
    const { length } = api.sent;
    await elector.release();
    await clock.advance(60_000);
    expect(api.sent).toHaveLength(length);
    expect(clock.pending).toBe(0);
  });

  test('renewals that fail are logged once in a retry period, with how many were not', async () => {
    const warnings: { suppressed: number }[] = [];
    const write = (line: string): void => {
      const entry = JSON.parse(line) as { level: number; suppressed: number };
      if (entry.level === 40) warnings.push(entry);
    };
    const { api, clock, ended } = await leading({ logger: pino({}, { write }) });
    api.before = () => Promise.reject(refused);
    await clock.advance(10_000);
    expect(await ended).toContain('lost');
    expect(warnings.map(({ suppressed }) => suppressed)).toEqual([0, 3, 3, 3]);
  });

  const everyAnswer = [400, 401, 403, 404, 408, 409, 410, 422, 425, 429, 500, 501, 502, 503, 504];

  test.each(everyAnswer)(
    'outlasts answers of %i to every request for nine seconds, and not for ten',
    async (status) => {
      for (const [seconds, holds] of [
        [9, true],
        [10, false],
      ] as const) {
        const { api, clock, elector, ended, stop } = await leading();
        api.before = () => Promise.reject(new ApiError('http', 'no', { status, retryAfterMs: 60_000 }));
        await clock.advance(seconds * 1000);
        api.before = () => undefined;
        await clock.advance(20_000);
        expect([seconds, elector.holdsLease()]).toEqual([seconds, holds]);
        if (!holds) expect(await ended).toBe('lost: The lease slicehints could not be renewed for 10.0 s.');
        await stop();
      }
    },
  );

  test.each(everyAnswer)('is taken once answers of %i to every request end', async (status) => {
    const api = new LeaseApi();
    const clock = new FakeClock();
    api.before = () => Promise.reject(new ApiError('http', 'no', { status }));
    const { elector, stop } = start(api, clock);
    await clock.advance(60_000);
    expect([elector.isLeader, api.sent.length > 10]).toEqual([false, true]);
    api.before = () => undefined;
    await clock.advance(5_000);
    expect(elector.holdsLease()).toBe(true);
    await stop();
  });

  test('goes on after a renewal whose answer was lost, through one look at the Lease', async () => {
    const { api, clock, elector, stop } = await leading();
    let lost = false;
    api.after = () => {
      if (lost) return;
      lost = true;
      throw new ApiError('network', 'reset');
    };
    await clock.advance(4_000);
    expect(api.methods).toBe('PUT PUT GET PUT');
    expect(elector.holdsLease()).toBe(true);
    await stop();
  });

  test.each<[string, Record<string, unknown>]>([
    ['is alive', { holderIdentity: 'other', leaseDurationSeconds: 15 }],
    ['looks expired', { holderIdentity: 'other', leaseDurationSeconds: 1, renewTime: '1999-01-01T00:00:00.000000Z' }],
  ])('is lost at once when the Lease names somebody else who %s', async (_name, spec) => {
    const { api, clock, elector, ended } = await leading();
    api.edit(spec);
    await clock.advance(2_000);
    expect(await ended).toBe('lost: The lease slicehints was taken by other.');
    expect(elector.holdsLease()).toBe(false);
    expect(api.lease?.spec.holderIdentity).toBe('other');
  });

  test('writes a Lease again that somebody deleted or emptied', async () => {
    const { api, clock, elector, stop } = await leading();
    api.lease = undefined;
    await clock.advance(2_000);
    expect(api.lease).toMatchObject({ spec: { holderIdentity: 'me' } });
    api.edit({ holderIdentity: '', leaseTransitions: 7 });
    await clock.advance(2_000);
    expect(api.lease).toMatchObject({ spec: { holderIdentity: 'me', leaseTransitions: 8 } });
    expect(elector.holdsLease()).toBe(true);
    expect(await stop()).toBe('stopped');
  });

  test('writes a deleted Lease again with the annotations that it had', async () => {
    const { api, clock, stop } = await leading();
    api.edit(api.lease!.spec);
    api.lease!.metadata.annotations = { 'slicehints.io/stop': 'incident 4711' };
    await clock.advance(2_000);
    api.lease = undefined;
    await clock.advance(2_000);
    expect(api.lease).toMatchObject({
      metadata: { annotations: { 'slicehints.io/stop': 'incident 4711' } },
      spec: { holderIdentity: 'me' },
    });
    await stop();
  });

  test('puts its labels on a Lease that it creates, and on one that it finds, beside others', async () => {
    const labels = { 'example.com/part': 'controller' };
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const first = start(api, clock, { labels });
    await settle();
    expect(api.lease?.metadata.labels).toEqual(labels);
    api.lease = { ...api.lease!, metadata: { name: 'slicehints', labels: { team: 'net' }, resourceVersion: 'x' } };
    await clock.advance(2_000);
    expect(api.lease.metadata.labels).toEqual({ team: 'net', ...labels });
    await first.stop();
  });

  test('keeps labels and unknown fields that somebody added meanwhile', async () => {
    const { api, clock, stop } = await leading();
    api.edit({ ...api.lease?.spec, preferredHolder: 'you' });
    await clock.advance(2_000);
    expect(api.lease?.spec).toMatchObject({ holderIdentity: 'me', preferredHolder: 'you', leaseTransitions: 0 });
    await stop();
  });

  test.each([10_001, 14_000, 16_000, 3_600_000])(
    'is lost when the event loop stood still for %d ms, before another request is sent',
    async (ms) => {
      const { api, clock, elector, ended } = await leading();
      clock.stall(ms);
      expect(elector.holdsLease()).toBe(ms < 15_000);
      await clock.advance(2_000);
      expect(await ended).toMatch('lost: ');
      expect(api.sent).toHaveLength(0);
      expect(elector.holdsLease()).toBe(false);
    },
  );

  test('is lost when the loop stands still while a renewal is under way, even if the server took it', async () => {
    const { api, clock, elector, ended } = await leading();
    api.after = () => clock.stall(14_000);
    await clock.advance(2_000);
    expect(api.sent).toHaveLength(1);
    expect(await ended).toMatch('lost: ');
    expect(elector.holdsLease()).toBe(false);
  });

  test('counts from before the renewal was sent', async () => {
    const { api, clock, elector, stop } = await leading();
    api.after = () => sleep(clock, 4_000, new AbortController().signal);
    await clock.advance(6_000);
    api.before = () => Promise.reject(refused);
    clock.stall(10_999);
    expect(elector.holdsLease()).toBe(true);
    clock.stall(1);
    expect(elector.holdsLease()).toBe(false);
    await stop();
  });

  test('ends when the owner cannot start', async () => {
    const { ended, elector } = start(new LeaseApi(), new FakeClock(), {
      onStartedLeading: () => {
        throw new Error('no');
      },
    });
    expect(await ended).toBe('broken: Error: no');
    expect(elector.holdsLease()).toBe(false);
  });
});

describe('giving the lease back', () => {
  test('empties it after the last write, and the next one takes it at once', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const first = start(api, clock);
    await settle();
    expect(await first.stop()).toBe('stopped');
    expect([first.elector.isLeader, first.elector.holdsLease()]).toEqual([true, true]);
    await first.elector.release();
    expect([first.elector.isLeader, first.elector.holdsLease()]).toEqual([false, false]);
    expect(api.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
    const second = start(api, clock, { identity: 'you' });
    await settle();
    expect(second.seen).toContain('leading');
    expect(api.lease?.spec).toMatchObject({ holderIdentity: 'you', leaseDurationSeconds: 15, leaseTransitions: 1 });
    await second.stop();
  });

  test('knows a renewal that was cut off by the stop', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const { elector, stop } = start(api, clock);
    await settle();
    api.after = () => new Promise(() => undefined);
    await clock.advance(2_000);
    await stop();
    api.after = () => undefined;
    await elector.release();
    expect(api.lease?.spec.holderIdentity).toBe('');
  });

  test('leaves the lease of another alone', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const { elector, stop } = start(api, clock);
    await settle();
    await stop();
    api.edit({ holderIdentity: 'other' });
    await elector.release();
    expect(api.lease?.spec).toEqual({ holderIdentity: 'other' });
  });

  test('does nothing for a standby, and settles when the server is away', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    api.edit({ holderIdentity: 'other', leaseDurationSeconds: 15 });
    const standby = start(api, clock);
    await settle();
    await standby.stop();
    const { length } = api.sent;
    await standby.elector.release();
    expect(api.sent).toHaveLength(length);

    const gone = new LeaseApi();
    const away = start(gone, clock);
    await settle();
    await away.stop();
    gone.before = () => new Promise(() => undefined);
    const releasing = away.elector.release();
    await clock.advance(10_000);
    await releasing;
    expect(away.elector.holdsLease()).toBe(false);
  });

  test('is not undone by a renewal that was under way', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const { elector, ended } = start(api, clock);
    await settle();
    let arrive = (): void => undefined;
    api.before = ({ body }) => {
      if ((body as LeaseObject).spec.holderIdentity !== 'me') return undefined;
      // The next requests are not delayed.
      api.before = () => undefined;
      return new Promise<void>((resolve) => (arrive = resolve));
    };
    await clock.advance(2_000);
    const renewal = api.before;
    await elector.release();
    expect([renewal === api.before, api.lease?.spec.holderIdentity]).toEqual([true, '']);
    arrive();
    await settle();
    await clock.advance(10_000);
    expect(await ended).toBe('stopped');
    expect(api.lease?.spec.holderIdentity).toBe('');
  });

  test('while still running ends the run without taking it again', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const { elector, ended } = start(api, clock);
    await settle();
    await elector.release();
    await clock.advance(10_000);
    expect(await ended).toBe('stopped');
    expect(api.lease?.spec.holderIdentity).toBe('');
    expect(elector.isLeader).toBe(false);
  });
});

describe('two electors', () => {
  test.each([1, 2, 3, 4, 5])(
    'never believe both that they hold the lease (seed %d)',
    async (seed) => {
      const [api, clock] = [new LeaseApi(), new FakeClock()];
      let state = seed;
      const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
      // Requests fail, or are served and their answers lost, or take their time on either way.
      const fate = (): unknown => {
        const chance = random();
        if (chance < 0.25) throw refused;
        return chance < 0.5 ? sleep(clock, random() * 9_000, new AbortController().signal) : undefined;
      };
      api.before = fate;
      api.after = fate;
      const names = ['a', 'b'];
      const rigs = names.map((identity) => start(api, clock, { identity, random }));
      const leaders = new Set<string>();
      for (let i = 0; i < 3_000; i++) {
        await clock.advance(200);
        const holders = rigs.filter(({ elector }) => elector.holdsLease());
        expect(holders.length).toBeLessThanOrEqual(1);
        for (const [index, rig] of rigs.entries()) {
          if (rig.elector.holdsLease()) leaders.add(names[index]!);
          if (await hasEnded(rig)) {
            // The process exits and is started again under another name.
            names[index] = `${names[index]!.charAt(0)}${i}`;
            rigs[index] = start(api, clock, { identity: names[index], random });
          }
        }
      }
      expect(leaders.size).toBeGreaterThan(3);
      await Promise.all(rigs.map(({ stop }) => stop()));
    },
    30_000,
  );

  test('share the first lease fairly: one creates it, the other waits and takes over', async () => {
    const [api, clock] = [new LeaseApi(), new FakeClock()];
    const a = start(api, clock, { identity: 'a' });
    const b = start(api, clock, { identity: 'b' });
    await settle();
    expect([a.elector.isLeader, b.elector.isLeader].filter(Boolean)).toHaveLength(1);
    const [leader, standby] = a.elector.isLeader ? [a, b] : [b, a];
    await leader.stop();
    await clock.advance(14_000);
    expect(standby.elector.isLeader).toBe(false);
    await clock.advance(8_000);
    expect(standby.elector.isLeader).toBe(true);
    expect(leader.elector.holdsLease()).toBe(false);
    expect(api.lease?.spec.leaseTransitions).toBe(1);
    await standby.stop();
  });
});

async function hasEnded({ ended }: Rig): Promise<boolean> {
  return (await Promise.race([ended, Promise.resolve('running')])) !== 'running';
}
