import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxCommand } from '../../../src/cli/commands/sandbox.js';
import { runCommand, type Ran } from '../runPlan.js';

const run = (...args: string[]): Promise<Ran> => runCommand('sandbox', sandboxCommand, args, {});
const story = '--story brings its own cluster; give it without --filename, --empty, --with-in-tree, --guard, --no-controller, --once, --ui, --fault, --port, --write-kubeconfig and --kubernetes-version'; // prettier-ignore

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('sandbox refuses in one sentence', () => {
  test.each<[string[], string]>([
    [['--empty', '-f', 'x.yaml'], '--empty and --filename contradict each other'],
    [['--once', '--ui'], '--once exits before a page could be opened; leave out --ui or --once'],
    [['--once', '--no-controller'], '--once waits for the controller, which --no-controller leaves out'],
    [['--guard', '--kubernetes-version=1.35'], '--guard needs MutatingAdmissionPolicy, which Kubernetes v1.35.0 does not have; leave out --guard or --kubernetes-version'],
    [['--story=balanced', '--empty'], story],
    [['--story=balanced', '--filename=x.yaml'], story],
    [['--story=balanced', '--with-in-tree'], story],
    [['--story=balanced', '--guard'], story],
    [['--story=balanced', '--no-controller'], story],
    [['--story=balanced', '--once'], story],
    [['--story=balanced', '--ui'], story],
    [['--story=balanced', '--fault=gone'], story],
    [['--story=balanced', '--port=8080'], story],
    [['--story=balanced', '--write-kubeconfig=/nowhere'], story],
    [['--story=balanced', '--kubernetes-version=1.33'], story],
    [['--story=nope'], '--story: expected balanced, rollout'],
    [['--fault=earthquake'], 'got "earthquake"'],
    [['--kubernetes-version=1.20'], 'expected a Kubernetes version from 1.30'],
    [['--port=65536'], '--port'],
    [['-f', '/nowhere/x.yaml'], '/nowhere/x.yaml'],
  ])('%j', async (args, sentence) => {
    const { code, stderr, stdout } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
  }); // prettier-ignore

  test('a kubeconfig that cannot be written', async () => {
    const { code, stderr } = await run('--empty', '--once', `--write-kubeconfig=${folder}/none/kubeconfig`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^slicehints sandbox: --write-kubeconfig: cannot write .*none\/kubeconfig: [^\n]+\n$/);
  });
});

test('with --once it ends after the first settled state, and its kubeconfig is for its user alone', async () => {
  const path = join(folder, 'kubeconfig');
  const { code, stdout, stderr } = await run('--empty', '--once', '--fault=latency:ms=1', `--write-kubeconfig=${path}`);
  expect([code, stderr]).toEqual([undefined, '']);
  expect(stdout).toContain('in memory, with nothing in it\nFaults in force: latency:ms=1\n');
  expect(await readFile(path, 'utf8')).toContain('server: http://127.0.0.1:');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
