import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanupCommand } from '../../../src/cli/commands/cleanup.js';
import { LEASE_LABELS } from '../../../src/controller/leaseLabels.js';
import { LeaderElector } from '../../../src/kube/leaderElection/leaderElector.js';
import { pino } from 'pino';
import type { ApiRequest } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { startSandbox, type RunningSandbox } from '../../support/sandbox.js';
import { runCommand, type Ran } from '../runPlan.js';

let sandbox: RunningSandbox;
let clock: FakeClock;
beforeEach(async () => {
  sandbox = await startSandbox();
  clock = new FakeClock();
  sandbox.server.store.write('namespaces', { metadata: { name: 'ops' } });
});
afterEach(() => sandbox.stop());

function putHints(name: string): void {
  const metadata = { name, namespace: 'default', annotations: { 'slicehints.io/hints': 'v1' } };
  const endpoints = [{ addresses: ['10.0.0.1'], zone: 'a', hints: { forZones: [{ name: 'a' }] } }];
  sandbox.server.store.write('endpointslices', { metadata, addressType: 'IPv4', endpoints, ports: [] });
}

const hinted = (name: string): boolean =>
  'slicehints.io/hints' in (sandbox.server.store.get('endpointslices', 'default', name)?.metadata.annotations ?? {});

/** A controller as far as the Lease is concerned; what `whileLeading` does stands for its work. */
function controller(name: string, identity: string): { readonly ended: Promise<string>; stop: () => void } {
  const elector = new LeaderElector({
    transport: sandbox.transport,
    namespace: 'ops',
    name,
    labels: LEASE_LABELS,
    identity,
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2000,
    clock,
    random: () => 0,
    logger: pino({ level: 'silent' }),
    onStartedLeading: () => undefined,
  });
  const stop = new AbortController();
  const ended = elector.run(stop.signal).then(
    () => 'stopped',
    () => 'lost',
  );
  return { ended, stop: () => stop.abort() };
}

/** Runs the command while time passes. */
async function run(
  args: readonly string[],
  onTurn: () => void = () => undefined,
  answer: (request: ApiRequest, answered: unknown) => unknown = (_, answered) => answered,
): Promise<Ran> {
  const connect = () => ({
    send: async (request: ApiRequest) => answer(request, await sandbox.transport.send(request)),
    watch: (request: Parameters<typeof sandbox.transport.watch>[0]) => sandbox.transport.watch(request),
    close: () => undefined,
  });
  let ended = false;
  const ran = runCommand('cleanup', cleanupCommand, args, { clock, connect }).finally(() => (ended = true));
  ran.catch(() => undefined);
  while (!ended) {
    await settle(20);
    onTurn();
    await clock.advance(100);
  }
  return ran;
}

const holder = (name: string): unknown =>
  (sandbox.server.store.get('leases', 'ops', name)?.['spec'] as { holderIdentity?: unknown }).holderIdentity;

describe('slicehints cleanup', () => {
  test('without a controller takes hints off and watches that none come back', async () => {
    putHints('web');
    const ran = await run([]);
    expect(ran).toEqual({
      stdout: 'Took hints off 1 of 1 EndpointSlices, 1 endpoints.\nNo hints came back within 10 s.\n',
      stderr: '',
      code: 0,
    });
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
    expect(hinted('web')).toBe(false);
  });

  test('refuses beside a controller in any namespace, names its holder and writes nothing', async () => {
    putHints('web');
    const leader = controller('hints-eu', 'pod-7_abc');
    await settle(50);
    const ran = await run([]);
    expect(ran).toEqual({
      stdout: '',
      stderr:
        'slicehints cleanup: the controller pod-7_abc holds the Lease ops/hints-eu and would write the hints again.\n' +
        'slicehints cleanup: nothing was written; stop the controller first, or use --take-over.\n',
      code: 1,
    });
    expect([hinted('web'), holder('hints-eu')]).toEqual([true, 'pod-7_abc']);
    leader.stop();
    await leader.ended;
  });

  const WAY_OUT = 'check whether a proxy in between changes what the API server answers';

  test.each<[string, string, unknown, string]>([
    [
      'slices that are null',
      'endpointslices',
      { metadata: { resourceVersion: '1' }, items: [null] },
      `The cluster cannot be cleaned up: LIST /apis/discovery.k8s.io/v1/endpointslices: item 1 of 1 is null, not an object; ${WAY_OUT}`,
    ],
    [
      'a list of Leases without a body, which shows no controller',
      'leases',
      undefined,
      `The cluster cannot be cleaned up: GET /apis/coordination.k8s.io/v1/leases: the answer is empty, not an object; ${WAY_OUT}`,
    ],
    [
      'a slice without a body',
      'endpointslices/web',
      undefined,
      `EndpointSlice default/web: GET /apis/discovery.k8s.io/v1/namespaces/default/endpointslices/web: the answer is empty, not an object; ${WAY_OUT}`,
    ],
  ])('does not go by %s', async (_, path, answer, problem) => {
    putHints('web');
    const ran = await run([], undefined, (request, answered) => (request.path.endsWith(path) ? answer : answered));
    expect(ran.stderr).toContain(`slicehints cleanup: ${problem}`);
    expect(ran.code).toBe(1);
    expect(hinted('web')).toBe(true);
  });

  test('in a dry run counts, and names the controller that would write the hints again', async () => {
    putHints('web');
    const leader = controller('hints-eu', 'pod-7_abc');
    await settle(50);
    for (const more of [[], ['--take-over']]) {
      expect(await run(['--dry-run', ...more])).toEqual({
        stdout:
          'the controller pod-7_abc holds the Lease ops/hints-eu: it would write the hints again.\n' +
          'Would take hints off 1 of 1 EndpointSlices, 1 endpoints. Nothing was written.\n',
        stderr: '',
        code: 0,
      });
    }
    expect([hinted('web'), holder('hints-eu')]).toEqual([true, 'pod-7_abc']);
    leader.stop();
    await leader.ended;
  });

  test('with --take-over takes every lease, waits for the last writes, and keeps the leases', async () => {
    putHints('web');
    const leaders = [controller('hints-eu', 'pod-7_abc'), controller('hints-us', 'pod-8_def')];
    await settle(50);
    const ran = await run(['--take-over']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout.split('\n').sort()).toEqual([
      '',
      'No hints came back within 10 s.',
      'Took hints off 1 of 1 EndpointSlices, 1 endpoints.',
      'Took the lease ops/hints-eu from pod-7_abc; waiting 15 s for its last writes.',
      'Took the lease ops/hints-us from pod-8_def; waiting 15 s for its last writes.',
    ]);
    expect(await Promise.all(leaders.map(({ ended }) => ended))).toEqual(['lost', 'lost']);
    for (const name of ['hints-eu', 'hints-us']) expect(holder(name)).toMatch(/^cleanup_/);
    expect(hinted('web')).toBe(false);
    // The lease of a clean-up is no controller's: a second run neither refuses nor waits for it.
    const before = clock.monotonicMs();
    expect(await run([])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['--take-over'])).toMatchObject({ code: 0, stderr: '' });
    expect(clock.monotonicMs() - before).toBeLessThan(10_000);
  });

  test('counts and names hints that come back', async () => {
    for (let i = 0; i < 7; i++) putHints(`web-${i}`);
    // A controller without leader election.
    const writeAgain = (): void => {
      for (let i = 1; i < 7; i++) if (!hinted(`web-${i}`)) putHints(`web-${i}`);
    };
    const ran = await run([], writeAgain);
    expect(ran).toEqual({
      stdout: 'Took hints off 7 of 7 EndpointSlices, 7 endpoints.\n',
      stderr:
        'slicehints cleanup: hints came back on 6 EndpointSlices: default/web-1, default/web-2, default/web-3, ' +
        'default/web-4, default/web-5 and 1 more. A controller that holds none of these Leases still writes: stop it ' +
        'and run the clean-up again.\n',
      code: 1,
    });
  });

  test('does not watch with --verify-for=0, and claims nothing then', async () => {
    putHints('web');
    expect(await run(['--verify-for=0'])).toEqual({
      stdout: 'Took hints off 1 of 1 EndpointSlices, 1 endpoints.\n',
      stderr: '',
      code: 0,
    });
  });

  test('with --take-over creates the Lease that is named where there is none, so that no standby takes it', async () => {
    const named = ['--leader-elect-resource-name=hints', '--leader-elect-resource-namespace=ops'];
    expect(await run(['--take-over', ...named])).toMatchObject({ code: 0, stderr: '' });
    expect(holder('hints')).toMatch(/^cleanup_/);
  });
});
