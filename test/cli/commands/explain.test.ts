import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchema } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { explainService } from '../../../src/analysis/explain/explainService.js';
import { explainCommand } from '../../../src/cli/commands/explain.js';
import { clusterObjects, loadManifests } from '../../../src/cli/input/manifests.js';
import { EXAMPLES, runCommand, type Ran, type World } from '../runPlan.js';

const FIVE = join(EXAMPLES, 'five-pods.yaml');

const runExplain = (args: readonly string[], world: World = {}): Promise<Ran> =>
  runCommand('explain', explainCommand, args, world);

test('-n and the name alone are the same', async () => {
  const one = await runExplain(['-n', 'shop', 'balanced', '-f', FIVE]);
  expect(one).toEqual(await runExplain(['-n', 'shop', 'shop/balanced', '-f', FIVE]));
  expect(one).toEqual(await runExplain(['shop/balanced', '-f', FIVE]));
});

describe('JSON', () => {
  const schema = JSON.parse(
    readFileSync(join(EXAMPLES, '..', 'docs', 'reference', 'explain.schema.json'), 'utf8'),
  ) as AnySchema;
  const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
  const errorsOf = (value: unknown): unknown[] => {
    void validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => ({ instancePath, message }));
  };

  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
  test.each(files)('docs/reference/explain.schema.json describes every Service of %s', async (name) => {
    const file = join(EXAMPLES, name);
    const { services } = await loadManifests([file]);
    for (const { object } of services) {
      const key = `${object.metadata?.namespace}/${object.metadata?.name}`;
      const { stdout } = await runExplain([key, '-f', file, '-o', 'json']);
      expect(errorsOf(JSON.parse(stdout)), key).toEqual([]);
    }
  });

  test('it is the value of the library, and YAML has the same', async () => {
    const objects = clusterObjects(await loadManifests([FIVE]));
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(JSON.stringify(explainService({ ...objects, service: 'shop/balanced' }))),
    );
    expect(parse((await runExplain(['shop/balanced', '-f', FIVE, '-o', 'yaml'])).stdout)).toEqual(JSON.parse(stdout));
  });

  test('what if: the changes, and today’s explanation in full', async () => {
    const { stdout } = await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json', '--without-zone=c']);
    const value = JSON.parse(stdout) as Record<string, unknown>;
    expect(errorsOf(value)).toEqual([]);
    expect(value['whatIf']).toMatchObject({ withoutZones: ['c'] });
    expect(value['today']).toEqual(JSON.parse((await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json'])).stdout));
  });

  test('a field that the schema does not name is refused', async () => {
    const value = JSON.parse((await runExplain(['shop/balanced', '-f', FIVE, '-o', 'json'])).stdout) as {
      steps: { facts: Record<string, unknown> }[];
    };
    for (const step of value.steps) {
      step.facts['surplus'] = 1;
      expect(errorsOf(value)).not.toEqual([]);
      delete step.facts['surplus'];
    }
    expect(errorsOf(value)).toEqual([]);
  });
});

test.each<[string[], string]>([
  [['-f', FIVE], 'Name a Service: NAMESPACE/NAME, or -n NAMESPACE NAME.'],
  [['balanced', '-f', FIVE], 'expected NAMESPACE/NAME, or -n NAMESPACE NAME, got "balanced"'],
  [['-n', 'x', 'shop/balanced', '-f', FIVE], '--namespace x and "shop/balanced" name two namespaces; give one of them'],
  [['other/balanced', '-f', FIVE], 'there is no Service other/balanced among the 2 given; there is shop/balanced'],
  [['shop/balanced', 'more', '-f', FIVE], 'unexpected argument "more"'],
])('%j is one sentence', async (args, message) => {
  expect(await runExplain(args)).toEqual({ stdout: '', stderr: `slicehints explain: ${message}\n`, code: 1 });
});
