import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanUp, type CleanUpOptions, type CleanUpProgress } from '../../src/operations/cleanup.js';
import { systemClock } from '../../src/kube/clock.js';
import { ApiError, type Transport } from '../../src/kube/rest/transport.js';
import { guardHook } from '../../src/sandbox/storage/guard.js';
import { FakeClock, settle } from '../support/fakeClock.js';
import { startSandbox, type RunningSandbox } from '../support/sandbox.js';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const IN_TREE = 'endpointslice-controller.k8s.io';
const MIRRORING = 'endpointslicemirroring-controller.k8s.io';

let sandbox: RunningSandbox;
beforeEach(async () => (sandbox = await startSandbox()));
afterEach(() => sandbox.stop());

interface Draft {
  readonly managedBy?: string;
  readonly owned?: boolean;
  readonly hintedBy?: string;
}

function put(name: string, { managedBy, owned = false, hintedBy }: Draft): void {
  const endpoint = { addresses: ['10.0.0.1'], zone: 'a' };
  sandbox.server.store.create(
    'endpointslices',
    {
      metadata: {
        name,
        namespace: 'default',
        labels: {
          'kubernetes.io/service-name': 'web',
          ...(managedBy === undefined ? {} : { [MANAGED_BY]: managedBy }),
        },
        annotations: { other: 'x', ...(owned ? { 'slicehints.io/hints': 'v1' } : {}) },
      },
      addressType: 'IPv4',
      endpoints: [endpoint],
      ports: [],
    },
    { fieldManager: 'kube-controller-manager' },
  );
  if (hintedBy === undefined) return;
  const patch = [{ op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: 'b' }] } }];
  sandbox.server.store.patch('endpointslices', 'default', name, 'json', patch, { fieldManager: hintedBy });
}

function state(name: string): { hinted: boolean; owned: boolean; other: boolean } {
  const slice = sandbox.server.store.get('endpointslices', 'default', name);
  const endpoints = (slice?.['endpoints'] ?? []) as { hints?: unknown }[];
  const annotations = slice?.metadata.annotations ?? {};
  return {
    hinted: endpoints.some(({ hints }) => hints !== undefined),
    owned: 'slicehints.io/hints' in annotations,
    other: 'other' in annotations,
  };
}

/** Cleans up; `cleaned` is the number of slices. */
async function run(more: Partial<CleanUpOptions> = {}) {
  const signal = new AbortController().signal;
  const { cleaned, ...summary } = await cleanUp({
    transport: sandbox.transport,
    clock: systemClock,
    signal,
    ...more,
  });
  return { ...summary, cleaned: cleaned.length };
}

/** The transport to the stand-in, with something that happens before each patch. */
function intercepted(onPatch: (path: string) => unknown): Transport {
  return {
    send: async (request) => {
      if (request.method === 'PATCH') await onPatch(request.path);
      return sandbox.transport.send(request);
    },
    watch: (request) => sandbox.transport.watch(request),
    close: () => undefined,
  };
}

/** Lets time pass until the clean-up has ended. */
async function runInTime(clock: FakeClock, transport: Transport) {
  let ended = false;
  const running = run({ clock, transport }).finally(() => (ended = true));
  running.catch(() => undefined);
  while (!ended) {
    await settle(10);
    await clock.advance(100);
  }
  return running;
}

const http = (status: number, retryAfterMs?: number) => () =>
  new ApiError('http', `refused ${status}`, { status, retryAfterMs });

const CLEAN = { hinted: false, owned: false, other: true };

describe('cleanUp', () => {
  it('takes what is ours and leaves what is not', async () => {
    put('annotated', { owned: true, hintedBy: 'slicehints' });
    put('in-tree', { managedBy: IN_TREE, owned: true, hintedBy: 'slicehints' });
    put('mirrored', { managedBy: MIRRORING, hintedBy: 'slicehints' });
    put('stripped', { owned: true });
    put('of-others', { hintedBy: 'mesh' });
    put('auto', { managedBy: IN_TREE, hintedBy: 'slicehints' });
    expect(await run()).toEqual({ looked: 6, cleaned: 4, endpoints: 3, failed: [], interrupted: false });
    for (const name of ['annotated', 'in-tree', 'mirrored', 'stripped']) expect(state(name)).toEqual(CLEAN);
    for (const name of ['of-others', 'auto']) expect(state(name)).toEqual({ hinted: true, owned: false, other: true });
  });

  it('does nothing the second time', async () => {
    put('annotated', { owned: true, hintedBy: 'slicehints' });
    put('mirrored', { managedBy: MIRRORING, hintedBy: 'slicehints' });
    await run();
    const version = sandbox.server.store.resourceVersion;
    expect(await run()).toMatchObject({ looked: 2, cleaned: 0, endpoints: 0 });
    expect(sandbox.server.store.resourceVersion).toBe(version);
  });

  it('counts and writes nothing in a dry run', async () => {
    put('annotated', { owned: true, hintedBy: 'slicehints' });
    const version = sandbox.server.store.resourceVersion;
    expect(await run({ dryRun: true })).toMatchObject({ looked: 1, cleaned: 1, endpoints: 1 });
    expect(sandbox.server.store.resourceVersion).toBe(version);
  });

  it('works while the guard is in force, whoever runs it', async () => {
    sandbox.server.store.onWrite = (before, after, request) =>
      guardHook(before, after, { ...request, fieldManager: 'kubectl' });
    put('annotated', { owned: true, hintedBy: 'slicehints' });
    await run();
    expect(state('annotated')).toEqual(CLEAN);
  });

  it('goes through pages, and shows progress that ends at the total', async () => {
    for (let i = 0; i < 1100; i++) put(`web-${i}`, { owned: i % 20 === 0 });
    const seen: CleanUpProgress[] = [];
    expect(await run({ concurrency: 8, onProgress: (progress) => seen.push(progress) })).toMatchObject({
      cleaned: 55,
    });
    expect(seen.filter(({ total }) => total === undefined).map(({ looked }) => looked)).toEqual([500, 1000, 1100]);
    expect(seen.at(-1)).toEqual({ looked: 1100, total: 55, done: 55 });
  });

  it('stays within a namespace', async () => {
    put('annotated', { owned: true, hintedBy: 'slicehints' });
    expect(await run({ namespace: 'kube-system' })).toMatchObject({ looked: 0, cleaned: 0 });
  });

  it('tries again after a conflict, says what it could not clean, and goes on', async () => {
    put('busy', { owned: true, hintedBy: 'slicehints' });
    put('denied', { owned: true, hintedBy: 'slicehints' });
    let conflicts = 0;
    const transport: CleanUpOptions['transport'] = {
      send: (request) => {
        if (request.method === 'PATCH' && request.path.endsWith('/busy') && conflicts++ === 0) {
          const metadata = { annotations: { touched: 'x' } };
          sandbox.server.store.patch('endpointslices', 'default', 'busy', 'merge', { metadata }, {});
        }
        return request.method === 'PATCH' && request.path.endsWith('/denied')
          ? Promise.reject(new ApiError('http', 'patching is forbidden', { status: 403 }))
          : sandbox.transport.send(request);
      },
      watch: (request) => sandbox.transport.watch(request),
      close: () => undefined,
    };
    const summary = await run({ transport });
    expect(conflicts).toBe(2);
    expect(state('busy')).toEqual(CLEAN);
    expect(summary).toMatchObject({
      cleaned: 1,
      failed: [{ slice: 'default/denied', message: 'patching is forbidden' }],
    });
  });

  it('reads a slice again that shrank between reading and patching', async () => {
    put('shrinking', { owned: true, hintedBy: 'slicehints' });
    let shrunk = false;
    const transport = intercepted(() => {
      if (shrunk) return;
      shrunk = true;
      sandbox.server.store.patch('endpointslices', 'default', 'shrinking', 'merge', { endpoints: [] }, {});
    });
    expect(await runInTime(new FakeClock(), transport)).toMatchObject({ cleaned: 1, failed: [] });
    expect(state('shrinking')).toEqual(CLEAN);
  });

  it.each<[string, () => ApiError, { tries: number; cleaned: number; failed: number; seconds: number }]>([
    ['400', http(400), { tries: 1, cleaned: 0, failed: 1, seconds: 0 }],
    ['401', http(401), { tries: 1, cleaned: 0, failed: 1, seconds: 0 }],
    ['403', http(403), { tries: 1, cleaned: 0, failed: 1, seconds: 0 }],
    ['404, as it is gone', http(404), { tries: 1, cleaned: 0, failed: 0, seconds: 0 }],
    ['409', http(409), { tries: 6, cleaned: 0, failed: 1, seconds: 6.2 }],
    ['422 for the same version', http(422), { tries: 2, cleaned: 0, failed: 1, seconds: 0.2 }],
    ['429', http(429), { tries: 6, cleaned: 0, failed: 1, seconds: 6.2 }],
    ['429 with Retry-After: 2', http(429, 2000), { tries: 6, cleaned: 0, failed: 1, seconds: 10 }],
    ['500', http(500), { tries: 6, cleaned: 0, failed: 1, seconds: 6.2 }],
    ['503 with Retry-After: 2', http(503, 2000), { tries: 6, cleaned: 0, failed: 1, seconds: 10 }],
    ['a broken connection', () => new ApiError('network', 'reset'), { tries: 6, cleaned: 0, failed: 1, seconds: 6.2 }],
    ['no answer', () => new ApiError('timeout', 'late'), { tries: 6, cleaned: 0, failed: 1, seconds: 6.2 }],
  ])('answered with %s', async (_, error, expected) => {
    put('web', { owned: true, hintedBy: 'slicehints' });
    const clock = new FakeClock();
    const tries: number[] = [];
    const transport = intercepted(() => {
      tries.push(clock.monotonicMs());
      throw error();
    });
    const { cleaned, failed } = await runInTime(clock, transport);
    // Steps of the clock are a tenth of a second, and the first try is not at its beginning.
    const seconds = Math.floor((tries.at(-1)! - tries[0]!) / 1000);
    expect({ tries: tries.length, cleaned, failed: failed.length }).toEqual({
      tries: expected.tries,
      cleaned: expected.cleaned,
      failed: expected.failed,
    });
    expect(seconds).toBeGreaterThanOrEqual(Math.floor(expected.seconds));
  });

  it('can be interrupted', async () => {
    for (let i = 0; i < 20; i++) put(`web-${i}`, { owned: true });
    const stop = new AbortController();
    const summary = await run({
      signal: stop.signal,
      concurrency: 1,
      onProgress: ({ done }) => {
        if (done === 3) stop.abort();
      },
    });
    expect(summary).toMatchObject({ interrupted: true, failed: [], cleaned: 3 });
    expect(await run()).toMatchObject({ cleaned: 17 });
  });
});
