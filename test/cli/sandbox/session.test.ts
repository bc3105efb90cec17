import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Session } from '../../../src/cli/sandbox/session.js';
import type { SandboxArguments } from '../../../src/cli/commands/sandbox.js';
import type { Io } from '../../../src/cli/output/terminal.js';
import { sleep, systemClock } from '../../../src/kube/clock.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { until } from '../../support/liveController.js';
import { Sink } from '../../support/sink.js';
import { nodeOf, sliceOf } from '../../sandbox/samples.js';

let server: SandboxApiServer;
let folder: string;
let url: string;
let stdout: Sink;
let stderr: Sink;
let stop: AbortController;
let code: number | undefined;

beforeEach(async () => {
  server = new SandboxApiServer();
  url = await server.listen();
  folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  await writeFile(join(folder, 'kubeconfig'), server.kubeconfig());
  stdout = new Sink();
  stderr = new Sink();
  stop = new AbortController();
  code = undefined;
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function run(flags: Partial<SandboxArguments>): Promise<void> {
  const io = { stdout, stderr, env: {}, isTTY: false, isErrorTTY: false, untilSignal: () => stop.signal, setExitCode: (value: number) => (code = value) }; // prettier-ignore
  const cluster = { server, url, source: 'a test', kubeconfig: join(folder, 'kubeconfig'), deployments: [] };
  const all = { once: false, controller: true, 'with-in-tree': false, guard: false, ui: false, 'log-level': 'warn' as const };
  return new Session(io as unknown as Io, cluster, { ...all, ...flags }).run();
} // prettier-ignore

function load(mode: string): void {
  for (const zone of ['a', 'b']) server.store.write('nodes', nodeOf(`n-${zone}`, zone));
  server.store.write('namespaces', { metadata: { name: 'default' } });
  const annotations = { 'service.kubernetes.io/topology-mode': mode };
  server.store.write('services', { metadata: { name: 'cart', namespace: 'default', annotations }, spec: { ports: [{ port: 80 }] } }); // prettier-ignore
  const slice = sliceOf('s');
  const endpoints = (slice['endpoints'] as { zone: string }[]).map((one) => ({ ...one, nodeName: `n-${one.zone}` }));
  server.store.write('endpointslices', { ...slice, endpoints });
}

describe('a sandbox without a controller', () => {
  test('names its server and its faults, invites to commands, and ends with the signal', async () => {
    server.faults.add('latency:ms=1');
    const running = run({ controller: false });
    await until(() => expect(stdout.text).toContain('The server runs until Ctrl-C'));
    expect(stdout.text).toContain(`API server on ${url}, in memory, with a test\nFaults in force: latency:ms=1\n`);
    expect(stdout.text).toContain('describe service -n default NAME');
    expect(stdout.text).not.toContain('drain NODE');
    stop.abort();
    await running;
    expect([server.requests.total, code]).toEqual([0, undefined]);
  });

  test('tells what is written while it runs', async () => {
    const running = run({ controller: false });
    load('Auto');
    await until(() => expect(stdout.text).toContain('service default/cart'));
    stop.abort();
    await running;
    const told = stdout.text;
    server.store.delete('services', 'default', 'cart');
    expect(stdout.text).toBe(told);
  });
});

describe('a sandbox with --once', () => {
  test('shows each Service that takes part, with hints, and ends', async () => {
    load('slicehints.io/balanced');
    await run({ once: true });
    expect(stdout.text).toContain('default/cart  mode balanced');
    expect(stdout.text).not.toContain('The server runs until');
    expect([code, stderr.text]).toEqual([undefined, '']);
  });

  test('waits for the Lease, until which no hints are written', async () => {
    server.faults.add('latency:ms=300,resource=leases,verb=get');
    load('slicehints.io/balanced');
    await run({ once: true });
    expect([code, stderr.text]).toEqual([undefined, '']);
    expect(stdout.text).toContain('BalancedHintsSet');
  });

  test('does not deny that it has settled when there is work again while Events are written', async () => {
    server.faults.add('latency:ms=1000,resource=events');
    load('slicehints.io/balanced');
    const running = run({ once: true });
    const isHinted = (): boolean =>
      JSON.stringify(server.store.get('endpointslices', 'default', 's')).includes('forZones');
    await until(() => expect(isHinted()).toBe(true));
    // By now it waits for its Events, on all but a very slow machine. A slice of a Service that does not ask for hints then loses them.
    await sleep(systemClock, 300, stop.signal);
    server.faults.add('latency:ms=1500,resource=endpointslices,verb=patch');
    const left = sliceOf('left');
    const metadata = { ...left.metadata, annotations: { 'slicehints.io/hints': 'v1-1' }, labels: { 'kubernetes.io/service-name': 'off' } }; // prettier-ignore
    const endpoints = (left['endpoints'] as object[]).map((one) => ({ ...one, hints: { forZones: [{ name: 'a' }] } }));
    server.store.write('services', {
      metadata: { name: 'off', namespace: 'default' },
      spec: { ports: [{ port: 80 }] },
    });
    server.store.write('endpointslices', { ...left, metadata, endpoints });
    await running;
    expect(stderr.text).not.toContain('has not settled');
  });

  test('tells that no Service takes part', async () => {
    load('Disabled');
    await run({ once: true });
    expect(stdout.text).toContain('No Service opts in to hints');
    expect(code).toBeUndefined();
  });
});
