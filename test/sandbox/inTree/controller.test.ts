import { afterEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { systemClock } from '../../../src/kube/clock.js';
import { anonymousAccess } from '../../../src/kube/auth/credentials.js';
import { HttpTransport } from '../../../src/kube/rest/httpTransport.js';
import type { ApiRequest, Transport } from '../../../src/kube/rest/transport.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { guardHook } from '../../../src/sandbox/storage/guard.js';
import { InTreeController, KUBE_CONTROLLER_MANAGER } from '../../../src/sandbox/inTree/controller.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';

const ZONES = ['a', 'b', 'c'];
const IN_TREE = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
const AUTO = { 'service.kubernetes.io/topology-mode': 'Auto' };
const OURS = { user: 'slicehints', userAgent: 'slicehints/1', fieldManager: 'slicehints' };
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Endpoint {
  readonly addresses: string[];
  readonly zone?: string;
  readonly conditions: { ready: boolean };
  readonly hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
}

type Hints = Endpoint['hints'];
const zones = (...names: string[]): Hints => ({ forZones: names.map((name) => ({ name })) });

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (let i = 0; i < 2000; i++) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`waited in vain until ${what}`);
}

class Cluster {
  readonly server = new SandboxApiServer();
  readonly syncs: string[] = [];
  model: InTreeController | undefined;
  #barriers = 0;
  /** Looks at, and may hold up, every request of the model. */
  beforeSend: (request: ApiRequest) => void = () => undefined;

  async start(): Promise<this> {
    const url = await this.server.listen();
    const http = new HttpTransport({ access: anonymousAccess(url), userAgent: 'kcm/1', clock: systemClock });
    const transport: Transport = {
      send: (request) => {
        this.beforeSend(request);
        return http.send(request);
      },
      watch: (request) => http.watch(request),
      close: () => http.close(),
    };
    const model = new InTreeController({
      transport,
      clock: systemClock,
      random: Math.random,
      logger: pino({ level: 'silent' }),
      sliceDelayMs: 10,
      onSync: (key, outcome) => this.syncs.push(`${key} ${outcome}`),
    });
    this.model = model;
    const stop = new AbortController();
    const running = model.run(stop.signal);
    stops.push(async () => {
      stop.abort();
      await running;
      http.close();
      await this.server.close();
    });
    return this;
  }

  node(zone: string, name = `n-${zone}`, cpu = '4'): void {
    this.server.store.write('nodes', {
      metadata: { name, labels: zone === '' ? {} : { 'topology.kubernetes.io/zone': zone } },
      status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  service(annotations: Record<string, string> = {}, spec: Record<string, unknown> = {}): void {
    this.server.store.write('services', {
      metadata: { name: 'web', namespace: 'default', labels: { team: 'shop' }, annotations },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
    });
  }

  pod(i: number, ready = true): void {
    this.server.store.write('pods', {
      metadata: { name: `web-${String(i).padStart(4, '0')}`, namespace: 'default', labels: { app: 'web' } },
      spec: { nodeName: `n-${ZONES[i % 3]}`, containers: [{ name: 'c', image: 'web' }] },
      status: {
        phase: 'Running',
        podIPs: [{ ip: `10.0.${Math.floor(i / 200)}.${(i % 200) + 1}` }],
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    });
  }

  /** Pods on three zones, and the Service; resolves when all have endpoints. */
  async serve(pods: number, annotations: Record<string, string> = {}, spec: Record<string, unknown> = {}) {
    for (const zone of ZONES) this.node(zone);
    for (let i = 0; i < pods; i++) this.pod(i);
    this.service(annotations, spec);
    await until('all pods are endpoints', () => this.endpoints().length === pods);
    await this.quiet();
  }

  slices(): KubeObject[] {
    const all = this.server.store.list('endpointslices', 'default');
    return all.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web');
  }

  /** Slices as the model wrote them since the history was cleared. */
  written(): KubeObject[] {
    return this.server.history
      .entries()
      .filter(({ resource, fieldManager }) => resource === 'endpointslices' && fieldManager === KUBE_CONTROLLER_MANAGER)
      .flatMap(({ after }) => (after === undefined ? [] : [after]));
  }

  endpoints(): Endpoint[] {
    return this.slices().flatMap((slice) => (slice['endpoints'] ?? []) as Endpoint[]);
  }

  hints(): (string[] | undefined)[] {
    return this.endpoints().map(({ hints }) => hints?.forZones?.map(({ name }) => name));
  }

  events(): string[] {
    return this.server.store
      .list('events', 'default')
      .map((event) => `${String(event['type'])} ${String(event['reason'])}`);
  }

  /**
   * The model has looked at everything that happened to Services and slices until now: things that are written after
   * it, and reach the model through the same watches, have been looked at too.
   */
  async quiet(): Promise<void> {
    const name = `barrier-${++this.#barriers}`;
    const looked = (): boolean => this.syncs.includes(`default/${name} done`);
    this.server.store.write('services', { metadata: { name, namespace: 'default' }, spec: { ports: [{ port: 1 }] } });
    await until('the barrier of Services was reached', looked);
    this.syncs.splice(0);
    this.server.store.write('endpointslices', {
      metadata: { name, namespace: 'default', labels: { ...IN_TREE, 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [],
      ports: [],
    });
    await until('the barrier of slices was reached', () => looked() && this.model?.idle === true);
  }

  /** Writes hints as slicehints does: with its annotation, in one patch. */
  async hint(of: (zone: string, i: number) => Hints): Promise<void> {
    let i = 0;
    for (const slice of this.slices()) {
      const patch = ((slice['endpoints'] ?? []) as Endpoint[]).map((endpoint, e) => ({
        op: 'add',
        path: `/endpoints/${e}/hints`,
        value: of(endpoint.zone ?? '', i++),
      }));
      const mark = { op: 'add', path: '/metadata/annotations', value: { 'slicehints.io/hints': 'v1' } };
      this.server.store.patch('endpointslices', 'default', slice.metadata.name ?? '', 'json', [mark, ...patch], OURS);
    }
    await this.quiet();
  }
}

async function cluster(): Promise<Cluster> {
  return new Cluster().start();
}

describe('the model of the in-tree controller makes slices', () => {
  it('like the real ones: labels, owner, name, ports, zones, at most 100 endpoints', async () => {
    const run = await cluster();
    await run.serve(250);
    const slices = run.slices();
    expect(slices.map((slice) => (slice['endpoints'] as Endpoint[]).length).sort()).toEqual([100, 100, 50]);
    expect(slices[0]).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^web-[a-z0-9]{5}$/),
        generateName: 'web-',
        labels: {
          team: 'shop',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', controller: true }],
        managedFields: [{ manager: 'kube-controller-manager' }],
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    const first = run.endpoints().find(({ addresses }) => addresses[0] === '10.0.0.1');
    expect(first).toMatchObject({ conditions: { ready: true }, zone: 'a', nodeName: 'n-a' });
  });

  it('and follows pods that go unready, are deleted and are added, without a write too many', async () => {
    const run = await cluster();
    await run.serve(6);
    run.server.history.clear();
    run.pod(0, false);
    await until('one is not ready', () => run.endpoints().filter(({ conditions }) => !conditions.ready).length === 1);
    run.server.store.delete('pods', 'default', 'web-0001', {});
    await until('one is gone', () => run.endpoints().length === 5);
    run.pod(6);
    await until('one is there', () => run.endpoints().length === 6);
    await run.quiet();
    expect(run.slices()).toHaveLength(1);
    expect(run.written()).toHaveLength(3);
  });

  it('takes labels away that others add, and leaves annotations', async () => {
    const run = await cluster();
    await run.serve(3);
    const name = run.slices()[0]?.metadata.name ?? '';
    const metadata = { labels: { mine: 'x' }, annotations: { mine: 'x' } };
    run.server.store.patch('endpointslices', 'default', name, 'merge', { metadata }, OURS);
    await until('the label is gone', () => run.slices()[0]?.metadata.labels?.['mine'] === undefined);
    expect(run.slices()[0]?.metadata.annotations).toMatchObject({ mine: 'x' });
  });

  it('leaves an empty slice for a Service without pods, and nothing for one without selector', async () => {
    const run = await cluster();
    run.service();
    await until('there is a slice', () => run.slices().length === 1);
    expect(run.endpoints()).toEqual([]);
    run.server.store.write('services', {
      metadata: { name: 'bare', namespace: 'default' },
      spec: { ports: [{ port: 1 }] },
    });
    await run.quiet();
    expect(run.slices()).toHaveLength(1);
  });
});

describe('a second after somebody else wrote hints, without the guard, it', () => {
  const own = (zone: string): Hints => zones(zone);
  const swapped = (zone: string): Hints => zones(zone === 'a' ? 'b' : zone === 'b' ? 'a' : 'c');
  it.each<[string, Record<string, string>, Record<string, unknown>, (zone: string) => Hints, 'kept' | 'own' | 'none']>([
    ['strips all where the Service says nothing', {}, {}, own, 'none'],
    [
      'strips all for a mode of another domain',
      { 'service.kubernetes.io/topology-mode': 'slicehints.io/balanced' },
      {},
      own,
      'none',
    ],
    ['rewrites PreferSameZone', {}, { trafficDistribution: 'PreferSameZone' }, () => zones('c'), 'own'],
    ['keeps what PreferSameZone wants', {}, { trafficDistribution: 'PreferSameZone' }, own, 'kept'],
    ['keeps Auto within bounds', AUTO, {}, swapped, 'kept'],
    ['keeps hints for nodes on a valid Auto', AUTO, {}, (z) => ({ ...own(z), forNodes: [{ name: 'n' }] }), 'kept'],
    ['rewrites Auto with several zones', AUTO, {}, () => zones('a', 'b', 'c'), 'own'],
    ['rewrites Auto out of bounds', AUTO, {}, () => zones('a'), 'own'],
  ])('%s', async (_, annotations, spec, hint, expected) => {
    const run = await cluster();
    await run.serve(9, annotations, spec);
    await run.hint(hint);
    const wanted = run
      .endpoints()
      .map(({ zone = '' }) => (expected === 'none' ? undefined : expected === 'own' ? own(zone) : hint(zone)));
    expect(run.endpoints().map(({ hints }) => hints)).toEqual(wanted);
  });

  it('strips Auto that gives up, with a Warning on every sync', async () => {
    const run = await cluster();
    await run.serve(4, AUTO);
    await run.hint((zone) => zones(zone));
    expect(run.hints()).toEqual([undefined, undefined, undefined, undefined]);
    await until('it says so', () => run.events().includes('Warning TopologyAwareHintsDisabled'));
  });

  it('does not touch a slice of another manager', async () => {
    const run = await cluster();
    await run.serve(3);
    run.server.store.create(
      'endpointslices',
      {
        metadata: { name: 'mesh-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.9.9.9'], zone: 'a', hints: zones('b') }],
        ports: [],
      },
      OURS,
    );
    await run.quiet();
    expect(run.slices().find(({ metadata }) => metadata.name === 'mesh-1')?.metadata.generation).toBe(1);
  });
});

describe('with the guard, it', () => {
  const hint = (zone: string): Hints => zones(zone, zone === 'a' ? 'b' : 'a');

  it('cannot strip: hints and generation stand still, and there is no loop', async () => {
    const run = await cluster();
    run.server.store.onWrite = guardHook;
    await run.serve(6);
    await run.hint(hint);
    const generation = run.slices()[0]?.metadata.generation;
    run.service({ touched: 'yes' });
    await run.quiet();
    expect(run.endpoints().map(({ hints }) => hints)).toEqual(run.endpoints().map(({ zone = '' }) => hint(zone)));
    expect(run.slices()[0]?.metadata.generation).toBe(generation);
  });

  it('carries the hints through changes of pods, and new endpoints get their own zone in the same write', async () => {
    const run = await cluster();
    run.server.store.onWrite = guardHook;
    await run.serve(6);
    await run.hint(hint);
    run.server.history.clear();
    run.pod(0, false);
    run.server.store.delete('pods', 'default', 'web-0001', {});
    run.pod(6);
    await until('the pods are there', () => run.endpoints().some(({ addresses }) => addresses[0] === '10.0.0.7'));
    await run.quiet();
    const written = run.written();
    expect(written.length).toBeGreaterThan(0);
    for (const slice of written) {
      for (const endpoint of slice['endpoints'] as Endpoint[]) expect(endpoint.hints?.forZones).toBeDefined();
    }
    expect(run.endpoints().find(({ addresses }) => addresses[0] === '10.0.0.7')?.hints).toEqual(zones('a'));
    expect(run.endpoints().find(({ addresses }) => addresses[0] === '10.0.0.3')?.hints).toEqual(hint('c'));
  });

  it('strips everything at its next sync once the guard is gone', async () => {
    const run = await cluster();
    run.server.store.onWrite = guardHook;
    await run.serve(6);
    await run.hint(hint);
    run.server.store.onWrite = undefined;
    run.service({ touched: 'yes' });
    await until('all is stripped', () => run.hints().every((one) => one === undefined));
  });

  it('lets an administrator take hints and annotation away in one patch', async () => {
    const run = await cluster();
    run.server.store.onWrite = guardHook;
    await run.serve(1);
    await run.hint(hint);
    const name = run.slices()[0]?.metadata.name ?? '';
    const patch = [
      { op: 'remove', path: '/metadata/annotations/slicehints.io~1hints' },
      { op: 'remove', path: '/endpoints/0/hints' },
    ];
    run.server.store.patch('endpointslices', 'default', name, 'json', patch, { fieldManager: 'kubectl' });
    expect(run.hints()).toEqual([undefined]);
  });
});

describe('it writes from a cache, so', () => {
  it('a write of ours just before its own costs it a conflict, a Warning and a second try', async () => {
    const run = await cluster();
    await run.serve(3);
    const name = run.slices()[0]?.metadata.name ?? '';
    run.beforeSend = ({ method }) => {
      if (method !== 'PUT') return;
      run.beforeSend = () => undefined;
      const metadata = { annotations: { mine: 'x' } };
      run.server.store.patch('endpointslices', 'default', name, 'merge', { metadata }, OURS);
    };
    run.pod(0, false);
    await until('the first try failed', () => run.syncs.includes('default/web retry'));
    await until('the pod is not ready', () => run.endpoints().some(({ conditions }) => !conditions.ready));
    await until('it says so', () => run.events().includes('Warning FailedToUpdateEndpointSlices'));
  });
});

describe('it overlooks', () => {
  it('that a node was repaired: a Service that lost its hints gets them back only when something else happens', async () => {
    const run = await cluster();
    await run.serve(9, AUTO);
    await until('it is hinted', () => run.hints().every((one) => one !== undefined));
    run.node('', 'n-late');
    await until('the hints are gone', () => run.hints().every((one) => one === undefined));
    run.node('a', 'n-late');
    await run.quiet();
    expect(run.hints().every((one) => one === undefined)).toBe(true);
    run.server.store.delete('nodes', '', 'n-late', {});
    run.service({ ...AUTO, touched: 'yes' });
    await until('it is hinted again', () => run.hints().every((one) => one !== undefined));
  });
});
