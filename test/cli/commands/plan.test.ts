import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadManifests } from '../../../src/cli/input/manifests.js';
import type { PlanSurroundings } from '../../../src/cli/commands/plan.js';
import { planService } from '../../../src/hints/planService.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import type { EndpointSliceManifest, ServiceManifest } from '../../../src/model/manifest.js';
import { FakeClock } from '../../support/fakeClock.js';
import { EXAMPLES, runPlan } from '../runPlan.js';

/** What starts an escape sequence, and what takes a line of a terminal away. */
const ESCAPE = '\u001b';
const CLEAR_LINE = `\r${ESCAPE}[K`;

const NO_TRAFFIC = 'Cluster: no Service has traffic that hints can steer.\nNothing would change; ';

const KUBE_DNS = join(EXAMPLES, 'kube-dns.yaml');
const THREE_ZONES = join(EXAMPLES, 'three-zones.yaml');
const ODD_NODE = join(EXAMPLES, 'odd-node.yaml');

/** What `planService` says of every Service in a file, from the same objects. */
async function planned(file: string): Promise<object[]> {
  const { nodes, services, endpointSlices } = await loadManifests([file]);
  const of = (service: ServiceManifest) => (slice: EndpointSliceManifest) =>
    slice.metadata?.namespace === service.metadata?.namespace &&
    slice.metadata?.labels?.['kubernetes.io/service-name'] === service.metadata?.name;
  return services
    .map(({ object: service }) => ({
      namespace: service.metadata?.namespace,
      name: service.metadata?.name,
      ...planService({
        service,
        slices: endpointSlices.map(({ object }) => object).filter(of(service)),
        nodes: nodes.map(({ object }) => object),
      }),
    }))
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}

describe('the table', () => {
  test('kube-dns: hinted, all traffic in its zone', async () => {
    const { stdout, stderr, code } = await runPlan(['-f', KUBE_DNS]);
    expect(stdout).toBe(
      `
Cluster: 50% → 100% in zone over 1 Service that hints can steer; busiest endpoint 1.00x (kube-system/kube-dns).
1 hinted.
Would change the hints of 4 endpoints in 1 EndpointSlice of 1 Service.
Each Service counts alike; demand: cpu.

SERVICE                MODE   TYPE   VERDICT   HINTS     IN ZONE      BUSIEST       CHANGES   REASON
kube-system/kube-dns   auto   IPv4   hinted    a:2 b:2   50% → 100%   1.00 → 1.00   4         TopologyAwareHintsEnabled
`.slice(1),
    );
    expect([stderr, code]).toEqual(['', 0]);
  });

  test('three zones: dual stack, too small, headless, not opted in', async () => {
    expect((await runPlan(['-f', THREE_ZONES])).stdout).toBe(
      `
Cluster: 50% → 62.5% in zone over 4 Services that hints can steer; busiest endpoint 1.00x (default/api).
2 hinted, 1 is headless, 1 has fewer endpoints than Auto requires.
Would change the hints of 10 endpoints in 3 EndpointSlices of 2 Services; 1 Service does not opt in.
Each Service counts alike; demand: cpu.

1 Service (default/orders): HeadlessService: Hints do not steer a headless Service: DNS answers with all ready addresses, and clients choose among them
  → DNS answers with every address: give the Service a cluster IP where clients do not need each pod.
1 Service (default/cart): TopologyAwareHintsDisabled: Insufficient number of endpoints (2 endpoints, 3 zones)
  → Run at least one pod for each zone, or ask for slicehints.io/balanced, which hints any number.

SERVICE          MODE   TYPE   VERDICT       HINTS         IN ZONE         BUSIEST       CHANGES   REASON
default/api      auto   IPv4   hinted        a:1 b:1 c:1   100% → 100%     1.00 → 1.00   -         TopologyAwareHintsEnabled
default/api      auto   IPv6   hinted        a:1 b:1 c:1   100% → 100%     1.00 → 1.00   -         TopologyAwareHintsEnabled
default/cart     auto   IPv4   not hinted    -             33.3% → 33.3%   1.00 → 1.00   -         TopologyAwareHintsDisabled
default/orders   auto   IPv4   not steered   a:1 b:1 c:1   -               -             3         HeadlessService
default/web      auto   IPv4   hinted        a:2 b:2 c:2   33.3% → 83.3%   1.00 → 1.00   7         TopologyAwareHintsEnabled
`.slice(1),
    );
  });

  test('an odd node: why there are no hints', async () => {
    expect((await runPlan(['-f', ODD_NODE])).stdout).toBe(
      `
Cluster: 50% → 50% in zone over 1 Service that hints can steer; busiest endpoint 1.00x (default/web).
1 stopped by one node without a zone or CPU (node-odd).
Nothing would change.
Each Service counts alike; demand: cpu.

1 Service (default/web): TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes
  → Label these nodes with topology.kubernetes.io/zone or take them out of the cluster, or ask for slicehints.io/balanced, which passes them over.

SERVICE       MODE   TYPE   VERDICT      HINTS   IN ZONE     BUSIEST       CHANGES   REASON
default/web   auto   IPv4   not hinted   -       50% → 50%   1.00 → 1.00   -         TopologyAwareHintsDisabled
`.slice(1),
    );
  });

  test('only Services that do not opt in: two lines', async () => {
    const service = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\n---\n`;
    const { stdout, stderr, code } = await runPlan(['-f', '-'], { stdin: service('one') + service('two') });
    expect(stdout).toBe(`${NO_TRAFFIC}2 Services do not opt in.\n`);
    expect(stderr).toBe('slicehints plan: There are no Nodes, so zones and their CPU are unknown\n');
    expect(code).toBe(0);
  });

  test('a Service that opted out keeps a line while hints of ours are on its slice', async () => {
    const text = (await readFile(THREE_ZONES, 'utf8'))
      .replace('name: api-v4', 'name: api-v4\n  annotations: { slicehints.io/hints: v1 }')
      .replace(
        '    service.kubernetes.io/topology-mode: Auto\nspec:\n  ipFamilyPolicy',
        '    x: y\nspec:\n  ipFamilyPolicy',
      );
    const { stdout } = await runPlan(['-f', '-'], { stdin: text });
    expect(stdout).toContain('default/api      off    IPv4   -             -             100% → 33.3%');
    expect(stdout).toContain('Opted out: the hints of slicehints go\n');
  });

  test('an annotation that is not understood, a slice of nobody and an opted-in Service without slices are named', async () => {
    const text = `
apiVersion: v1
kind: Service
metadata: { name: typo, annotations: { service.kubernetes.io/topology-mode: AUTO } }
---
apiVersion: v1
kind: Service
metadata: { name: empty, annotations: { service.kubernetes.io/topology-mode: Auto } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: lost, labels: { kubernetes.io/service-name: gone } }
addressType: IPv4
`;
    const { stdout, stderr } = await runPlan(['-f', '-'], { stdin: text });
    expect(stdout).toContain(
      'default/empty   auto   -      -         -       -         -         -         There are no EndpointSlices\n',
    );
    expect(stdout).toContain(
      'Warning: default/typo: Annotation service.kubernetes.io/topology-mode has the unknown value "AUTO"',
    );
    expect(stdout).toContain('1 Service does not opt in.\n');
    expect(stderr).toContain(
      '1 EndpointSlice names no Service that is given in the label kubernetes.io/service-name (default/lost)\n',
    );
  });
});

describe('many Services on a screen', () => {
  /** Services with a long name each, all of which stop for the same reason. */
  const blocked = (count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `---
apiVersion: v1
kind: Service
metadata:
  name: a-service-with-a-rather-long-name-${i}
  annotations: { service.kubernetes.io/topology-mode: Auto }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: s${i}
  labels:
    kubernetes.io/service-name: a-service-with-a-rather-long-name-${i}
    endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
addressType: IPv4
ports: []
endpoints: [{ addresses: [10.0.0.${i}], conditions: { ready: true }, zone: a }]
`,
    ).join('');

  test('equal reasons are told once, with a count and three names', async () => {
    const { stdout } = await runPlan(['-f', ODD_NODE, '-f', '-'], { stdin: blocked(4) });
    expect(stdout.match(/Insufficient Node information/g)).toHaveLength(1);
    expect(stdout).toContain(
      '5 Services (default/a-service-with-a-rather-long-name-0, default/a-service-with-a-rather-long-name-1, default/a-service-with-a-rather-long-name-2 and 2 more): TopologyAwareHintsDisabled: Insufficient Node information',
    );
  });

  test.each([80, 100, 132])('no line is longer than a terminal of %d columns', async (columns) => {
    const { stdout } = await runPlan(['-f', ODD_NODE, '-f', THREE_ZONES, '-f', '-'], { stdin: blocked(30), columns });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('…');
    const wide = (await runPlan(['-f', ODD_NODE, '-f', THREE_ZONES, '-f', '-'], { stdin: blocked(30), columns: 500 }))
      .stdout;
    expect(wide).not.toContain('…');
  });

  test('reasons that differ in names and numbers only are one', async () => {
    const text = blocked(3)
      .replace('addresses: [10.0.0.0]', 'addresses: [10.0.0.200, 10.0.0.201]')
      .replaceAll('endpointslice-controller.k8s.io', 'x.example.com');
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', '-', '--ignore-managed-by=x.example.com'], { stdin: text });
    expect(stdout.match(/HintsBlocked: /g)).toHaveLength(1);
    expect(stdout).toContain('3 Services (default/a-service-with-a-rather-long-name-0, ');
    expect(stdout).toContain('): for example HintsBlocked: EndpointSlice s0 ');
  });

  test('slices that in-tree hints by itself are not called opted out', async () => {
    const text = `
apiVersion: v1
kind: Service
metadata: { name: near }
spec: { trafficDistribution: PreferClose, selector: { app: near } }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: near-1
  labels: { kubernetes.io/service-name: near, endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io }
addressType: IPv4
ports: []
endpoints: [{ addresses: [10.0.0.1], zone: a, hints: { forZones: [{ name: a }] } }]
`;
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', '-'], { stdin: text });
    expect(stdout).toContain('Kubernetes’ own EndpointSlice controller writes these hints\n');
    expect(stdout).not.toContain('Opted out');
  });
});

describe('one Service in full', () => {
  test('kube-dns: each endpoint and what each zone will use', async () => {
    expect((await runPlan(['-f', KUBE_DNS, '--service', 'kube-system/kube-dns'])).stdout).toBe(
      `
Service kube-system/kube-dns, mode auto

IPv4: hinted, TopologyAwareHintsEnabled
Topology Aware Hints has been enabled, addressType: IPv4
In zone 50% → 100%, busiest endpoint 1.00 → 1.00 times the mean load

ADDRESS      ZONE   NODE                 READY   HINTS
10.244.0.5   a      kind-control-plane   yes     - → a
10.244.2.2   b      kind-worker3         yes     - → b
10.244.3.2   a      kind-worker          yes     - → a
10.244.1.2   b      kind-worker2         yes     - → b

NODES           TRAFFIC   IN ZONE   WILL USE
in a: 2 nodes   50%       100%      10.244.0.5, 10.244.3.2
in b: 2 nodes   50%       100%      10.244.2.2, 10.244.1.2

Would change the hints of 4 endpoints in 1 EndpointSlice.
`.slice(1),
    );
  });

  test('a node without a zone is shown with what it uses', async () => {
    const { stdout } = await runPlan(['-f', ODD_NODE, '--service', 'default/web']);
    expect(stdout).toContain(
      'without a zone: 1 node   -         -         10.1.0.11, 10.1.0.12, 10.2.0.11, 10.2.0.12\n',
    );
  });

  test('an endpoint that is not ready is hinted, but no zone uses it', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '--service', 'default/web']);
    expect(stdout).toContain('10.3.1.12   c      node-c1   no      - → c\n');
    expect(stdout).toContain('in c: 1 node    33.3%     50%       10.1.1.11, 10.3.1.11\n');
  });

  test('node hints tell the nodes of a zone apart', async () => {
    const text = (await readFile(KUBE_DNS, 'utf8'))
      .replace('topology-mode: Auto', 'topology-mode: Disabled')
      .replace(/ {4}nodeName: (.*)\n {4}zone: .*\n/g, '$&    hints: { forNodes: [{ name: $1 }] }\n');
    const { stdout } = await runPlan(['-f', '-', '--service', 'kube-system/kube-dns'], { stdin: text });
    expect(stdout).toContain('mode off (it does not opt in)');
    expect(stdout).toContain('10.244.3.2   a      kind-worker          yes     node/kind-worker\n');
    expect(stdout).toContain('in a: kind-worker          50%       100%      10.244.3.2\n');
    expect(stdout).toContain('in a: kind-control-plane   50%       100%      10.244.0.5\n');
  });

  test('dual stack has a part per address type', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '--service', 'default/api']);
    expect(stdout).toMatch(
      /IPv4: hinted[^]*10\.1\.1\.21 {3}a {6}node-a1 {3}yes {5}a\n[^]*IPv6: hinted[^]*fd00:1:1::21 /,
    );
    expect(stdout).toMatch(/\nNothing would change\.\n$/);
  });
});

describe('other outputs', () => {
  /** The Services of `-o json`, as planService has them. */
  const plansIn = (stdout: string): object[] =>
    (JSON.parse(stdout) as { services: Record<string, unknown>[] }).services.map((service) =>
      Object.fromEntries(Object.entries(service).filter(([key]) => key !== 'before' && key !== 'after')),
    );

  test.each([KUBE_DNS, THREE_ZONES, ODD_NODE])('json and yaml have the values of planService: %s', async (file) => {
    const wanted: unknown = JSON.parse(JSON.stringify(await planned(file)));
    const json = await runPlan(['-f', file, '-o', 'json']);
    expect(plansIn(json.stdout)).toEqual(wanted);
    expect(parse((await runPlan(['-f', file, '-o', 'yaml'])).stdout)).toEqual(JSON.parse(json.stdout));
  });

  test('json has what nodes do now and once the plan is written, and the sum of all Services', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '-o', 'json']);
    const { summary, services } = JSON.parse(stdout) as {
      summary: unknown;
      services: { name: string; before: { inZoneShare: number }[]; after: { inZoneShare: number }[] }[];
    };
    const web = services.find(({ name }) => name === 'web');
    expect(web?.before[0]?.inZoneShare).toBeCloseTo(1 / 3);
    expect(web?.after[0]?.inZoneShare).toBeCloseTo(5 / 6);
    expect(summary).toMatchObject({
      services: 5,
      optedIn: 4,
      steered: 4,
      changes: { services: 2, endpointSlices: 3, endpoints: 10 },
      reasons: [
        { reason: 'TopologyAwareHintsEnabled', hinted: true, services: 2 },
        { reason: 'HeadlessService', hinted: true, services: 1 },
        { reason: 'TopologyAwareHintsDisabled', hinted: false, services: 1 },
      ],
    });
  });

  test('json of one Service is a list of one', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '-o', 'json', '--service', 'default/cart']);
    expect(plansIn(stdout)).toEqual(
      JSON.parse(JSON.stringify((await planned(THREE_ZONES)).filter((plan) => 'name' in plan && plan.name === 'cart'))),
    );
  });

  test('patch: a kubectl command per slice that changes', async () => {
    const lines = (await runPlan(['-f', THREE_ZONES, '-o', 'patch'])).stdout.trimEnd().split('\n');
    const parts = lines.map((line) => /^kubectl patch endpointslice -n (\S+) (\S+) --type=json -p '(.*)'$/.exec(line));
    expect(parts.map((match) => `${match?.[1]}/${match?.[2]}`)).toEqual([
      'default/orders-1',
      'default/web-1',
      'default/web-2',
    ]);
    const plans = (await planned(THREE_ZONES)) as { patches: { patch: unknown }[] }[];
    expect(parts.map((match) => JSON.parse(match?.[3] ?? '') as unknown)).toEqual(
      plans.flatMap(({ patches }) => patches.map(({ patch }) => patch)),
    );
  });

  test('patch: nothing to do is no output', async () => {
    expect(await runPlan(['-f', ODD_NODE, '-o', 'patch'])).toEqual({ stdout: '', stderr: '', code: 0 });
  });

  test('patch: what no command line takes goes through standard input', async () => {
    const endpoints = Array.from(
      { length: 1500 },
      (_, i) => `{ addresses: [10.1.${i >> 8}.${i & 255}], conditions: { ready: true }, zone: ${i % 2 ? 'a' : 'b'} }`,
    );
    const text = (await readFile(KUBE_DNS, 'utf8')).replace(
      /endpoints:\n[^]*$/,
      `endpoints: [${endpoints.join(', ')}]\n`,
    );
    const [command, patch, end] = (await runPlan(['-f', '-', '-o', 'patch'], { stdin: text })).stdout.split('\n');
    expect(command).toBe(
      "kubectl patch endpointslice -n kube-system kube-dns-sample --type=json --patch-file=/dev/stdin <<'SLICEHINTS'",
    );
    expect(JSON.parse(patch ?? '')).toHaveLength(1501);
    expect(end).toBe('SLICEHINTS');
  });
});

describe('colours and progress', () => {
  test.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
    ['none in a file or a pipe', false, {}, false],
    ['on a terminal', true, {}, true],
    ['none on a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', true, { NO_COLOR: '' }, true],
    ['none on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['in a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR goes before NO_COLOR, as in Node', true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['none with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ])('%s', async (_, isTTY, env, coloured) => {
    const plain = (await runPlan(['-f', THREE_ZONES])).stdout;
    const { stdout } = await runPlan(['-f', THREE_ZONES], { isTTY, env });
    expect(stdout.includes(ESCAPE)).toBe(coloured);
    expect(stdout.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '')).toBe(plain);
    const json = await runPlan(['-f', THREE_ZONES, '-o', 'json'], { isTTY, env });
    expect(json.stdout).not.toContain(ESCAPE);
  });

  const many = Array.from(
    { length: 501 },
    (_, i) => `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s${i}"}}`,
  );
  const stdin = `{"apiVersion":"v1","kind":"List","items":[${many.join(',')}]}`;

  test('long work is shown on a terminal and wiped away', async () => {
    const { stdout, stderr } = await runPlan(['-f', '-'], { stdin, isErrorTTY: true });
    expect(stderr).toBe(
      `${CLEAR_LINE}Planning Services: 0 of 501${CLEAR_LINE}slicehints plan: There are no Nodes, so zones and their CPU are unknown\n`,
    );
    expect(stdout).toBe(`${NO_TRAFFIC}501 Services do not opt in.\n`);
  });

  test('work that is expected to be short is shown once a second has gone by', async () => {
    let nowMs = 0;
    const clock = Object.assign(new FakeClock(), { monotonicMs: () => (nowMs += 300) });
    const { stderr } = await runPlan(['-f', THREE_ZONES], { isErrorTTY: true, clock });
    const lines = [0, 1, 2, 3, 4].map((done) => `${CLEAR_LINE}Planning Services: ${done} of 5`);
    expect(stderr.endsWith(`${lines.join('')}${CLEAR_LINE}`)).toBe(true);
    expect(stderr).toMatch(/Reading \S+three-zones.yaml: 4\d %/);
  });

  test('no terminal, no progress', async () => {
    expect((await runPlan(['-f', '-'], { stdin })).stderr).not.toContain('Planning');
  });
});

describe('mistakes: one line on standard error, exit code 1, nothing on standard output', () => {
  test.each<[string[], string]>([
    [['-f'], '--filename: expected a file, a directory or - for standard input, got nothing'],
    [
      ['-f', KUBE_DNS, '--context', 'x'],
      '--filename and --kubeconfig or --context exclude each other: read files, or a live cluster',
    ],
    [['-f', KUBE_DNS, '-o', 'xml'], '--output: expected table, json, yaml, patch, got "xml"'],
    [['-f', KUBE_DNS, '-o', 'json', '-o', 'yaml'], '--output: given more than once'],
    [['-f', KUBE_DNS, '--service', 'kube-dns'], '--service: expected namespace/name, got "kube-dns"'],
    [
      ['-f', KUBE_DNS, '--service', 'default/kube-dns'],
      '--service: there is no Service default/kube-dns among the 1 given; there is kube-system/kube-dns',
    ],
    [['-f', KUBE_DNS, '--service', 'a/b'], '--service: there is no Service a/b among the 1 given'],
    [
      ['-f', KUBE_DNS, '--overload-threshold', 'much'],
      '--overload-threshold: expected a number from 0 to 10, got "much"',
    ],
    [['-f', KUBE_DNS, '--overload-threshold=-1'], '--overload-threshold: expected a number from 0 to 10, got "-1"'],
    [['-f', KUBE_DNS, '--rebalance-gain', '2'], '--rebalance-gain: expected a number from 0 to 1, got "2"'],
    [['-f', KUBE_DNS, '--auto-strategy', 'best'], '--auto-strategy: expected proportional, balanced, got "best"'],
    [['-f', '/nowhere.yaml'], '/nowhere.yaml: cannot be read: no such file or directory'],
    [['-f', '-'], 'stdin: there is nothing in it'],
    [['--kubeconfig', 'x'], 'This test has no cluster.'],
    [['-A', '-n', 'shop'], '--namespace and --all-namespaces contradict each other; give one of them'],
    [['-f', KUBE_DNS, '--dry-run'], 'unknown flag --dry-run; --help lists the flags'],
    [['-f', KUBE_DNS, '--contxt', 'x'], 'unknown flag --contxt; did you mean --context?'],
  ])('%j', async (args, message) => {
    expect(await runPlan(args)).toEqual({ stdout: '', stderr: `slicehints plan: ${message}\n`, code: 1 });
  });

  test('a bad manifest', async () => {
    const text = (await readFile(KUBE_DNS, 'utf8')).replace('addressType: IPv4\n', '');
    expect(await runPlan(['-f', '-'], { stdin: text })).toEqual({
      stdout: '',
      stderr: 'slicehints plan: stdin: document 6: addressType: expected IPv4, IPv6 or FQDN, got nothing\n',
      code: 1,
    });
  });

  test('-f may be repeated', async () => {
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', THREE_ZONES, '-o', 'json']);
    expect((JSON.parse(stdout) as { services: unknown[] }).services).toHaveLength(6);
  });
});

describe('a live cluster', () => {
  /** Answers GETs from a table by path and continue token; anything else is a test that fails. */
  class FakeTransport implements Transport {
    readonly requests: ApiRequest[] = [];
    closed = false;

    constructor(readonly answer: (path: string, token: string) => unknown) {}

    async send(request: ApiRequest): Promise<unknown> {
      this.requests.push(request);
      await Promise.resolve();
      return this.answer(request.path, String(request.query?.['continue'] ?? ''));
    }

    watch(): never {
      throw new Error('A plan never watches.');
    }

    close(): void {
      this.closed = true;
    }
  }

  let objects: Record<string, unknown[]> = {};
  beforeAll(async () => {
    const { nodes, services, endpointSlices } = await loadManifests([THREE_ZONES]);
    // A server's lists say the kind once, for all items.
    const bare = (loaded: readonly { object: object }[]): unknown[] =>
      loaded.map(({ object }) => ({ ...object, kind: undefined, apiVersion: undefined }));
    objects = {
      '/api/v1/nodes': bare(nodes),
      '/api/v1/services': bare(services),
      '/apis/discovery.k8s.io/v1/endpointslices': bare(endpointSlices),
    };
  });

  /** Two items a page. */
  function page(path: string, token: string): unknown {
    const all = objects[path];
    if (all === undefined) throw new ApiError('http', `GET ${path}: 404`, { status: 404 });
    const start = Number(token);
    const end = start + 2;
    return {
      metadata: { resourceVersion: '9', ...(end < all.length ? { continue: String(end) } : {}) },
      items: all.slice(start, end),
    };
  }

  const connectTo =
    (transport: Transport): PlanSurroundings['connect'] =>
    () =>
      transport;

  test('says the same as the manifests, by GET only, page by page', async () => {
    const transport = new FakeTransport(page);
    const live = await runPlan(['--context', 'shop'], { connect: connectTo(transport) });
    expect(live).toEqual(await runPlan(['-f', THREE_ZONES]));
    expect(new Set(transport.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(transport.requests.length).toBeGreaterThan(6);
    expect(transport.closed).toBe(true);
  });

  test('hands flags and environment on, and patches name the cluster', async () => {
    const choices: unknown[] = [];
    const transport = new FakeTransport(page);
    const { stdout } = await runPlan(['--kubeconfig', 'my file', '--context', 'shop', '-o', 'patch'], {
      env: { HOME: '/home/me' },
      connect: (choice) => {
        choices.push(choice);
        return transport;
      },
    });
    expect(choices).toEqual([{ kubeconfig: 'my file', context: 'shop', env: { HOME: '/home/me' } }]);
    expect(stdout).toMatch(/^kubectl --kubeconfig 'my file' --context shop patch endpointslice -n default orders-1 /);
  });

  test('--service reads that Service, its slices and the Nodes', async () => {
    const manifests = await loadManifests([THREE_ZONES]);
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    const transport = new FakeTransport((path, token) => {
      if (path === '/api/v1/namespaces/default/services/cart') {
        return manifests.services.find(({ object }) => object.metadata?.name === 'cart')?.object;
      }
      if (path !== slices) return page(path, token);
      const items = manifests.endpointSlices
        .map(({ object }) => object)
        .filter(({ metadata }) => metadata?.name === 'cart-1');
      return { metadata: { resourceVersion: '9' }, items };
    });
    const args = ['--service', 'default/cart'];
    const live = await runPlan(['--context', 'shop', ...args], { connect: connectTo(transport) });
    expect(live).toEqual(await runPlan(['-f', THREE_ZONES, ...args]));
    const asked = transport.requests.find(({ path }) => path === slices);
    expect(asked?.query?.['labelSelector']).toBe('kubernetes.io/service-name=cart');
    expect(transport.requests.map(({ path }) => path)).not.toContain('/api/v1/services');
  });

  describe('clients out of the scope of the command', () => {
    const asked: string[] = [];
    const connect = (annotations: Record<string, string>, forbidden = false): PlanSurroundings['connect'] => {
      asked.length = 0;
      const front = {
        metadata: { namespace: 'front', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.9.0.1'], zone: 'b' }],
      };
      return connectTo(
        new FakeTransport((path, token) => {
          asked.push(path);
          if (path === '/api/v1/namespaces/default/services/cart') {
            return { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'default', name: 'cart', annotations } };
          }
          if (path.startsWith('/apis/discovery.k8s.io/v1/namespaces/default/')) {
            const own = {
              ...front.metadata,
              namespace: 'default',
              name: 'cart-1',
              labels: { 'kubernetes.io/service-name': 'cart' },
            };
            return {
              metadata: { resourceVersion: '9' },
              items: [{ ...front, metadata: own, endpoints: [{ addresses: ['10.8.0.1'], zone: 'a' }] }],
            };
          }
          if (path === '/apis/discovery.k8s.io/v1/namespaces/front/endpointslices') {
            if (forbidden)
              throw new ApiError('http', `GET ${path}: 403 Forbidden: no`, { status: 403, reason: 'Forbidden' });
            return { metadata: { resourceVersion: '9' }, items: [front] };
          }
          if (path === '/apis/discovery.k8s.io/v1/endpointslices')
            return { metadata: { resourceVersion: '9' }, items: [front] };
          return page(path, token);
        }),
      );
    };
    const planCart = (connection: PlanSurroundings['connect'], ...flags: string[]): ReturnType<typeof runPlan> =>
      runPlan(['--context', 'shop', '--service', 'default/cart', ...flags], { connect: connection });
    const BALANCED = { 'slicehints.io/mode': 'balanced' };

    test.each<[string, Record<string, string>, string[], string]>([
      [
        'a client of another namespace is read',
        { 'slicehints.io/clients': 'front/web' },
        [],
        'demand: 1 pod of front/web',
      ],
      [
        'all slices are read for demand by endpoints',
        { 'slicehints.io/demand': 'endpoints' },
        [],
        'pods of all Services',
      ],
      ['also by flag', {}, ['--demand=endpoints'], 'pods of all Services'],
    ])('%s', async (_, annotations, flags, told) => {
      const { stdout, stderr } = await planCart(connect({ ...BALANCED, ...annotations }), ...flags);
      expect(stderr).toBe('');
      expect(stdout).toContain(told);
    });

    test('nothing more is read where none is named', async () => {
      await planCart(connect(BALANCED));
      expect(asked.filter((path) => path.includes('endpointslices'))).toHaveLength(1);
    });

    test('a namespace that may not be read is as good as unknown', async () => {
      const { stdout } = await planCart(connect({ ...BALANCED, 'slicehints.io/clients': 'front/web' }, true));
      expect(stdout).toMatch(/The client Service front\/web has no ready endpoint/);
    });

    test('in files slices of other namespaces show where clients are', async () => {
      const yaml = [
        ...['a', 'b'].map(
          (zone) =>
            `{ apiVersion: v1, kind: Node, metadata: { name: n-${zone}, labels: { topology.kubernetes.io/zone: ${zone} } }, status: { allocatable: { cpu: 4 }, conditions: [{ type: Ready, status: 'True' }] } }`,
        ),
        '{ apiVersion: v1, kind: Service, metadata: { name: cart, namespace: shop, annotations: { slicehints.io/mode: balanced, slicehints.io/clients: front/web } } }',
        ...[
          ['shop', 'cart', 'a'],
          ['front', 'web', 'b'],
        ].map(
          ([namespace = '', name = '', zone = '']) =>
            `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: { name: ${name}-1, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }, ports: [], endpoints: [{ addresses: [10.0.0.${name.length}], zone: ${zone} }] }`,
        ),
      ].join('\n---\n');
      const { stdout } = await runPlan(['-f', '-', '-n', 'shop', '--service', 'shop/cart'], { stdin: yaml });
      expect(stdout).toContain('demand: 1 pod of front/web');
    });
  });

  test.each<[string, ApiError, string]>([
    [
      'refused',
      new ApiError('http', 'GET /api/v1/nodes: 403 Forbidden: no', { status: 403, reason: 'Forbidden' }),
      'GET /api/v1/nodes: 403 Forbidden: no',
    ],
    [
      'unreachable',
      new ApiError('network', 'GET /api/v1/nodes: connect ECONNREFUSED'),
      'GET /api/v1/nodes: connect ECONNREFUSED',
    ],
    [
      'too old',
      new ApiError('http', 'GET /apis/discovery.k8s.io/v1/endpointslices: 404', { status: 404 }),
      'GET /apis/discovery.k8s.io/v1/endpointslices: 404 (discovery.k8s.io/v1 came with Kubernetes 1.21)',
    ],
  ])('a server that is %s: one line', async (_, error, message) => {
    const transport = new FakeTransport(() => {
      throw error;
    });
    expect(await runPlan(['--context', 'x'], { connect: connectTo(transport) })).toEqual({
      stdout: '',
      stderr: `slicehints plan: ${message}\n`,
      code: 1,
    });
    expect(transport.closed).toBe(true);
  });

  test('an object that the server garbles is named by request and place', async () => {
    const transport = new FakeTransport((path, token) =>
      path === '/api/v1/nodes'
        ? { metadata: { resourceVersion: '1' }, items: [{ metadata: { name: '' } }] }
        : page(path, token),
    );
    const { stderr } = await runPlan(['--context', 'x'], { connect: connectTo(transport) });
    expect(stderr).toBe('slicehints plan: GET /api/v1/nodes: items[0].metadata.name: expected a name, got ""\n');
  });
});

describe('which Services', () => {
  test.each<[string, string[], string[]]>([
    ['of a namespace', ['-n', 'kube-system'], ['kube-dns']],
    ['of all namespaces', ['-A'], ['kube-dns', 'api', 'cart', 'legacy', 'orders', 'web']],
    ['with labels', ['-l', 'k8s-app=kube-dns'], ['kube-dns']],
    ['with labels that none has', ['-l', 'k8s-app=other'], []],
  ])('%s', async (_, flags, names) => {
    const { stdout } = await runPlan(['-f', KUBE_DNS, '-f', THREE_ZONES, '-o', 'json', ...flags]);
    const found = (JSON.parse(stdout) as { services: { name: string }[] }).services.map(({ name }) => name);
    expect(found.sort()).toEqual(names.sort());
  });
});

describe('as the controller with the same flags', () => {
  test.each<[string, string[], string]>([
    ['--managed-by leaves other managers alone', ['--managed-by=example.com'], 'HintsBlocked'],
    ['--ignore-managed-by leaves one manager alone', ['--ignore-managed-by=sample.example.com'], 'HintsBlocked'],
    ['without either', [], 'TopologyAwareHintsEnabled'],
  ])('%s', async (_, flags, reason) => {
    expect((await runPlan(['-f', KUBE_DNS, ...flags])).stdout).toContain(reason);
  });

  test.each<[string, string]>([
    ['present', 'HintsBlocked'],
    ['absent', 'BalancedHintsSet'],
    ['auto', 'BalancedHintsSet'],
  ])('--in-tree=%s: %s, where an old Service has no slice of in-tree', async (inTree, reason) => {
    const text = (await readFile(KUBE_DNS, 'utf8'))
      .replaceAll('sample.example.com', 'endpointslice-controller.k8s.io')
      .replace('clusterIP: 10.96.0.10', 'selector: { k8s-app: kube-dns }')
      .replace('topology-mode: Auto', 'topology-mode: slicehints.io/balanced');
    const old = `---
apiVersion: v1
kind: Service
metadata: { name: old, creationTimestamp: 1970-01-01T00:00:00Z }
spec: { selector: { app: old } }
`;
    const clock = new FakeClock();
    clock.wallMs = () => Date.parse('2026-01-01T00:00:00Z');
    const { stdout } = await runPlan(['-f', '-', `--in-tree=${inTree}`], { stdin: text + old, clock });
    expect(stdout).toContain(reason);
  });

  test.each<[string, string]>([
    ['auto', 'HintsBlocked'],
    ['false', 'HintsBlocked'],
    ['no', 'HintsBlocked'],
    ['true', 'BalancedHintsSet'],
    ['yes', 'BalancedHintsSet'],
  ])('--guard=%s: %s', async (guard, reason) => {
    const text = (await readFile(KUBE_DNS, 'utf8'))
      .replaceAll('sample.example.com', 'endpointslice-controller.k8s.io')
      .replace('clusterIP: 10.96.0.10', 'selector: { k8s-app: kube-dns }')
      .replace('topology-mode: Auto', 'topology-mode: slicehints.io/balanced');
    expect((await runPlan(['-f', '-', `--guard=${guard}`], { stdin: text })).stdout).toContain(reason);
  });
});
