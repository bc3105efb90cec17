import { pino } from 'pino';
import { Controller } from '../../src/controller/controller.js';
import { type ControllerOptions } from '../../src/controller/options.js';
import type { ControllerObserver } from '../../src/controller/observer.js';
import { DEFAULT_SETTINGS } from '../../src/hints/settings.js';
import { systemClock, type Clock } from '../../src/kube/clock.js';
import { anonymousAccess } from '../../src/kube/auth/credentials.js';
import { EventRecorder } from '../../src/kube/events/eventRecorder.js';
import { HttpTransport } from '../../src/kube/rest/httpTransport.js';
import type { Transport } from '../../src/kube/rest/transport.js';
import { NEWEST_VERSION } from '../../src/sandbox/discovery/kubernetesVersion.js';
import type { KubeObject } from '../../src/sandbox/schema/kubeObject.js';
import { SandboxApiServer } from '../../src/sandbox/server/apiServer.js';
import type { EndpointSliceManifest } from '../../src/model/manifest.js';

const ZONE = 'topology.kubernetes.io/zone';

/** What a controller told whoever counts. */
export interface Counts {
  planned: number;
  writes: Record<string, number>;
  undone: number;
}

export interface LiveController {
  readonly controller: Controller;
  readonly counts: Counts;
  /** Settles when the controller has stopped; rejects when it lost its lease. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A stand-in server with four nodes in two zones, and controllers against it over HTTP, all in this process. */
export class LiveCluster {
  readonly server: SandboxApiServer;
  readonly #clock: Clock;
  url = '';
  readonly #running: LiveController[] = [];

  /** @param random of the server: which requests a fault with a rate strikes */
  constructor(
    clock: Clock = systemClock,
    kubernetesVersion = NEWEST_VERSION,
    definitions: readonly KubeObject[] = [],
    random: () => number = Math.random,
  ) {
    this.#clock = clock;
    this.server = new SandboxApiServer({ clock, kubernetesVersion, definitions, random });
  }

  async start(): Promise<void> {
    this.url = await this.server.listen();
    for (const [i, zone] of ['a', 'a', 'b', 'b'].entries()) this.putNode(`n${i}`, zone);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((live) => live.stop().catch(() => undefined)));
    await this.server.close();
  }

  putNode(
    name: string,
    zone: string | undefined,
    annotations: Record<string, string> = {},
    labels: Record<string, string> = {},
  ): void {
    this.server.store.write('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: zone === undefined ? labels : { ...labels, [ZONE]: zone }, annotations },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  putService(
    name: string,
    annotations: Record<string, string> = { 'service.kubernetes.io/topology-mode': 'Auto' },
  ): void {
    this.server.store.write('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default', annotations },
      spec: { ports: [{ name: 'http', port: 80 }] },
    });
  }

  /** One slice; endpoints are `zone` or `zone=hint`. */
  putSlice(service: string, endpoints: readonly string[], managedBy?: string): void {
    const labels = { 'kubernetes.io/service-name': service };
    this.server.store.write('endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${service}-1`,
        namespace: 'default',
        labels: managedBy === undefined ? labels : { ...labels, 'endpointslice.kubernetes.io/managed-by': managedBy },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      endpoints: endpoints.map((text, i) => {
        const [zone = '', hint] = text.split('=');
        return {
          addresses: [`10.0.0.${i + 1}`],
          conditions: { ready: true },
          nodeName: zone === 'a' ? 'n0' : 'n2',
          zone,
          ...(hint === undefined ? {} : { hints: { forZones: [{ name: hint }] } }),
        };
      }),
    });
  }

  slice(service: string): EndpointSliceManifest | undefined {
    return this.server.store.get('endpointslices', 'default', `${service}-1`);
  }

  /** The zones of the slice's endpoints, `-` without a hint. */
  hints(service: string): string {
    return (this.slice(service)?.endpoints ?? []).map(({ hints }) => hints?.forZones?.[0]?.name ?? '-').join(' ');
  }

  /** `reason: message` of the Events on a Service, one for each count. */
  events(service: string): string[] {
    return this.server.store.list('events').flatMap((event) => {
      const { involvedObject, reason, message, count } = event as unknown as {
        involvedObject?: { name?: string };
        reason?: string;
        message?: string;
        count?: number;
      };
      if (involvedObject?.name !== service) return [];
      return new Array<string>(count ?? 1).fill(`${reason ?? ''}: ${message ?? ''}`);
    });
  }

  patches(): number {
    return this.server.requests
      .entries()
      .filter(({ method, resource }) => method === 'PATCH' && resource === 'endpointslices').length;
  }

  run(
    options: Partial<ControllerOptions> & { readonly wrap?: (transport: Transport) => Transport } = {},
  ): LiveController {
    const counts: Counts = { planned: 0, writes: {}, undone: 0 };
    const silent = (): void => undefined;
    const observer: ControllerObserver = {
      onPlanned: () => void counts.planned++,
      onWrite: (result) => void (counts.writes[result] = (counts.writes[result] ?? 0) + 1),
      onReverted: () => void counts.undone++,
    };
    const clock = this.#clock;
    const access = anonymousAccess(this.url);
    const logger = pino({ level: 'silent' });
    const make = (): HttpTransport => new HttpTransport({ access, userAgent: 'slicehints/test', clock });
    const [plain, lease] = [make(), make()];
    const transport = options.wrap?.(plain) ?? plain;
    const controller = new Controller({
      transport,
      leaseTransport: lease,
      recorder: new EventRecorder({
        transport,
        component: 'slicehints',
        host: 'test',
        clock,
        random: Math.random,
        logger,
      }),
      settings: DEFAULT_SETTINGS,
      lease: undefined,
      namespace: '',
      concurrency: 5,
      coalesceMs: 20,
      maxWritesPerMinute: 0,
      dryRun: false,
      clock,
      random: Math.random,
      logger,
      observer,
      reflectorObserver: {},
      ...options,
    });
    const stop = new AbortController();
    const ended = controller.run(stop.signal).finally(() => {
      plain.close();
      lease.close();
    });
    ended.catch(silent);
    const live: LiveController = {
      controller,
      counts,
      ended,
      stop: () => {
        stop.abort();
        return ended;
      },
    };
    this.#running.push(live);
    return live;
  }
}

/** Looks again until it holds; real sockets have no fake clock. */
export async function until(look: () => void | Promise<void>, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
