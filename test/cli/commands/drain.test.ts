import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { drainCommand } from '../../../src/cli/commands/drain.js';
import { judgedStatus } from '../../../src/controller/drains/drainStatus.js';
import { readZoneDrain, type ZoneDrainManifest } from '../../../src/hints/drain/zoneDrain.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import type { ApiRequest } from '../../../src/kube/rest/transport.js';
import { FakeClock, settle } from '../../support/fakeClock.js';
import { startSandbox, type RunningSandbox } from '../../support/sandbox.js';
import { nodeManifest, sliceManifest } from '../../support/vectors.js';
import { runCommand, type Ran, type World } from '../runPlan.js';

const RESOURCE = 'zonedrains.slicehints.io';

let sandbox: RunningSandbox;
let clock: FakeClock;
beforeEach(async () => {
  sandbox = await startSandbox({ definitions: chartDefinitions() });
  clock = new FakeClock();
});
afterEach(() => sandbox.stop());

interface Verdict {
  readonly accepted: boolean;
  readonly reason: 'Accepted' | 'Overload';
  readonly message: string;
}

/** What a controller does: it judges each drain once. */
function judge(verdict: Verdict): () => void {
  return () => {
    for (const object of sandbox.server.store.list(RESOURCE)) {
      const drain = readZoneDrain(object);
      if (drain.isJudged) continue;
      const status = judgedStatus(drain, verdict, undefined, ['CoreDNS: ignores hints'], clock.wallMs());
      sandbox.server.store.write(RESOURCE, { ...object, status });
    }
  };
}
const accept = judge({ accepted: true, reason: 'Accepted', message: '2 Services' });
const refuse = judge({ accepted: false, reason: 'Overload', message: 'too much' });
const nobody = (): void => undefined;

interface Around extends Pick<World, 'stdin' | 'signal'> {
  /** What becomes of an answer on its way. */
  readonly answer?: (request: ApiRequest, answered: unknown) => unknown;
}

/** Runs the command while time passes. */
async function run(args: readonly string[], onTurn: () => void = nobody, more: Around = {}): Promise<Ran> {
  const { answer = (_, answered) => answered, ...rest } = more;
  const connect = () => ({
    send: async (request: ApiRequest) => answer(request, await sandbox.transport.send(request)),
    watch: (request: Parameters<typeof sandbox.transport.watch>[0]) => sandbox.transport.watch(request),
    close: () => undefined,
  });
  let ended = false;
  const ran = runCommand('drain', drainCommand, args, { clock, connect, ...rest }).finally(() => (ended = true));
  ran.catch(() => undefined);
  while (!ended) {
    await settle(20);
    onTurn();
    await clock.advance(100);
  }
  return ran;
}

const stored = (name = 'zone-a'): ZoneDrainManifest['spec'] =>
  (sandbox.server.store.get(RESOURCE, '', name) as ZoneDrainManifest | undefined)?.spec;

describe('slicehints drain', () => {
  test('creates a drain and waits until it is accepted', async () => {
    expect(await run(['zone-a', '--for', '2h'], accept)).toEqual({
      stdout:
        'zonedrain.slicehints.io/zone-a created\nZone zone-a is drained until 2026-01-01T02:00:00Z: 2 Services\nWhat does not follow:\n  CoreDNS: ignores hints\n',
      stderr: '',
      code: 0,
    });
    expect(stored()).toEqual({ zone: 'zone-a', until: '2026-01-01T02:00:00Z', force: false });
  });

  test('extends the drain that is there', async () => {
    await run(['zone-a', '--for', '1h'], accept);
    const ran = await run(['zone-a', '--for', '24h', '--force'], accept);
    expect(ran.stdout).toContain('zonedrain.slicehints.io/zone-a configured\n');
    expect(stored()).toMatchObject({ force: true });
    expect(Date.parse(stored()?.until ?? '')).toBeGreaterThan(clock.wallMs() + 23 * 3_600_000);
  });

  test('exits with 1 where the drain is refused', async () => {
    expect(await run(['zone-a', '--for', '2h'], refuse)).toMatchObject({
      stdout: 'zonedrain.slicehints.io/zone-a created\nThe drain is refused (Overload): too much\n',
      code: 1,
    });
  });

  test('gives up waiting where no controller judges, and says so', async () => {
    expect(await run(['zone-a', '--for', '2h', '--timeout', '5s'])).toMatchObject({
      stderr:
        'slicehints drain: no controller has judged the drain within 5 s: it takes effect when one accepts it (slicehints doctor shows whether one leads)\n',
      code: 1,
    });
    expect(await run(['zone-b', '--for', '2h', '--timeout', '0'])).toMatchObject({ stderr: '', code: 0 });
  });

  test('does not wait any longer once it is interrupted, and says that the drain stays', async () => {
    const stop = new AbortController();
    const interrupt = (): void => void (stored() !== undefined && stop.abort());
    expect(await run(['zone-a', '--for', '2h', '--timeout', '10m'], interrupt, { signal: stop.signal })).toMatchObject({
      stderr:
        'slicehints drain: interrupted before a controller has judged the drain, which stays: slicehints drain end zone-a ends it\n',
      code: 1,
    });
    expect(clock.monotonicMs()).toBeLessThan(10_000);
    expect(stored()).toBeDefined();
  });

  test('says that the drain was deleted while it waited', async () => {
    const remove = (): void => void sandbox.server.store.delete(RESOURCE, '', 'zone-a');
    expect(await run(['zone-a', '--for', '2h'], () => stored() !== undefined && remove())).toMatchObject({
      stderr: 'slicehints drain: the drain was deleted before a controller has judged it\n',
      code: 1,
    });
  });

  test('names the object so that it can be one, and keeps to the drain of that zone', async () => {
    await run(['Zone_A', '--for', '2h'], accept);
    expect(stored('zone-a')?.zone).toBe('Zone_A');
    expect(await run(['zone-a', '--for', '2h'])).toMatchObject({
      stderr: 'slicehints drain: ZoneDrain zone-a is of zone "Zone_A"; end that first\n',
      code: 1,
    });
  });

  test.each(['', 'a b', '\u001b[31m', 'z'.repeat(64)])('refuses %j, which is no name of a zone', async (zone) => {
    for (const more of [[], ['--dry-run', '-f', 'nowhere']]) {
      expect(await run([zone, '--for', '2h', ...more])).toMatchObject({
        stdout: '',
        stderr: `slicehints drain: expected the name of a zone, got ${JSON.stringify(zone)}\n`,
        code: 1,
      });
    }
  });

  const WAY_OUT = 'check whether a proxy in between changes what the API server answers';
  const LIST = '/apis/slicehints.io/v1alpha1/zonedrains';

  test.each<[string, readonly string[], ApiRequest['method'], unknown, string]>([
    ['a list without a body', ['status'], 'GET', undefined, `GET ${LIST}: the answer is empty, not an object`],
    ['a drain that is null', ['status'], 'GET', { items: [null] }, `GET ${LIST}: item 1 of 1 is null, not an object`],
    ['no list to end of', ['end', 'zone-a'], 'GET', { items: 'a' }, `GET ${LIST}: items is a string, not a list`],
    [
      'a write without a body',
      ['zone-a', '--for=1h'],
      'POST',
      undefined,
      `POST ${LIST}: the answer is empty, not an object`,
    ],
  ])('says that %s is no answer', async (_, args, method, answer, problem) => {
    const ran = await run(args, nobody, {
      answer: (request, answered) => (request.method === method ? answer : answered),
    });
    expect(ran).toMatchObject({ stdout: '', stderr: `slicehints drain: ${problem}; ${WAY_OUT}\n`, code: 1 });
  });

  test('prints the object as JSON', async () => {
    const { stdout } = await run(['zone-a', '--for', '2h', '-o', 'json'], accept);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'ZoneDrain', spec: { zone: 'zone-a' }, status: {} });
  });

  test('status shows each drain, and of one zone what does not follow', async () => {
    expect((await run(['status'])).stdout).toBe('No zone is drained.\n');
    await run(['zone-a', '--for', '2h'], accept);
    await run(['zone-b', '--for', '2h', '--timeout=0'], nobody);
    const { stdout } = await run(['status']);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toMatchObject([
      ['NAME', 'ZONE', 'UNTIL', 'STATE', 'SERVICES', 'BUSIEST', 'MESSAGE'],
      [
        'zone-a',
        'zone-a',
        /T02:00:/.exec(stdout) === null ? '' : '2026-01-01T02:00:00Z',
        'Active',
        '-',
        '-',
        '2 Services',
      ],
      ['zone-b', 'zone-b', expect.any(String) as string, 'Pending', '-', '-', 'No controller has judged it yet'],
      [''],
    ]);
    expect((await run(['status', 'zone-a'])).stdout).toContain('What does not follow:\n  CoreDNS: ignores hints\n');
    const json = JSON.parse((await run(['status', '-o', 'json'])).stdout) as { items: ZoneDrainManifest[] };
    expect(json.items.map(({ metadata }) => metadata?.name)).toEqual(['zone-a', 'zone-b']);
    expect(await run(['status', 'zone-x'])).toMatchObject({
      stderr: 'slicehints drain: there is no drain of zone "zone-x"\n',
      code: 1,
    });
  });

  test('end deletes the drain of the zone', async () => {
    await run(['Zone_A', '--for', '2h'], accept);
    expect((await run(['end', 'Zone_A', '--dry-run=client'])).stdout).toBe(
      'zonedrain.slicehints.io "zone-a" deleted (dry run)\n',
    );
    expect(stored('zone-a')).toBeDefined();
    expect(await run(['end', 'Zone_A'])).toEqual({
      stdout: 'zonedrain.slicehints.io "zone-a" deleted\n',
      stderr: '',
      code: 0,
    });
    expect(stored('zone-a')).toBeUndefined();
    expect(await run(['end', 'Zone_A'])).toMatchObject({ code: 1 });
  });

  test('in a cluster without the definition says what to install', async () => {
    await sandbox.stop();
    sandbox = await startSandbox();
    expect((await run(['zone-a', '--for', '2h'])).stderr).toContain('the cluster has no ZoneDrain: install the chart');
  });

  test.each<[string[], string]>([
    [[], 'Name a zone, or one of status and end.'],
    [['zone-a'], '--for: required; give the time as in --for 2h'],
    [['zone-a', 'zone-b', '--for=2h'], 'unexpected argument "zone-b"'],
    [['zone-a', '--for=25h'], '--for: expected at most 24h'],
    [['zone-a', '--for=soon'], '--for: expected a duration longer than 0, such as 15s, 500ms or 1m30s, got "soon"'],
    [['zone-a', '--for=2h', '-f', 'x.yaml'], '--filename: drains are of a live cluster; it needs --dry-run'],
    [
      ['zone-a', '--for=2h', '--drain-limit=3'],
      '--drain-limit: it needs --dry-run; a controller judges by its own flags',
    ],
    [
      ['zone-a', '--for=2h', '--managed-by=x'],
      '--managed-by: it needs --dry-run; a controller judges by its own flags',
    ],
    [['status', '--guard=true'], '--guard: it needs --dry-run; a controller judges by its own flags'],
    [['end'], 'Name the zone whose drain is to end.'],
    [['end', 'zone-a', '--for=2h'], '--for: drain end takes no time'],
  ])('%j is refused', async (args, message) => {
    expect(await run(args)).toEqual({ stdout: '', stderr: `slicehints drain: ${message}\n`, code: 1 });
  });
});

describe('slicehints drain --dry-run', () => {
  const ZONES = ['a', 'b', 'c'];
  const manifests = (endpoints: readonly string[]): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        ...ZONES.map((zone) => ({
          apiVersion: 'v1',
          kind: 'Node',
          ...nodeManifest({
            name: `n-${zone}`,
            labels: { 'topology.kubernetes.io/zone': zone },
            cpu: '4',
            ready: 'True',
          }),
        })),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'svc', namespace: 'default', annotations: { 'slicehints.io/mode': 'balanced' } },
        },
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          ...sliceManifest({
            name: 's',
            endpoints: endpoints.map((zone, i) => ({ address: `10.0.0.${i}`, zone, ready: true })),
          }),
        },
      ],
    });
  const dryRun = (endpoints: readonly string[], ...more: string[]): Promise<Ran> =>
    run(['a', '--for=2h', '--dry-run=client', '-f', '-', ...more], nobody, { stdin: manifests(endpoints) });

  test('tells what the drain would do', async () => {
    const { stdout, code } = await dryRun(ZONES);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      "A drain of zone a would be accepted (Accepted): 1 Service with 1 ready endpoint in the zone; busiest endpoint 1.50 times today's mean (default/svc)",
      'What does not follow:',
      '  kube-proxy on Windows: ignores hints',
    ]);
  });

  test.each<[string, readonly string[], string[], string, number]>([
    ['a Service without other endpoints', ['a'], [], 'would be refused (NoOtherEndpoint)', 1],
    ['the same by force', ['a'], ['--force'], 'would be accepted (Forced)', 0],
    ['too much', ['a', 'a', 'b'], [], 'would be refused (Overload)', 1],
    ['a higher limit', ['a', 'a', 'b'], ['--drain-limit=3'], 'would be accepted (Accepted)', 0],
  ])('judges as the controller does: %s', async (_, endpoints, more, verdict, code) => {
    const ran = await dryRun(endpoints, ...more);
    expect([ran.stdout.includes(verdict), ran.code]).toEqual([true, code]);
  });

  test('names Services that keep their endpoints', async () => {
    const { stdout } = await dryRun(ZONES, '--managed-by=other');
    expect(stdout).toContain('Not drained, because hints may not be written: 1 (default/svc)\n');
  });

  test('has the figures as JSON', async () => {
    const { stdout } = await dryRun(ZONES, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      zone: 'a',
      judgement: { accepted: true },
      figures: { drained: 1, endpoints: 1, busiest: { service: 'default/svc' } },
    });
  });
});
