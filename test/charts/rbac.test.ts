import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, type TestContext } from 'vitest';
import { kubeconfigFor } from '../../src/sandbox/server/kubeconfig.js';
import { at, controllerArgs, find, render, type Rendering, type Values } from '../support/chart.js';
import { LiveCluster, until } from '../support/liveController.js';
import { allows, attributesOf, type Attributes } from '../support/rbac.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const ACCOUNT = { namespace: 'slicehints', name: 'slicehints' };
/** A lease that is renewed within the time of a test, and not lost when the machine is busy. */
const fastLease = { leaderElection: { leaseDuration: '4s', renewDeadline: '3s', retryPeriod: '100ms' } };

const permitted = (rendering: Rendering, request: Attributes): boolean => allows(rendering.objects, ACCOUNT, request);

const attributes = (text: string): Attributes => {
  const [verb = '', group = '', resource = '', namespace = '', name = ''] = text
    .split(' ')
    .map((t) => (t === '-' ? '' : t));
  return { verb, group, resource, namespace, name };
};

/** A cluster with a Service, and commands that run against it as processes; all ends with the test. */
async function liveCluster({ onTestFinished }: TestContext) {
  const cluster = new LiveCluster();
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await cluster.stop();
    await rm(folder, { recursive: true });
  });
  await cluster.start();
  cluster.server.store.write('namespaces', { metadata: { name: 'slicehints' } });
  cluster.putService('web');
  cluster.putSlice('web', ['a', 'a', 'b', 'b']);
  await writeFile(join(folder, 'kubeconfig'), kubeconfigFor(cluster.url, {}));

  /** Starts a container's arguments as a process; what only a cluster can give comes last and wins. */
  function start(args: readonly string[]): { readonly exited: Promise<unknown[]>; readonly output: () => string } {
    const child = spawn(process.execPath, [MAIN, ...args, `--kubeconfig=${join(folder, 'kubeconfig')}`]);
    children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
    return { exited: once(child, 'exit'), output: () => text };
  }
  const verbsOn = (resource: string): Set<string> =>
    new Set(cluster.server.requests.entries().flatMap((r) => (r.resource === resource ? [r.verb] : [])));
  return { cluster, start, verbsOn };
}

describe('what the commands ask of the API server is allowed by the roles', () => {
  const noServers = ['--metrics-bind-address=0', '--health-probe-bind-address=0'];

  // Side by side, because they mostly wait: for the start of processes, and for a lease to run out.
  test.for<[string, Values]>([
    ['all namespaces', { ...fastLease, hints: { measuredConfigMap: 'measured' } }],
    ['all namespaces, with four shards', { ...fastLease, shards: 4 }],
    ['one namespace', { ...fastLease, watchNamespace: 'default' }],
  ])(
    'controller, doctor and the clean-up of an uninstall, for %s',
    { concurrent: true, timeout: 120_000 },
    async ([, values], context) => {
      const { cluster, start, verbsOn } = await liveCluster(context);
      const rendering = render({ values });
      const controller = start([...controllerArgs(rendering), ...noServers]);
      await until(() => {
        expect({ hints: cluster.hints('web'), output: controller.output() }).toMatchObject({ hints: 'a a b b' });
        expect(cluster.events('web')).toHaveLength(1);
        expect(verbsOn('leases')).toEqual(new Set(['create', 'get', 'update']));
      }, 60_000);
      const namespace = typeof values['watchNamespace'] === 'string' ? [`--namespace=${values['watchNamespace']}`] : [];
      const doctor = start(['doctor', ...namespace]);
      await doctor.exited;
      expect(doctor.output()).toContain('slicehints-guard');

      const cleanup = start([
        ...(at(find(rendering, 'Job'), 'spec.template.spec.containers.0.args') as string[]),
        '--verify-for=500ms',
      ]);
      expect(await cleanup.exited).toEqual([0, null]);
      await controller.exited;
      expect(cluster.hints('web')).toBe('- - - -');

      const asked = cluster.server.requests.entries().filter(({ resource }) => resource !== '');
      for (const resource of ['services', 'nodes', 'endpointslices', 'mutatingadmissionpolicies', 'events', 'leases']) {
        expect([resource, verbsOn(resource).size > 0]).toEqual([resource, true]);
      }
      if ('hints' in values) expect(verbsOn('configmaps')).toEqual(new Set(['list', 'watch']));
      const forbidden = asked.map(attributesOf).filter((request) => !permitted(rendering, request));
      expect([...new Set(forbidden.map((request) => Object.values(request).join(' ')))]).toEqual([]);
    },
  );
});

test('of ConfigMaps the controller reads the one with measured demand, where there is one', () => {
  const rendering = render({ values: { hints: { measuredConfigMap: 'measured' } } });
  expect(permitted(rendering, attributes('watch - configmaps slicehints measured'))).toBe(true);
  expect(permitted(rendering, attributes('get - configmaps slicehints other'))).toBe(false);
  expect(permitted(rendering, attributes('update - configmaps slicehints measured'))).toBe(false);
  expect(permitted(rendering, attributes('get - configmaps default measured'))).toBe(false);
  expect(permitted(render(), attributes('get - configmaps slicehints measured'))).toBe(false);
});

describe('what nothing of ours asks is not allowed', () => {
  test.each([
    'get - secrets slicehints x',
    'list - pods default -',
    'get - configmaps slicehints x',
    'update discovery.k8s.io endpointslices default web',
    'delete discovery.k8s.io endpointslices default web',
    'create discovery.k8s.io endpointslices default web',
    'patch - services default web',
    'patch - nodes - n',
    'update - events default x',
    'delete coordination.k8s.io leases slicehints slicehints',
    'get coordination.k8s.io leases slicehints other',
    'list coordination.k8s.io leases slicehints -',
    'create coordination.k8s.io leases kube-system -',
    'get admissionregistration.k8s.io mutatingwebhookconfigurations - istio',
    'list admissionregistration.k8s.io mutatingadmissionpolicies - -',
    'patch admissionregistration.k8s.io mutatingadmissionpolicies - slicehints-guard',
  ])('%s', (request) => {
    expect(permitted(render(), attributes(request))).toBe(false);
  });

  test.each([
    'list - services - -',
    'list - services other -',
    'patch discovery.k8s.io endpointslices other web',
    'create - events other -',
  ])('%s, where only namespace shop is served', (request) => {
    const rendering = render({ values: { watchNamespace: 'shop' } });
    expect(permitted(rendering, attributes(request))).toBe(false);
    expect(permitted(rendering, { ...attributes(request), namespace: 'shop' })).toBe(true);
  });

  test.each<[string, number, boolean]>([
    ['update coordination.k8s.io leases slicehints slicehints', 4, true],
    ['get coordination.k8s.io leases slicehints slicehints-shard-0', 4, true],
    ['update coordination.k8s.io leases slicehints slicehints-shard-3', 4, true],
    ['update coordination.k8s.io leases slicehints slicehints-member-3', 4, true],
    ['update coordination.k8s.io leases slicehints slicehints-shard-4', 4, false],
    ['list coordination.k8s.io leases slicehints -', 4, false],
    ['update coordination.k8s.io leases slicehints slicehints-shard-0', 1, false],
  ])('%s, with %i shards: %s', (request, shards, isAllowed) => {
    expect(permitted(render({ values: { shards } }), attributes(request))).toBe(isAllowed);
  });

  test('without leader election there are no rights on Leases', () => {
    const rendering = render({ values: { replicaCount: 1, leaderElection: { enabled: false } } });
    expect(permitted(rendering, attributes('create coordination.k8s.io leases slicehints -'))).toBe(false);
  });

  test('no rule has a wildcard', () => {
    const rules = render().objects.flatMap((object) => (object['rules'] ?? []) as Record<string, string[]>[]);
    expect(rules.length).toBeGreaterThan(4);
    expect(rules.flatMap((rule) => Object.values(rule).flat()).filter((word) => word.includes('*'))).toEqual([]);
  });
});
