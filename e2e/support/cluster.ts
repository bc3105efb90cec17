import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';
import { Background, eventually, run, sandboxVersionFlags, type Finished } from './process.js';

const ZONE = 'topology.kubernetes.io/zone';

export type ZoneName = 'a' | 'b' | 'c';

export interface EndpointSpec {
  readonly address: string;
  readonly node: string;
  readonly zone: string;
  readonly ready?: boolean;
  readonly hints?: readonly string[];
}

/**
 * A cluster to test on: the stand-in server in a process of its own, or, with E2E_KUBECONFIG, a real one. The stand-in and a
 * real one without Nodes (a bare kube-apiserver) are given some; one with Nodes (kind) has its workers labelled, and gets its
 * labels back at the end. Everything lives in a namespace of its own that is removed.
 */
export class TestCluster {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Names of counted nodes by zone; all nodes have the same CPU on the stand-in and on a bare server. */
  readonly zones: Record<ZoneName, readonly string[]>;
  /** The stand-in: its nodes are ours to break. */
  readonly ownsNodes: boolean;
  readonly #undo: (() => Promise<unknown>)[];
  readonly #controllers: Background[] = [];

  private constructor(
    kubeconfig: string,
    namespace: string,
    zones: Record<ZoneName, string[]>,
    ownsNodes: boolean,
    undo: (() => Promise<unknown>)[],
  ) {
    this.kubeconfig = kubeconfig;
    this.namespace = namespace;
    this.zones = zones;
    this.ownsNodes = ownsNodes;
    this.#undo = undo;
  }

  /** @param nodeZones of the nodes that a cluster without Nodes is given; others have the zones a and b */
  static async start(nodeZones: readonly ZoneName[] = ['a', 'a', 'b', 'b']): Promise<TestCluster> {
    const undo: (() => Promise<unknown>)[] = [];
    let kubeconfig = process.env['E2E_KUBECONFIG'];
    if (kubeconfig === undefined || kubeconfig === '') {
      const folder = await mkdtemp(join(tmpdir(), 'slicehints-e2e-'));
      undo.push(() => rm(folder, { recursive: true, force: true }));
      const path = join(folder, 'kubeconfig');
      kubeconfig = path;
      const server = new Background([
        ...['sandbox', '--no-controller', '--empty', '--write-kubeconfig', path],
        ...sandboxVersionFlags(),
      ]);
      undo.push(() => server.end());
      await eventually(() => {
        if (!server.stdout.includes('kubectl'))
          throw new Error(`the stand-in server does not start: ${server.stdout}${server.stderr}`);
      });
    }
    const namespace = `slicehints-e2e-${process.pid}-${Date.now().toString(36)}`;
    const kubectl = (args: string[], stdin?: string): Promise<Finished> => kubectlWith(kubeconfig, args, stdin);
    await must(kubectl(['create', 'namespace', namespace]));
    undo.push(() => removeNamespace(kubectl, namespace));
    const { items } = JSON.parse((await must(kubectl(['get', 'nodes', '-o', 'json']))).stdout) as {
      items: NodeManifest[];
    };
    const found = items.filter(
      ({ metadata }) => metadata?.labels?.['node-role.kubernetes.io/control-plane'] === undefined,
    );
    const zones: Record<ZoneName, string[]> = { a: [], b: [], c: [] };
    const ownsNodes = items.length === 0;
    if (ownsNodes) {
      undo.push(() => kubectl(['delete', 'node', ...Object.values(zones).flat(), '--ignore-not-found']));
      const created = nodeZones.map((zone, i) => {
        const name = `${namespace}-n${i}`;
        zones[zone].push(name);
        const resources = { cpu: '4' };
        return {
          ...{ apiVersion: 'v1', kind: 'Node' },
          metadata: { name, labels: { [ZONE]: zone } },
          status: {
            allocatable: resources,
            capacity: resources,
            conditions: [{ type: 'Ready', status: 'True' }],
          },
        };
      });
      // kube-apiserver taints new nodes; kubelets would take that away.
      await must(kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: created })));
    } else {
      if (found.length < 2) throw new Error('a cluster with Nodes needs at least two that are no control plane');
      for (const [i, node] of found.entries()) {
        const zone = i % 2 === 0 ? 'a' : 'b';
        const name = node.metadata?.name ?? '';
        const before = node.metadata?.labels?.[ZONE];
        undo.push(() =>
          kubectl(['label', 'node', name, before === undefined ? `${ZONE}-` : `${ZONE}=${before}`, '--overwrite']),
        );
        await must(kubectl(['label', 'node', name, `${ZONE}=${zone}`, '--overwrite']));
        zones[zone].push(name);
      }
    }
    return new TestCluster(kubeconfig, namespace, zones, ownsNodes, undo);
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }

  kubectl(args: readonly string[], stdin?: string): Promise<Finished> {
    return kubectlWith(this.kubeconfig, args, stdin);
  }

  /** kubectl in the test's namespace, which must succeed. */
  async ok(args: readonly string[], stdin?: string): Promise<string> {
    return (await must(this.kubectl(['-n', this.namespace, ...args], stdin))).stdout;
  }

  /** A Service without a selector, so that no built-in controller touches its slices, and one slice of ours for it. */
  async createService(
    name: string,
    endpoints: readonly EndpointSpec[],
    annotations: Record<string, string> = {},
  ): Promise<void> {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, annotations },
      spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    };
    await this.ok(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service, this.#slice(name, endpoints)] }),
    );
  }

  /** Gives the Service's slice other endpoints; hints that are there come from `endpoints`. */
  async replaceEndpoints(name: string, endpoints: readonly EndpointSpec[]): Promise<void> {
    const { endpoints: list } = this.#slice(name, endpoints);
    await this.ok(['patch', 'endpointslice', `${name}-1`, '--type=merge', '-p', JSON.stringify({ endpoints: list })]);
  }

  #slice(service: string, endpoints: readonly EndpointSpec[]): EndpointSliceManifest & { endpoints: unknown[] } {
    return {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
      metadata: {
        name: `${service}-1`,
        labels: {
          'kubernetes.io/service-name': service,
          'endpointslice.kubernetes.io/managed-by': 'slicehints-e2e.example.com',
        },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      endpoints: endpoints.map(({ address, node, zone, ready, hints }) => ({
        addresses: [address],
        conditions: { ready: ready ?? true },
        nodeName: node,
        zone,
        ...(hints === undefined ? {} : { hints: { forZones: hints.map((hint) => ({ name: hint })) } }),
      })),
    };
  }

  async slices(service: string): Promise<EndpointSliceManifest[]> {
    const out = await this.ok(['get', 'endpointslices', '-l', `kubernetes.io/service-name=${service}`, '-o', 'json']);
    return (JSON.parse(out) as { items: EndpointSliceManifest[] }).items;
  }

  async nodes(): Promise<NodeManifest[]> {
    return (JSON.parse(await this.ok(['get', 'nodes', '-o', 'json'])) as { items: NodeManifest[] }).items;
  }

  /** `address → zones it is hinted for`, of every endpoint of the Service. */
  async hints(service: string): Promise<Record<string, string>> {
    const endpoints = (await this.slices(service)).flatMap((slice) => slice.endpoints ?? []);
    return Object.fromEntries(
      endpoints.map(({ addresses, hints }) => [
        addresses?.[0] ?? '',
        (hints?.forZones ?? []).map(({ name }) => name).join(','),
      ]),
    );
  }

  /** Ends the controllers that still run, one after the other. */
  async endControllers(): Promise<void> {
    for (const controller of this.#controllers.splice(0)) await controller.end();
  }

  /** Starts a controller as a user would, on free ports. */
  controller(...flags: string[]): Background {
    const controller = new Background([
      'controller',
      `--kubeconfig=${this.kubeconfig}`,
      `--namespace=${this.namespace}`,
      `--leader-elect-resource-namespace=${this.namespace}`,
      '--metrics-bind-address=127.0.0.1:0',
      '--health-probe-bind-address=127.0.0.1:0',
      '--log-level=debug',
      ...flags,
    ]);
    this.#controllers.push(controller);
    return controller;
  }
}

/**
 * Takes a namespace away with all that the tests put into it. A bare kube-apiserver runs no namespace controller: the
 * objects are deleted one by one there, and the namespace is let go by hand.
 */
async function removeNamespace(
  kubectl: (args: string[], stdin?: string) => Promise<Finished>,
  namespace: string,
): Promise<void> {
  await kubectl(['-n', namespace, 'delete', 'services,endpointslices,leases,events', '--all', '--wait=false']);
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  const left = await kubectl(['get', 'namespace', namespace, '-o', 'json', '--ignore-not-found']);
  if (left.code !== 0 || left.stdout.trim() === '') return;
  const { items } = JSON.parse((await kubectl(['get', 'pods', '-n', 'kube-system', '-o', 'json'])).stdout || '{}') as {
    items?: unknown[];
  };
  // Where pods run, so does the namespace controller.
  if ((items ?? []).length > 0) return;
  const object = JSON.parse(left.stdout) as { spec: object };
  const finalized = JSON.stringify({ ...object, spec: { finalizers: [] } });
  await kubectl(['replace', '--raw', `/api/v1/namespaces/${namespace}/finalize`, '-f', '-'], finalized);
}

function kubectlWith(kubeconfig: string, args: readonly string[], stdin?: string): Promise<Finished> {
  return run('kubectl', ['--kubeconfig', kubeconfig, ...args], stdin === undefined ? {} : { stdin });
}

async function must(running: Promise<Finished>): Promise<Finished> {
  const finished = await running;
  if (finished.code !== 0) throw new Error(`kubectl failed: ${finished.stderr}`);
  return finished;
}
