import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { ZoneDrains } from '../../../src/controller/drains/zoneDrains.js';
import { DEFAULT_SETTINGS } from '../../../src/hints/settings.js';
import { summariseCluster } from '../../../src/model/cluster.js';
import { readNode } from '../../../src/model/node.js';
import { FakeClock } from '../../support/fakeClock.js';
import { DrainServer } from '../../support/drainServer.js';
import { nodeManifest } from '../../support/vectors.js';

const HOUR = 3_600_000;

/** Three zones and no Services. */
function rig(server = new DrainServer(), clock = new FakeClock()) {
  const nodes = ['a', 'b', 'c'].map((zone) =>
    readNode(
      nodeManifest({ name: `n-${zone}`, labels: { 'topology.kubernetes.io/zone': zone }, cpu: '4', ready: 'True' }),
    ),
  );
  const [events, reports]: [string[], string[]] = [[], []];
  const lines: object[] = [];
  const leader = { mayWrite: true };
  const drains = new ZoneDrains({
    transport: server,
    clock,
    random: () => 0.5,
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as object) }),
    observer: { onEvent: (name, type) => void reports.push(`${name} ${type}`) },
    state: { services: new Map(), slicesOf: () => [], cluster: summariseCluster(nodes) },
    planner: { plan: () => ({ kind: 'gone' }), asksForHints: () => true },
    stretches: { run: (work) => Promise.resolve(work()) },
    settings: () => DEFAULT_SETTINGS,
    limit: 2,
    mayWrite: () => leader.mayWrite,
    onChange: () => void events.push(zones()),
    onKnown: () => void events.push('known'),
  });
  const zones = (): string => drains.settings(DEFAULT_SETTINGS).drainedZones?.join() ?? 'none';
  const stop = new AbortController();
  const ended = drains.run(stop.signal);
  const put = (zone: string, hours: number): void =>
    server.put(`zone-${zone}`, { zone, until: new Date(clock.wallMs() + hours * HOUR).toISOString() });
  /** A drain that a controller has accepted. */
  const accept = (zone: string, forMs: number): void => {
    const name = `zone-${zone}`;
    server.put(name, { zone, until: new Date(clock.wallMs() + forMs).toISOString() });
    server.drains.get(name)!.status = {
      observedGeneration: 1,
      conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: '' }],
    };
  };
  const end = (): Promise<void> => (stop.abort(), ended);
  return { clock, server, events, reports, lines, leader, drains, zones, put, accept, end };
}

describe('the drains of a cluster', () => {
  test('are in force once a controller has accepted them, and end by the clock', async () => {
    const { clock, server, events, put, drains, end } = rig();
    put('a', 2);
    await clock.advance(400);
    expect(events).toEqual(['known']);
    await clock.advance(200);
    expect(events).toEqual(['known', 'a']);
    expect(server.conditions('zone-a')).toEqual([
      'Accepted=True Accepted',
      'Refused=False Accepted',
      'Active=True InForce',
      'Ended=False UntilAhead',
    ]);
    expect(drains.inForce.map(({ name }) => name)).toEqual(['zone-a']);
    await clock.advance(2 * HOUR - 700);
    expect(events).toHaveLength(2);
    await clock.advance(1200);
    expect(events).toEqual(['known', 'a', 'none']);
    expect(server.conditions('zone-a').slice(2)).toEqual(['Active=False Ended', 'Ended=True UntilReached']);
    expect(server.patches).toHaveLength(2);
    await end();
    expect(clock.pending).toBe(0);
  });

  test('end when the object is deleted', async () => {
    const { clock, server, events, put, end } = rig();
    put('a', 2);
    await clock.advance(1000);
    server.remove('zone-a');
    await clock.advance(0);
    expect(events).toEqual(['known', 'a', 'none']);
    await end();
  });

  test('follow a wall clock that is set', async () => {
    const { clock, events, put, end } = rig();
    put('a', 2);
    await clock.advance(1000);
    clock.jumpWall(3 * HOUR);
    await clock.advance(15_000);
    expect(events).toEqual(['known', 'a', 'none']);
    await end();
  });

  test('stay in force while another spec is judged, as when they are extended', async () => {
    const { clock, events, put, end } = rig();
    put('a', 2);
    await clock.advance(HOUR);
    put('a', 3);
    await clock.advance(2.5 * HOUR);
    expect(events).toEqual(['known', 'a']);
    await clock.advance(HOUR);
    expect(events).toEqual(['known', 'a', 'none']);
    await end();
  });

  test('go on under the next controller, which judges nothing again', async () => {
    const first = rig();
    first.put('a', 2);
    await first.clock.advance(1000);
    await first.end();
    const { clock, server, events, end } = rig(first.server, first.clock);
    await clock.advance(2000);
    expect(events).toEqual(['a', 'known']);
    expect(server.patches).toHaveLength(1);
    await end();
  });

  test('that ended while nobody led have no effect, and the next controller tells that in their status', async () => {
    const first = rig();
    first.put('a', 2);
    await first.clock.advance(1000);
    await first.end();
    await first.clock.advance(3 * HOUR);
    const { clock, server, events, end } = rig(first.server, first.clock);
    await clock.advance(2000);
    expect(events).toEqual(['known']);
    expect(server.conditions('zone-a').slice(2)).toEqual(['Active=False Ended', 'Ended=True UntilReached']);
    await end();
  });

  test('are judged by one process, and in force for all of them', async () => {
    const server = new DrainServer();
    const clock = new FakeClock();
    const [leader, other] = [rig(server, clock), rig(server, clock)];
    other.leader.mayWrite = false;
    leader.put('a', 2);
    await clock.advance(1000);
    expect([leader.zones(), other.zones(), server.patches.length]).toEqual(['a', 'a', 1]);
    await Promise.all([leader.end(), other.end()]);
  });

  test('of more than half of the zones are refused, though the first was accepted just now', async () => {
    const { clock, server, events, put, end } = rig();
    put('a', 2);
    put('b', 2);
    await clock.advance(1000);
    expect(events.at(-1)).toBe('a');
    expect(server.conditions('zone-b')).toEqual([
      'Accepted=False TooManyZones',
      'Refused=True TooManyZones',
      'Active=False Refused',
      'Ended=False UntilAhead',
    ]);
    expect(server.message('zone-b', 'Refused')).toBe(
      '2 of 3 zones would be drained (a is drained already), which is more than half',
    );
    await end();
  });

  test('are none where their definition is not installed', async () => {
    const server = new DrainServer();
    server.status = 404;
    const { clock, events, drains, end } = rig(server);
    await clock.advance(1000);
    expect([events, drains.known]).toEqual([['known'], true]);
    await end();
  });

  test('whose status may not be written are tried again after five seconds', async () => {
    const { clock, server, events, put, end } = rig();
    put('a', 2);
    server.patchStatus = 403;
    await clock.advance(4000);
    expect(events).toEqual(['known']);
    server.patchStatus = 200;
    await clock.advance(6000);
    expect(events).toEqual(['known', 'a']);
    await end();
  });

  test('leave the settings as they are where there is none, and make one object of them where there is', async () => {
    const { clock, drains, put, end } = rig();
    await clock.advance(0);
    expect(drains.settings(DEFAULT_SETTINGS)).toBe(DEFAULT_SETTINGS);
    put('a', 2);
    await clock.advance(1000);
    expect(drains.settings(DEFAULT_SETTINGS)).toBe(drains.settings(DEFAULT_SETTINGS));
    await end();
  });

  test('are none before they were read, and count together once they are', async () => {
    const { clock, drains, events, accept, end } = rig();
    accept('b', 2 * HOUR);
    accept('a', HOUR);
    expect([drains.known, drains.inForce]).toEqual([false, []]);
    await clock.advance(0);
    expect(events).toEqual(['a,b', 'known']);
    expect(drains.inForce.map(({ name }) => name)).toEqual(['zone-a', 'zone-b']);
    await end();
  });

  test('end by the clock where another process judges them, and the zones that are drained are logged', async () => {
    const { clock, events, leader, lines, accept, end } = rig();
    leader.mayWrite = false;
    accept('a', 20_000);
    await clock.advance(19_999);
    expect(events).toEqual(['a', 'known']);
    await clock.advance(1);
    expect(events).toEqual(['a', 'known', 'none']);
    expect(lines).toMatchObject([
      { component: 'drains', msg: 'the cluster serves drains' },
      { component: 'drains', zones: ['a'], msg: 'zones are drained' },
      { component: 'drains', zones: [], msg: 'no zone is drained' },
    ]);
    await end();
    expect(clock.pending).toBe(0);
  });

  test('follow a wall clock that is set where another process judges them', async () => {
    const { clock, events, leader, accept, end } = rig();
    leader.mayWrite = false;
    accept('a', 2 * HOUR);
    await clock.advance(1000);
    clock.jumpWall(3 * HOUR);
    await clock.advance(15_000);
    expect(events).toEqual(['a', 'known', 'none']);
    await end();
  });

  test('give other settings for other zones', async () => {
    const { clock, server, drains, put, end } = rig();
    put('a', 2);
    await clock.advance(1000);
    expect(drains.settings(DEFAULT_SETTINGS).drainedZones).toEqual(['a']);
    server.remove('zone-a');
    put('b', 2);
    await clock.advance(1000);
    expect(drains.settings(DEFAULT_SETTINGS).drainedZones).toEqual(['b']);
    await end();
  });

  test('are reported to the observer of watches by their resource', async () => {
    const { clock, reports, put, end } = rig();
    await clock.advance(0);
    put('a', 2);
    await clock.advance(0);
    expect(reports).toEqual(['zonedrains ADDED']);
    await end();
  });
});
