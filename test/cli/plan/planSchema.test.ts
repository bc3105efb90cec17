import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchema } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES, runPlan } from '../runPlan.js';

const SCHEMA = JSON.parse(
  readFileSync(join(EXAMPLES, '..', 'docs', 'reference', 'plan.schema.json'), 'utf8'),
) as AnySchema;
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(SCHEMA);

function errorsOf(value: unknown): unknown[] {
  void validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => ({ instancePath, message, params }));
}

const THREE_ZONES = join(EXAMPLES, 'three-zones.yaml');
const NODE_HINTS = ['-f', join(EXAMPLES, 'five-pods.yaml'), '--mode=balanced', '--node-hints=true'];
const FILES = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => join(EXAMPLES, name));

test.each<[string, string[]]>([
  ...FILES.map((file): [string, string[]] => [file, ['-f', file]]),
  ['all examples under the guard', ['-f', EXAMPLES, '--guard=true', '--only-changes', '--sort=busiest']],
  ['balanced with node hints', NODE_HINTS],
  ['one Service', ['-f', THREE_ZONES, '--service=default/web']],
  [
    'every kind of what-if',
    [
      ...['-f', THREE_ZONES, '--without-zone=c', '--without-node=node-a1', '--scale=default/web=6', '--mode=balanced'],
      ...['--scale=default/cart=a:1,b:2', '--set=default/web:slicehints.io/overload-threshold=0.5'],
    ],
  ],
])('docs/reference/plan.schema.json describes the JSON of %s', async (_, args) => {
  const { stdout, code } = await runPlan([...args, '-o', 'json']);
  expect(code).toBe(0);
  expect(errorsOf(JSON.parse(stdout))).toEqual([]);
});

test('the sample with node hints has the figures without them', async () => {
  expect((await runPlan([...NODE_HINTS, '-o', 'json'])).stdout).toContain('"withoutNodeHints"');
});

test('measured demand is read among the manifests', async () => {
  const stdin = `
apiVersion: v1
kind: ConfigMap
metadata: { name: slicehints-measured }
data:
  measured.txt: |
    slicehints-measured 1
    at 1800000000
    zones a b c
    default/web 20 0 100 500 60 600,200,200 =
`;
  const args = ['-f', THREE_ZONES, '-f', '-', '--demand=measured', '--mode=balanced', '-o', 'json'];
  const { stdout } = await runPlan(args, { stdin });
  expect(stdout).toContain('"source": "measured"');
  expect(errorsOf(JSON.parse(stdout))).toEqual([]);
});

test('where nothing is measured a note tells it', async () => {
  const { stderr, code } = await runPlan(['-f', THREE_ZONES, '--demand=measured']);
  expect(code).toBe(0);
  expect(stderr).toContain('Nothing is measured: no ConfigMap of slicehints observe is among the manifests');
});

test('a Service that a policy selects has the policy', async () => {
  const stdin = `
apiVersion: slicehints.io/v1alpha1
kind: ClusterHintsPolicy
metadata: { name: all }
spec: { defaults: { mode: balanced }, enforcement: DryRun }
`;
  const { stdout } = await runPlan(['-f', THREE_ZONES, '-f', '-', '-o', 'json'], { stdin });
  expect(stdout).toContain('"ClusterHintsPolicy all"');
  expect(errorsOf(JSON.parse(stdout))).toEqual([]);
});

describe('the schema is narrow', () => {
  let full: Record<string, unknown>;
  beforeAll(async () => {
    full = JSON.parse((await runPlan(['-f', THREE_ZONES, '--without-zone=c', '-o', 'json'])).stdout) as typeof full;
  });

  /** Every object in a value, with its path. */
  function* objectsIn(value: unknown, path = ''): Iterable<[string, Record<string, unknown>]> {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
    for (const [key, member] of Object.entries(value)) yield* objectsIn(member, `${path}/${key}`);
  }

  test('a field that it does not name is refused at every place', () => {
    const kinds = new Map([...objectsIn(full)].map(([path, value]) => [path.replaceAll(/\d+/g, '*'), value]));
    expect(kinds.size).toBeGreaterThan(20);
    for (const [path, value] of kinds) {
      if (path.includes('/patch/*/value')) continue;
      value['surplus'] = 1;
      expect(errorsOf(full), path).not.toEqual([]);
      delete value['surplus'];
    }
    expect(errorsOf(full)).toEqual([]);
  });
});
