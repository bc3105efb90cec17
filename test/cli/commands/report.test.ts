import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportCommand } from '../../../src/cli/commands/report.js';
import { planCluster } from '../../../src/analysis/planCluster.js';
import { clusterObjects, loadManifests } from '../../../src/cli/input/manifests.js';
import { unpackCluster } from '../../../src/report/packedCluster.js';
import type { ReportData } from '../../../src/report/reportData.js';
import { EXAMPLES, runCommand, type Ran } from '../runPlan.js';

const SAMPLE = join(EXAMPLES, 'five-pods.yaml');
const PAGE = { script: '/* page */', style: '/* style */' };

function runReport(args: readonly string[]): Promise<Ran> {
  return runCommand(
    'report',
    (io, surroundings) => reportCommand(io, { ...surroundings, loadPage: () => PAGE }),
    args,
    {},
  );
}

function dataIn(html: string): ReportData {
  return JSON.parse(/id="report-data">([^<]*)</.exec(html)?.[1] ?? 'null') as ReportData;
}

describe('slicehints report', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slicehints-report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('writes a file that has what the planner needs', async () => {
    const path = join(folder, 'out.html');
    await writeFile(path, 'what stood there');
    const { code, stdout, stderr } = await runReport(['-f', SAMPLE, '-o', path, '--overload-threshold', '0.5']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/wrote .*out\.html \(\d+ kB\)\n$/);
    expect(await readdir(folder)).toEqual(['out.html']);
    const data = dataIn(await readFile(path, 'utf8'));
    const settings = { overloadThreshold: 0.5 };
    expect(data.settings).toMatchObject({ ...settings, guard: false });
    const objects = clusterObjects(await loadManifests([SAMPLE]));
    const forecasts = (of: typeof objects): unknown =>
      planCluster(of, { settings }).services.map(({ before, after }) => [before, after]);
    expect(forecasts(unpackCluster(data.cluster))).toEqual(forecasts(objects));
  });

  test('goes to standard output for -o -', async () => {
    const { code, stdout } = await runReport(['-f', SAMPLE, '-o', '-']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>/);
    expect(stdout).toContain('<script>/* page */</script>');
  });

  test('has only the Services that are asked for', async () => {
    const { stdout } = await runReport(['-f', EXAMPLES, '-o', '-', '-n', 'shop']);
    expect(new Set(dataIn(stdout).cluster.services.map(({ metadata }) => metadata?.namespace))).toEqual(
      new Set(['shop']),
    );
  });

  test('names nothing of the cluster with --anonymise', async () => {
    const { stdout } = await runReport(['-f', SAMPLE, '-o', '-', '--anonymise']);
    const data = dataIn(stdout);
    expect(data.anonymised).toBe(true);
    expect(JSON.stringify(data.cluster)).not.toMatch(/"(shop|balanced|auto|node-[abc]\d)"|shop\/|10\.\d/);
  });

  test('starts where what-if flags are', async () => {
    const { stdout } = await runReport(['-f', SAMPLE, '-o', '-', '--mode', 'balanced', '--without-zone', 'a']);
    expect(dataIn(stdout).changes).toMatchObject({ mode: 'balanced', withoutZones: ['a'] });
  });

  test.each([
    ['a zone that is not there', ['--without-zone', 'nowhere'], '--without-zone: no Node is in zone "nowhere"'],
    ['a file that is not there', ['-f', 'nowhere.yaml'], 'nowhere.yaml'],
    ['a folder that is not there', ['-o', '/nowhere/at/all.html'], '--output: cannot write /nowhere/at/all.html'],
  ])('refuses %s, and what stands stays', async (_, args, sentence) => {
    const path = join(folder, 'out.html');
    await writeFile(path, 'what stood there');
    const { code, stderr } = await runReport([
      ...(args.includes('-f') ? [] : ['-f', SAMPLE]),
      ...(args.includes('-o') ? [] : ['-o', path]),
      ...args,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(await readFile(path, 'utf8')).toBe('what stood there');
  });
});
