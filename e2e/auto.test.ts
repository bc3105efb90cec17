import { describe, expect, test } from 'vitest';
import { usableEndpoints } from '../src/kubeproxy/rule.js';
import type { EndpointSpec, TestCluster } from './support/cluster.js';
import { eventually } from './support/process.js';
import { useCluster } from './support/useCluster.js';

const AUTO = { 'service.kubernetes.io/topology-aware-hints': 'auto' };

describe('Auto on a live API server', () => {
  let cluster: TestCluster;
  useCluster((started) => (cluster = started));

  /** The four CoreDNS pods of the sample, on the nodes at hand: the first and third in zone a, the others in zone b. */
  const dns = (): EndpointSpec[] => {
    const { a, b } = cluster.zones;
    return [
      { address: '10.244.0.5', node: a[0] ?? '', zone: 'a' },
      { address: '10.244.2.2', node: b.at(-1) ?? '', zone: 'b' },
      { address: '10.244.3.2', node: a.at(-1) ?? '', zone: 'a' },
      { address: '10.244.1.2', node: b[0] ?? '', zone: 'b' },
    ];
  };
  const only = (...addresses: string[]): EndpointSpec[] => dns().filter(({ address }) => addresses.includes(address));
  const uses = async (service: string): Promise<Record<'a' | 'b', string[]>> => {
    const slices = await cluster.slices(service);
    const nodes = await cluster.nodes();
    const of = (zone: 'a' | 'b'): string[] => {
      const sets = cluster.zones[zone].map((name) => {
        const node = nodes.find(({ metadata }) => metadata?.name === name);
        return node === undefined ? [] : usableEndpoints({ slices, node }).sort();
      });
      expect(new Set(sets.map((set) => set.join())).size).toBe(1);
      return sets[0] ?? [];
    };
    return { a: of('a'), b: of('b') };
  };

  test('kube-dns: four endpoints, then one per zone, then one in all, and back', async () => {
    await cluster.createService('kube-dns', dns(), AUTO);
    cluster.controller();
    const all = ['10.244.0.5', '10.244.1.2', '10.244.2.2', '10.244.3.2'];
    await eventually(async () => {
      expect(await cluster.hints('kube-dns')).toEqual({
        '10.244.0.5': 'a',
        '10.244.2.2': 'b',
        '10.244.3.2': 'a',
        '10.244.1.2': 'b',
      });
    });
    expect(await uses('kube-dns')).toEqual({ a: ['10.244.0.5', '10.244.3.2'], b: ['10.244.1.2', '10.244.2.2'] });
    await eventually(async () => {
      expect(await cluster.ok(['describe', 'service', 'kube-dns'])).toMatch(
        /Normal\s+TopologyAwareHintsEnabled\s.*Topology Aware Hints has been enabled, addressType: IPv4/,
      );
    });

    await cluster.replaceEndpoints('kube-dns', only('10.244.3.2', '10.244.1.2'));
    await eventually(async () =>
      expect(await cluster.hints('kube-dns')).toEqual({ '10.244.3.2': 'a', '10.244.1.2': 'b' }),
    );
    expect(await uses('kube-dns')).toEqual({ a: ['10.244.3.2'], b: ['10.244.1.2'] });

    await cluster.replaceEndpoints('kube-dns', only('10.244.3.2'));
    await eventually(async () => {
      expect(await cluster.ok(['describe', 'service', 'kube-dns'])).toMatch(
        /Warning\s+TopologyAwareHintsDisabled\s.*Insufficient number of endpoints \(1 endpoints, 2 zones\), addressType: IPv4/,
      );
    });
    expect(await cluster.hints('kube-dns')).toEqual({ '10.244.3.2': '' });
    expect(await uses('kube-dns')).toEqual({ a: ['10.244.3.2'], b: ['10.244.3.2'] });

    await cluster.replaceEndpoints('kube-dns', dns());
    await eventually(async () =>
      expect(Object.values(await cluster.hints('kube-dns')).sort()).toEqual(['a', 'a', 'b', 'b']),
    );
    expect([...(await uses('kube-dns')).a, ...(await uses('kube-dns')).b].sort()).toEqual(all);
  }, 90_000);

  test('opting in and out by annotation; hints of others are left alone', async () => {
    const foreign = dns().map((endpoint) => ({ ...endpoint, hints: ['elsewhere'] }));
    await cluster.createService('ours', dns());
    await cluster.createService('theirs', foreign);
    cluster.controller();
    await cluster.ok(['annotate', 'service', 'ours', 'service.kubernetes.io/topology-mode=Auto']);
    await eventually(async () => expect(Object.values(await cluster.hints('ours'))).toEqual(['a', 'b', 'a', 'b']));
    await cluster.ok(['annotate', 'service', 'ours', 'service.kubernetes.io/topology-mode-']);
    await eventually(async () => expect(Object.values(await cluster.hints('ours'))).toEqual(['', '', '', '']));
    expect((await cluster.slices('ours'))[0]?.metadata?.annotations ?? {}).toEqual({});
    expect(Object.values(await cluster.hints('theirs'))).toEqual(['elsewhere', 'elsewhere', 'elsewhere', 'elsewhere']);
  }, 60_000);

  test('a bad value of the annotation is a Warning Event and no hints', async () => {
    await cluster.createService('typo', dns(), { 'service.kubernetes.io/topology-mode': 'AUTO' });
    cluster.controller();
    await eventually(async () => {
      expect(await cluster.ok(['describe', 'service', 'typo'])).toMatch(
        /Warning\s+InvalidAnnotation\s.*unknown value "AUTO"/,
      );
    });
    expect(Object.values(await cluster.hints('typo'))).toEqual(['', '', '', '']);
  }, 60_000);

  test('endpoints that are not ready carry a hint too, and count for nothing', async () => {
    await cluster.createService('rolling', [...dns(), { ...dns()[0]!, address: '10.244.0.9', ready: false }], AUTO);
    cluster.controller();
    await eventually(async () =>
      expect(Object.values(await cluster.hints('rolling'))).toEqual(['a', 'b', 'a', 'b', 'a']),
    );
  }, 60_000);

  test('a node without a zone does not count, and what is left of its zone gets no hints; once repaired they come back', async () => {
    if (!cluster.ownsNodes) return;
    await cluster.createService('flapping', dns(), AUTO);
    cluster.controller();
    await eventually(async () => expect(Object.values(await cluster.hints('flapping'))).toEqual(['a', 'b', 'a', 'b']));
    const node = cluster.zones.a[0] ?? '';
    await cluster.ok(['label', 'node', node, 'topology.kubernetes.io/zone-']);
    await eventually(async () => expect(Object.values(await cluster.hints('flapping'))).toEqual(['', '', '', '']));
    await cluster.ok(['label', 'node', node, 'topology.kubernetes.io/zone=a']);
    await eventually(async () => expect(Object.values(await cluster.hints('flapping'))).toEqual(['a', 'b', 'a', 'b']));
    const events = await cluster.ok(['describe', 'service', 'flapping']);
    expect(events).toContain(
      'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (4 endpoints, 2 zones), addressType: IPv4',
    );
  }, 60_000);

  test('a dry run writes nothing and says what it would write', async () => {
    await cluster.createService('dry', dns(), AUTO);
    const controller = cluster.controller('--dry-run');
    await eventually(() =>
      expect(controller.log.some(({ msg, slice }) => msg.includes('would patch') && slice === 'dry-1')).toBe(true),
    );
    expect(Object.values(await cluster.hints('dry'))).toEqual(['', '', '', '']);
  }, 60_000);
});
