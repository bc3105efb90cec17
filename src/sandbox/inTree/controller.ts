import type { Logger } from 'pino';
import { syncInTree, inTreeMode, type InTreeEvent } from './hints.js';
import type { Clock } from '../../kube/clock.js';
import { EventRecorder } from '../../kube/events/eventRecorder.js';
import { Reflector } from '../../kube/cache/reflector.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { summariseCluster, type Cluster } from '../../model/cluster.js';
import type { NodeManifest } from '../../model/manifest.js';
import { readNode, type NodeRecord } from '../../model/node.js';
import { readService } from '../../model/service.js';
import { readEndpoint } from '../../model/slice.js';
import { type EndpointHints } from '../../model/hints.js';
import { InTreeQueue } from './queue.js';
import {
  IN_TREE_CONTROLLER,
  addressTypesOf,
  placeEndpoints,
  type Placement,
  type PodObject,
  type ServiceObject,
  type SliceObject,
} from './placement.js';
import { ownValue } from '../../model/ownValue.js';

/** The name in managedFields under which kube-controller-manager writes. */
export const KUBE_CONTROLLER_MANAGER = 'kube-controller-manager';

export interface InTreeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** `--max-endpoints-per-slice` of kube-controller-manager. By default 100. */
  readonly endpointsPerSlice?: number;
  /** Time from a change of slices by others until the sync; upstream's minimum, and the default, is 1 s. */
  readonly sliceDelayMs?: number;
  /** After every sync of a Service. */
  readonly onSync?: (serviceKey: string, outcome: 'done' | 'retry') => void;
}

const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
/** The first wait after an error; it doubles up to the longest (endpointslice_controller.go). */
const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 1_000_000;

/**
 * A model of the endpointslice controller inside kube-controller-manager 1.36, faithful in what another writer of hints
 * meets: which slices it writes and when, that it writes from a cache that may be stale, what it does to hints, what it
 * records as Events, and which changes of nodes it ignores.
 */
export class InTreeController {
  readonly #options: InTreeOptions;
  readonly #services: Reflector<ServiceObject>;
  readonly #pods: Reflector<PodObject>;
  readonly #nodes: Reflector<NodeRecord>;
  readonly #slices: Reflector<SliceObject>;
  readonly #recorder: EventRecorder;
  readonly #queue: InTreeQueue;
  /** Generation of each slice as it wrote it; newer generations are by other writers. */
  readonly #generations = new Map<string, number>();
  /** Services whose hints by Auto are in its cache (upstream's hintsPopulatedByService). */
  readonly #populated = new Set<string>();
  #cluster: Cluster = summariseCluster([]);

  constructor(options: InTreeOptions) {
    this.#options = options;
    const { transport, clock, random } = options;
    const logger = options.logger.child({ component: 'in-tree' });
    const sliceDelayMs = options.sliceDelayMs ?? 1000;
    const common = { transport, clock, random, logger };
    this.#recorder = new EventRecorder({ ...common, component: 'endpoint-slice-controller', host: '' });
    this.#queue = new InTreeQueue({
      clock,
      retryMs: RETRY_MS,
      longestRetryMs: LONGEST_RETRY_MS,
      run: async (key) => {
        const outcome = await this.#sync(key);
        options.onSync?.(key, outcome);
        return outcome;
      },
    });
    const onSynced = (): void => this.#start();
    this.#services = new Reflector<ServiceObject>({
      ...common,
      name: 'in-tree-services',
      path: '/api/v1/services',
      transform: (raw) => raw as ServiceObject,
      events: {
        onChange: (key, next) => {
          if (next === undefined) this.#populated.delete(key);
          else this.#queue.add(key, 0);
        },
        onSynced,
      },
    });
    this.#pods = new Reflector<PodObject>({
      ...common,
      name: 'in-tree-pods',
      path: '/api/v1/pods',
      transform: (raw) => raw as PodObject,
      events: {
        onChange: (_, next, previous) => {
          for (const pod of [next, previous]) for (const key of this.#servicesOf(pod)) this.#queue.add(key, 0);
        },
        onSynced,
      },
    });
    this.#nodes = new Reflector<NodeRecord>({
      ...common,
      name: 'in-tree-nodes',
      path: '/api/v1/nodes',
      transform: (raw) => readNode(raw as NodeManifest),
      events: { onChange: (_, next, previous) => this.#nodeChanged(next, previous), onSynced },
    });
    this.#slices = new Reflector<SliceObject>({
      ...common,
      name: 'in-tree-slices',
      path: SLICES,
      labelSelector: `endpointslice.kubernetes.io/managed-by=${IN_TREE_CONTROLLER}`,
      transform: (raw) => raw as SliceObject,
      events: {
        onChange: (key, next, previous) => {
          const service = serviceKeyOf(next ?? previous);
          if (next === undefined) {
            // Only what it did not delete itself calls for a sync.
            if (this.#generations.delete(key)) this.#queue.add(service, sliceDelayMs);
          } else if ((next.metadata.generation ?? 0) > (this.#generations.get(key) ?? -1)) {
            this.#queue.add(service, sliceDelayMs);
          }
        },
        onSynced,
      },
    });
  }

  /** Nothing waits and nothing is under way. */
  get idle(): boolean {
    return this.#synced && this.#queue.idle;
  }

  /** Settles when the signal fires and the sync under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#services.run(signal),
      this.#pods.run(signal),
      this.#nodes.run(signal),
      this.#slices.run(signal),
      this.#recorder.run(signal),
      this.#queue.run(signal),
    ]);
  }

  get #synced(): boolean {
    return [this.#services, this.#pods, this.#nodes, this.#slices].every((reflector) => reflector.synced);
  }

  #start(): void {
    if (!this.#synced) return;
    this.#countNodes();
    this.#queue.start();
  }

  #countNodes(): void {
    this.#cluster = summariseCluster([...this.#nodes.items.values()]);
  }

  /**
   * Additions, deletions, readiness and zones count; a change of CPU, of a label or a cordon does not. Only Services that
   * have hints of its Auto and are now overloaded are synced again, so one that lost its hints to a bad node does not get
   * them back when the node is repaired (kubernetes/kubernetes issue 114215).
   */
  #nodeChanged(next: NodeRecord | undefined, previous: NodeRecord | undefined): void {
    if (!this.#nodes.synced) return;
    if (next !== undefined && previous?.zone === next.zone && previous.ready === next.ready) return;
    this.#countNodes();
    for (const key of this.#populated) if (this.#isOverloaded(key)) this.#queue.add(key, 0);
  }

  #isOverloaded(key: string): boolean {
    const shares = this.#cluster.strictShares;
    if (shares === undefined) return true;
    const counts = new Map<string, Map<string, number>>();
    for (const slice of this.#slicesOf(key)) {
      const zones = counts.get(slice.addressType) ?? new Map<string, number>();
      counts.set(slice.addressType, zones);
      for (const { conditions, hints } of slice.endpoints ?? []) {
        if (conditions?.ready !== true) continue;
        for (const { name } of hints?.forZones ?? []) zones.set(name, (zones.get(name) ?? 0) + 1);
      }
    }
    return [...counts.values()].some((zones) => {
      const total = [...zones.values()].reduce((sum, count) => sum + count, 0);
      if (total === 0) return false;
      return shares.some(({ zone, share }) => (zones.get(zone) ?? 0) < Math.ceil(total * share * (1 / 1.2)));
    });
  }

  #servicesOf(pod: PodObject | undefined): string[] {
    if (pod === undefined) return [];
    const keys: string[] = [];
    for (const [key, service] of this.#services.items) if (selects(service, pod)) keys.push(key);
    return keys;
  }

  #slicesOf(key: string): SliceObject[] {
    return [...this.#slices.items]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, slice]) => (serviceKeyOf(slice) === key ? [slice] : []));
  }

  /** One sync of one Service; answers whether it is to be tried again. */
  async #sync(key: string): Promise<'done' | 'retry'> {
    const service = this.#services.items.get(key);
    if (service === undefined || !hasSelector(service)) return 'done';
    const slices = this.#slicesOf(key);
    const stale = slices.some(
      ({ metadata }) => (metadata.generation ?? 0) < (this.#generations.get(sliceKeyOf(metadata)) ?? 0),
    );
    if (stale) return 'retry';
    const pods = [...this.#pods.items.values()].filter((pod) => selects(service, pod));
    const types = addressTypesOf(service);
    try {
      for (const addressType of types) {
        const existing = slices.filter((slice) => slice.addressType === addressType);
        const placement = placeEndpoints(
          service,
          addressType,
          pods,
          (name) => this.#nodes.items.get(name)?.zone,
          existing,
          this.#options.endpointsPerSlice ?? 100,
        );
        await this.#write(key, service, addressType, placement);
      }
      for (const slice of slices) if (!types.includes(slice.addressType)) await this.#delete(slice);
      return 'done';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#options.logger.debug({ service: key, error: error.message }, 'in-tree: sync failed');
      this.#record(service, {
        type: 'Warning',
        reason: 'FailedToUpdateEndpointSlices',
        message: `Error updating Endpoint Slices for Service ${key}: ${error.message}`,
      });
      return 'retry';
    }
  }

  async #write(key: string, service: ServiceObject, addressType: string, placement: Placement): Promise<void> {
    const { unchanged, update, create, remove } = placement;
    const all = [...create, ...update, ...unchanged];
    const outcome = syncInTree({
      mode: inTreeMode(readService(service)),
      shares: this.#cluster.strictShares,
      addressType,
      populated: this.#populated.has(key),
      slices: all.map((slice, i) => ({
        changed: i < create.length + update.length,
        endpoints: (slice.endpoints ?? []).map((endpoint) => readEndpoint(endpoint)),
      })),
    });
    if (outcome.populated) this.#populated.add(key);
    else this.#populated.delete(key);
    try {
      for (const [i, slice] of all.entries()) {
        const planned = outcome.slices[i];
        if (planned?.written !== true) continue;
        await this.#put({ ...slice, endpoints: withHints(slice.endpoints ?? [], planned.hints) }, i < create.length);
      }
      for (const slice of remove) await this.#delete(slice);
    } finally {
      for (const event of outcome.events) this.#record(service, event);
    }
  }

  async #put(slice: SliceObject, isNew: boolean): Promise<void> {
    const { namespace, name = '' } = slice.metadata;
    const collection = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    const answer = (await this.#options.transport.send({
      method: isNew ? 'POST' : 'PUT',
      path: isNew ? collection : `${collection}/${name}`,
      query: { fieldManager: KUBE_CONTROLLER_MANAGER },
      body: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...slice },
    })) as SliceObject;
    this.#generations.set(sliceKeyOf(answer.metadata), answer.metadata.generation ?? 0);
  }

  async #delete({ metadata }: SliceObject): Promise<void> {
    const { namespace, name = '' } = metadata;
    this.#generations.delete(sliceKeyOf(metadata));
    try {
      await this.#options.transport.send({
        method: 'DELETE',
        path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}`,
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }

  #record({ metadata }: ServiceObject, { type, reason, message }: InTreeEvent): void {
    const { namespace, name, uid = '', resourceVersion } = metadata;
    this.#recorder.record({ namespace, name, uid, resourceVersion: resourceVersion ?? '' }, type, reason, message);
  }
}

function withHints(
  endpoints: NonNullable<SliceObject['endpoints']>,
  hints: readonly (EndpointHints | undefined)[],
): NonNullable<SliceObject['endpoints']> {
  const named = (names: readonly string[] | undefined): { name: string }[] | undefined =>
    names?.map((name) => ({ name }));
  return endpoints.map((endpoint, i) => {
    const { hints: before, ...rest } = endpoint;
    const wanted = hints[i];
    if (wanted === undefined) return before === undefined ? endpoint : rest;
    return { ...rest, hints: { forZones: named(wanted.forZones), forNodes: named(wanted.forNodes) } };
  });
}

function hasSelector({ spec }: ServiceObject): boolean {
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0;
}

function selects(service: ServiceObject, { metadata }: PodObject): boolean {
  if (!hasSelector(service) || service.metadata.namespace !== metadata.namespace) return false;
  return Object.entries(service.spec?.selector ?? {}).every(
    ([key, value]) => ownValue(metadata.labels ?? {}, key) === value,
  );
}

function serviceKeyOf(slice: SliceObject | undefined): string {
  return `${slice?.metadata.namespace ?? ''}/${slice?.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
}

function sliceKeyOf({ namespace, name }: SliceObject['metadata']): string {
  return `${namespace}/${name ?? ''}`;
}
