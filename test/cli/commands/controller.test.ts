import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { controllerCommand } from '../../../src/cli/commands/controller.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { until } from '../../support/liveController.js';
import { runCommand, type Ran } from '../runPlan.js';

const run = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> => runCommand('controller', controllerCommand, args, { env }); // prettier-ignore

describe('controller refuses in one sentence', () => {
  test.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['a kubeconfig that is not there', ['--kubeconfig=/nowhere/kubeconfig'], {}, '/nowhere/kubeconfig'],
    ['a wrong flag', ['--kube-api-qps=many'], {}, '--kube-api-qps'],
    ['a wrong variable', [], { SLICEHINTS_KUBE_API_QPS: 'many' }, 'SLICEHINTS_KUBE_API_QPS'],
  ])('%s', async (_, args, env, named) => {
    const { code, stderr } = await run(args, env);
    expect(code).toBe(1);
    expect(stderr).toContain(named);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

test('a lost lease is in the log, and ends it with code 1', async ({ onTestFinished }) => {
  const server = new SandboxApiServer();
  await server.listen();
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  server.store.write('namespaces', { metadata: { name: 'kube-system' } });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig());
  const running = run([`--kubeconfig=${kubeconfig}`, '--metrics-bind-address=0', '--health-probe-bind-address=0', '--leader-elect-resource-namespace=kube-system', '--leader-elect-retry-period=50ms']); // prettier-ignore
  const lease = (): unknown => server.store.get('leases', 'kube-system', 'slicehints');
  await until(() => expect(lease()).toBeDefined());
  const patch = { spec: { holderIdentity: 'other', renewTime: new Date().toISOString().replace('Z', '000Z') } };
  server.store.patch('leases', 'kube-system', 'slicehints', 'merge', patch);
  const { code, stdout, stderr } = await running;
  expect([code, stderr]).toEqual([1, '']);
  const last = stdout.trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({ reason: 'The lease slicehints was taken by other.', msg: 'leadership is lost: slicehints ends' }); // prettier-ignore
});
