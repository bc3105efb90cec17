import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { quote } from '../../../src/cli/plan/planPatches.js';
import { runPlan } from '../runPlan.js';
import { KUBE_DNS, THREE_ZONES, ODD_NODE, planned } from './examples.js';

describe('patch', () => {
  test('patch: a kubectl command per slice that changes', async () => {
    const lines = (await runPlan(['-f', THREE_ZONES, '-o', 'patch'])).stdout.trimEnd().split('\n');
    const parts = lines.map((line) => /^kubectl patch endpointslice -n (\S+) (\S+) --type=json -p '(.*)'$/.exec(line));
    expect(parts.map((match) => `${match?.[1]}/${match?.[2]}`)).toEqual([
      'default/orders-1',
      'default/web-1',
      'default/web-2',
    ]);
    const plans = (await planned(THREE_ZONES)) as { patches: { patch: unknown }[] }[];
    expect(parts.map((match) => JSON.parse(match?.[3] ?? '') as unknown)).toEqual(
      plans.flatMap(({ patches }) => patches.map(({ patch }) => patch)),
    );
  });

  test('patch: nothing to do is no output', async () => {
    expect(await runPlan(['-f', ODD_NODE, '-o', 'patch'])).toEqual({ stdout: '', stderr: '', code: 0 });
  });

  test('patch: what no command line takes goes through standard input', async () => {
    const endpoints = Array.from(
      { length: 1500 },
      (_, i) => `{ addresses: [10.1.${i >> 8}.${i & 255}], conditions: { ready: true }, zone: ${i % 2 ? 'a' : 'b'} }`,
    );
    const text = (await readFile(KUBE_DNS, 'utf8')).replace(
      /endpoints:\n[^]*$/,
      `endpoints: [${endpoints.join(', ')}]\n`,
    );
    const [command, patch, end] = (await runPlan(['-f', '-', '-o', 'patch'], { stdin: text })).stdout.split('\n');
    expect(command).toBe(
      "kubectl patch endpointslice -n kube-system kube-dns-sample --type=json --patch-file=/dev/stdin <<'SLICEHINTS'",
    );
    expect(JSON.parse(patch ?? '')).toHaveLength(1501);
    expect(end).toBe('SLICEHINTS');
  });
});

test.each([
  ['shop', 'shop'],
  ['./a-b_c@1%+=:,', './a-b_c@1%+=:,'],
  ['my file', "'my file'"],
  ["it's", "'it'\\''s'"],
  ['$(x)', "'$(x)'"],
  ['', "''"],
])('%j is the word %s of a shell', (word, quoted) => {
  expect(quote(word)).toBe(quoted);
});
