import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { TestCluster } from './support/cluster.js';
import { eventually, slicehints, type Background } from './support/process.js';

const DEFINITIONS = fileURLToPath(new URL('../../charts/slicehints/files/policies.yaml', import.meta.url));

describe('Policies on a live API server', () => {
  let cluster: TestCluster;
  let controller: Background | undefined;
  /** The policy of the cluster; named after the namespace, so that nothing else is selected or changed. */
  const name = (): string => cluster.namespace;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    await cluster.ok(['apply', '--server-side', '--force-conflicts', '-f', DEFINITIONS]);
    await established();
    const { a, b } = cluster.zones;
    await cluster.createService('web', [
      { address: '10.244.1.1', node: a[0] ?? '', zone: 'a' },
      { address: '10.244.1.2', node: b[0] ?? '', zone: 'b' },
    ]);
    controller = cluster.controller();
  }, 60_000);
  afterAll(async () => {
    await controller?.end();
    await cluster.kubectl(['delete', 'clusterhintspolicy', name(), '--ignore-not-found']);
    await cluster.stop();
  }, 60_000);

  /** kubectl wait fails on a definition that has no condition yet. */
  const established = (): Promise<string> =>
    eventually(() => cluster.ok(['wait', '--for=condition=Established', '-f', DEFINITIONS]));
  const apply = (spec: object): Promise<string> =>
    cluster.ok(
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'slicehints.io/v1alpha1',
        kind: 'ClusterHintsPolicy',
        metadata: { name: name() },
        spec: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': cluster.namespace } },
          ...spec,
        },
      }),
    );
  const hinted = async (): Promise<number> =>
    Object.values(await cluster.hints('web')).filter((zones) => zones !== '').length;
  const wouldWrite = (): number => controller?.stdout.match(/would write slice \(held back/g)?.length ?? 0;
  /** Whether the controller goes by the policy as it is, which it tells in the status. */
  const observed = async (): Promise<boolean> => {
    const { metadata, status } = JSON.parse(await cluster.ok(['get', 'chp', name(), '-o', 'json'])) as {
      metadata: { generation: number };
      status?: { observedGeneration?: number };
    };
    return status?.observedGeneration === metadata.generation;
  };
  const doctor = async (): Promise<string> =>
    (await slicehints('doctor', `--kubeconfig=${cluster.kubeconfig}`, `--namespace=${cluster.namespace}`)).stdout;

  test('a default mode as a dry run is logged and shown by doctor, and nothing is written', async () => {
    await apply({ defaults: { mode: 'balanced' }, enforcement: 'DryRun' });
    await eventually(() => expect(wouldWrite()).toBeGreaterThan(0));
    expect(await hinted()).toBe(0);
    const text = await doctor();
    expect(text).toContain(`ClusterHintsPolicy ${name()} (DryRun, 1 Service)`);
    expect(text).toContain(`enforcement DryRun of ClusterHintsPolicy ${name()} holds them back`);
  }, 60_000);

  test('enforced, the Service is hinted, and kubectl get shows the counts of the status', async () => {
    await apply({ defaults: { mode: 'balanced' } });
    await eventually(async () => expect(await hinted()).toBe(2));
    await eventually(
      async () => expect(await cluster.ok(['get', 'chp', name()])).toMatch(/ balanced +Enforce +1 +1 +True /),
      45_000,
    );
  }, 90_000);

  test('off, a new endpoint stays without hints and the others keep theirs', async () => {
    await apply({ defaults: { mode: 'balanced' }, enforcement: 'Off' });
    await eventually(async () => expect(await doctor()).toContain(`ClusterHintsPolicy ${name()} (Off`));
    await eventually(async () => expect(await observed()).toBe(true));
    const { a, b } = cluster.zones;
    const seen = wouldWrite();
    await cluster.replaceEndpoints('web', [
      { address: '10.244.1.1', node: a[0] ?? '', zone: 'a', hints: ['a'] },
      { address: '10.244.1.2', node: b[0] ?? '', zone: 'b', hints: ['b'] },
      { address: '10.244.1.3', node: b[0] ?? '', zone: 'b' },
    ]);
    await eventually(() => expect(wouldWrite()).toBeGreaterThan(seen));
    expect(await cluster.hints('web')).toEqual({ '10.244.1.1': 'a', '10.244.1.2': 'b', '10.244.1.3': '' });
  }, 60_000);

  test('the definitions are deleted and come back, and the same process follows', async () => {
    await cluster.ok(['delete', '-f', DEFINITIONS]);
    await eventually(async () => expect(await hinted()).toBe(0), 30_000);
    await cluster.ok(['create', '-f', DEFINITIONS]);
    await established();
    await apply({ defaults: { mode: 'balanced' } });
    await eventually(async () => expect(await hinted()).toBe(3), 45_000);
    expect(controller?.running).toBe(true);
  }, 120_000);
});
