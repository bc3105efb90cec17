import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { DrainJudge, type DrainJudgeOptions } from '../../../src/controller/drains/drainJudge.js';
import { ServicePlanner } from '../../../src/controller/servicePlanner.js';
import { readZoneDrain, type ZoneDrainRecord } from '../../../src/hints/drain/zoneDrain.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { readService } from '../../../src/model/service.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';
import type { ApiRequest, Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';
import { DrainServer } from '../../support/drainServer.js';
import { nodeManifest, sliceManifest } from '../../support/vectors.js';

const ZONES = ['a', 'b', 'c', 'd'];

const HOUR = 3_600_000;

/** Services by the zones of their endpoints, an object `d` that drains zone a for an hour. */
function rig(given: Readonly<Record<string, readonly string[]>>, force = false) {
  const clock = new FakeClock();
  const server = new DrainServer();
  const drains = new Map<string, ZoneDrainRecord>();
  const [asked, lines]: [ApiRequest[], object[]] = [[], []];
  const hooks = { onSend: (): void => undefined, onAssess: (nth: number): unknown => nth, mayWrite: true };
  /** An object that the judge reads as it stands; what the judge writes to it is read at `read`. */
  const put = (name: string, zone: string, forMs = HOUR, createdMs = 0, isForced = false): void => {
    server.put(name, { zone, until: new Date(clock.wallMs() + forMs).toISOString(), force: isForced }, createdMs);
    read(name);
  };
  const read = (name: string): void => void drains.set(name, readZoneDrain(server.drains.get(name)!));
  put('d', 'a', HOUR, 0, force);
  const transport: Transport = {
    send: (request) => {
      asked.push(request);
      hooks.onSend();
      return server.send(request);
    },
    watch: (request) => server.watch(request),
    close: () => server.close(),
  };
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
  const slicesOf = (key: string) => slices.get(key) ?? [];
  const state = { services, slicesOf, hasOursToRemove: () => false, cluster };
  const settings = () => DEFAULT_SETTINGS;
  let assessed = 0;
  /** The drained zones of each plan. */
  const planned: string[] = [];
  const planner = new ServicePlanner({ state, book: { has: () => false }, settings });
  const absent = new Set<string>();
  const plan: DrainJudgeOptions['planner']['plan'] = (key, isSettling, with_) => {
    const zones = with_?.drainedZones?.join('+') ?? '';
    planned.push(zones);
    return absent.has(`${key} ${zones}`) ? { kind: 'gone' } : planner.plan(key, isSettling, with_);
  };
  const judge = new DrainJudge({
    transport,
    clock,
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) }),
    state,
    planner: { plan, asksForHints: (key) => planner.asksForHints(key) },
    stretches: {
      run: (work) => {
        hooks.onAssess(++assessed);
        return Promise.resolve(work());
      },
    },
    settings,
    limit: 2,
    drains,
    mayWrite: () => hooks.mayWrite,
  });
  const stop = new AbortController();
  const ended = judge.run(stop.signal);
  const end = (): Promise<void> => (stop.abort(), ended);
  const facts = { asked, lines, planned, assessed: () => assessed };
  return { clock, server, drains, hooks, put, read, services, absent, stop, end, ...facts };
}

const patched = ({ patches }: DrainServer): string[] => patches.map(({ name }) => name);

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

describe('drains are judged', () => {
  test.each<[string, readonly (readonly [name: string, zone: string, createdMs: number])[]]>([
    [
      'the oldest first',
      [
        ['new', 'b', 2000],
        ['d', 'a', 1000],
      ],
    ],
    [
      'the oldest first, in whatever order they came',
      [
        ['d', 'a', 1000],
        ['new', 'b', 2000],
      ],
    ],
    [
      'by name where they are of one second',
      [
        ['e', 'b', 1000],
        ['d', 'a', 1000],
      ],
    ],
  ])('%s', async (_, given) => {
    const { clock, server, drains, put, end } = rig({ web: ZONES });
    drains.clear();
    server.drains.clear();
    for (const [name, zone, createdMs] of given) put(name, zone, HOUR, createdMs);
    await clock.advance(500);
    expect(patched(server)).toEqual(['d', given.find(([name]) => name !== 'd')?.[0]]);
    await end();
  });

  test('with those that were accepted just now, before the watch delivers that', async () => {
    const { clock, server, put, planned, end } = rig({ web: ZONES });
    put('e', 'c', HOUR, 1000);
    put('f', 'd', HOUR, 2000);
    await clock.advance(500);
    expect(['d', 'e', 'f'].map((name) => server.conditions(name)[0])).toEqual([
      'Accepted=True Accepted',
      'Accepted=True Accepted',
      'Accepted=False TooManyZones',
    ]);
    expect(planned).toEqual(['', 'a', 'a', 'a+c']);
    await end();
  });

  test('the zones of plans are sorted, whichever is drained already', async () => {
    const { clock, drains, planned, put, end } = rig({ web: ZONES });
    drains.clear();
    put('late', 'b', HOUR, 1000);
    await clock.advance(500);
    put('later', 'a', HOUR, 2000);
    await clock.advance(500);
    expect(planned).toEqual(['', 'b', 'b', 'a+b']);
    await end();
  });

  test('without one that is over, to the millisecond', async () => {
    const { clock, server, drains, put, end } = rig({ web: ZONES });
    drains.clear();
    put('d', 'a', 10_000, 5000);
    await clock.advance(9900);
    put('e', 'b', HOUR, 1000);
    put('f', 'c', HOUR, 2000);
    await clock.advance(100);
    expect(['e', 'f'].map((name) => server.conditions(name)[0])).toEqual([
      'Accepted=True Accepted',
      'Accepted=True Accepted',
    ]);
    await end();
  });

  test('as if they were not in force where they are extended', async () => {
    const { clock, server, put, planned, end } = rig({ web: ZONES });
    await clock.advance(500);
    put('d', 'a', 2 * HOUR);
    await clock.advance(500);
    expect(planned).toEqual(['', 'a', '', 'a']);
    expect(server.message('d', 'Accepted')).toContain('busiest endpoint 1.33 times');
    await end();
  });

  test('once, and told of again when their time is over, also while the watch is behind', async () => {
    const { clock, server, end } = rig({ web: ZONES });
    await clock.advance(HOUR - 1);
    expect(server.patches).toHaveLength(1);
    await clock.advance(1);
    expect([server.patches.length, server.conditions('d')[3]]).toEqual([2, 'Ended=True UntilReached']);
    await clock.advance(HOUR);
    expect(server.patches).toHaveLength(2);
    await end();
  });

  test('without a look at Services where they are refused whatever those are', async () => {
    const { clock, server, assessed, put, end } = rig({ web: ZONES });
    put('d', 'a', -1);
    await clock.advance(500);
    expect([assessed(), server.conditions('d')[0]]).toEqual([0, 'Accepted=False Expired']);
    await end();
  });

  test('only by who may write', async () => {
    const { clock, server, hooks, assessed, end } = rig({ web: ZONES });
    hooks.mayWrite = false;
    await clock.advance(5000);
    expect([assessed(), server.patches.length]).toEqual([0, 0]);
    hooks.mayWrite = true;
    await clock.advance(500);
    expect([assessed(), server.patches.length]).toEqual([1, 1]);
    await end();
  });

  test.each([
    ['accepted', { web: ZONES }, 'Accepted', /^drain accepted: 1 Service with 1 ready endpoint/],
    ['refused', { one: ['a'] }, 'NoOtherEndpoint', /^drain refused: 1 Service would be left/],
  ])('and a line tells that one is %s', async (_, given, reason, msg) => {
    const { clock, drains, lines, end } = rig(given);
    await clock.advance(500);
    const { until } = drains.get('d')!;
    expect(lines).toMatchObject([{ level: 30, drain: 'd', zone: 'a', until, reason, msg: expect.stringMatching(msg) }]);
    await end();
  });
});

describe('while Services are looked at', () => {
  const TWO = { web: ZONES, api: ZONES };

  test.each<[string, (rigged: ReturnType<typeof rig>) => void]>([
    ['the controller stops', ({ stop }) => stop.abort()],
    ['another replica comes to judge', ({ hooks }) => (hooks.mayWrite = false)],
  ])('nothing is written where %s', async (_, act) => {
    const rigged = rig(TWO);
    const { clock, hooks, assessed, asked, end } = rigged;
    hooks.onAssess = (nth) => void (nth === 1 && act(rigged));
    await clock.advance(5000);
    expect([assessed(), asked.length]).toEqual([1, 0]);
    await end();
  });

  test('one that goes is left out', async () => {
    const { clock, server, hooks, services, assessed, end } = rig(TWO);
    hooks.onAssess = () => void services.delete('shop/api');
    await clock.advance(500);
    expect([assessed(), server.message('d', 'Accepted')?.split(';')[0]]).toEqual([
      1,
      '1 Service with 1 ready endpoint in the zone',
    ]);
    await end();
  });

  test.each([['shop/api '], ['shop/api a']])('one without a plan is left out: %j', async (missing) => {
    const { clock, server, absent, end } = rig(TWO);
    absent.add(missing);
    await clock.advance(500);
    expect(server.message('d', 'Accepted')).toMatch(/^1 Service with 1 ready endpoint in the zone;.*\(shop\/web\)$/);
    await end();
  });

  test('one whose plan a policy holds back counts as blocked', async () => {
    const { clock, server, services, end } = rig(TWO);
    services.set('shop/api', {
      ...services.get('shop/api')!,
      policy: { enforcement: 'DryRun', policies: [], limited: [] },
    });
    await clock.advance(500);
    expect(server.patches[0]?.body).toMatchObject({ status: { services: { drained: 1, blocked: 1 } } });
    await end();
  });
});

describe('the status of a drain', () => {
  test('is a merge patch', async () => {
    const { clock, asked, end } = rig({ web: ZONES });
    await clock.advance(500);
    expect(asked).toMatchObject([{ method: 'PATCH', contentType: 'application/merge-patch+json' }]);
    expect(asked[0]?.path).toMatch(/\/zonedrains\/d\/status$/);
    await end();
  });

  test('that the server refuses is tried again after five seconds, of all drains, and logged now and then', async () => {
    const { clock, server, put, asked, lines, end } = rig({ web: ZONES });
    put('e', 'b', HOUR, 1000);
    server.patchStatus = 403;
    await clock.advance(5499);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    const warnings = lines.filter((line) => (line as { level: number }).level > 30);
    expect(warnings).toMatchObject([
      {
        ...{ level: 40, drain: 'd', error: 'answered 403', suppressed: 0 },
        msg: 'the status of a drain could not be written',
      },
    ]);
    server.patchStatus = 200;
    await clock.advance(5000);
    expect(patched(server)).toEqual(['d', 'e']);
    await end();
  });

  test('is not written to another drain of the same name, which is judged by itself', async () => {
    const { clock, server, drains, hooks, put, read, lines, end } = rig({ web: ZONES, one: ['b'] });
    // Deleted and created again while it is judged: the same generation, but the zone of an only endpoint.
    hooks.onAssess = (nth) => {
      if (nth > 1) return;
      server.drains.delete('d');
      server.put('d', { zone: 'b', until: drains.get('d')!.until });
    };
    await clock.advance(500);
    expect(server.conditions('d')).toEqual([]);
    read('d');
    await clock.advance(500);
    expect(server.conditions('d')[0]).toBe('Accepted=False NoOtherEndpoint');
    expect(lines.filter((line) => (line as { level: number }).level > 30)).toEqual([]);
    put('e', 'b');
    await end();
  });

  test('of one that is gone is no failure, and holds up no other', async () => {
    const { clock, server, put, lines, end } = rig({ web: ZONES });
    put('e', 'b', HOUR, 1000);
    server.drains.delete('d');
    await clock.advance(500);
    expect(server.conditions('e')[0]).toBe('Accepted=True Accepted');
    expect(lines.filter((line) => (line as { level: number }).level > 30)).toEqual([]);
    await end();
  });

  test.each([
    ['fails', 403],
    ['is answered', 200],
  ])('that is under way when the controller stops, and then %s, is the last and is not logged', async (_, status) => {
    const { clock, server, hooks, put, asked, lines, stop, end } = rig({ web: ZONES });
    put('e', 'b', HOUR, 1000);
    server.patchStatus = status;
    hooks.onSend = () => stop.abort();
    await clock.advance(500);
    await end();
    expect([asked.length, lines.filter((line) => (line as { level: number }).level > 30)]).toEqual([1, []]);
  });
});
