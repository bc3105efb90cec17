import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { usableEndpoints } from '../src/kubeproxy/rule.js';
import { TestCluster, type EndpointSpec } from './support/cluster.js';
import { eventually, fromVersion, slicehints, type Background } from './support/process.js';

const POOL = 'apps.openyurt.io/nodepool';

describe('Preferences on a live API server', () => {
  let cluster: TestCluster;
  let controller: Background | undefined;
  const made: string[] = [];

  /** A node of ours, which no kubelet runs; its name is unique to this run. */
  const node = (name: string): string => `${cluster.namespace}-${name}`;
  const createNode = async (name: string, labels: Record<string, string>): Promise<void> => {
    const metadata = { name: node(name), labels: { 'kubernetes.io/hostname': node(name), ...labels } };
    made.push(metadata.name);
    await cluster.ok(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata }));
  };
  const on = (address: string, name: string): EndpointSpec => ({ address, node: node(name), zone: '' });
  const uses = async (service: string, name: string): Promise<string[]> => {
    const manifest = (await cluster.nodes()).find(({ metadata }) => metadata?.name === name);
    if (manifest === undefined) throw new Error(`there is no node ${name}`);
    return usableEndpoints({ slices: await cluster.slices(service), node: manifest }).sort();
  };

  beforeAll(async () => {
    cluster = await TestCluster.start();
    await createNode('beijing-1', { [POOL]: 'beijing' });
    for (const pool of ['hangzhou', 'shanghai']) {
      for (const number of [1, 2]) await createNode(`${pool}-${number}`, { [POOL]: pool });
    }
    for (const number of [2, 3, 4]) await createNode(`node-${number}`, {});
  }, 60_000);
  afterEach(async () => {
    await controller?.end();
    controller = undefined;
  });
  afterAll(async () => {
    for (const name of made) await cluster.kubectl(['delete', 'node', name, '--ignore-not-found']);
    await cluster.stop();
  }, 60_000);

  fromVersion(34, test)(
    "OpenYurt's experiment: from shanghai only shanghai's pods answer; beijing's empty pool is reported",
    async () => {
      const pods = [
        on('10.244.1.1', 'hangzhou-1'),
        on('10.244.2.1', 'hangzhou-2'),
        on('10.244.3.1', 'shanghai-1'),
        on('10.244.4.1', 'shanghai-2'),
      ];
      const all = pods.map(({ address }) => address);
      await cluster.createService('pooled', pods, { 'openyurt.io/topologyKeys': 'openyurt.io/nodepool' });
      await cluster.createService('plain', pods);
      controller = cluster.controller();
      for (const name of ['shanghai-1', 'shanghai-2']) {
        await eventually(async () => expect(await uses('pooled', node(name))).toEqual(['10.244.3.1', '10.244.4.1']));
        expect(await uses('plain', node(name))).toEqual(all);
      }
      for (const name of ['hangzhou-1', 'hangzhou-2']) {
        expect(await uses('pooled', node(name))).toEqual(['10.244.1.1', '10.244.2.1']);
      }
      expect(await uses('pooled', node('beijing-1'))).toEqual(all);
      await eventually(async () =>
        expect(await cluster.ok(['describe', 'service', 'pooled'])).toMatch(
          /Warning\s+HardAffinityNotEnforceable\s.*beijing-1 has no endpoint in openyurt\.io\/nodepool=beijing/,
        ),
      );
      const service = `${cluster.namespace}/pooled`;
      const view = await slicehints('view', `--kubeconfig=${cluster.kubeconfig}`, '--service', service, '--diff');
      expect([view.stderr, view.code]).toEqual(['', 0]);
      expect(view.stdout).toMatch(/shanghai-1, \S+shanghai-2 +4 → 2 +50% +10\.244\.3\.1:80, 10\.244\.4\.1:80/);
    },
    60_000,
  );

  fromVersion(34, test)(
    'the iptables experiment: kubernetes.io/hostname, five pods on three nodes',
    async () => {
      const pods = [
        on('10.244.2.1', 'node-2'),
        on('10.244.2.2', 'node-2'),
        on('10.244.3.1', 'node-3'),
        on('10.244.4.1', 'node-4'),
        on('10.244.4.2', 'node-4'),
      ];
      await cluster.createService('hostname', pods, { 'slicehints.io/topology-keys': 'kubernetes.io/hostname' });
      controller = cluster.controller();
      await eventually(async () => {
        expect(await uses('hostname', node('node-2'))).toEqual(['10.244.2.1', '10.244.2.2']);
        expect(await uses('hostname', node('node-3'))).toEqual(['10.244.3.1']);
        expect(await uses('hostname', node('node-4'))).toEqual(['10.244.4.1', '10.244.4.2']);
      });
      expect(await uses('hostname', node('beijing-1'))).toHaveLength(5);
      await eventually(async () =>
        expect(await cluster.ok(['describe', 'service', 'hostname'])).toMatch(
          /Warning\s+HardAffinityNotEnforceable\s.*beijing-1\b.*will use all 5/,
        ),
      );
    },
    60_000,
  );

  test('kube-dns under same-zone: four endpoints, two, and one', async () => {
    const { a, b } = cluster.zones;
    const dns: EndpointSpec[] = [
      { address: '10.244.0.5', node: a[0] ?? '', zone: 'a' },
      { address: '10.244.1.2', node: b[0] ?? '', zone: 'b' },
      { address: '10.244.2.2', node: b.at(-1) ?? '', zone: 'b' },
      { address: '10.244.3.2', node: a.at(-1) ?? '', zone: 'a' },
    ];
    await cluster.createService('kube-dns', dns, {
      'service.kubernetes.io/topology-mode': 'slicehints.io/same-zone',
    });
    controller = cluster.controller();
    const expectUses = (inA: string[], inB: string[]): Promise<void> =>
      eventually(async () => {
        for (const name of a) expect(await uses('kube-dns', name)).toEqual(inA);
        for (const name of b) expect(await uses('kube-dns', name)).toEqual(inB);
      });
    await expectUses(['10.244.0.5', '10.244.3.2'], ['10.244.1.2', '10.244.2.2']);
    await cluster.replaceEndpoints('kube-dns', dns.slice(0, 2));
    await expectUses(['10.244.0.5'], ['10.244.1.2']);
    await cluster.replaceEndpoints('kube-dns', dns.slice(0, 1));
    await expectUses(['10.244.0.5'], ['10.244.0.5']);
    await eventually(async () => expect(await cluster.hints('kube-dns')).toEqual({ '10.244.0.5': 'a' }));
  }, 60_000);
});
