import { describe, expect, test } from 'vitest';
import type { ControllerOptions } from '../../src/controller/options.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { guardPaths } from '../../src/guard/status.js';
import { leasePath } from '../../src/kube/rest/paths.js';
import { ApiError, type ApiRequest } from '../../src/kube/rest/transport.js';
import { writeMeasured } from '../../src/measured/text.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';
import { assembled, PLAIN, WEB } from '../support/assembledParts.js';
import { LEASE } from '../support/controllerOptions.js';
import { DrainServer } from '../support/drainServer.js';
import { measuredService } from '../support/measured.js';
import { ScriptedTransport } from '../support/modelApi.js';
import { POLICY_GROUP, PolicyServer } from '../support/policyServer.js';
import { nodeManifest } from '../support/vectors.js';

/** What each part does while it runs, with the others as they are wired to it. */

const ZONES = ['a', 'b', 'c'];
const IN_TREE = 'endpointslice-controller.k8s.io';
const KEY = 'shop/web';

const node = (zone: string, notReadySince?: string) => {
  const manifest = nodeManifest({
    ...{ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4' },
    ready: notReadySince === undefined ? 'True' : 'Unknown',
  });
  const conditions = [{ type: 'Ready', status: 'Unknown', lastTransitionTime: notReadySince ?? null }];
  return readNode(notReadySince === undefined ? manifest : { ...manifest, status: { ...manifest.status, conditions } });
};

/** The slice `shop/web-1` with an endpoint on each node. */
const slice = (given: { version?: number; hints?: readonly unknown[]; service?: string; managedBy?: string } = {}) => ({
  metadata: {
    ...{ namespace: 'shop', name: `${given.service ?? 'web'}-1`, resourceVersion: String(given.version ?? 1) },
    generation: given.version ?? 1,
    labels: {
      'kubernetes.io/service-name': given.service ?? 'web',
      ...(given.managedBy === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': given.managedBy }),
    },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  endpoints: ZONES.map((zone, i) => ({
    addresses: [`10.0.0.${i}`],
    ...{ zone, nodeName: `n-${zone}`, conditions: { ready: true } },
    ...(given.hints === undefined ? {} : { hints: given.hints[i] as object }),
  })),
});

const inMode = (mode: string) =>
  readService({
    metadata: { namespace: 'shop', name: 'web', annotations: { 'service.kubernetes.io/topology-mode': mode } },
    spec: { selector: { app: 'web' } },
  });

/** Nodes and `shop/web` with its slice; this process has all Services, unless it is told otherwise. */
function cluster(given: Partial<ControllerOptions> = {}, { isWorking = true, holds = true, service = WEB } = {}) {
  const rigged = assembled({ lease: undefined, ...given });
  const { parts, phase } = rigged;
  for (const zone of ZONES) parts.sources.nodeChanged(`n-${zone}`, node(zone), undefined);
  parts.sources.serviceChanged(KEY, service);
  parts.sources.sliceChanged('shop/web-1', readSlice(slice()), undefined, 'watch');
  const stop = new AbortController();
  const events = { gained: () => undefined, lost: () => undefined, drained: () => Promise.resolve() };
  const running: Promise<unknown>[] = [];
  if (holds) running.push(parts.shards.run(events, stop.signal));
  parts.workers.start(0);
  phase.isWorking = isWorking;
  return {
    ...rigged,
    run: (...some: { run(signal: AbortSignal): Promise<unknown> }[]): void =>
      void running.push(...some.map((part) => part.run(stop.signal))),
    end: async (): Promise<void> => {
      stop.abort();
      parts.workers.stopAll();
      await Promise.all([...running, parts.queue.stop()]);
    },
  };
}

/** A server that answers patches of slices so; all else fails. */
function writable(answer: (request: ApiRequest) => unknown): { transport: ScriptedTransport; patched: string[] } {
  const transport = new ScriptedTransport();
  const patched: string[] = [];
  transport.onSend = (request) => {
    if (request.method !== 'PATCH') throw new ApiError('http', 'not served', { status: 500 });
    patched.push(request.path);
    return answer(request);
  };
  return { transport, patched };
}

describe('a slice is written', () => {
  test.each<[string, Partial<ControllerOptions>, { isWorking?: boolean; holds?: boolean }, number]>([
    ['while the workers run and its shard is held', {}, {}, 1],
    ['but not before the workers run', {}, { isWorking: false }, 0],
    ['but not without its shard', {}, { holds: false }, 0],
    ['but not in a dry run', { dryRun: true }, {}, 0],
  ])('%s', async (_, options, given, writes) => {
    const { transport, patched } = writable(() => slice({ version: 2 }));
    const { parts, clock, end } = cluster({ transport, ...options }, given);
    parts.queue.start();
    parts.queue.add(KEY);
    await clock.advance(500);
    expect(patched).toHaveLength(writes);
    await end();
  });

  test.each([
    ['and reported to whoever asks for it', true],
    ['also where nobody does', false],
  ])('with a line in the log, %s', async (_, asks) => {
    const changes: unknown[] = [];
    const { transport } = writable(() => slice({ version: 2 }));
    const onChange = (change: unknown): void => void changes.push(change);
    const { parts, clock, logged, end } = cluster({ transport, ...(asks ? { onChange } : {}) });
    parts.queue.start();
    parts.queue.add(KEY);
    await clock.advance(500);
    const lines = logged.map((line) => JSON.parse(line) as { msg: string });
    expect(lines.filter(({ msg }) => msg === 'slice written')).toHaveLength(1);
    expect([changes.length, parts.queue.failing]).toEqual([asks ? 1 : 0, 0]);
    await end();
  });

  test('or why not is told in the log', async () => {
    const { transport } = writable(() => {
      throw new ApiError('http', 'PATCH: 403 Forbidden', { status: 403 });
    });
    const { parts, clock, logged, end } = cluster({ transport });
    parts.queue.start();
    parts.queue.add(KEY);
    await clock.advance(5000);
    const lines = logged.map((line) => JSON.parse(line) as { level: number });
    expect(lines.filter(({ level }) => level >= 40)).toMatchObject([
      { level: 40, namespace: 'shop', service: 'web', error: 'PATCH: 403 Forbidden', suppressed: 0 },
    ]);
    await end();
  });

  test('and an answer without the node hints that were sent is taken for a server that stores none', async () => {
    const { transport } = writable(() => slice({ version: 2, hints: ZONES.map((name) => ({ forZones: [{ name }] })) }));
    const { parts, phase, clock, end } = cluster({ transport }, { service: inMode('slicehints.io/same-node') });
    const before = phase.prerequisites;
    parts.queue.start();
    parts.queue.add(KEY);
    await clock.advance(500);
    expect([before, phase.prerequisites, parts.coexistence.settings.nodeHints]).toEqual([0, 1, 'dropped']);
    await end();
  });

  test('half a second after the last change where Kubernetes writes the slice too', async () => {
    const settings = { ...DEFAULT_SETTINGS, inTree: 'present' } as const;
    const started: number[] = [];
    const { transport } = writable(() => slice({ version: 2 }));
    const { parts, clock, end } = cluster({
      ...{ transport, settings },
      observer: { queue: { onStarted: (queuedMs) => void started.push(queuedMs) } },
    });
    parts.sources.sliceChanged('shop/web-1', readSlice(slice({ managedBy: IN_TREE })), undefined, 'watch');
    parts.queue.start();
    await clock.advance(499);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toHaveLength(1);
    await end();
  });

  test('one at a time while the server is busy', async () => {
    let started = 0;
    const { parts, clock, end } = cluster({ concurrency: 2, observer: { queue: { onStarted: () => void started++ } } });
    parts.sources.serviceChanged('shop/cart', { ...WEB, name: 'cart' });
    parts.sources.sliceChanged('shop/cart-1', readSlice(slice({ service: 'cart' })), undefined, 'watch');
    const refuse = (onSent: () => void): Promise<never> => {
      onSent();
      return Promise.reject(new ApiError('http', 'busy', { status: 429 }));
    };
    await expect(parts.bound.run(refuse, new AbortController().signal)).rejects.toThrow('busy');
    parts.queue.add(KEY);
    parts.queue.start();
    // No patch is ever answered, so that a run that starts does not end.
    await clock.advance(500);
    expect([parts.bound.limit, started]).toEqual([1, 1]);
    void end();
  });
});

describe('what another writer undoes', () => {
  test('pauses a Service, with an Event, until the Service is gone', () => {
    const { parts, events } = cluster();
    const { contention } = parts.workers.of(KEY)!;
    const hints = ZONES.map((name) => ({ forZones: [{ name }] }));
    let version = 1;
    for (let i = 0; i < 3; i++) {
      contention.wrote(readSlice(slice({ version: ++version, hints })), true);
      parts.sources.sliceChanged('shop/web-1', readSlice(slice({ version: ++version })), undefined, 'watch');
    }
    expect([parts.workers.contended, events]).toEqual([1, ['HintsContended']]);
    parts.sources.serviceChanged(KEY, undefined);
    expect(parts.workers.contended).toBe(0);
  });
});

test('a Service that is held back for hints alone is not any more when these are gone', async () => {
  const { transport } = writable(() => slice({ version: 3 }));
  const own = readService({ metadata: { namespace: 'shop', name: 'web' }, spec: { selector: { app: 'web' } } });
  const { parts, clock, end } = cluster({ transport }, { service: own });
  const stopped = {
    ...own,
    policy: { enforcement: 'Off', policies: ['ClusterHintsPolicy stop'], limited: [] },
  } as const;
  parts.state.applyService(KEY, stopped);
  const before = readSlice(slice());
  const left = readSlice({ ...slice({ version: 2, hints: ZONES.map((name) => ({ forZones: [{ name }] })) }) });
  const owned = { ...left, owned: true };
  parts.sources.sliceChanged('shop/web-1', owned, before, 'watch');
  parts.queue.start();
  await clock.advance(500);
  expect(parts.rails.held.count().get('policy-off')).toBe(1);
  parts.sources.sliceChanged('shop/web-1', undefined, owned, 'watch');
  await clock.advance(500);
  expect(parts.rails.held.count().get('policy-off')).toBe(0);
  await end();
});

test('a Service that is gone takes part as long as a verdict about it is recorded', async () => {
  const { transport } = writable(() => slice({ version: 2 }));
  const { parts, clock, end } = cluster({ transport });
  parts.queue.start();
  parts.queue.add(KEY);
  await clock.advance(500);
  parts.state.applyService(KEY, undefined);
  expect([parts.planner.takesPart(KEY), parts.planner.takesPart('shop/other')]).toEqual([true, false]);
  await end();
});

describe('the status of policies is written', () => {
  test.each<[string, Partial<ControllerOptions>, { isWorking?: boolean; holds?: boolean }, boolean]>([
    ['while the workers run, by who holds the first shard', {}, {}, true],
    ['but not before the workers run', {}, { isWorking: false }, false],
    ['but not by another', {}, { holds: false }, false],
    ['but not in a dry run', { dryRun: true }, {}, false],
  ])('%s', async (_, options, given, writes) => {
    const transport = new PolicyServer();
    transport.policies = [{ metadata: { name: 'p', resourceVersion: '1' }, spec: { defaults: { mode: 'auto' } } }];
    const { parts, clock, run, end } = cluster({ transport, ...options }, given);
    run(parts.policies);
    await clock.advance(60_000);
    const status = `PATCH ${POLICY_GROUP}/clusterhintspolicies/p/status`;
    expect(transport.requests.includes(status)).toBe(writes);
    await end();
  });
});

test('a policy that makes something of a Service queues it, and that blows no fuse', async () => {
  const transport = new PolicyServer();
  transport.policies = [{ metadata: { name: 'p', resourceVersion: '1' }, spec: { defaults: { mode: 'auto' } } }];
  const { parts, clock, run, end } = cluster({ transport }, { service: PLAIN });
  expect(parts.queue.idle).toBe(true);
  run(parts.policies);
  await clock.advance(100);
  expect([parts.queue.idle, parts.state.services.get(KEY)?.policy?.mode?.value]).toEqual([false, 'auto']);
  await end();
});

describe('a drain of a zone is judged', () => {
  test.each([
    ['by twice today’s mean', {}, 'Accepted=True Accepted'],
    ['by the limit that is set', { drainLimit: 1.1 }, 'Accepted=False Overload'],
  ])('%s', async (_, options, condition) => {
    const transport = new DrainServer();
    const service = inMode('slicehints.io/balanced');
    const { parts, clock, run, end } = cluster({ transport, ...options }, { service });
    transport.put('zone-a', { zone: 'a', until: new Date(clock.wallMs() + 3_600_000).toISOString() });
    run(parts.drains);
    await clock.advance(10_000);
    expect(transport.conditions('zone-a')[0]).toBe(condition);
    await end();
  });
});

describe('the guard is looked up', () => {
  test.each([
    ['in the version v1', {}, guardPaths('v1').policy],
    ['in the version that is set', { guardPolicyVersion: 'v1beta1' as const }, guardPaths('v1beta1').policy],
  ])('%s', async (_, options, path) => {
    const { parts, clock, sent, run, end } = cluster(options);
    run(parts.coexistence);
    await clock.advance(0);
    expect(sent).toContain(`GET ${path}`);
    void end();
  });
});

test('whether in-tree is at work is judged when the caches are filled, and not before', async () => {
  const transport = new ScriptedTransport();
  transport.onSend = () => ({ metadata: { resourceVersion: '1' }, items: [] });
  transport.onWatch = ({ request }) => {
    if (request.query?.['sendInitialEvents'] === true) throw new ApiError('http', 'no such parameter', { status: 400 });
  };
  const { parts, phase, clock, run, end } = cluster({
    transport,
    settings: { ...DEFAULT_SETTINGS, inTree: 'auto' },
  });
  parts.coexistence.review();
  expect([parts.coexistence.inTree.how, phase.synced]).toEqual(['not detected yet', 0]);
  run(parts.sources);
  await clock.advance(100);
  expect(phase.synced).toBe(1);
  expect(parts.coexistence.inTree.how).not.toBe('not detected yet');
  await end();
});

describe('measured demand', () => {
  const measuredConfigMap = { namespace: 'default', name: 'measured' };
  const demand = { 'slicehints.io/demand': 'measured' };
  const service = readService({
    metadata: { namespace: 'shop', name: 'web', annotations: { ...WEB.annotations, ...demand } },
    spec: { selector: { app: 'web' } },
  });

  test('queues the Services whose figures changed', async () => {
    const transport = new ScriptedTransport();
    const { parts, clock, run, end } = cluster({ transport, measuredConfigMap }, { service });
    const atSeconds = Math.floor(clock.wallMs() / 1000);
    const text = writeMeasured({ atSeconds, services: [measuredService('a=0.5 b=0.5')] });
    const configMap = { metadata: { ...measuredConfigMap, resourceVersion: '1' }, data: { 'measured.txt': text } };
    transport.onSend = () => ({ metadata: { resourceVersion: '1' }, items: [configMap] });
    expect(parts.queue.idle).toBe(true);
    run(parts.measured);
    await clock.advance(100);
    expect(parts.queue.idle).toBe(false);
    await end();
  });

  test('that may not be read is logged by its own component', async () => {
    const { transport } = writable(() => undefined);
    transport.onSend = () => {
      throw new ApiError('http', 'forbidden', { status: 403 });
    };
    const { parts, clock, logged, run, end } = cluster({ transport, measuredConfigMap });
    run(parts.measured);
    await clock.advance(30_000);
    const lines = logged.map((line) => JSON.parse(line) as { component?: string; msg: string });
    expect(lines.find(({ msg }) => msg.includes('measured demand may not be read'))?.component).toBe('measured');
    await end();
  });
});

test('where all endpoints are the clients, a change of any queues the Services that take part', async () => {
  const settings = { ...DEFAULT_SETTINGS, inTree: 'absent', demand: 'endpoints' } as const;
  const { parts, clock, run, end } = cluster({ settings }, { service: inMode('slicehints.io/balanced') });
  run(parts.demands);
  parts.planner.plan(KEY);
  await clock.advance(0);
  const cart = slice({ service: 'cart' });
  const inOneZone = readSlice({ ...cart, endpoints: [{ ...cart.endpoints[0]!, addresses: ['10.0.1.1'] }] });
  parts.sources.sliceChanged('shop/cart-1', inOneZone, undefined, 'watch');
  expect(parts.queue.idle).toBe(true);
  await clock.advance(5000);
  expect(parts.queue.idle).toBe(false);
  await end();
});

describe('nodes that are not ready', () => {
  test('have all Services looked at again, one after the other, as they cease to count', async () => {
    const { parts, clock, run, end } = cluster();
    const since = (ms: number): string => new Date(clock.wallMs() + ms).toISOString();
    parts.sources.nodeChanged('n-b', node('b', since(0)), undefined);
    parts.sources.nodeChanged('n-c', node('c', since(60_000)), undefined);
    run(parts.resync, parts.grace);
    await clock.advance(1000);
    for (const untilMs of [300_000, 60_000]) {
      await parts.queue.drop(() => true);
      await clock.advance(untilMs - 2000);
      expect(parts.queue.idle).toBe(true);
      await clock.advance(2000);
      expect(parts.queue.idle).toBe(false);
    }
    await end();
  });

  test.each([
    ['is counted', true],
    ['ends nothing where nobody counts it', false],
  ])('a pass that fails %s', async (_, counts) => {
    let failed = 0;
    const observer = counts ? { onResyncFailed: () => void failed++ } : {};
    const { parts, clock, run, end } = cluster({ observer });
    parts.planner.participants = () => {
      throw new Error('broken');
    };
    run(parts.resync);
    parts.resync.schedule();
    await clock.advance(3000);
    expect(failed).toBe(counts ? 1 : 0);
    await end();
  });
});

describe('the Lease is read', () => {
  const path = `GET ${leasePath(LEASE.namespace, LEASE.name)}`;

  test.each([
    ['for the stop and the fuse by who writes', false, true],
    ['not for these in a dry run', true, false],
  ])('%s', async (_, dryRun, reads) => {
    const { parts, clock, sent, run, end } = cluster({ lease: LEASE, dryRun }, { holds: false });
    run(parts.rails);
    await clock.advance(1000);
    expect(sent.includes(path)).toBe(reads);
    void end();
  });

  test('for its holder in a dry run, once in each retry period', async () => {
    const transport = new ScriptedTransport();
    const { parts, clock, run, end } = cluster(
      { lease: LEASE, dryRun: true, leaseTransport: transport },
      { holds: false },
    );
    run(parts.follower!);
    await clock.advance(3 * LEASE.retryPeriodMs);
    expect(transport.sent.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([path, path, path, path]);
    await end();
  });
});
