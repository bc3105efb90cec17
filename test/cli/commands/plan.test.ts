import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/fakeClock.js';
import { runPlan } from '../runPlan.js';
import { ESCAPE, CLEAR_LINE, NO_TRAFFIC, KUBE_DNS, THREE_ZONES } from '../plan/examples.js';

test.each<[string, string]>([
  ['Enforce', ''],
  [
    'DryRun',
    'slicehints plan: 2 Services that would change are held back by policies (default/orders, default/web; ClusterHintsPolicy canary): nothing is written for them\n',
  ],
])('a note tells who is held back by a policy with enforcement %s', async (enforcement, note) => {
  const policy = `apiVersion: slicehints.io/v1alpha1\nkind: ClusterHintsPolicy\nmetadata: { name: canary }\nspec: { enforcement: ${enforcement} }\n`;
  const { stdout, stderr } = await runPlan(['-f', THREE_ZONES, '-f', '-'], { stdin: policy });
  expect(stdout).toContain('Would change the hints of 10 endpoints in 3 EndpointSlices of 2 Services');
  expect(stderr).toBe(note);
});

describe('colours and progress', () => {
  test.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
    ['none in a file or a pipe', false, {}, false],
    ['on a terminal', true, {}, true],
    ['none on a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', true, { NO_COLOR: '' }, true],
    ['none on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['in a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR goes before NO_COLOR, as in Node', true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['none with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ])('%s', async (_, isTTY, env, coloured) => {
    const plain = (await runPlan(['-f', THREE_ZONES])).stdout;
    const { stdout } = await runPlan(['-f', THREE_ZONES], { isTTY, env });
    expect(stdout.includes(ESCAPE)).toBe(coloured);
    expect(stdout.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '')).toBe(plain);
    const json = await runPlan(['-f', THREE_ZONES, '-o', 'json'], { isTTY, env });
    expect(json.stdout).not.toContain(ESCAPE);
  });

  const many = Array.from(
    { length: 501 },
    (_, i) => `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s${i}"}}`,
  );
  const stdin = `{"apiVersion":"v1","kind":"List","items":[${many.join(',')}]}`;

  test('long work is shown on a terminal and wiped away', async () => {
    const { stdout, stderr } = await runPlan(['-f', '-'], { stdin, isErrorTTY: true });
    expect(stderr).toBe(
      `${CLEAR_LINE}Planning Services: 0 of 501${CLEAR_LINE}slicehints plan: There are no Nodes, so zones and their CPU are unknown\n`,
    );
    expect(stdout).toBe(`${NO_TRAFFIC}501 Services do not opt in.\n`);
  });

  test('work that is expected to be short is shown once a second has gone by', async () => {
    let nowMs = 0;
    const clock = Object.assign(new FakeClock(), { monotonicMs: () => (nowMs += 300) });
    const { stderr } = await runPlan(['-f', THREE_ZONES], { isErrorTTY: true, clock });
    const lines = [0, 1, 2, 3, 4].map((done) => `${CLEAR_LINE}Planning Services: ${done} of 5`);
    expect(stderr.endsWith(`${lines.join('')}${CLEAR_LINE}`)).toBe(true);
    expect(stderr).toMatch(/Reading \S+three-zones.yaml: 4\d %/);
  });

  test('no terminal, no progress', async () => {
    expect((await runPlan(['-f', '-'], { stdin })).stderr).not.toContain('Planning');
  });
});

describe('mistakes: one line on standard error, exit code 1, nothing on standard output', () => {
  test.each<[string[], string]>([
    [['-f'], '--filename: expected a file, a directory or - for standard input, got nothing'],
    [
      ['-f', KUBE_DNS, '--context', 'x'],
      '--filename and --kubeconfig or --context exclude each other: read files, or a live cluster',
    ],
    [['-f', KUBE_DNS, '-o', 'xml'], '--output: expected table, json, yaml, patch, got "xml"'],
    [['-f', KUBE_DNS, '-o', 'json', '-o', 'yaml'], '--output: given more than once'],
    [['-f', KUBE_DNS, '--service', 'kube-dns'], '--service: expected namespace/name, got "kube-dns"'],
    [
      ['-f', KUBE_DNS, '--service', 'default/kube-dns'],
      '--service: there is no Service default/kube-dns among the 1 given; there is kube-system/kube-dns',
    ],
    [['-f', KUBE_DNS, '--service', 'a/b'], '--service: there is no Service a/b among the 1 given'],
    [
      ['-f', KUBE_DNS, '--overload-threshold', 'much'],
      '--overload-threshold: expected a number from 0 to 10, got "much"',
    ],
    [['-f', KUBE_DNS, '--overload-threshold=-1'], '--overload-threshold: expected a number from 0 to 10, got "-1"'],
    [['-f', KUBE_DNS, '--rebalance-gain', '2'], '--rebalance-gain: expected a number from 0 to 1, got "2"'],
    [['-f', KUBE_DNS, '--auto-strategy', 'best'], '--auto-strategy: expected proportional, balanced, got "best"'],
    [['-f', '/nowhere.yaml'], '/nowhere.yaml: cannot be read: no such file or directory'],
    [['-f', '-'], 'stdin: there is nothing in it'],
    [['--kubeconfig', 'x'], 'This test has no cluster.'],
    [['-A', '-n', 'shop'], '--namespace and --all-namespaces contradict each other; give one of them'],
    [['-f', KUBE_DNS, '--dry-run'], 'unknown flag --dry-run; --help lists the flags'],
    [['-f', KUBE_DNS, '--contxt', 'x'], 'unknown flag --contxt; did you mean --context?'],
  ])('%j', async (args, message) => {
    expect(await runPlan(args)).toEqual({ stdout: '', stderr: `slicehints plan: ${message}\n`, code: 1 });
  });

  test('a bad manifest', async () => {
    const text = (await readFile(KUBE_DNS, 'utf8')).replace('addressType: IPv4\n', '');
    expect(await runPlan(['-f', '-'], { stdin: text })).toEqual({
      stdout: '',
      stderr: 'slicehints plan: stdin: document 6: addressType: expected IPv4, IPv6 or FQDN, got nothing\n',
      code: 1,
    });
  });

  test('-f may be repeated', async () => {
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', THREE_ZONES, '-o', 'json']);
    expect((JSON.parse(stdout) as { services: unknown[] }).services).toHaveLength(6);
  });
});
