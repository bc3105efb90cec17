import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/kube/clock.js';
import { LiveCluster, until, type LiveController } from '../../support/liveController.js';

/** Time that leaps forward; timers are real. */
let leptMs: number;
const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + leptMs };
let cluster: LiveCluster;

beforeEach(async () => {
  leptMs = 0;
  cluster = new LiveCluster(clock);
  await cluster.start();
});
afterEach(() => cluster.stop());

describe('the fuse of a running controller', () => {
  const ENDPOINTS = 120;

  /** A Service with hints on all of its endpoints, each for its own zone. */
  async function hinted(): Promise<LiveController> {
    const zones = Array.from({ length: ENDPOINTS }, (_, i) => (i % 2 === 0 ? 'a' : 'b'));
    cluster.putService('web', { 'slicehints.io/mode': 'same-zone' });
    cluster.putSlice('web', zones);
    const live = cluster.run();
    await until(() => expect(cluster.hints('web')).toBe(zones.join(' ')));
    await until(() => expect(live.controller.settled).toBe(true));
    return live;
  }

  /** Every endpoint is in the other zone now, as a fault of what is read would have it; hints stay as they are. */
  function swapZones(): void {
    const endpoints = (cluster.slice('web')?.endpoints ?? []).map((endpoint) => ({
      ...endpoint,
      zone: endpoint.zone === 'a' ? 'b' : 'a',
      nodeName: endpoint.nodeName === 'n0' ? 'n2' : 'n0',
    }));
    cluster.server.store.patch('endpointslices', 'default', 'web-1', 'merge', { endpoints });
  }

  test.each<[string, number, (live: LiveController) => Promise<void>, boolean]>([
    ['nothing else has happened', 61_000, () => Promise.resolve(), true],
    ['the controller has started within the minute', 0, () => Promise.resolve(), false],
    [
      'a node has come',
      61_000,
      async ({ controller }) => {
        cluster.putNode('n9', 'a');
        await until(() => expect(controller.state.nodeCount).toBe(5));
      },
      false,
    ],
  ])(
    'all hints are about to change, and %s',
    async (_, leapMs, act, blows) => {
      const live = await hinted();
      const before = cluster.hints('web');
      leptMs += leapMs;
      await act(live);
      swapZones();
      if (!blows) {
        await until(() => expect(cluster.hints('web')).not.toBe(before));
        expect(live.controller.rails.isFuseBlown).toBe(false);
        return;
      }
      await until(() => expect(live.controller.rails.isFuseBlown).toBe(true));
      await until(() =>
        expect(cluster.events('web').join()).toMatch(/FuseBlown: No more hints are written: 120 of 120 /),
      );
      expect([cluster.hints('web'), live.controller.rails.held.count().get('fuse')]).toEqual([before, 1]);
    },
    30_000,
  );
});
