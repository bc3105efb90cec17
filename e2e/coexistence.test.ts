import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import {
  addressOf,
  hintsOf,
  InTreeCluster,
  isAnnotated,
  NAMESPACE,
  nodes,
  pod,
  podService,
  service,
  slice,
} from './support/inTreeCluster.js';
import { eventually, fromVersion, run, type Background } from './support/process.js';

const BALANCED = 'slicehints.io/balanced';
const SAME_ZONE = 'slicehints.io/same-zone';
const MIRRORING = 'endpointslicemirroring-controller.k8s.io';
const IN_TREE_COMPONENT = 'endpoint-slice-controller';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const PORTS = { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] };

const balancedHints = /^(?!.*-).+$/;

describe('what in-tree does to the hints of others (docs/coexistence.md, first table)', () => {
  interface Row {
    readonly name: string;
    readonly mode: string | undefined;
    readonly spec?: Record<string, unknown>;
    readonly pods: string;
    /** What somebody writes, and what is there when in-tree has answered; `kept`: it has not written at all. */
    readonly writes: readonly string[];
    readonly becomes: string;
    readonly kept?: true;
  }
  const rows: readonly (readonly [string, Row])[] = [
    [
      'a Service that says nothing: all stripped',
      { name: 'nothing', mode: undefined, pods: 'aabbcc', writes: [...'aabbcc'], becomes: '- - - - - -' },
    ],
    [
      'a mode with a domain: all stripped',
      { name: 'domain', mode: 'example.com/x', pods: 'aabbcc', writes: [...'aabbcc'], becomes: '- - - - - -' },
    ],
    [
      'PreferSameZone: rewritten to the own zones',
      {
        name: 'prefer',
        mode: undefined,
        spec: { trafficDistribution: 'PreferSameZone' },
        pods: 'abc',
        writes: [...'bca'],
        becomes: 'a b c',
      },
    ],
    [
      'Auto and one zone each, two of them swapped: kept, no write',
      { name: 'swapped', mode: 'Auto', pods: 'aabbcc', writes: [...'bbaacc'], becomes: 'b b a a c c', kept: true },
    ],
    [
      'Auto and several zones on an endpoint: rewritten',
      {
        name: 'several',
        mode: 'Auto',
        pods: 'aabbcc',
        writes: ['a,b', 'a', 'b', 'b', 'c', 'c'],
        becomes: 'a a b b c c',
      },
    ],
    [
      'Auto and counts out of bounds: rewritten',
      { name: 'bounds', mode: 'Auto', pods: 'aabbcc', writes: [...'aaaabc'], becomes: 'a a b b c c' },
    ],
    [
      'Auto where in-tree gives up: stripped, with a Warning',
      { name: 'small', mode: 'Auto', pods: 'ab', writes: ['a', 'b,c'], becomes: '- -' },
    ],
  ];

  let cluster: InTreeCluster;
  const canary = podService('zz-canary', undefined, 'abc');
  beforeAll(async () => {
    const services = rows.map(([, { name, mode, pods, spec }]) => podService(name, mode, pods, spec));
    const forNodes = podService('for-nodes', 'Auto', 'aabbcc');
    cluster = await InTreeCluster.start([
      ...nodes('a', 'b', 'c'),
      ...[...services, forNodes, canary].flatMap(({ objects }) => objects),
    ]);
  }, 60_000);
  afterAll(() => cluster.stop(), 60_000);

  /** In-tree works its Services off in the order in which they were written to: it has passed what came before. */
  const inTreeHasPassed = async (): Promise<void> => {
    await cluster.hint(canary.name, 'kubectl', ['a', 'b', 'c']);
    await eventually(async () => expect(hintsOf(await cluster.slice(canary.name))).toBe('- - -'));
  };

  test.each(rows)('%s', async (_, { name, writes, becomes, kept }) => {
    const giveUps = async (): Promise<number> =>
      (await cluster.events(name)).reduce((sum, { count }) => sum + count, 0);
    const before = await giveUps();
    const written = await cluster.hint(name, 'kubectl', writes);
    await inTreeHasPassed();
    const after = await cluster.slice(name);
    expect(hintsOf(after)).toBe(becomes);
    if (kept) expect(after.metadata?.resourceVersion).toBe(written.metadata?.resourceVersion);
    if (name === 'small') await eventually(async () => expect(await giveUps()).toBeGreaterThan(before));
  });

  fromVersion(34, test)('Auto and forNodes beside a valid allocation: kept', async () => {
    const { endpoints } = await cluster.slice('for-nodes');
    expect(hintsOf({ endpoints: endpoints ?? [] })).toBe('a a b b c c');
    const written = await cluster.patchSlice(
      'for-nodes',
      'kubectl',
      (endpoints ?? []).map(({ nodeName }, i) => ({
        op: 'add',
        path: `/endpoints/${i}/hints/forNodes`,
        value: [{ name: nodeName }],
      })),
    );
    await inTreeHasPassed();
    expect((await cluster.slice('for-nodes')).metadata?.resourceVersion).toBe(written.metadata?.resourceVersion);
  });
});

/** The Services of the second table, and one with a bad node's story. */
function policies(): object[] {
  return [
    ...nodes('a', 'b', 'c'),
    service('custom', BALANCED, PORTS),
    slice('custom', 'mesh.example.com', 'abc'),
    service('selectorless', BALANCED, PORTS),
    slice('selectorless', undefined, 'abc'),
    service('mirrored', BALANCED, PORTS),
    slice('mirrored', MIRRORING, 'abc'),
    ...podService('auto', 'Auto', 'aabbcc').objects,
    ...podService('balanced', BALANCED, 'aabb').objects,
    ...podService('domain', SAME_ZONE, 'abc').objects,
    ...podService('distributed', undefined, 'aabc', { trafficDistribution: 'PreferSameZone' }).objects,
    service('kubernetes', BALANCED, PORTS, 'default'),
    slice('kubernetes', undefined, 'abc', 'default'),
  ];
}

/** What both halves of the second table have in common. */
function testFreeLanes(cluster: () => InTreeCluster): void {
  test.each(['custom', 'selectorless'])(
    'a slice that in-tree does not manage is hinted and annotated (%s)',
    async (name) => {
      await eventually(async () => expect(hintsOf(await cluster().slice(name))).toMatch(balancedHints));
      expect(isAnnotated(await cluster().slice(name))).toBe(true);
    },
  );

  test('a mirrored slice is hinted, never annotated, and hinted again after a rebuild', async () => {
    await eventually(async () => expect(hintsOf(await cluster().slice('mirrored'))).toMatch(balancedHints));
    expect(isAnnotated(await cluster().slice('mirrored'))).toBe(false);
    const rebuilt = slice('mirrored', MIRRORING, 'abcc');
    const current = await cluster().slice('mirrored');
    const path = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices/mirrored-x`;
    const metadata = { ...rebuilt.metadata, resourceVersion: current.metadata?.resourceVersion };
    await cluster().request('PUT', `${path}?fieldManager=kube-controller-manager`, { ...rebuilt, metadata });
    await eventually(async () => expect(hintsOf(await cluster().slice('mirrored'))).toMatch(/^(\S+ ){3}[^- ]+$/));
    expect(isAnnotated(await cluster().slice('mirrored'))).toBe(false);
  });
}

const patched = (controller: Background, prefix: string): number =>
  controller.log.filter(({ msg, slice: name }) => msg === 'slice written' && String(name).startsWith(prefix)).length;

describe('policies without the guard (docs/coexistence.md, second table)', () => {
  let cluster: InTreeCluster;
  let controller: Background;
  beforeAll(async () => {
    cluster = await InTreeCluster.start(policies());
    controller = cluster.controller();
  }, 60_000);
  afterAll(async () => {
    await controller.end();
    await cluster.stop();
  }, 60_000);

  testFreeLanes(() => cluster);

  test('in-tree and Auto: its allocation stands as it is, without annotation, and only in-tree speaks', async () => {
    await eventually(() => expect(patched(controller, 'custom')).toBeGreaterThan(0));
    const { metadata } = await cluster.slice('auto');
    expect([hintsOf(await cluster.slice('auto')), metadata?.generation, isAnnotated({ metadata })]).toEqual([
      'a a b b c c',
      1,
      false,
    ]);
    expect(await cluster.events('auto')).toEqual([
      expect.objectContaining({ reason: 'TopologyAwareHintsEnabled', component: IN_TREE_COMPONENT, count: 1 }),
    ]);
  });

  test.each(['balanced', 'domain'])(
    'in-tree and another mode: nothing is written, and said once (%s)',
    async (name) => {
      const blocked = expect.objectContaining({ reason: 'HintsBlocked', component: 'slicehints', count: 1 });
      await eventually(async () => expect(await cluster.events(name)).toEqual([blocked]));
      expect(hintsOf(await cluster.slice(name))).toMatch(/^[- ]+$/);
      expect(patched(controller, name)).toBe(0);
    },
  );

  test('the slice of default/kubernetes is not written, and that is said', async () => {
    await eventually(async () =>
      expect(await cluster.events('kubernetes')).toEqual([expect.objectContaining({ reason: 'HintsBlocked' })]),
    );
    expect(hintsOf(await cluster.slice('kubernetes', 'default'))).toBe('- - -');
  });

  test('hints that in-tree lost to a bad node come back when it is repaired, and in-tree keeps them (kubernetes #114215)', async () => {
    // So small that the shares of the zones, and with them in-tree's bounds, stay as they are.
    const status = { allocatable: { cpu: '100m' }, conditions: [{ type: 'Ready', status: 'True' }] };
    const metadataOfOdd = { name: 'node-odd', labels: {} };
    // A node joins and is not labelled with its zone yet: in-tree gives up for the whole cluster.
    await cluster.request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: metadataOfOdd, status });
    await eventually(async () => expect(hintsOf(await cluster.slice('auto'))).toMatch(/^[- ]+$/));
    const repaired = { metadata: { labels: { 'topology.kubernetes.io/zone': 'c' } } };
    await cluster.request('PATCH', '/api/v1/nodes/node-odd', repaired, 'application/merge-patch+json');
    await eventually(async () => expect(hintsOf(await cluster.slice('auto'))).toMatch(/^[abc]( [abc]){5}$/));
    const { metadata } = await cluster.slice('auto');
    // The log tells of a write once it is answered, which may be after others see it.
    await eventually(() => expect(patched(controller, 'auto')).toBe(1));
    // In-tree answers a foreign write after a second; by the time the next one is answered it has kept this one.
    await cluster.hint('domain', 'kubectl', ['a', 'b', 'c']);
    await eventually(async () => expect(hintsOf(await cluster.slice('domain'))).toBe('- - -'));
    expect((await cluster.slice('auto')).metadata?.resourceVersion).toBe(metadata?.resourceVersion);
  });

  fromVersion(36, test)('the guard comes while all run: what was blocked is hinted without a restart', async () => {
    const applied = await run('kubectl', [
      ...['--kubeconfig', cluster.kubeconfig, 'apply', '-f', 'charts/slicehints/files/guard-policy.yaml'],
    ]);
    expect(applied.code).toBe(0);
    for (const name of ['balanced', 'domain']) {
      await eventually(async () => expect(hintsOf(await cluster.slice(name))).toMatch(balancedHints));
    }
    expect(controller.log.map(({ msg }) => msg)).toContain('the guard is in force');
  });
});

fromVersion(36, describe)('policies with the guard', () => {
  let cluster: InTreeCluster;
  let controller: Background;
  beforeAll(async () => {
    cluster = await InTreeCluster.start(policies(), '--guard');
    controller = cluster.controller();
    await eventually(async () => expect(hintsOf(await cluster.slice('balanced'))).toMatch(balancedHints));
  }, 60_000);
  afterAll(async () => {
    await controller.end();
    await cluster.stop();
  }, 60_000);

  testFreeLanes(() => cluster);

  test.each(['balanced', 'domain'])(
    'in-tree and another mode: hinted and annotated, and in-tree writes nothing (%s)',
    async (name) => {
      await eventually(async () => expect(isAnnotated(await cluster.slice(name))).toBe(true));
      const before = await cluster.slice(name);
      // A foreign write that in-tree strips shows that it has answered all earlier ones.
      await cluster.request(
        'PATCH',
        `/api/v1/namespaces/${NAMESPACE}/services/auto`,
        { metadata: { labels: { x: name } } },
        'application/merge-patch+json',
      );
      await eventually(async () => expect((await cluster.slice('auto')).metadata?.labels?.['x']).toBe(name));
      expect(hintsOf(await cluster.slice(name))).toBe(hintsOf(before));
    },
  );

  test('in-tree and Auto: valid hints stay, whoever wrote them', async () => {
    expect(hintsOf(await cluster.slice('auto'))).toBe('a a b b c c');
  });

  test('in-tree and trafficDistribution, and keys that select every endpoint: one write, which in-tree keeps', async () => {
    await eventually(async () => expect(hintsOf(await cluster.slice('distributed'))).toBe('a a b c'));
    const change = (metadata: object): Promise<unknown> =>
      cluster.request(
        'PATCH',
        `/api/v1/namespaces/${NAMESPACE}/services/distributed`,
        { metadata },
        'application/merge-patch+json',
      );
    await change({ annotations: { 'slicehints.io/topology-keys': '*' } });
    const everyZone = 'a,b,c a,b,c a,b,c a,b,c';
    await eventually(async () => expect(hintsOf(await cluster.slice('distributed'))).toBe(everyZone));
    // A label that in-tree passes on to the slice shows that it has written it since.
    await change({ labels: { x: 'y' } });
    await eventually(async () => expect((await cluster.slice('distributed')).metadata?.labels?.['x']).toBe('y'));
    expect(hintsOf(await cluster.slice('distributed'))).toBe(everyZone);
    await eventually(() => expect(patched(controller, 'distributed')).toBe(1));
    expect((await cluster.events('distributed')).map(({ reason }) => reason)).not.toContain('HintsContended');
  });

  test('the slice of default/kubernetes is hinted and annotated', async () => {
    await eventually(async () => expect(hintsOf(await cluster.slice('kubernetes', 'default'))).toMatch(balancedHints));
    expect(isAnnotated(await cluster.slice('kubernetes', 'default'))).toBe(true);
  });

  test('pods that go unready, go and come never leave a moment with a ready endpoint without hints', async () => {
    const addresses = ((await cluster.slice('balanced')).endpoints ?? []).map(addressOf).sort();
    const [first = '', second = ''] = addresses;
    const podName = (address: string): string => `balanced-${address.replaceAll('.', '-')}`;
    await cluster.setReady(podName(first), first, false);
    await cluster.deletePod(podName(second));
    const fresh = second.replace(/\.\d+$/, '.77');
    await cluster.createPod(pod('balanced', 'c', fresh));
    await eventually(async () => {
      const seen = ((await cluster.slice('balanced')).endpoints ?? []).map(addressOf);
      expect([seen.includes(second), seen.includes(fresh)]).toEqual([false, true]);
    });
    await cluster.setReady(podName(first), first, true);
    await eventually(async () => {
      const { endpoints } = await cluster.slice('balanced');
      expect(endpoints?.every(({ conditions }) => conditions?.ready)).toBe(true);
      expect(hintsOf(await cluster.slice('balanced'))).toMatch(balancedHints);
    });
    expect(cluster.unhintedMoments('balanced')).toEqual([]);
    const reasons = (await cluster.events('balanced')).map(({ reason }) => reason);
    expect(reasons).not.toContain('FailedToUpdateEndpointSlices');
    expect(reasons).not.toContain('HintsContended');
  });

  test('a burst of changing pods never meets a write of ours half-way', async () => {
    const { endpoints } = await cluster.slice('balanced');
    const address = addressOf(endpoints?.find(({ zone }) => zone === 'a') ?? {});
    const written = patched(controller, 'balanced');
    for (let i = 0; i < 20; i++) {
      await cluster.setReady(`balanced-${address.replaceAll('.', '-')}`, address, i % 2 === 1);
      // About as fast as the kubelets of a rollout; in-tree writes each of these changes.
      await new Promise((resolve) => setTimeout(resolve, 75));
    }
    await eventually(async () => {
      expect((await cluster.slice('balanced')).endpoints?.every(({ conditions }) => conditions?.ready)).toBe(true);
    });
    expect(patched(controller, 'balanced') - written).toBeLessThanOrEqual(1);
    const reasons = (await cluster.events('balanced')).map(({ reason }) => reason);
    expect(reasons).not.toContain('FailedToUpdateEndpointSlices');
    expect(cluster.unhintedMoments('balanced')).toEqual([]);
  });

  test('opting out takes the hints of that Service only', async () => {
    await cluster.request(
      'PATCH',
      `/api/v1/namespaces/${NAMESPACE}/services/domain`,
      { metadata: { annotations: { 'service.kubernetes.io/topology-mode': null } } },
      'application/merge-patch+json',
    );
    await eventually(async () => expect(hintsOf(await cluster.slice('domain'))).toBe('- - -'));
    expect(isAnnotated(await cluster.slice('domain'))).toBe(false);
    expect(hintsOf(await cluster.slice('custom'))).toMatch(balancedHints);
  });

  test('the guard goes while all run: in-tree strips, the controller says so and does not fight', async () => {
    const before = patched(controller, 'balanced');
    const path = `${ADMISSION}/mutatingadmissionpolicybindings/slicehints-guard`;
    const binding = (await cluster.request('GET', path)) as object;
    expect(binding).toMatchObject({ metadata: { name: 'slicehints-guard' } });
    await cluster.request('DELETE', path);
    await eventually(async () =>
      expect((await cluster.events('balanced')).map(({ reason }) => reason)).toContain('HintsBlocked'),
    );
    const address = addressOf((await cluster.slice('balanced')).endpoints?.[0] ?? {});
    await cluster.setReady(`balanced-${address.replaceAll('.', '-')}`, address, false);
    await eventually(async () => expect(hintsOf(await cluster.slice('balanced'))).toMatch(/^[- ]+$/));
    expect(patched(controller, 'balanced')).toBe(before);
    expect(controller.log.filter(({ msg }) => msg === 'the guard is not in force')).toHaveLength(1);
  });

  test('the policy file of the chart is the one that the sandbox understands', async () => {
    const text = await readFile('charts/slicehints/files/guard-policy.yaml', 'utf8');
    expect(text).toContain('name: slicehints-guard');
    const restored = await run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'apply', '-f', '-'], { stdin: text });
    expect(restored.code).toBe(0);
    await eventually(async () => expect(hintsOf(await cluster.slice('balanced'))).toMatch(/[abc]/));
  });
});
