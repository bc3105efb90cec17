import { describe, expect, test } from 'vitest';
import { controllerCommand } from '../../../src/cli/commands/controller.js';
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
