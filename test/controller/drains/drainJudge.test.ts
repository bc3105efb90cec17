import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DrainJudge } from '../../../src/controller/drains/drainJudge.js';
import { ServicePlanner } from '../../../src/controller/servicePlanner.js';
import { readZoneDrain } from '../../../src/hints/drain/zoneDrain.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import { FakeClock } from '../../support/fakeClock.js';
import { DrainServer } from '../../support/drainServer.js';
import { nodeManifest, sliceManifest } from '../../support/vectors.js';

const ZONES = ['a', 'b', 'c', 'd'];

/** Services by the zones of their endpoints, an object `d` that drains zone a for an hour. */
function rig(given: Readonly<Record<string, readonly string[]>>, force = false) {
  const clock = new FakeClock();
  const server = new DrainServer();
  const until = new Date(clock.wallMs() + 3_600_000).toISOString();
  server.put('d', { zone: 'a', until, force });
  const services = new Map(
    Object.keys(given).map((name) => [
      `shop/${name}`,
      readService({ metadata: { namespace: 'shop', name, annotations: { 'slicehints.io/mode': 'balanced' } } }),
    ]),
  );
  const slices = new Map<string, SliceRecord[]>(
    Object.entries(given).map(([name, zones]) => {
      const endpoints = zones.map((zone, i) => ({ address: `10.0.0.${i}`, node: `n-${zone}`, ready: true }));
      return [`shop/${name}`, [readSlice(sliceManifest({ name, endpoints }))]];
    }),
  );
  const cluster = summariseCluster(
    ZONES.map((zone) =>
      readNode(
        nodeManifest({ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
      ),
    ),
  );
  const state = { services, slicesOf: (key: string) => slices.get(key) ?? [], cluster };
  const settings = () => DEFAULT_SETTINGS;
  let assessed = 0;
  const judge = new DrainJudge({
    transport: server,
    clock,
    logger: pino({ level: 'silent' }),
    state,
    planner: new ServicePlanner({ state, book: { has: () => false }, settings }),
    stretches: { run: (work) => (assessed++, Promise.resolve(work())) },
    settings,
    limit: 2,
    drains: new Map([['d', readZoneDrain(server.drains.get('d')!)]]),
    mayWrite: () => true,
  });
  const stop = new AbortController();
  const ended = judge.run(stop.signal);
  return { clock, server, assessed: () => assessed, end: () => (stop.abort(), ended) };
}

test.each<[string, Record<string, readonly string[]>, boolean, string, string]>([
  [
    'a drain that all Services can bear is accepted',
    { web: ZONES, api: [...ZONES, ...ZONES] },
    false,
    'Accepted=True Accepted',
    "2 Services with 3 ready endpoints in the zone; busiest endpoint 1.33 times today's mean (shop/api)",
  ],
  [
    'one that leaves a Service without an endpoint is refused',
    { web: ZONES, one: ['a'] },
    false,
    'Accepted=False NoOtherEndpoint',
    '1 Service would be left without an endpoint: shop/one; spec.force drains nevertheless',
  ],
  [
    'by force it is accepted',
    { web: ZONES, one: ['a'] },
    true,
    'Accepted=True Forced',
    "1 Service would be left without an endpoint: shop/one; 1 Service with 1 ready endpoint in the zone; busiest endpoint 1.33 times today's mean (shop/web)",
  ],
  [
    'one that is too much for an endpoint is refused',
    { web: ['a', 'a', 'a', 'b'] },
    false,
    'Accepted=False Overload',
    "the busiest endpoint of 1 Service would get more than 2 times today's mean: shop/web 4.00x; spec.force drains nevertheless",
  ],
])('%s', async (_, services, force, condition, message) => {
  const { clock, server, end } = rig(services, force);
  await clock.advance(500);
  expect(server.conditions('d')[0]).toBe(condition);
  expect(server.message('d', 'Accepted')).toBe(message);
  await end();
});

test('Services without endpoints in the zone are not planned', async () => {
  const { clock, server, assessed, end } = rig({ web: ZONES, far: ['b', 'c'], none: [] });
  await clock.advance(500);
  expect([assessed(), server.patches.length]).toEqual([1, 1]);
  await clock.advance(10_000);
  expect(server.patches).toHaveLength(1);
  await end();
});
