import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { parse } from 'yaml';
import { recommendCommand } from '../../../src/cli/commands/recommend.js';
import { EXAMPLES, runCommand, type Ran } from '../runPlan.js';

const FIVE_PODS = join(EXAMPLES, 'five-pods.yaml');
const runRecommend = (...args: string[]): Promise<Ran> => runCommand('recommend', recommendCommand, args, {});

describe('what should change', () => {
  test('-o commands annotates what should change, and nothing else', async () => {
    const { stdout } = await runRecommend('-f', FIVE_PODS, '-o', 'commands');
    expect(stdout.trim().split('\n').slice(1)).toEqual([
      'kubectl annotate service -n shop auto --overwrite service.kubernetes.io/topology-mode=slicehints.io/balanced',
    ]);
    expect(stdout).toMatch(/^# shop\/auto: 33 % → 73 % in zone/);
  });

  test('-o kustomize is a Component with a patch for each Service that should change', async () => {
    const { stdout } = await runRecommend('-f', FIVE_PODS, '-o', 'kustomize');
    const { kind, patches } = parse(stdout) as { kind: string; patches: { target: object; patch: string }[] };
    expect(kind).toBe('Component');
    expect(patches.map(({ target }) => target)).toEqual([
      { version: 'v1', kind: 'Service', namespace: 'shop', name: 'auto' },
    ]);
    expect(parse(patches[0]?.patch ?? '')).toMatchObject({
      kind: 'Service',
      metadata: { annotations: { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' } },
    });
  });

  test.each(['commands', 'kustomize'])('-o %s of what is best already is a comment', async (format) => {
    const { stdout } = await runRecommend('-f', FIVE_PODS, '--service', 'shop/balanced', '-o', format);
    expect(stdout).toBe('# No Service should ask for anything else.\n');
  });
});
