import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestCluster } from './support/cluster.js';
import { EXAMPLES, eventually, run, slicehints, BINARY } from './support/process.js';

describe('the binary', () => {
  const mistakes: [string, string[], RegExp][] = [
    [
      'an unknown flag',
      ['controller', '--frobnicate'],
      /^slicehints controller: unknown flag --frobnicate; --help lists the flags\n$/,
    ],
    [
      'a bad duration',
      ['controller', '--coalesce-window=soon'],
      /^slicehints controller: --coalesce-window: expected a duration such as 15s, 500ms or 1m30s, got "soon"\n$/,
    ],
    [
      'flags that contradict',
      ['controller', '--leader-elect-lease-duration=5s'],
      /^slicehints controller: --leader-elect-lease-duration must be longer than --leader-elect-renew-deadline\n$/,
    ],
    [
      'two servers on a port',
      ['controller', '--metrics-bind-address=:9000', '--health-probe-bind-address=:9000'],
      /^slicehints controller: .*both on port 9000\n$/,
    ],
    ['no command', [], /^slicehints: Name a command; --help lists them.\n$/],
    [
      'a number out of range',
      ['controller', '--overload-threshold=11'],
      /^slicehints controller: --overload-threshold: expected a number from 0 to 10, got "11"\n$/,
    ],
    [
      'a kubeconfig that is not there',
      ['controller', '--kubeconfig=/nowhere/config', '--metrics-bind-address=0', '--health-probe-bind-address=0'],
      /^.*\/nowhere\/config.*\n$/,
    ],
    ['a manifest that is not there', ['plan', '-f', '/nowhere/x.yaml'], /^slicehints plan: .*\/nowhere\/x.yaml.*\n$/],
  ];
  test.each(mistakes)('%s is one line and exit code 1', async (_, args, line) => {
    const { code, stdout, stderr } = await slicehints(...args);
    expect({ code, text: stderr === '' ? stdout : stderr }).toEqual({ code: 1, text: expect.stringMatching(line) });
  });

  test('--version and --help answer', async () => {
    expect((await slicehints('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await slicehints('controller', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('--leader-elect-lease-duration');
  });

  test('flags come from the environment too, and the command line wins', async () => {
    const env = { SLICEHINTS_COALESCE_WINDOW: 'never', SLICEHINTS_PORT: 'tcp://10.0.0.1:80' };
    const bad = await run(process.execPath, [BINARY, 'controller'], { env });
    expect(bad.stderr).toContain('got "never"');
    const won = await run(process.execPath, [BINARY, 'controller', '--coalesce-window=always'], { env });
    expect(won.stderr).toContain('got "always"');
  });

  test('the sandbox has faults on command, and names them all when it does not know one', async () => {
    const faults = ['--fault=latency:ms=20,resource=endpointslices', '--fault=close-watches:everyMs=200'];
    expect(await slicehints('sandbox', '--once', ...faults)).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await slicehints('sandbox', '--fault=rain');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^slicehints sandbox: --fault: Expected a fault name, one of latency, .*, got "rain"\.\n$/);
  });

  test('a story of the sandbox ends by itself with a summary, and refuses a cluster of the user', async () => {
    const { code, stdout, stderr } = await slicehints('sandbox', '--story=balanced');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'Story balanced: web 33 % → 73 % in zone, busiest endpoint 1.17x. All 5 claims hold.',
    );
    const refused = await slicehints('sandbox', '--story=balanced', '--empty');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^slicehints sandbox: --story brings/)]);
    const unknown = await slicehints('sandbox', '--story=nonsense');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('balanced')]);
  }, 60_000);

  test.each([[[]], [['--guard']]])('the sandbox with the model of in-tree settles %j', async (flags) => {
    const { code, stdout, stderr } = await slicehints('sandbox', '--once', '--in-tree', ...flags);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(flags.length === 0 ? 'HintsBlocked' : 'BalancedHintsSet');
  });

  test('the sandbox takes several files and several faults', async () => {
    const files = ['kube-dns.yaml', 'in-tree.yaml'].flatMap((file) => ['-f', `${EXAMPLES}${file}`]);
    const { code, stdout } = await slicehints('sandbox', '--once', ...files, '--fault=latency:ms=1');
    expect({ code, first: stdout.split('\n')[0] }).toEqual({
      code: 0,
      first: expect.stringMatching(/in memory, with \S*kube-dns\.yaml, \S*in-tree\.yaml$/),
    });
    const { stderr } = await slicehints('sandbox', '--fault=rain', '--fault=latency:ms=1');
    expect(stderr).toMatch(/got "rain"\.\n$/);
  });

  test('the sandbox shows the sample settled and exits', async () => {
    const { code, stdout, stderr } = await slicehints('sandbox', '--once');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const row of [
      /10\.244\.0\.5 +kind-control-plane +a +yes +a/,
      /10\.244\.2\.2 +kind-worker3 +b +yes +b/,
      /10\.244\.3\.2 +kind-worker +a +yes +a/,
      /10\.244\.1\.2 +kind-worker2 +b +yes +b/,
      /kind-control-plane +a +10\.244\.0\.5, 10\.244\.3\.2/,
      /kind-worker2 +b +10\.244\.1\.2, 10\.244\.2\.2/,
      /event .*kube-system\/kube-dns .*TopologyAwareHintsEnabled/,
    ]) {
      expect(stdout).toMatch(row);
    }
  }, 60_000);

  test.each(['kube-dns.yaml', 'three-zones.yaml', 'odd-node.yaml'])(
    'the sandbox settles on the example %s',
    async (file) => {
      expect(await slicehints('sandbox', '--once', '-f', `${EXAMPLES}${file}`)).toMatchObject({ code: 0, stderr: '' });
    },
    60_000,
  );

  describe('with a live server', () => {
    let cluster: TestCluster;
    beforeAll(async () => {
      cluster = await TestCluster.start();
    }, 60_000);
    afterAll(() => cluster.stop(), 60_000);

    test('plan of what kubectl prints is the plan of the live cluster, and the controller does it', async () => {
      const { a, b } = cluster.zones;
      await cluster.createService(
        'planned',
        [
          { address: '10.3.0.1', node: a[0] ?? '', zone: 'a' },
          { address: '10.3.0.2', node: b[0] ?? '', zone: 'b' },
        ],
        { 'service.kubernetes.io/topology-mode': 'Auto' },
      );
      const key = `${cluster.namespace}/planned`;
      const yaml = (await cluster.kubectl(['get', 'nodes,services,endpointslices', '-A', '-o', 'yaml'])).stdout;
      const offline = await run(process.execPath, [BINARY, 'plan', '-f', '-', '-o', 'json', '--service', key], {
        stdin: yaml,
      });
      const live = await slicehints('plan', '--kubeconfig', cluster.kubeconfig, '-o', 'json', '--service', key);
      expect(offline.code).toBe(0);
      expect(JSON.parse(live.stdout)).toEqual(JSON.parse(offline.stdout));
      expect(await cluster.hints('planned')).toEqual({ '10.3.0.1': '', '10.3.0.2': '' });
      const controller = cluster.controller();
      try {
        await eventually(async () =>
          expect(await cluster.hints('planned')).toEqual({ '10.3.0.1': 'a', '10.3.0.2': 'b' }),
        );
        const after = await slicehints('plan', '--kubeconfig', cluster.kubeconfig, '-o', 'json', '--service', key);
        expect(JSON.parse(after.stdout)).toMatchObject({ services: [{ patches: [] }] });
      } finally {
        expect(await controller.end()).toBe(0);
      }
    }, 60_000);

    test('health and metrics answer', async () => {
      const controller = cluster.controller();
      try {
        const port = await eventually(() => {
          const line = controller.log.find(({ msg }) => msg.includes('servers listen'));
          if (line === undefined) throw new Error('no line about servers yet');
          return line as unknown as { health: string; metrics: string };
        });
        await eventually(async () => {
          const ready = await fetch(`http://${port.health}/readyz?verbose`);
          const text = await ready.text();
          expect(text).toContain('[+]cache-endpointslices ok');
          expect(ready.status).toBe(200);
        });
        await eventually(async () => {
          const health = await (await fetch(`http://${port.health}/healthz?verbose`)).text();
          expect(health).toContain('[+]lease ok: leading');
        });
        const metrics = await (await fetch(`http://${port.metrics}/metrics`)).text();
        for (const name of [
          'workqueue_depth{name="slicehints"}',
          'rest_client_requests_total{',
          'leader_election_master_status{name="slicehints"} 1',
          'slicehints_slice_writes_total{result="written"}',
          'slicehints_plan_duration_seconds',
          'slicehints_event_to_hint_seconds',
          'slicehints_services',
        ]) {
          expect(metrics).toContain(name);
        }
      } finally {
        await controller.end();
      }
    }, 60_000);
  });
});
