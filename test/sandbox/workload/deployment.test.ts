import { afterEach, describe, expect, test } from 'vitest';
import { textAt, valueAt } from '../../../src/sandbox/schema/kubeObject.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { DeploymentModel, ownerOf } from '../../../src/sandbox/workload/deployment.js';
import { terminatePod } from '../../../src/sandbox/workload/termination.js';
import { FakeClock } from '../../support/fakeClock.js';
import { nodeOf } from '../samples.js';

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop.abort()));

function seeded(): () => number {
  let state = 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

async function start(zones: string, replicas: number): Promise<World> {
  const clock = new FakeClock();
  const random = seeded();
  const { store } = new SandboxApiServer({ clock, random });
  [...zones].forEach((zone, i) => store.write('nodes', nodeOf(`${zone}${i}`, zone)));
  let addresses = 0;
  const model = new DeploymentModel({
    ...{ store, clock, random, namespace: 'default', name: 'web', replicas, evictAfterMs: 5000 },
    template: { labels: { app: 'web' }, containers: [{ name: 'web', image: 'web:1' }] },
    nextAddress: () => `10.244.0.${++addresses}`,
  });
  const stop = new AbortController();
  stops.push(stop);
  void model.run(stop.signal);
  await clock.advance(1000);
  const pods = (): KubeObject[] => store.list('pods');
  return { clock, store, model, pods };
}

interface World {
  readonly clock: FakeClock;
  readonly store: SandboxApiServer['store'];
  readonly model: DeploymentModel;
  readonly pods: () => KubeObject[];
}

const zonesOf = (pods: readonly KubeObject[]): string =>
  pods
    .map((pod) => textAt(pod, 'spec', 'nodeName').slice(0, 1))
    .sort()
    .join('');
const isReady = (pod: KubeObject): boolean => JSON.stringify(valueAt(pod, 'status')).includes('"status":"True"');

function setNode(store: World['store'], name: string, ready: boolean): void {
  const status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  store.patch('nodes', '', name, 'merge', { status }, { subresource: 'status' });
}

describe('the model of a Deployment', () => {
  test('makes its Pods, spread over zones, ready after their start', async () => {
    const { model, pods } = await start('aabc', 5);
    expect(zonesOf(pods())).toMatch(/^(aabbc|aabcc|abbcc)$/);
    expect(pods().every(isReady)).toBe(true);
    expect(valueAt(pods()[0], 'status', 'containerStatuses')).toEqual([{ name: 'web', ready: true, restartCount: 0 }]);
    expect(model.settled).toBe(true);
  });

  test.each([
    ['deleted', (store: World['store'], name: string): void => void store.delete('pods', 'default', name)],
    [
      'evicted',
      (store: World['store'], name: string, clock: FakeClock): void =>
        void terminatePod(store, clock, 'default', name, { graceSeconds: 30 }),
    ],
  ])('replaces a Pod that is %s', async (_, remove) => {
    const { model, pods, store, clock } = await start('abc', 3);
    const [first] = pods();
    remove(store, first?.metadata.name ?? '', clock);
    expect(model.settled).toBe(false);
    await clock.advance(2000);
    expect(model.settled).toBe(true);
    expect(pods().map((pod) => pod.metadata.uid)).not.toContain(first?.metadata.uid);
    expect(zonesOf(pods())).toBe('abc');
  });

  test('scales up and down', async () => {
    const { model, pods, clock } = await start('abc', 3);
    model.scale(6);
    await clock.advance(2000);
    expect(zonesOf(pods())).toBe('aabbcc');
    model.scale(2);
    await clock.advance(2000);
    expect(pods()).toHaveLength(2);
    expect(model.settled).toBe(true);
  });

  test('rolls out one Pod at a time, with never fewer ready than wanted', async () => {
    const { model, pods, store, clock } = await start('abc', 4);
    const before = new Set(pods().map(ownerOf));
    let fewest = Infinity;
    let most = 0;
    store.subscribe('pods', () => {
      const alive = pods().filter((pod) => pod.metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, alive.filter(isReady).length);
      most = Math.max(most, alive.length);
    });
    model.rollOut();
    await clock.advance(10_000);
    expect(model.settled).toBe(true);
    expect([fewest, most]).toEqual([4, 5]);
    expect(pods().some((pod) => before.has(ownerOf(pod)))).toBe(false);
  });

  test('keeps off cordoned nodes', async () => {
    const { model, pods, store, clock } = await start('abc', 3);
    store.patch('nodes', '', 'c2', 'merge', { spec: { unschedulable: true } });
    model.rollOut();
    await clock.advance(10_000);
    expect(zonesOf(pods())).not.toContain('c');
    expect(pods()).toHaveLength(3);
  });

  test('Pods of a node that is not ready are not ready at once, and replaced elsewhere later', async () => {
    const { model, pods, store, clock } = await start('abc', 3);
    setNode(store, 'c2', false);
    expect(pods().filter(isReady)).toHaveLength(2);
    await clock.advance(4000);
    expect(zonesOf(pods())).toBe('abc');
    await clock.advance(4000);
    expect(zonesOf(pods())).toMatch(/^(aab|abb)$/);
    expect(model.settled).toBe(true);
  });

  test('a node that comes back in time keeps its Pods', async () => {
    const { pods, store, clock, model } = await start('abc', 3);
    const before = pods().map((pod) => pod.metadata.uid);
    setNode(store, 'c2', false);
    await clock.advance(3000);
    setNode(store, 'c2', true);
    await clock.advance(10_000);
    expect(pods().map((pod) => pod.metadata.uid)).toEqual(before);
    expect(model.settled).toBe(true);
  });

  test('without a ready node it waits for one', async () => {
    const { pods, store, clock, model } = await start('', 2);
    expect(pods()).toEqual([]);
    store.write('nodes', nodeOf('a0', 'a'));
    await clock.advance(1000);
    expect(pods()).toHaveLength(2);
    expect(model.settled).toBe(true);
  });

  test('nothing is written after the signal', async () => {
    const { pods, store, clock } = await start('abc', 3);
    stops.splice(0).forEach((stop) => stop.abort());
    store.delete('pods', 'default', pods()[0]?.metadata.name ?? '');
    await clock.advance(5000);
    expect(pods()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
