import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { doctorCommand } from '../../../src/cli/commands/doctor.js';
import { systemClock } from '../../../src/kube/clock.js';
import type { Transport } from '../../../src/kube/rest/transport.js';
import { CODES } from '../../../src/operations/diagnosis/finding.js';
import { anchorsOf, readText } from '../../observability/repository.js';
import { startSandbox, type RunningSandbox } from '../../support/sandbox.js';
import { EXAMPLES, runCommand, type Ran, type World } from '../runPlan.js';

const doctor = (args: readonly string[], world: World = {}): Promise<Ran> =>
  runCommand('doctor', doctorCommand, args, world);

describe('offline', () => {
  test('a cluster whose Services lack their hints: a mark and a sentence each, exit code 1', async () => {
    const { stdout, code } = await doctor(['-f', join(EXAMPLES, 'odd-node.yaml')]);
    expect(stdout).toContain("! Without zone or allocatable CPU: node-odd; in-tree's Auto gives up");
    expect(stdout).toMatch(/^✗ 1 Service \(default\/web\): TopologyAwareHintsDisabled: .*\[ServiceWithoutHints\]$/m);
    expect(stdout).toMatch(/\n1 problem, 1 warning\. docs\/troubleshooting\.md explains each code\.\n$/);
    expect(code).toBe(1);
  });

  test('hints that nobody has written are a problem, and none once they are there', async () => {
    const text = await readFile(join(EXAMPLES, 'kube-dns.yaml'), 'utf8');
    const before = await doctor(['-f', '-', '-o', 'json'], { stdin: text });
    expect(JSON.parse(before.stdout)).toContainEqual(
      expect.objectContaining({ code: 'HintsNotWritten', level: 'problem', names: ['kube-system/kube-dns'], count: 1 }),
    );
    expect(before.code).toBe(1);
    const hinted = text
      .replace(/ {4}zone: (.*)\n/g, '    zone: $1\n    hints: { forZones: [{ name: $1 }] }\n')
      .replace('  name: kube-dns-sample\n', '  name: kube-dns-sample\n  annotations: { slicehints.io/hints: v1 }\n');
    const after = await doctor(['-f', '-'], { stdin: hinted });
    expect(after.stdout).toContain('✓ 1 Service with hints as they should be (kube-system/kube-dns).');
    expect(after.code).toBe(0);
  });

  test('drains in files are found, and what else is to be told of the files is a note', async () => {
    const drain = (name: string, status = ''): string =>
      `---\napiVersion: slicehints.io/v1alpha1\nkind: ZoneDrain\nmetadata: { name: ${name} }\nspec: { zone: a, until: "2026-01-01T02:00:00Z" }\n${status}`;
    const accepted = 'status: { conditions: [{ type: Accepted, status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] }\n'; // prettier-ignore
    const stdin = drain('accepted', accepted) + drain('new');
    const { stdout, stderr } = await doctor(['-f', join(EXAMPLES, 'three-zones.yaml'), '-f', '-'], { stdin });
    expect(stdout).toContain('ZoneDrain accepted: zone a is drained until 2026-01-01T02:00:00Z.');
    expect(stderr).toBe(
      'slicehints doctor: ZoneDrain new counts as accepted, though no controller has judged it (slicehints drain a --dry-run=client does)\n',
    );
  });

  test('does not wait for files', async () => {
    expect(await doctor(['-f', join(EXAMPLES, 'odd-node.yaml'), '--wait=2m'])).toEqual({
      stdout: '',
      stderr: 'slicehints doctor: --wait: files do not change; it is for a live cluster\n',
      code: 1,
    });
  });

  test('only the Services of a namespace, or with labels', async () => {
    const file = join(EXAMPLES, 'odd-node.yaml');
    expect((await doctor(['-f', file, '-n', 'other'])).code).toBe(0);
    expect((await doctor(['-f', file, '-l', 'none=such'])).code).toBe(0);
  });

  test('no line is longer than the terminal', async () => {
    const { stdout } = await doctor(['-f', join(EXAMPLES, 'odd-node.yaml')], { columns: 80 });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('Windows and old kubelets are named as what reads no hints, or only some', async () => {
    const node = (name: string, os: string, version: string): string =>
      `---\napiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { kubernetes.io/os: ${os} } }\nstatus: { nodeInfo: { kubeletVersion: ${version} } }\n`;
    const cilium = `${node('c', 'linux', 'v1.36.0').replace('status: {', 'status: { conditions: [{ type: NetworkUnavailable, status: "False", reason: CiliumIsUp }],')}`; // prettier-ignore
    const stdin = node('w', 'windows', 'v1.36.0') + node('old', 'linux', 'v1.33.4') + node('older', 'linux', 'v1.30.0') + node('new', 'linux', 'v1.34.0') + cilium; // prettier-ignore
    const { stdout } = await doctor(['-f', '-'], { stdin });
    for (const line of [
      '! 1 of 5 nodes: nodes with Windows read no hints (w). [HintsNotReadOnNodes]',
      '· 1 of 5 nodes: nodes with kube-proxy before 1.34 read zone hints only (old).',
      '· 1 of 5 nodes: nodes with kube-proxy before 1.31 read zone hints only, and those of Services with the annotation service.kubernetes.io/topology-mode (older).',
      '· 1 of 5 nodes: nodes with Cilium (needs loadBalancer.serviceTopology=true) read zone hints only, and those of Services with the annotation service.kubernetes.io/topology-mode or trafficDistribution (c).',
    ]) expect(stdout).toContain(line); // prettier-ignore
    expect((await doctor(['-f', '-', '--consumer', 'kube-proxy'], { stdin })).stdout).toContain(
      'kube-proxy reads hints on all 5 nodes, as far as their Node objects show.',
    );
  });
});

describe('live', () => {
  let sandbox: RunningSandbox;
  beforeEach(async () => (sandbox = await startSandbox()));
  afterEach(() => sandbox.stop());

  test('--wait checks again until there is no problem', async () => {
    let checks = 0;
    const connect = (): Transport => ({
      send: (request) => sandbox.transport.send(request),
      watch: (request) => sandbox.transport.watch(request),
      close: () => undefined,
    });
    const node = (name: string, zone: string): void => {
      sandbox.server.store.write('nodes', {
        metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
        status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
      });
    };
    node('n1', 'a');
    // No two zones is a problem; the second check finds them.
    const clock = {
      ...systemClock,
      wallMs: () => systemClock.wallMs(),
      monotonicMs: () => systemClock.monotonicMs(),
      after: (_ms: number, run: () => void) => {
        checks += 1;
        node('n2', 'b');
        return systemClock.after(0, run);
      },
    };
    expect((await doctor([], { connect })).code).toBe(1);
    expect((await doctor(['--wait=1m'], { connect, clock })).code).toBe(0);
    expect(checks).toBe(1);
  });
});

test('docs/troubleshooting.md has a section or a row for each code', () => {
  const page = readText('docs/troubleshooting.md');
  const anchors = anchorsOf(page);
  const missing = CODES.filter((code) => !anchors.includes(code.toLowerCase()) && !page.includes(`| \`${code}\``));
  expect(missing).toEqual([]);
});
