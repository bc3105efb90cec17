import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestCluster } from './support/cluster.js';
import { EXAMPLES, eventually, run, type Finished } from './support/process.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/bundle.mjs', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

/** What the image is made of: one file, with nothing of ours beside it. */
describe('the bundle, alone in an empty folder', () => {
  let made: string;
  let alone: string;
  let main: string;
  let cluster: TestCluster;
  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), 'slicehints-bundle-'));
    alone = await mkdtemp(join(tmpdir(), 'slicehints-alone-'));
    main = join(alone, 'main.js');
    expect(await run(process.execPath, [SCRIPT, '--outdir', made])).toMatchObject({ code: 0, stderr: '' });
    await copyFile(join(made, 'main.js'), main);
    cluster = await TestCluster.start();
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    for (const folder of [made, alone]) await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const bundle = (...args: string[]): Promise<Finished> => run(process.execPath, [main, ...args]);

  test('knows its version', async () => {
    const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string };
    expect(await bundle('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('plans a file', async () => {
    const { code, stdout } = await bundle('plan', '-f', `${EXAMPLES}kube-dns.yaml`);
    expect(code).toBe(0);
    expect(stdout).toContain('kube-system/kube-dns   auto   IPv4   hinted');
  });

  test('writes a report, whose page is in it', async () => {
    const { code, stdout } = await bundle('report', '-f', `${EXAMPLES}kube-dns.yaml`, '-o', '-');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>/);
    expect(stdout.length).toBeGreaterThan(100_000);
  });

  test.each(['doctor', 'cleanup', 'guard', 'view', 'sandbox'])('has the command %s', async (command) => {
    const { code, stdout } = await bundle(command, '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`slicehints ${command}`)]);
  });

  test('says where to find a sample, which is not shipped with it', async () => {
    const { code, stderr } = await bundle('sandbox', '--once');
    expect([code, stderr]).toEqual([1, expect.stringContaining('name manifests with --file')]);
  });

  test('runs the controller until it is told to stop', async () => {
    const { a, b } = cluster.zones;
    await cluster.createService(
      'web',
      [
        { address: '10.0.0.1', node: a[0] ?? '', zone: 'a' },
        { address: '10.0.0.2', node: b[0] ?? '', zone: 'b' },
      ],
      { 'service.kubernetes.io/topology-mode': 'Auto' },
    );
    const controller = spawn(
      process.execPath,
      [
        ...[main, 'controller', `--kubeconfig=${cluster.kubeconfig}`, `--namespace=${cluster.namespace}`],
        ...['--no-leader-elect', '--metrics-bind-address=0', '--health-probe-bind-address=0', '--log-format=text'],
      ],
      { stdio: 'ignore' },
    );
    const exited = once(controller, 'exit');
    try {
      await eventually(async () => expect(await cluster.hints('web')).toEqual({ '10.0.0.1': 'a', '10.0.0.2': 'b' }));
    } finally {
      controller.kill();
    }
    expect(await exited).toEqual([0, null]);
  });

  test('comes with the licence of each package in it, and a bill of materials of the same packages', async () => {
    const notices = await readFile(join(made, 'third-party-notices.txt'), 'utf8');
    const bom = JSON.parse(await readFile(join(made, 'sbom.cdx.json'), 'utf8')) as {
      components: { name: string; version: string }[];
    };
    expect(bom.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['@kubernetes/client-node', 'pino', 'prom-client', 'yargs']),
    );
    for (const { name, version } of bom.components) expect(notices).toContain(`\n${name} ${version} (`);
  });

  test('is the same, byte for byte, when it is made again', async () => {
    const again = await mkdtemp(join(tmpdir(), 'slicehints-bundle-'));
    try {
      await run(process.execPath, [SCRIPT, '--outdir', again]);
      for (const file of ['main.js', 'third-party-notices.txt', 'sbom.cdx.json']) {
        expect(await readFile(join(again, file), 'utf8')).toBe(await readFile(join(made, file), 'utf8'));
      }
    } finally {
      await rm(again, { recursive: true, force: true });
    }
  });
});
