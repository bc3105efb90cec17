import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import type { Plan } from '../../src/hints/plan.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';
import type { LabelSelector } from '../../src/model/labelSelector.js';
import { readNode, type NodeRecord } from '../../src/model/node.js';
import type { ServiceRecord } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';
import { assembled, PLAIN, WEB } from '../support/assembledParts.js';
import { LEASE } from '../support/controllerOptions.js';

test('parts are constructed without a request, and none of the prerequisites is known', () => {
  const { parts, sent } = assembled({ measuredConfigMap: { namespace: 'default', name: 'measured' } });
  expect(sent).toEqual([]);
  expect(parts.prerequisites.map(({ known }) => known)).toEqual([false, false, false, false]);
});

describe('a Service that takes part is queued when it changes', () => {
  test.each([
    ['while the workers run and its shard is held here', true, true, false],
    ['but not before the workers start', false, true, true],
    ['but not where its shard is held by another replica', true, false, true],
  ])('%s', (_, isWorking, holdsShard, idle) => {
    const { parts, phase } = assembled();
    phase.isWorking = isWorking;
    if (holdsShard) parts.workers.start(0);
    parts.sources.serviceChanged('shop/web', WEB);
    expect(parts.queue.idle).toBe(idle);
  });

  test('but not one that asks for nothing', () => {
    const { parts, phase } = assembled();
    phase.isWorking = true;
    parts.workers.start(0);
    parts.sources.serviceChanged('shop/web', PLAIN);
    expect(parts.queue.idle).toBe(true);
  });

  test('and a run that was queued before its shard went does nothing', async () => {
    const { parts, clock } = assembled();
    parts.queue.add('shop/web');
    parts.queue.start();
    await clock.advance(5000);
    expect([parts.queue.idle, parts.queue.failing]).toEqual([true, 0]);
  });
});

describe('what is measured queues a Service', () => {
  test.each([
    ['that takes part', WEB, false],
    ['but none that asks for nothing', PLAIN, true],
  ])('%s', (_, service, idle) => {
    const { parts, phase } = assembled({ settings: { ...DEFAULT_SETTINGS, inTree: 'absent', demand: 'measured' } });
    parts.workers.start(0);
    parts.sources.serviceChanged('shop/web', service);
    phase.isWorking = true;
    parts.demands.measuredChanged(['shop/web']);
    expect(parts.queue.idle).toBe(idle);
  });
});

describe('all Services are looked at again when the server turns out to drop node hints', () => {
  test.each([
    ['while the workers run', true, false],
    ['but not before they do', false, true],
  ])('%s', async (_, isWorking, idle) => {
    const { parts, phase, clock } = assembled();
    parts.workers.start(0);
    parts.sources.serviceChanged('shop/web', WEB);
    phase.isWorking = isWorking;
    const stop = new AbortController();
    const ended = parts.resync.run(stop.signal);
    parts.coexistence.sawNodeHintsDropped();
    expect(phase.prerequisites).toBe(1);
    await clock.advance(3000);
    expect(parts.queue.idle).toBe(idle);
    stop.abort();
    await ended;
  });
});

describe('nodes', () => {
  const node = (name: string, labels: Record<string, string> = {}, notReadySince?: string): NodeRecord =>
    readNode({
      metadata: { name, labels: { 'topology.kubernetes.io/zone': 'a', ...labels } },
      status: {
        allocatable: { cpu: '4' },
        conditions: [
          notReadySince === undefined
            ? { type: 'Ready', status: 'True' }
            : { type: 'Ready', status: 'Unknown', lastTransitionTime: notReadySince },
        ],
      },
    });

  test.each<[string, boolean, number, boolean]>([
    ['when one changes', true, 200, false],
    ['not as long as none does', false, 290_000, true],
    ['when one has not been ready for five minutes', false, 300_200, false],
  ])('have all Services looked at again %s', async (_, changes, afterMs, idle) => {
    const { parts, phase, clock } = assembled();
    parts.workers.start(0);
    parts.sources.serviceChanged('shop/web', WEB);
    phase.isWorking = true;
    parts.sources.nodeChanged('n', node('n', {}, new Date(clock.wallMs()).toISOString()), undefined);
    const stop = new AbortController();
    const ended = Promise.all([parts.resync.run(stop.signal), parts.grace.run(stop.signal)]);
    if (changes) parts.sources.nodeChanged('m', node('m'), undefined);
    await clock.advance(afterMs);
    expect(parts.queue.idle).toBe(idle);
    stop.abort();
    await ended;
  });

  test('count where --node-selector selects them', () => {
    const nodeSelector: LabelSelector = [{ key: 'pool', operator: 'In', values: ['x'] }];
    const { parts } = assembled({ settings: { ...DEFAULT_SETTINGS, nodeSelector } });
    parts.sources.nodeChanged('in', node('in', { pool: 'x' }), undefined);
    parts.sources.nodeChanged('out', node('out', { pool: 'y' }), undefined);
    expect(
      parts.state.cluster.nodes.filter(({ standing }) => standing !== 'not-selected').map(({ name }) => name),
    ).toEqual(['in']);
  });
});

describe('the rails', () => {
  /** So many endpoints of `shop/web` that have hints for zone a; the plan gives them to zone b. */
  const manifest = (endpoints: number): EndpointSliceManifest => ({
    metadata: {
      ...{ namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      annotations: { 'slicehints.io/hints': 'v1' },
    },
    addressType: 'IPv4',
    endpoints: Array.from({ length: endpoints }, (_, i) => ({
      addresses: [`10.0.0.${i}`],
      hints: { forZones: [{ name: 'a' }] },
    })),
  });
  function moving(endpoints: number): Plan {
    const slice = readSlice(manifest(endpoints));
    const hints = slice.endpoints.map(() => ({ forZones: ['b'] }));
    return { slices: [{ slice, hints, patch: [], moved: endpoints }] } as unknown as Plan;
  }

  test.each<[string, { isWorking: boolean; service: boolean; holdsShard: boolean; moved: number }, string[]]>([
    [
      'the fuse counts the hinted endpoints of this process',
      { isWorking: true, service: true, holdsShard: true, moved: 150 },
      [],
    ],
    ['and none of another', { isWorking: true, service: true, holdsShard: false, moved: 150 }, ['FuseBlown']],
    [
      'the Service whose change was one too many gets an Event',
      { isWorking: true, service: true, holdsShard: true, moved: 200 },
      ['FuseBlown'],
    ],
    ['unless it is gone', { isWorking: true, service: false, holdsShard: true, moved: 200 }, []],
    ['or the workers have ended', { isWorking: false, service: true, holdsShard: true, moved: 200 }, []],
  ])('%s', (_, { isWorking, service, holdsShard, moved }, expected) => {
    const { parts, phase, clock, events, logged } = assembled({ lease: undefined });
    phase.isWorking = isWorking;
    if (holdsShard) parts.workers.start(0);
    if (service) parts.state.applyService('shop/web', WEB);
    parts.state.applySlice('shop/web-1', readSlice(manifest(300)), undefined);
    parts.rails.admit('shop/web', moving(moved), clock.monotonicMs());
    expect(events).toEqual(expected);
    const lines = logged.map((line) => JSON.parse(line) as object);
    const told = { level: 40, namespace: 'shop', service: 'web', reason: 'FuseBlown' };
    expect(lines.filter((line) => 'namespace' in line)).toMatchObject(expected.length === 0 ? [] : [told]);
    if (expected.length > 0) expect(lines[0]).toMatchObject({ component: 'rails', level: 50 });
  });

  test.each<[string, ServiceRecord | undefined, boolean]>([
    ['a policy', { ...WEB, policy: { enforcement: 'Off', policies: [], limited: [] } }, true],
    ['no policy', WEB, false],
    ['no Service', undefined, false],
  ])('go by what policies make of a Service: %s', (_, service, isHeld) => {
    const { parts } = assembled();
    parts.state.applyService('shop/web', service);
    expect(parts.rails.isHeldByPolicy('shop/web')).toBe(isHeld);
  });
});

describe('the Lease is followed without an election', () => {
  test.each([
    ['in a dry run with a Lease', true, LEASE, true],
    ['but not in a dry run without one', true, undefined, false],
    ['but not by a replica that takes part in the election', false, LEASE, false],
  ])('%s', (_, dryRun, lease, follows) => {
    expect(assembled({ dryRun, lease }).parts.follower !== undefined).toBe(follows);
  });
});

test.each([
  ['writes its Events', false, ['HintsSet']],
  ['of a dry run writes none', true, []],
])('a controller %s', (_, dryRun, expected) => {
  const { parts, events } = assembled({ dryRun });
  parts.recorder.record(WEB, 'Normal', 'HintsSet', 'text');
  expect(events).toEqual(expected);
});

test.each([
  ['lines of a dry run are marked', true, { dryRun: true }],
  ['other lines are not', false, {}],
])('%s', (_, dryRun, expected) => {
  const { parts, logged } = assembled({ dryRun });
  parts.logger.info('text');
  const line = JSON.parse(logged[0] ?? '') as { dryRun?: boolean };
  expect('dryRun' in line ? { dryRun: line.dryRun } : {}).toEqual(expected);
});
