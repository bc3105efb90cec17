import { describe, expect, test } from 'vitest';
import { Ajv } from 'ajv';
import { join } from 'node:path';
import { parse } from 'yaml';
import { recommendCommand } from '../../../src/cli/commands/recommend.js';
import { readText } from '../../observability/repository.js';
import { EXAMPLES, runCommand, type Ran } from '../runPlan.js';

const FIVE_PODS = join(EXAMPLES, 'five-pods.yaml');
const runRecommend = (...args: string[]): Promise<Ran> => runCommand('recommend', recommendCommand, args, {});

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readText('docs/reference/recommend.schema.json')) as object,
);

describe('recommend', () => {
  test.each([
    ['all samples', [EXAMPLES]],
    ['all samples with the guard', [EXAMPLES, '--guard=true']],
    ['one Service with every choice', [FIVE_PODS, '--service', 'shop/auto']],
  ])('-o json of %s has the shape of the schema', async (_, [file = '', ...flags]) => {
    const { stdout, code } = await runRecommend('-f', file, ...flags, '-o', 'json');
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
    expect(code).toBe(0);
  });

  test('the table has a line for each Service with endpoints, and what spreading pods would bring', async () => {
    const { stdout } = await runRecommend('-f', EXAMPLES);
    expect(stdout).toMatch(/^shop\/auto +auto +balanced at 0\.2 +35% → 100% +1\.00 → 1\.15 +35 % → 100 % in zone/m);
    expect(stdout).toMatch(/^default\/orders +auto +no hints +- +- +Hints do not steer a headless Service/m);
    expect(stdout).toMatch(
      /^default\/cart: 3 replicas with topologySpreadConstraints over zones and maxSkew 1 \(a:1 b:1 c:1\), asking for same-zone: 77% → 100% in zone\.$/m,
    );
    expect(stdout).toContain('6 of 11 Services should ask for something else');
  });

  test('one Service shows every choice that was judged', async () => {
    const { stdout } = await runRecommend('-f', EXAMPLES, '--service', 'default/web');
    expect(stdout).toMatch(/^balanced at 0\.2 +88% +1\.15 +1\.25 without zone b +within +7$/m);
    expect(stdout).toMatch(/^same-zone +100% +1\.38 +1\.92 while an endpoint is missing in zone b +above 1\.25 +7$/m);
    expect(stdout).toMatch(/^as it is +36% /m);
  });

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
