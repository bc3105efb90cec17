import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { usableEndpoints } from '../../src/kubeproxy/rule.js';
import type { EndpointSliceManifest, NodeManifest } from '../../src/model/manifest.js';

const ZONE = 'topology.kubernetes.io/zone';
const SERVICE = 'kubernetes.io/service-name';

/** What traffic depends on. */
export interface ClusterState {
  readonly nodes: readonly NodeManifest[];
  readonly slices: readonly EndpointSliceManifest[];
}

/**
 * Plays the traffic of clients on the nodes of a cluster, and counts its bytes as OpenTelemetry's eBPF instrumentation exports
 * them. Each node sends evenly to the endpoints that its kube-proxy uses by the hints that are in the slices.
 */
export class TrafficExporter {
  /** Bytes per second by source zone, which the nodes of the zone share. */
  rates: Readonly<Record<string, number>> = {};
  /** Clients that take any endpoint, as a mesh or a list of pod addresses of their own would. */
  goesAroundHints = false;
  readonly #look: () => Promise<ClusterState>;
  readonly #server: Server;
  readonly #counters = new Map<string, number>();
  #state: ClusterState = { nodes: [], slices: [] };
  #looking: Promise<void> | undefined;
  #countedMs: number | undefined;

  private constructor(look: () => Promise<ClusterState>) {
    this.#look = look;
    this.#server = createServer((_, response) => {
      response.end(this.#count());
      // The next scrape counts with what is seen meanwhile: a scrape does not wait for the cluster.
      this.#looking ??= this.#refresh().finally(() => (this.#looking = undefined));
    });
  }

  static async start(look: () => Promise<ClusterState>): Promise<TrafficExporter> {
    const exporter = new TrafficExporter(look);
    const server = exporter.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return exporter;
  }

  /** Host and port of `/metrics`. */
  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    await this.#looking;
  }

  async #refresh(): Promise<void> {
    // A cluster that does not answer once is as it was.
    this.#state = await this.#look().catch(() => this.#state);
  }

  /** Counts what was sent since the last scrape. */
  #count(): string {
    const { nodes, slices } = this.#state;
    const nowMs = performance.now();
    const seconds = (nowMs - (this.#countedMs ?? nowMs)) / 1000;
    this.#countedMs = nowMs;
    const services = new Set(slices.map(({ metadata }) => metadata?.labels?.[SERVICE] ?? ''));
    for (const service of services) {
      const own = slices.filter(({ metadata }) => metadata?.labels?.[SERVICE] === service);
      this.#send(service, own, nodes, seconds);
    }
    const lines = [...this.#counters].map(([labels, bytes]) => `obi_network_flow_bytes_total{${labels}} ${bytes}`);
    return `# TYPE obi_network_flow_bytes_total counter\n${lines.join('\n')}\n`;
  }

  #send(service: string, slices: EndpointSliceManifest[], nodes: readonly NodeManifest[], seconds: number): void {
    const zoneOf = new Map(
      slices.flatMap(({ endpoints = [] }) =>
        (endpoints ?? []).map(({ addresses, zone }) => [addresses?.[0] ?? '', zone ?? '']),
      ),
    );
    const namespace = slices[0]?.metadata?.namespace ?? '';
    for (const node of nodes) {
      const from = node.metadata?.labels?.[ZONE] ?? '';
      const beside = nodes.filter(({ metadata }) => metadata?.labels?.[ZONE] === from).length;
      const bytes = ((this.rates[from] ?? 0) * seconds) / beside;
      const used = this.goesAroundHints ? [...zoneOf.keys()] : usableEndpoints({ slices, node });
      for (const address of used) {
        const to = zoneOf.get(address) ?? '';
        const labels = `k8s_dst_type="Service",k8s_dst_namespace="${namespace}",k8s_dst_name="${service}",src_zone="${from}",dst_zone="${to}"`;
        this.#counters.set(labels, (this.#counters.get(labels) ?? 0) + bytes / used.length);
      }
    }
  }
}
