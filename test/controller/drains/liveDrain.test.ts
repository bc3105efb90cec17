import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { usableEndpoints } from '../../../src/kubeproxy/rule.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import type { NodeManifest } from '../../../src/model/manifest.js';
import { LiveCluster, until } from '../../support/liveController.js';

const DRAINS = 'zonedrains.slicehints.io';
const HOUR = 3_600_000;

describe('a drain, over HTTP', () => {
  let cluster: LiveCluster;

  beforeEach(async () => {
    cluster = new LiveCluster(undefined, undefined, chartDefinitions());
    await cluster.start();
    cluster.putService('web', { 'slicehints.io/mode': 'same-zone' });
    cluster.putSlice('web', ['a', 'a', 'b', 'b']);
  });
  afterEach(() => cluster.stop());

  let endMs = 0;
  const drain = (ms: number): void => {
    endMs = Date.now() + ms;
    cluster.server.store.write(DRAINS, {
      apiVersion: 'slicehints.io/v1alpha1',
      kind: 'ZoneDrain',
      metadata: { name: 'zone-a' },
      spec: { zone: 'a', until: new Date(endMs).toISOString() },
    });
  };
  const holds = (type: string): boolean => {
    const { status } = cluster.server.store.get(DRAINS, '', 'zone-a') as unknown as {
      status?: { conditions: { type: string; status: string }[] };
    };
    return status?.conditions.some((one) => one.type === type && one.status === 'True') === true;
  };
  /** What each node uses. */
  const view = (): string[] =>
    ['n0', 'n2'].map((name) =>
      usableEndpoints({
        slices: [cluster.slice('web')!],
        node: cluster.server.store.get('nodes', '', name) as NodeManifest,
      })
        .map((address) => address.slice(-1))
        .join(),
    );
  const NORMAL = ['1,2', '3,4'];
  const DRAINED = ['3,4', '3,4'];

  test('keeps every node from the zone, is told in Events and status, and ends by itself', async () => {
    const { controller } = cluster.run();
    await until(() => expect(view()).toEqual(NORMAL));
    drain(3000);
    await until(() => expect(view()).toEqual(DRAINED));
    expect(controller.drains.inForce.map(({ zone }) => zone)).toEqual(['a']);
    expect([holds('Accepted'), holds('Active'), holds('Ended')]).toEqual([true, true, false]);
    await until(() => expect(cluster.events('web').join()).toContain('ZoneDrained: Zone a is drained'));
    await until(() => expect(view()).toEqual(NORMAL));
    await until(() => expect([holds('Active'), holds('Ended')]).toEqual([false, true]));
    const back = (): string[] => cluster.events('web').filter((text) => text.startsWith('SameZoneHintsSet'));
    await until(() => expect(back()).toHaveLength(2));
  });

  test('outlives the controller that accepted it: the next one writes nothing and goes on', async () => {
    const first = cluster.run();
    drain(HOUR);
    await until(() => expect(view()).toEqual(DRAINED));
    await first.stop();
    const writes = cluster.patches();
    const second = cluster.run();
    await until(() => expect(second.controller.settled).toBe(true));
    expect([view(), cluster.patches()]).toEqual([DRAINED, writes]);
    cluster.server.store.delete(DRAINS, '', 'zone-a');
    await until(() => expect(view()).toEqual(NORMAL));
  });

  test('that ends while no controller runs is found to be over by the next one', async () => {
    const first = cluster.run();
    drain(2500);
    await until(() => expect(view()).toEqual(DRAINED));
    await first.stop();
    await until(() => expect(Date.now()).toBeGreaterThan(endMs));
    expect(view()).toEqual(DRAINED);
    cluster.run();
    await until(() => expect(view()).toEqual(NORMAL));
    await until(() => expect(holds('Ended')).toBe(true));
  });
});
