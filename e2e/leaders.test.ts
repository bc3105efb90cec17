import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestCluster } from './support/cluster.js';
import { eventually, type Background } from './support/process.js';

const SERVICES = 200;
/** The default of --concurrent-service-syncs. */
const WORKERS = 10;
const LEASE = [
  '--leader-elect-lease-duration=8s',
  '--leader-elect-renew-deadline=6s',
  '--leader-elect-retry-period=500ms',
];

const writes = (process: Background): number[] =>
  process.log.filter(({ msg }) => msg === 'slice written').map(({ time }) => Date.parse(time));

describe('two controllers', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start();
  }, 60_000);
  afterAll(() => cluster.stop(), 60_000);

  test('the leader dies in the middle of 200 Services: the standby takes over, all end hinted, never do both write', async () => {
    const { a, b } = cluster.zones;
    const items = Array.from({ length: SERVICES }, (_, i) => {
      const name = `svc-${i}`;
      const endpoint = (address: string, node: string, zone: string): object => ({
        addresses: [address],
        conditions: { ready: true },
        nodeName: node,
        zone,
      });
      return [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
          spec: { ports: [{ name: 'http', port: 80 }] },
        },
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
          addressType: 'IPv4',
          ports: [{ name: 'http', port: 80 }],
          endpoints: [endpoint(`10.1.${i}.1`, a[0] ?? '', 'a'), endpoint(`10.1.${i}.2`, b[0] ?? '', 'b')],
        },
      ];
    }).flat();
    await cluster.ok(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

    // Slow enough that the leader is killed while it writes.
    const slow = ['--kube-api-qps=30', '--kube-api-burst=5'];
    const first = cluster.controller(...LEASE, ...slow);
    await eventually(() => expect(first.log.some(({ msg }) => msg.includes('became the leader'))).toBe(true));
    const second = cluster.controller(...LEASE);
    try {
      await eventually(() => expect(writes(first).length).toBeGreaterThan(20));
      await first.end('SIGKILL');
      const byFirst = writes(first);
      expect(byFirst.length).toBeLessThan(SERVICES);
      expect(writes(second)).toEqual([]);
      await eventually(async () => {
        const out = await cluster.ok(['get', 'endpointslices', '-o', 'json']);
        const slices = (JSON.parse(out) as { items: { endpoints: { hints?: object }[] }[] }).items;
        expect(slices.filter(({ endpoints }) => endpoints.every(({ hints }) => hints !== undefined)).length).toBe(
          SERVICES,
        );
      }, 60_000);
      const bySecond = writes(second);
      const elected = Date.parse(second.log.find(({ msg }) => msg.includes('became the leader'))?.time ?? '');
      expect(Math.min(...bySecond)).toBeGreaterThanOrEqual(elected);
      expect(elected).toBeGreaterThan(Math.max(...byFirst));
      // A write that was under way when the first was killed may have been taken without being logged.
      expect(byFirst.length + bySecond.length).toBeGreaterThanOrEqual(SERVICES - WORKERS);
    } finally {
      await first.end('SIGKILL');
      expect(await second.end()).toBe(0);
    }
    const lease = JSON.parse(await cluster.ok(['get', 'lease', 'slicehints', '-o', 'json'])) as {
      spec: { holderIdentity?: string };
    };
    expect(lease.spec.holderIdentity ?? '').toBe('');
  }, 180_000);
});
