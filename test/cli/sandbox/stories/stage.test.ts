import { beforeEach, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { sandboxSettings } from '../../../../src/cli/sandbox/settings.js';
import { SandboxStage } from '../../../../src/cli/sandbox/stories/stage.js';
import { loadStoryCluster } from '../../../../src/cli/sandbox/stories/storyCluster.js';
import { Traffic } from '../../../../src/cli/sandbox/stream/traffic.js';
import { listAt, valueAt } from '../../../../src/sandbox/schema/kubeObject.js';
import { SandboxApiServer } from '../../../../src/sandbox/server/apiServer.js';

const cluster = {
  guard: false,
  nodes: 'ab',
  services: [
    { name: 'web', pods: 'ab' },
    { name: 'mesh', pods: 'aab', managedBy: 'mesh.example.com' },
  ],
};

let server: SandboxApiServer;
let stage: SandboxStage;
let lines: string[];
let stop: AbortController;

beforeEach(() => {
  server = new SandboxApiServer();
  lines = [];
  stop = new AbortController();
  loadStoryCluster(server.store, cluster);
  const traffic = new Traffic(server.store);
  traffic.follow();
  stage = new SandboxStage({
    ...{ server, url: '', cluster, settings: sandboxSettings('', 'warn'), traffic },
    inTree: { idle: true, ended: Promise.resolve() },
    pace: { sceneMs: 0, calmMs: 0, startMs: 0, evictAfterMs: 0 },
    logger: pino({ level: 'silent' }),
    paint: (style, text) => `<${String(style)}>${text}`,
    print: (line) => void lines.push(line),
    signal: stop.signal,
  });
});

function hint(...zones: (string | undefined)[]): void {
  const endpoints = listAt(server.store.get('endpointslices', 'shop', 'mesh-1'), 'endpoints') as object[];
  const hinted = endpoints.map((one, i) => ({ ...one, hints: zones[i] === undefined ? null : { forZones: [{ name: zones[i] }] } })); // prettier-ignore
  server.store.patch('endpointslices', 'shop', 'mesh-1', 'merge', { endpoints: hinted }, { fieldManager: 'slicehints' }); // prettier-ignore
}

describe('what a story does', () => {
  test('a scene begins a paragraph', async () => {
    await stage.scene('Text.');
    expect(lines).toEqual(['', '<bold>Text.']);
  });

  test('an annotation is set and removed, as kubectl does it', () => {
    stage.annotate('web', 'a', 'b');
    expect(stage.store.get('services', 'shop', 'web')?.metadata.annotations).toEqual({ a: 'b' });
    stage.annotate('web', 'a', null);
    expect(stage.store.get('services', 'shop', 'web')?.metadata.annotations).toBeUndefined();
    expect(lines).toEqual(['<dim>$ kubectl annotate service -n shop web a=b --overwrite', '<dim>$ kubectl annotate service -n shop web a-']); // prettier-ignore
  });

  test.each([
    [true, 'True'],
    [false, 'False'],
  ])('a node becomes ready: %s', (ready, status) => {
    stage.setNodeReady('node-a1', !ready);
    stage.setNodeReady('node-a1', ready);
    const node = stage.store.get('nodes', '', 'node-a1');
    expect(listAt(node, 'status', 'conditions')).toMatchObject([{ type: 'Ready', status }]);
    expect(valueAt(node, 'status', 'allocatable')).toEqual({ cpu: '4' });
  });

  test('a node joins, with a zone or without', () => {
    stage.addNode('n', 'a');
    stage.addNode('m', undefined);
    const zones = ['n', 'm'].map((name) => stage.store.get('nodes', '', name)?.metadata.labels?.['topology.kubernetes.io/zone']); // prettier-ignore
    expect(zones).toEqual(['a', undefined]);
  });

  test('a fault is on until it is switched off', () => {
    const end = stage.fault('gone');
    expect(server.faults.list()).toHaveLength(1);
    end();
    expect(server.faults.list()).toHaveLength(0);
  });

  test('a Service has a Deployment unless another writer manages its slices', () => {
    expect(stage.deployment('web').settled).toBeDefined();
    expect(() => stage.deployment('mesh')).toThrow('the story has no Deployment mesh');
  });
});

describe('what a story sees', () => {
  test('endpoints without hints, of those that are ready', () => {
    expect([stage.unhinted('mesh'), stage.unhinted('web')]).toEqual([3, 0]);
    hint('a', undefined, 'b');
    expect(stage.unhinted('mesh')).toBe(1);
    const endpoints = listAt(stage.store.get('endpointslices', 'shop', 'mesh-1'), 'endpoints') as object[];
    stage.store.patch('endpointslices', 'shop', 'mesh-1', 'merge', { endpoints: endpoints.map((one) => ({ ...one, conditions: { ready: false } })) }); // prettier-ignore
    expect(stage.unhinted('mesh')).toBe(0);
  });

  test('in how many versions an endpoint had none, until it stops to count', () => {
    hint('a', 'a', 'b');
    const count = stage.countUnhinted('mesh');
    hint('a', undefined, 'b');
    hint('a', 'a', 'b');
    hint(undefined, undefined, undefined);
    const slice = stage.store.delete('endpointslices', 'shop', 'mesh-1');
    expect(count()).toBe(2);
    stage.store.write('endpointslices', slice);
    expect(count()).toBe(2);
  });

  test('the figures of a Service, which are none without endpoints', () => {
    hint('a', 'a', 'b');
    expect(stage.report('mesh')).toEqual({ inZoneShare: 1, worstLoad: expect.closeTo(1.5) as number });
    expect(stage.figures('web')).toEqual({ inZoneShare: 0, worstLoad: 0 });
    expect(lines).toEqual(['<green>= mesh: 100 % of the traffic stays in its zone, busiest endpoint 1.50x the mean, hints on 3 of 3 endpoints']); // prettier-ignore
  });

  test('who wrote slices how often', () => {
    const before = stage.sliceWrites('slicehints');
    hint('a', 'a', 'b');
    stage.annotate('web', 'a', 'b');
    expect([stage.sliceWrites('slicehints') - before, stage.sliceWrites('kubectl')]).toEqual([1, 0]);
  });

  test('the reasons of Events on a Service, oldest first', () => {
    for (const [name, reason, service] of [['z', 'First', 'web'], ['a', 'Second', 'web'], ['b', 'Other', 'mesh']] as const) {
      stage.store.write('events', { metadata: { name, namespace: 'shop' }, involvedObject: { namespace: 'shop', name: service }, reason });
    } // prettier-ignore
    expect(stage.reasons('web')).toEqual(['First', 'Second']);
  }); // prettier-ignore
});

describe('claims', () => {
  test('are counted, and those that do not hold are kept', () => {
    stage.claim('it holds', true);
    stage.claim('it does not', false);
    expect([stage.claims, stage.failed]).toEqual([2, ['it does not']]);
    expect(lines).toEqual(['<green>✓ it holds', '<red>✗ it does not']);
  });
});

describe('a wait', () => {
  test('ends when something holds', async () => {
    await stage.until('now', () => true);
  });

  test('ends with the signal', async () => {
    stop.abort();
    await expect(stage.until('never', () => false)).rejects.toThrow('interrupted');
  });
});
