import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndpointManifest, EndpointSliceManifest } from '../../src/model/manifest.js';
import { Background, eventually, sandboxVersionFlags } from './process.js';

export const NAMESPACE = 'shop';
const ZONE = 'topology.kubernetes.io/zone';
const POD_STATUS = (address: string, ready: boolean): object => ({
  phase: 'Running',
  podIP: address,
  podIPs: [{ ip: address }],
  conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
});

type Json = Record<string, unknown>;

export interface SeenEvent {
  readonly service: string;
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly count: number;
}

/** Nodes `a`, `b`, … with one node each, of 4 CPU. */
export function nodes(...zones: readonly string[]): Json[] {
  return zones.map((zone) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${zone}`, labels: { [ZONE]: zone } },
    status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
  }));
}

export function pod(service: string, zone: string, address: string): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${service}-${address.replaceAll('.', '-')}`, namespace: NAMESPACE, labels: { app: service } },
    spec: {
      nodeName: `node-${zone}`,
      containers: [{ name: 'app', image: 'registry.example.com/app:1', ports: [{ name: 'http', containerPort: 80 }] }],
    },
    status: POD_STATUS(address, true),
  };
}

/** A Service with a selector and a Pod for each of `zones`. */
export function podService(
  name: string,
  mode: string | undefined,
  zones: string,
  spec: Json = {},
): { objects: Json[]; name: string } {
  const network = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_536, 7);
  const pods = [...zones].map((zone, i) => pod(name, zone, `10.${network >> 8}.${network & 255}.${i + 1}`));
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }];
  return { name, objects: [service(name, mode, { selector: { app: name }, ports, ...spec }), ...pods] };
}

export function service(name: string, mode: string | undefined, spec: Json, namespace = NAMESPACE): Json {
  const annotations = mode === undefined ? {} : { 'service.kubernetes.io/topology-mode': mode };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, annotations }, spec };
}

/** A slice that somebody else than in-tree manages; no label at all without `managedBy`. */
export function slice(
  ofService: string,
  managedBy: string | undefined,
  zones: string,
  namespace = NAMESPACE,
): EndpointSliceManifest & Json {
  const label = managedBy === undefined ? {} : { 'endpointslice.kubernetes.io/managed-by': managedBy };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${ofService}-x`, namespace, labels: { 'kubernetes.io/service-name': ofService, ...label } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: [...zones].map((zone, i) => ({
      addresses: [`10.250.0.${i + 1}`],
      conditions: { ready: true },
      nodeName: `node-${zone}`,
      zone,
    })),
  };
}

/**
 * A stand-in server with the model of in-tree's controller in a process of its own, and what other writers do to it. It
 * is always the stand-in: a real control plane has been measured, and this plays back what was seen there.
 */
export class InTreeCluster {
  readonly kubeconfig: string;
  /** Every version of every slice, in order, as a watch gave them. */
  readonly versions: EndpointSliceManifest[] = [];
  readonly #url: string;
  readonly #server: Background;
  readonly #folder: string;
  readonly #watching = new AbortController();
  readonly #watch: Promise<void>;

  private constructor(kubeconfig: string, url: string, server: Background, folder: string) {
    this.kubeconfig = kubeconfig;
    this.#url = url;
    this.#server = server;
    this.#folder = folder;
    this.#watch = this.#follow().catch(() => undefined);
  }

  static async start(objects: readonly object[], ...flags: readonly string[]): Promise<InTreeCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'slicehints-e2e-'));
    const [kubeconfig, manifest] = [join(folder, 'kubeconfig'), join(folder, 'cluster.json')];
    await writeFile(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    const server = new Background([
      ...['sandbox', '--in-tree', '--no-controller', '-f', manifest, '--write-kubeconfig', kubeconfig],
      ...sandboxVersionFlags(),
      ...flags,
    ]);
    // It invites to play only when in-tree has made the slices.
    const url = await eventually(() => {
      const match = /server on (http:\S+),[\s\S]*kubectl/.exec(server.stdout);
      if (match?.[1] === undefined) throw new Error(`the sandbox does not start: ${server.stdout}${server.stderr}`);
      return match[1];
    });
    return new InTreeCluster(kubeconfig, url, server, folder);
  }

  async stop(): Promise<void> {
    this.#watching.abort();
    await this.#watch;
    await this.#server.end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  controller(...flags: readonly string[]): Background {
    return new Background([
      ...['controller', `--kubeconfig=${this.kubeconfig}`, '--no-leader-elect', '--log-level=debug'],
      ...['--metrics-bind-address=0', '--health-probe-bind-address=0', ...flags],
    ]);
  }

  async request(method: string, path: string, body?: unknown, type = 'application/json'): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as unknown;
  }

  async slicesOf(ofService: string, namespace = NAMESPACE): Promise<EndpointSliceManifest[]> {
    const selector = encodeURIComponent(`kubernetes.io/service-name=${ofService}`);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
    return ((await this.request('GET', path)) as { items: EndpointSliceManifest[] }).items;
  }

  /** The one slice of a Service. */
  async slice(ofService: string, namespace = NAMESPACE): Promise<EndpointSliceManifest> {
    const [only, ...others] = await this.slicesOf(ofService, namespace);
    if (only === undefined || others.length > 0) throw new Error(`expected one slice of ${ofService}`);
    return only;
  }

  /** Patches the slice of a Service as somebody with this name, on the version that is there. */
  async patchSlice(ofService: string, by: string, patch: readonly object[]): Promise<EndpointSliceManifest> {
    const { metadata } = await this.slice(ofService);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices/${metadata?.name ?? ''}?fieldManager=${by}`;
    return (await this.request('PATCH', path, patch, 'application/json-patch+json')) as EndpointSliceManifest;
  }

  /** Hints for the endpoints in the order of their addresses: zones joined by commas, empty for none. */
  async hint(ofService: string, by: string, hints: readonly string[]): Promise<EndpointSliceManifest> {
    const { endpoints } = await this.slice(ofService);
    const sorted = [...(endpoints ?? []).entries()].sort(([, a], [, b]) => (addressOf(a) < addressOf(b) ? -1 : 1));
    const patch = sorted.flatMap(([i, { hints: before }], k) => {
      const zones = (hints[k] ?? '').split(',').filter((zone) => zone !== '');
      const path = `/endpoints/${i}/hints`;
      if (zones.length > 0) return [{ op: 'add', path, value: { forZones: zones.map((name) => ({ name })) } }];
      return before === undefined ? [] : [{ op: 'remove', path }];
    });
    return this.patchSlice(ofService, by, patch);
  }

  async events(ofService: string): Promise<SeenEvent[]> {
    const { items } = (await this.request('GET', '/api/v1/events')) as { items: Json[] };
    return items
      .map((event) => ({
        service: (event['involvedObject'] as { name: string }).name,
        reason: String(event['reason']),
        message: String(event['message']),
        component: String((event['source'] as { component?: string } | undefined)?.component),
        count: Number(event['count'] ?? 1),
      }))
      .filter((event) => event.service === ofService);
  }

  /** Every version of the slices of a Service that were hinted completely once, in which a ready endpoint had no hints. */
  unhintedMoments(ofService: string): string[] {
    const hintedBefore = new Set<string>();
    return this.versions.flatMap(({ metadata, endpoints }) => {
      if (metadata?.labels?.['kubernetes.io/service-name'] !== ofService) return [];
      const name = metadata.name ?? '';
      const bare = (endpoints ?? []).filter(
        ({ conditions, hints }) => conditions?.ready !== false && (hints?.forZones ?? []).length === 0,
      );
      if (bare.length === 0) hintedBefore.add(name);
      if (bare.length === 0 || !hintedBefore.has(name)) return [];
      return [`${name}@${metadata.resourceVersion ?? ''}: ${bare.map(addressOf).join(' ')}`];
    });
  }

  setReady(name: string, address: string, ready: boolean): Promise<unknown> {
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/status`;
    return this.request('PATCH', path, { status: POD_STATUS(address, ready) }, 'application/merge-patch+json');
  }

  async createPod(object: Json): Promise<void> {
    const { name } = object['metadata'] as { name: string };
    await this.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, object);
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/status`;
    await this.request('PATCH', path, { status: object['status'] }, 'application/merge-patch+json');
  }

  deletePod(name: string): Promise<unknown> {
    return this.request('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods/${name}`, { gracePeriodSeconds: 0 });
  }

  async #follow(): Promise<void> {
    const path = '/apis/discovery.k8s.io/v1/endpointslices?watch=true&resourceVersion=0';
    const { body } = await fetch(`${this.#url}${path}`, { signal: this.#watching.signal });
    let rest = '';
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.versions.push((JSON.parse(line) as { object: EndpointSliceManifest }).object);
    }
  }
}

export function addressOf({ addresses }: EndpointManifest): string {
  return addresses?.[0] ?? '';
}

/** `a a b,c -`: the zones of each endpoint, in the order of their addresses. */
export function hintsOf({ endpoints }: EndpointSliceManifest): string {
  return [...(endpoints ?? [])]
    .sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1))
    .map(({ hints }) => (hints?.forZones ?? []).map(({ name }) => name).join(',') || '-')
    .join(' ');
}

export function isAnnotated({ metadata }: EndpointSliceManifest): boolean {
  return metadata?.annotations?.['slicehints.io/hints'] !== undefined;
}
