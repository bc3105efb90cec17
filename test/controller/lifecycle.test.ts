import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import type { ChangeRecord } from '../../src/controller/writing/changeRecord.js';
import { Controller } from '../../src/controller/controller.js';
import { type ControllerOptions } from '../../src/controller/options.js';
import { EventRecorder } from '../../src/kube/events/eventRecorder.js';
import { LeaderLostError } from '../../src/kube/leaderElection/leaderElector.js';
import { ApiError, type ApiRequest, type Transport } from '../../src/kube/rest/transport.js';
import { CONTROLLER_OPTIONS } from '../support/controllerOptions.js';
import { FakeClock, settle } from '../support/fakeClock.js';

/** How long a kind of request takes, in ms; Infinity: it is never answered. */
interface Slowness {
  list?: number;
  patch?: number;
  event?: number;
  lease?: number;
}

/** An API server in memory, on a fake clock: one Service with many slices, two zones, no guard. */
class SlowServer implements Transport {
  readonly sent: string[] = [];
  readonly slowness: Slowness = {};
  readonly #clock: FakeClock;
  readonly #slices: number;
  #lease: Record<string, unknown> | undefined;
  #version = 100;
  readonly #open = new Set<() => void>();
  /** In place of an answer. */
  failure: ((request: ApiRequest) => ApiError | undefined) | undefined;

  constructor(clock: FakeClock, slices: number) {
    this.#clock = clock;
    this.#slices = slices;
  }

  send(request: ApiRequest): Promise<unknown> {
    if (request.precondition?.() === false) return Promise.reject(new ApiError('withheld', 'not sent'));
    this.sent.push(`${request.method} ${request.path.split('/').at(-1) ?? ''}`);
    return new Promise((resolve, reject) => {
      const { signal } = request;
      const waitMs = this.#waitOf(request);
      const finish = (work: () => void): void => {
        cancel();
        this.#open.delete(onAbort);
        signal?.removeEventListener('abort', onAbort);
        work();
      };
      const onAbort = (): void => finish(() => reject(new ApiError('aborted', 'stopped')));
      const reply = (): void =>
        finish(() => {
          const failure = this.failure?.(request);
          if (failure !== undefined) return reject(failure);
          try {
            resolve(this.#answer(request));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      const cancel = waitMs === Infinity ? (): void => undefined : this.#clock.after(waitMs, reply);
      this.#open.add(onAbort);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }

  // eslint-disable-next-line require-yield
  async *watch({ query, signal }: Parameters<Transport['watch']>[0]): AsyncGenerator<never, void, undefined> {
    if (query?.['sendInitialEvents'] !== undefined) throw new ApiError('http', 'no streaming lists', { status: 400 });
    await new Promise<void>((resolve) => {
      if (signal?.aborted === true) resolve();
      else signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    throw new ApiError('aborted', 'stopped');
  }

  close(): void {
    for (const end of [...this.#open]) end();
  }

  /** Another process takes the Lease. */
  steal(): void {
    this.#lease = { ...this.#lease, spec: { holderIdentity: 'other', leaseDurationSeconds: 15 } };
    this.#stamp();
  }

  get holder(): unknown {
    return (this.#lease?.['spec'] as { holderIdentity?: unknown } | undefined)?.holderIdentity;
  }

  #waitOf({ method, path }: ApiRequest): number {
    const { list = 1, patch = 1, event = 1, lease = 1 } = this.slowness;
    if (path.includes('/leases')) return lease;
    if (path.includes('/events')) return event;
    return method === 'PATCH' ? patch : list;
  }

  #answer(request: ApiRequest): unknown {
    const { method, path, body } = request;
    if (path.includes('/leases')) return this.#answerLease(method, body);
    if (path.includes('/events')) return {};
    if (path.includes('admissionregistration')) throw new ApiError('http', 'absent', { status: 404 });
    if (method === 'PATCH') return this.#slice(path.split('/').at(-1) ?? '', true);
    const items: Record<string, () => unknown[]> = {
      services: () => [
        {
          metadata: {
            namespace: 'shop',
            name: 'web',
            uid: 'u',
            resourceVersion: '1',
            annotations: { 'service.kubernetes.io/topology-mode': 'Auto' },
          },
        },
      ],
      nodes: () =>
        ['a', 'b'].map((zone) => ({
          metadata: { name: `n-${zone}`, resourceVersion: '1', labels: { 'topology.kubernetes.io/zone': zone } },
          status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
        })),
      endpointslices: () => Array.from({ length: this.#slices }, (_, i) => this.#slice(`web-${i + 10}`, false)),
    };
    return { metadata: { resourceVersion: '50' }, items: items[path.split('/').at(-1) ?? '']?.() ?? [] };
  }

  #answerLease(method: string, body: unknown): unknown {
    const { metadata } = (body ?? {}) as { metadata?: { resourceVersion?: string } };
    if (method === 'PUT' && metadata?.resourceVersion !== String(this.#version)) {
      throw new ApiError('http', 'conflict', { status: 409 });
    }
    if (method !== 'GET') {
      this.#lease = body as Record<string, unknown>;
      this.#stamp();
    }
    if (this.#lease === undefined) throw new ApiError('http', 'no Lease', { status: 404 });
    return this.#lease;
  }

  #stamp(): void {
    const resourceVersion = String(++this.#version);
    this.#lease = { ...this.#lease, metadata: { name: 'slicehints', namespace: 'default', resourceVersion } };
  }

  #slice(name: string, hinted: boolean): object {
    return {
      metadata: {
        namespace: 'shop',
        name,
        resourceVersion: hinted ? '8' : '7',
        labels: { 'kubernetes.io/service-name': 'web' },
      },
      addressType: 'IPv4',
      endpoints: ['a', 'b'].map((zone, i) => ({
        addresses: [`10.0.${name.slice(4)}.${i}`],
        conditions: { ready: true },
        zone,
        ...(hinted ? { hints: { forZones: [{ name: zone }] } } : {}),
      })),
    };
  }
}

function start(
  options: Partial<ControllerOptions> = {},
  slices = 1,
  prepare: (server: SlowServer) => void = () => undefined,
) {
  const clock = new FakeClock();
  const server = new SlowServer(clock, slices);
  prepare(server);
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const recorder = new EventRecorder({
    transport: server,
    component: 'slicehints',
    host: 'test',
    clock,
    random: () => 0.5,
    logger,
  });
  const controller = new Controller({
    transport: server,
    leaseTransport: server,
    recorder,
    ...CONTROLLER_OPTIONS,
    clock,
    logger,
    ...options,
  });
  const stop = new AbortController();
  const end: { atMs?: number; error?: unknown } = {};
  const ended = controller.run(stop.signal).then(
    () => void (end.atMs = clock.monotonicMs()),
    (error: unknown) => {
      end.atMs = clock.monotonicMs();
      end.error = error;
    },
  );
  return { clock, server, controller, stop, end, ended, logged };
}

const patches = (server: SlowServer): number => server.sent.filter((text) => text.startsWith('PATCH web')).length;

describe('the phases', () => {
  test('come in order, each when the one before is done', async () => {
    const seen: string[] = [];
    const { clock, server, controller, stop, ended } = start({}, 1, (slow) => {
      slow.failure = ({ path }) =>
        path.endsWith('/nodes') ? new ApiError('http', 'not yet', { status: 403 }) : undefined;
    });
    const note = (): void => void (seen.at(-1) === controller.phase || seen.push(controller.phase));
    await clock.advance(30_000);
    note();
    expect(server.sent.filter((text) => text.includes('lease') || text.includes('slicehints'))).not.toContain(
      'POST leases',
    );
    server.slowness.lease = 500;
    server.failure = undefined;
    for (let i = 0; i < 500 && controller.phase !== 'workers'; i++) {
      await clock.advance(100);
      note();
    }
    await clock.advance(1000);
    expect(patches(server)).toBe(1);
    expect(controller.leading).toBe(true);
    stop.abort();
    await settle();
    note();
    await clock.advance(10_000);
    note();
    await ended;
    expect(seen).toEqual(['caches', 'election', 'workers', 'stopping', 'stopped']);
  });

  test.each([
    ['while the caches are filled', (slow: SlowServer) => void (slow.slowness.list = Infinity)],
    ['while the Lease is held by another process', (slow: SlowServer) => slow.steal()],
    ['while the Lease is not answered', (slow: SlowServer) => void (slow.slowness.lease = Infinity)],
  ])('end at once when stopped %s', async (_, prepare) => {
    const { clock, controller, server, stop, end } = start({}, 1, prepare);
    await clock.advance(5000);
    expect(controller.phase).not.toBe('workers');
    const asked = server.sent.length;
    stop.abort();
    await clock.advance(0);
    expect(server.sent.slice(asked)).toEqual([]);
    expect([end, patches(server), clock.pending]).toEqual([{ atMs: 5000 }, 0, 0]);
  });
});

test('nobody is elected before the guard is known', async () => {
  const { clock, server, controller, stop, ended } = start({}, 1, (slow) => {
    slow.failure = ({ path }) =>
      path.includes('admissionregistration') ? new ApiError('http', 'not yet', { status: 503 }) : undefined;
  });
  await clock.advance(60_000);
  expect(controller.phase).toBe('coexistence');
  const asked = server.sent.filter((text) => / (leases|slicehints)$/.test(text));
  expect([...new Set(asked)]).toEqual(['GET slicehints']);
  server.failure = undefined;
  await clock.advance(60_000);
  expect(controller.phase).toBe('workers');
  stop.abort();
  await clock.advance(5000);
  await ended;
});

test('a Lease that nobody renews is observed from the start, and taken as soon as the caches are filled', async () => {
  const { clock, server, controller, stop, ended } = start({}, 1, (slow) => {
    slow.steal();
    slow.slowness.list = 20_000;
  });
  await clock.advance(19_000);
  expect([controller.phase, server.holder]).toEqual(['caches', 'other']);
  server.slowness.list = 1;
  await clock.advance(3000);
  expect([controller.phase, patches(server)]).toEqual(['workers', 1]);
  stop.abort();
  await clock.advance(5000);
  await ended;
});

describe('what the controller tells of itself', () => {
  const figures = ({ phase, synced, settled, leading, contended, refused, failing, writeLimit, book, shards, state }: Controller) => ({
    phase, synced, settled, leading, contended, refused, failing, writeLimit,
    verdicts: book.count().map(({ mode, services: written }) => `${mode} ${written}`), shards: shards.count, holds: shards.describe().note,
    services: state.services.size, slices: state.sliceCount, nodes: state.nodeCount,
  }); // prettier-ignore
  const idle = { synced: true, contended: 0, refused: 0, failing: 0, shards: 1, services: 1, slices: 2, nodes: 2 };

  test('is what it has read, what it holds and what is left to do', async () => {
    const changes: ChangeRecord[] = [];
    const { clock, server, controller, stop, ended, logged } = start(
      { concurrency: 3, onChange: (change) => void changes.push(change) },
      2,
      (slow) => void (slow.slowness.patch = 400),
    );
    expect(figures(controller)).toMatchObject({
      phase: 'caches',
      synced: false,
      settled: false,
      leading: false,
      services: 0,
    });
    expect(controller.reflectors.map(({ name }) => name)).toEqual(['services', 'endpointslices', 'nodes']);
    for (let i = 0; i < 100 && patches(server) === 0; i++) await clock.advance(50);
    expect(figures(controller)).toEqual({
      ...idle,
      phase: 'workers',
      settled: false,
      leading: true,
      writeLimit: 3,
      verdicts: [],
      holds: 'leading',
    });
    expect(controller.oldestQueuedMs).toBeGreaterThan(0);
    await clock.advance(10_000);
    expect(figures(controller)).toEqual({
      ...idle,
      phase: 'workers',
      settled: true,
      leading: true,
      writeLimit: 3,
      verdicts: ['auto 1'],
      holds: 'leading',
    });
    expect([controller.drains.inForce, [...controller.measured.states()], controller.rails.describe()]).toEqual([
      [],
      [],
      'not held back',
    ]);
    await Promise.all([controller.flushEvents(), clock.advance(2000)]);
    expect(server.sent).toContain('POST events');
    expect([controller.oldestQueuedMs, controller.coexistence.known, controller.coexistence.inTree.inTree]).toEqual([
      0,
      true,
      'absent',
    ]);
    expect(changes.map(({ slice }) => slice)).toEqual(['web-10', 'web-11']);
    stop.abort();
    await clock.advance(10_000);
    await ended;
    expect(controller.settled).toBe(false);
    const messages = logged.map((line) => JSON.parse(line) as { msg: string });
    expect(messages.find(({ msg }) => msg.endsWith('planning starts'))).toMatchObject({
      msg: 'caches synced and leading: planning starts',
      services: 1,
      nodes: 2,
      slices: 2,
    });
    expect(messages.find(({ msg }) => msg.startsWith('planning the Services'))).toMatchObject({
      shard: 0,
      shards: 1,
      services: 1,
    });
    expect(messages.filter(({ msg }) => msg === 'slice written')).toHaveLength(2);
    expect(messages.some(({ msg }) => msg === 'stopping: no new write is sent, writes under way are finished')).toBe(
      true,
    );
  });

  test('no part of it leaks listeners', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', note);
    const { clock, stop, ended } = start();
    await clock.advance(30_000);
    stop.abort();
    await clock.advance(10_000);
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('SIGTERM ends the controller within five seconds', () => {
  test.each<[string, Slowness]>([
    ['when all is quiet', {}],
    ['when a patch is never answered', { patch: Infinity }],
    ['when Events are never answered', { event: Infinity }],
    ['when the Lease is never answered', { lease: Infinity }],
    ['when nothing is ever answered', { patch: Infinity, event: Infinity, lease: Infinity, list: Infinity }],
  ])('%s', async (_, slowness) => {
    const { clock, server, controller, stop, end } = start({}, 60);
    for (let i = 0; i < 100 && patches(server) === 0; i++) await clock.advance(10);
    expect(controller.phase).toBe('workers');
    Object.assign(server.slowness, slowness);
    await clock.advance(500);
    const fromMs = clock.monotonicMs();
    stop.abort();
    await clock.advance(5000);
    expect(end.error).toBeUndefined();
    expect((end.atMs ?? Infinity) - fromMs).toBeLessThan(5000);
    // As the process does at its end.
    server.close();
    await settle();
    expect(clock.pending).toBe(0);
    if (slowness.lease === undefined) expect(server.holder).toBe('');
  });

  test('and takes effect between two slices of a Service', async () => {
    const { clock, server, stop, end } = start({}, 60);
    server.slowness.patch = 300;
    for (let i = 0; i < 200 && patches(server) < 3; i++) await clock.advance(100);
    expect(patches(server)).toBe(3);
    stop.abort();
    await clock.advance(5000);
    expect([patches(server), server.holder, end.error]).toEqual([3, '', undefined]);
  });
});

describe('a lost lease', () => {
  test.each<[string, Slowness]>([
    ['ends the process within a second while Services wait for their back-off', {}],
    ['ends the process within a second while a patch is never answered', { patch: Infinity }],
    ['ends the process within a second while Events are never answered', { event: Infinity }],
  ])('%s', async (_, slowness) => {
    const { clock, server, controller, end } = start({}, 3, (slow) => {
      slow.failure = ({ method, path }) =>
        method === 'PATCH' && path.includes('/endpointslices/')
          ? new ApiError('http', 'busy', { status: 500 })
          : undefined;
    });
    await clock.advance(20_000);
    expect([controller.phase, controller.failing]).toEqual(['workers', 1]);
    Object.assign(server.slowness, slowness);
    await clock.advance(5000);
    server.steal();
    const before = patches(server);
    for (let i = 0; i < 40 && end.atMs === undefined; i++) await clock.advance(100);
    expect(end.error).toBeInstanceOf(LeaderLostError);
    // Nothing may keep the process alive: no timer, and no further patch.
    expect(clock.pending).toBe(0);
    await clock.advance(600_000);
    expect(patches(server) - before).toBeLessThanOrEqual(3);
    expect([controller.phase, controller.leading]).toEqual(['stopped', false]);
  });
});

describe('a dry run', () => {
  test('sends nothing but reads, and logs who leads and what a leader would do', async () => {
    const { clock, server, controller, stop, ended, logged } = start({ dryRun: true }, 2, (slow) => slow.steal());
    await clock.advance(60_000);
    expect(new Set(server.sent.map((text) => text.split(' ')[0]))).toEqual(new Set(['GET']));
    const messages = logged.map((line) => JSON.parse(line) as { msg: string; holder?: string; dryRun?: boolean });
    expect(messages.find(({ holder }) => holder !== undefined)).toMatchObject({
      msg: 'another controller leads now',
      holder: 'other',
      dryRun: true,
    });
    expect(messages.filter(({ msg }) => msg === 'would patch slice (dry run)')).toHaveLength(2);
    expect(messages.some(({ msg }) => msg === 'caches synced: a dry run starts')).toBe(true);
    expect(messages.some(({ msg }) => msg.startsWith('Topology Aware Hints has been enabled'))).toBe(true);
    expect([controller.leading, controller.shards.describe().note, server.holder]).toEqual([
      false,
      'dry run: reads the Lease only',
      'other',
    ]);
    stop.abort();
    await clock.advance(5000);
    await ended;
    expect(clock.pending).toBe(0);
  });
});
