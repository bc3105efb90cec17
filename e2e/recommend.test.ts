import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCluster } from './support/cluster.js';
import { run, slicehints } from './support/process.js';

interface Recommendation {
  readonly name: string;
  readonly now: { readonly inZoneShare: number };
  readonly advice: {
    readonly action: string;
    readonly inZoneShare: number;
    readonly busiest: number;
  };
}

describe('advice that is applied', () => {
  let cluster: TestCluster;
  let folder: string;
  beforeAll(async () => {
    cluster = await TestCluster.start();
    folder = await mkdtemp(join(tmpdir(), 'slicehints-e2e-'));
    const { a, b } = cluster.zones;
    const endpoints = [
      { address: '10.0.0.1', node: a[0] ?? '', zone: 'a' },
      { address: '10.0.0.2', node: a[1] ?? '', zone: 'a' },
      { address: '10.0.0.3', node: b[0] ?? '', zone: 'b' },
      { address: '10.0.0.4', node: b[1] ?? '', zone: 'b' },
    ];
    await cluster.createService('web', endpoints, {});
    await cluster.createService('api', endpoints, {
      'slicehints.io/mode': 'same-zone',
      'slicehints.io/overload-threshold': '0.05',
    });
  }, 60_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await cluster.stop();
  }, 60_000);

  const here = (): string[] => [`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${cluster.namespace}`];
  const recommend = async (): Promise<Recommendation[]> => {
    const { stdout } = await slicehints('recommend', '-o', 'json', ...here());
    return (JSON.parse(stdout) as { services: Recommendation[] }).services;
  };

  test('by its kubectl commands gives the promised figures within 2 points', async () => {
    const promised = await recommend();
    expect(promised.some(({ advice }) => advice.action !== 'leave')).toBe(true);
    const { stdout: commands } = await slicehints('recommend', '-o', 'commands', ...here());
    const applied = await run('sh', ['-e'], { stdin: commands });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    const planned = await slicehints('plan', '-o', 'patch', ...here());
    const patched = await run('sh', ['-e'], { stdin: planned.stdout });
    expect(patched.code).toBe(0);
    for (const { name, now, advice } of await recommend()) {
      const before = promised.find((one) => one.name === name)!;
      expect(Math.abs(now.inZoneShare - before.advice.inZoneShare)).toBeLessThan(0.02);
      expect(advice.action).toBe('leave');
    }
  }, 120_000);

  test('is a Component that kustomize builds', async () => {
    const plain = await run('kubectl', [
      'annotate',
      'service',
      'web',
      'service.kubernetes.io/topology-mode-',
      ...here(),
    ]);
    expect(plain.code).toBe(0);
    const { stdout: component } = await slicehints('recommend', '-o', 'kustomize', ...here());
    const [advice, base] = [join(folder, 'advice'), join(folder, 'base')];
    await Promise.all([mkdir(advice), mkdir(base)]);
    await writeFile(join(advice, 'kustomization.yaml'), component);
    await writeFile(
      join(base, 'kustomization.yaml'),
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [services.yaml]\ncomponents: [../advice]\n',
    );
    await writeFile(
      join(base, 'services.yaml'),
      `apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: ${cluster.namespace} }\nspec: { ports: [{ port: 80 }] }\n`,
    );
    const built = await run('kubectl', ['kustomize', base]);
    expect([built.code, built.stderr]).toEqual([0, '']);
    expect(built.stdout).toContain('service.kubernetes.io/topology-mode:');
  }, 60_000);
});
