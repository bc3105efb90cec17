import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanSurroundings } from '../../../src/cli/commands/plan.js';
import { loadManifests } from '../../../src/cli/input/manifests.js';
import type { ServicePlan } from '../../../src/hints/planService.js';
import type { NodeManifest } from '../../../src/model/manifest.js';
import { ApiError, type ApiRequest, type Transport } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';
import { KUBE_DNS, THREE_ZONES } from '../plan/examples.js';
import { runPlan } from '../runPlan.js';

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

  test.each<[string, string, number]>([
    ['counts by the clock while that is less than five minutes', '2026-01-01T00:04:59Z', 1 / 3],
    ['does not count by the clock from then on', '2026-01-01T00:05:00Z', 0.2],
  ])('a node that has not been ready since, and whose kubelet tells no time, %s', async (_, now, share) => {
    const away = { type: 'Ready', status: 'Unknown', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const items = (objects['/api/v1/nodes'] as NodeManifest[]).map((node) =>
      node.metadata?.name === 'node-b2' ? { ...node, status: { ...node.status, conditions: [away] } } : node,
    );
    const transport = new FakeTransport((path, token) =>
      path === '/api/v1/nodes' ? { metadata: { resourceVersion: '9' }, items } : page(path, token),
    );
    const clock = new FakeClock();
    clock.wallMs = () => Date.parse(now);
    const { stdout } = await runPlan(['-o', 'json'], { connect: connectTo(transport), clock });
    const { services } = JSON.parse(stdout) as { services: ServicePlan[] };
    expect(services[0]?.demand[0]?.zones.find(({ zone }) => zone === 'b')?.share).toBeCloseTo(share);
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
