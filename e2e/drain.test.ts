import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { usableEndpoints } from '../src/kubeproxy/rule.js';
import { TestCluster } from './support/cluster.js';
import { eventually, slicehints, type Background, type Finished } from './support/process.js';

const LEASE = [
  '--leader-elect-lease-duration=8s',
  '--leader-elect-renew-deadline=6s',
  '--leader-elect-retry-period=500ms',
];
const NORMAL = { a: '10.4.0.1,10.4.0.2', b: '10.4.0.3,10.4.0.4' };
const DRAINED = { a: '10.4.0.3,10.4.0.4', b: '10.4.0.3,10.4.0.4' };

// A real cluster needs the definition: kubectl apply -f charts/slicehints/files/drains.yaml
describe('a drain of a zone', () => {
  let cluster: TestCluster;
  const running: Background[] = [];
  beforeAll(async () => {
    cluster = await TestCluster.start();
  }, 60_000);
  afterAll(() => cluster.stop(), 60_000);
  beforeEach(async () => {
    const { a, b } = cluster.zones;
    await cluster.createService(
      'web',
      [a, a, b, b].map((nodes, i) => ({
        address: `10.4.0.${i + 1}`,
        node: nodes[i % nodes.length] ?? '',
        zone: nodes === a ? 'a' : 'b',
      })),
      { 'slicehints.io/mode': 'same-zone' },
    );
  });
  afterEach(async () => {
    for (const controller of running.splice(0)) await controller.end('SIGKILL');
    await drain('end', 'a');
    await cluster.ok(['delete', 'service/web', 'endpointslice/web-1', 'lease/slicehints', '--ignore-not-found']);
  }, 30_000);

  const start = (): Background => {
    const controller = cluster.controller(...LEASE);
    running.push(controller);
    return controller;
  };
  const drain = (...args: string[]): Promise<Finished> =>
    slicehints('drain', ...args, '--kubeconfig', cluster.kubeconfig);
  /** What every node of each zone uses; nodes of a zone that differ show as several. */
  const views = async (): Promise<Record<string, string>> => {
    const [nodes, slices] = [await cluster.nodes(), await cluster.slices('web')];
    return Object.fromEntries(
      (['a', 'b'] as const).map((zone) => {
        const uses = nodes
          .filter(({ metadata }) => cluster.zones[zone].includes(metadata?.name ?? ''))
          .map((node) => usableEndpoints({ slices, node }).sort().join());
        return [zone, [...new Set(uses)].join(' | ')];
      }),
    );
  };
  const conditions = async (): Promise<Record<string, string>> => {
    const { status } = JSON.parse(await cluster.ok(['get', 'zonedrain', 'a', '-o', 'json'])) as {
      status?: { conditions: { type: string; status: string }[] };
    };
    return Object.fromEntries((status?.conditions ?? []).map(({ type, status: value }) => [type, value]));
  };

  test('every node uses its zone before, the other zone during, and its zone again after', async () => {
    start();
    await eventually(async () => expect(await views()).toEqual(NORMAL));
    const dryRun = await drain('a', '--for=1h', '--dry-run=client', '--in-tree=absent');
    expect([dryRun.stderr, dryRun.code]).toEqual(['', 0]);
    expect(dryRun.stdout).toContain('1 Service with 2 ready endpoints in the zone; busiest endpoint 2.00 times');
    expect(await views()).toEqual(NORMAL);
    const begun = await drain('a', '--for=1h');
    expect([begun.stderr, begun.code]).toEqual(['', 0]);
    expect(begun.stdout).toContain('zonedrain.slicehints.io/a created\nZone a is drained until ');
    await eventually(async () => expect(await views()).toEqual(DRAINED));
    for (const hints of Object.values(await cluster.hints('web'))) expect(hints).not.toBe('');
    expect((await drain('status', 'a')).stdout).toMatch(/^a +a +\S+ +Active +1 +2\.00x/m);
    await eventually(async () =>
      expect(await cluster.ok(['get', 'events', '--field-selector', 'involvedObject.name=web'])).toContain(
        'ZoneDrained',
      ),
    );
    expect(await drain('end', 'a')).toMatchObject({ stdout: 'zonedrain.slicehints.io "a" deleted\n', code: 0 });
    await eventually(async () => expect(await views()).toEqual(NORMAL));
  }, 180_000);

  test('a controller that is killed in the middle leaves hints as they are, and the next leader goes on', async () => {
    const first = start();
    await eventually(async () => expect(await views()).toEqual(NORMAL));
    expect((await drain('a', '--for=1h')).code).toBe(0);
    await eventually(async () => expect(await views()).toEqual(DRAINED));
    await first.end('SIGKILL');
    expect(await views()).toEqual(DRAINED);
    const second = start();
    await eventually(() => expect(second.log.some(({ msg }) => msg.includes('became the leader'))).toBe(true), 40_000);
    await eventually(() => expect(second.log.some(({ msg }) => msg.includes('zones are drained'))).toBe(true));
    // Only now, so that it leads before the time is over however long that takes.
    const until = new Date(Date.now() + 3000).toISOString();
    await cluster.ok(['patch', 'zonedrain', 'a', '--type=merge', '-p', JSON.stringify({ spec: { until } })]);
    await eventually(async () => expect(await views()).toEqual(NORMAL), 30_000);
    // It wrote when the time was over, and not when it began to lead.
    await eventually(() => expect(second.log.filter(({ msg }) => msg === 'slice written')).toHaveLength(1));
    await eventually(async () => expect(await conditions()).toMatchObject({ Active: 'False', Ended: 'True' }));
    expect(second.log.filter(({ msg }) => msg === 'slice written')).toHaveLength(1);
  }, 180_000);

  test('a drain that ends while nobody leads is over for the next leader', async () => {
    const first = start();
    await eventually(async () => expect(await views()).toEqual(NORMAL));
    expect((await drain('a', '--for=15s')).code).toBe(0);
    await eventually(async () => expect(await views()).toEqual(DRAINED));
    await first.end('SIGKILL');
    await eventually(async () => expect((await drain('status', 'a')).stdout).toContain('Ended'), 30_000);
    expect(await views()).toEqual(DRAINED);
    const second = start();
    await eventually(async () => expect(await views()).toEqual(NORMAL), 30_000);
    await eventually(async () => expect(await conditions()).toMatchObject({ Active: 'False', Ended: 'True' }));
    expect(second.log.some(({ msg }) => msg.includes('zones are drained'))).toBe(false);
  }, 180_000);

  test('a drain that is too much is refused with its figures, and changes nothing', async () => {
    start();
    await eventually(async () => expect(await views()).toEqual(NORMAL));
    const [a = ''] = cluster.zones.a;
    await cluster.createService('one', [{ address: '10.4.1.1', node: a, zone: 'a' }], {
      'slicehints.io/mode': 'balanced',
    });
    try {
      const refused = await drain('a', '--for=1h');
      expect(refused.stdout).toContain(`1 Service would be left without an endpoint: ${cluster.namespace}/one`);
      expect(refused.code).toBe(1);
      expect(await views()).toEqual(NORMAL);
      expect(await conditions()).toMatchObject({ Accepted: 'False', Refused: 'True', Active: 'False' });
      const forced = await drain('a', '--for=1h', '--force');
      expect([forced.stderr, forced.code]).toEqual(['', 0]);
      await eventually(async () => expect(await views()).toEqual(DRAINED));
    } finally {
      await cluster.ok(['delete', 'service/one', 'endpointslice/one-1']);
    }
  }, 180_000);
});
