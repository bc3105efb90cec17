import { describe, expect, test } from 'vitest';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { inspectInstallation, type InstallationOptions } from '../../../src/operations/diagnosis/installation.js';
import { FakeClock } from '../../support/fakeClock.js';

interface World {
  /** `verb resource` that this user may; undefined: the server has no such API. */
  readonly rights?: readonly string[] | undefined;
  /** `verb resource` that the controller's ServiceAccount lacks. */
  readonly lacks?: readonly string[];
  readonly deployments?: readonly (object | null)[];
  readonly leases?: readonly (object | null)[];
}

const EVERYTHING = ['list deployments', 'list leases', 'create subjectaccessreviews'];
const deployment = (ready: number): object => ({
  metadata: { namespace: 'system', name: 'hints', labels: { 'app.kubernetes.io/version': '1.2.3' } },
  spec: { replicas: 2, template: { spec: { serviceAccountName: 'account' } } },
  status: { readyReplicas: ready },
});
const lease = (holder: string, namespace = 'system', renewTime = '1970-01-01T00:00:00.000000Z'): object => ({
  metadata: {
    namespace,
    name: 'slicehints',
    resourceVersion: '1',
    labels: { 'slicehints.io/component': 'controller' },
  },
  spec: { holderIdentity: holder, leaseDurationSeconds: 15, renewTime },
});

class FakeTransport implements Transport {
  readonly requests: ApiRequest[] = [];

  constructor(readonly world: World) {}

  async send(request: ApiRequest): Promise<unknown> {
    this.requests.push(request);
    await Promise.resolve();
    const { rights, lacks = [], deployments = [], leases = [] } = this.world;
    if (request.path.endsWith('accessreviews')) {
      if (rights === undefined) throw new ApiError('http', 'no such API', { status: 404 });
      const { resourceAttributes: of, user } = (
        request.body as { spec: { resourceAttributes: { verb: string; resource: string }; user?: string } }
      ).spec;
      const right = `${of.verb} ${of.resource}`;
      return { status: { allowed: user === undefined ? rights.includes(right) : !lacks.includes(right) } };
    }
    if (request.path.includes('deployments')) return { items: deployments };
    if (request.path.includes('leases')) return { items: leases };
    throw new ApiError('http', `unexpected ${request.path}`, { status: 404 });
  }

  watch(): never {
    throw new Error('doctor never watches');
  }

  close(): void {}
}

async function inspect(
  world: World,
  more: Partial<InstallationOptions> = {},
): Promise<{ lines: string[]; paths: string[] }> {
  const transport = new FakeTransport(world);
  const clock = new FakeClock();
  clock.wallMs = () => 3000;
  const findings = await inspectInstallation({
    transport,
    clock,
    signal: new AbortController().signal,
    leaseName: 'slicehints',
    ownNamespace: undefined,
    namespace: undefined,
    ...more,
  });
  return {
    lines: findings.map(({ level, code, message }) => `${level} ${code}: ${message}`),
    paths: transport.requests.filter(({ method }) => method === 'GET').map(({ path }) => path),
  };
}

describe('an installation with shards', () => {
  const shard = (i: number, holder: string): object => ({
    ...lease(holder),
    metadata: { ...(lease(holder) as { metadata: object }).metadata, name: `slicehints-shard-${i}` },
  });

  test('counts as one, with the holder of each shard', async () => {
    const leases = [lease('2-shards'), shard(0, 'pod-a'), shard(1, 'pod-b')];
    const { lines } = await inspect({ rights: EVERYTHING, deployments: [deployment(2)], leases });
    expect(lines[1]).toBe(
      'ok ShardsHeld: pod-a holds shard 0; pod-b holds shard 1, of 2 (Leases system/slicehints-shard-0 to 1).',
    );
    expect(lines).toHaveLength(3);
  });
});

describe('the installation', () => {
  test('in order: version, replicas, leader, rights', async () => {
    const { lines } = await inspect({ rights: EVERYTHING, deployments: [deployment(2)], leases: [lease('pod-a')] });
    expect(lines).toEqual([
      'ok ControllerDeployment: Deployment system/hints (slicehints 1.2.3): 2 of 2 replicas are ready.',
      'ok LeaderElected: pod-a (Lease system/slicehints) leads.',
      'ok ControllerRights: The controller has the rights that it needs (system:serviceaccount:system:account).',
    ]);
  });

  test.each<[string, Record<string, string>, readonly string[]]>([
    ['no annotation', {}, []],
    [
      'the stop',
      { 'slicehints.io/stop': 'incident 4711' },
      [
        'warning WritesStopped: All writes of hints are stopped by slicehints.io/stop ("incident 4711") of Lease system/slicehints.',
      ],
    ],
    [
      'a blown fuse',
      { 'slicehints.io/fuse-blown': '2026-01-01T00:00:00Z 9 of 10' },
      [
        'problem FuseBlown: The fuse has blown, Lease system/slicehints: "2026-01-01T00:00:00Z 9 of 10". No hints are written.',
      ],
    ],
  ])('a Lease with %s', async (_, annotations, expected) => {
    const held = lease('pod-a') as { metadata: object };
    const leases = [{ ...held, metadata: { ...held.metadata, annotations } }];
    const { lines } = await inspect({ rights: EVERYTHING, deployments: [deployment(2)], leases });
    expect(lines.filter((line) => /WritesStopped|FuseBlown/.test(line))).toEqual(expected);
  });

  test.each<[string, World, string]>([
    [
      'a replica that is not ready',
      { deployments: [deployment(1)] },
      'warning ControllerNotReady: Deployment system/hints (slicehints 1.2.3): 1 of 2 replicas are ready.',
    ],
    [
      'no ready replica',
      { deployments: [deployment(0)] },
      'problem ControllerNotReady: Deployment system/hints (slicehints 1.2.3): 0 of 2 replicas are ready.',
    ],
    ['nothing installed', {}, 'info ControllerNotFound: There is no Deployment of the controller that the chart made.'],
    [
      'nothing installed: no Lease is no problem',
      {},
      'info NoLeader: No controller leads, because there is no Lease of one.',
    ],
    [
      'a Deployment without a Lease',
      { deployments: [deployment(2)] },
      'problem NoLeader: No controller leads: there is no Lease.',
    ],
    [
      'a Lease that is free',
      { leases: [lease('')] },
      'problem NoLeader: No controller leads: there is no renewal of Lease system/slicehints.',
    ],
    [
      'two leaders',
      { leases: [lease('pod-a'), lease('pod-b', 'other')] },
      'warning SeveralLeases: 2 controllers lead at the same time: pod-b (Lease other/slicehints), pod-a (Lease system/slicehints).',
    ],
    [
      'rights that are missing',
      { deployments: [deployment(2)], lacks: ['patch endpointslices', 'watch nodes'] },
      'problem RightsMissing: The controller lacks rights (system:serviceaccount:system:account): watch nodes, patch endpointslices.discovery.k8s.io.',
    ],
  ])('%s', async (_, world, line) => {
    expect((await inspect({ rights: EVERYTHING, ...world })).lines).toContain(line);
  });

  test.each<[string, readonly string[] | undefined]>([
    ['no rights', []],
    ['a server without reviews', undefined],
  ])('with %s nothing is asked for, and that is said', async (_, rights) => {
    const { lines, paths } = await inspect({ rights, deployments: [deployment(0)], leases: [lease('x')] });
    expect(lines).toEqual([
      'info NotVisible: Deployments and Leases are not visible to this user, so they are not checked.',
    ]);
    expect(paths).toEqual([]);
  });

  const NULL_ITEM =
    'item 1 of 1 is null, not an object; check whether a proxy in between changes what the API server answers.';

  test.each<[string, World, readonly string[]]>([
    [
      'Deployments',
      { deployments: [null], leases: [lease('pod-a')] },
      [
        `problem NotReadable: Deployments could not be read, so they are not checked: GET /apis/apps/v1/deployments: ${NULL_ITEM}`,
        'ok LeaderElected: pod-a (Lease system/slicehints) leads.',
      ],
    ],
    [
      'Leases',
      { deployments: [deployment(2)], leases: [null] },
      [
        `problem NotReadable: Leases could not be read, so they are not checked: GET /apis/coordination.k8s.io/v1/leases: ${NULL_ITEM}`,
        'ok ControllerDeployment: Deployment system/hints (slicehints 1.2.3): 2 of 2 replicas are ready.',
        'ok ControllerRights: The controller has the rights that it needs (system:serviceaccount:system:account).',
      ],
    ],
  ])('%s that are no objects keep nothing else from being checked', async (_, world, lines) => {
    expect((await inspect({ rights: EVERYTHING, ...world })).lines).toEqual(lines);
  });

  test('in the pod of the controller, its own Lease and its own rights are read', async () => {
    const rights = [
      'get leases',
      'list nodes',
      'watch nodes',
      'list services',
      'watch services',
      'list endpointslices',
      'watch endpointslices',
      'patch endpointslices',
      'create events',
    ];
    const { lines, paths } = await inspect({ rights }, { ownNamespace: 'system' });
    expect(paths).toEqual(['/apis/coordination.k8s.io/v1/namespaces/system/leases/slicehints']);
    expect(lines).toContain(
      'problem RightsMissing: The controller lacks rights (the ServiceAccount of this pod): patch events.',
    );
  });
});
