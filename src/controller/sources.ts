import type { Logger } from 'pino';
import { Reflector } from '../kube/cache/reflector.js';
import type { ReflectorSurroundings } from '../kube/cache/reflectorOptions.js';
import type { ChangeOrigin } from '../kube/cache/store.js';
import type { Identity } from '../kube/identity.js';
import { nodesPath, servicesPath, slicesPath } from '../kube/rest/paths.js';
import type { NodeRecord } from '../model/node.js';
import { hasOursToRemove } from '../hints/ownership.js';
import type { ServiceRecord } from '../model/service.js';
import { SERVICE_NAME_LABEL, type SliceRecord } from '../model/slice.js';
import type { Contention } from './contention/contention.js';
import type { Demands } from './demand/demands.js';
import type { Policies } from './policies/policies.js';
import type { ClusterState } from './state.js';
import type { Transform } from './transform.js';
import type { WritesUnderWay } from './writing/writesUnderWay.js';

export interface SourcesOptions extends ReflectorSurroundings {
  /** Only this namespace; empty: all. */
  readonly namespace: string;
  readonly transform: Transform;
  /** What policies make of a Service. */
  readonly policies: Pick<Policies, 'effective'>;
  readonly state: ClusterState;
  readonly writes: Pick<WritesUnderWay, 'explains'>;
  readonly contention: Pick<Contention, 'serviceChanged' | 'observed'>;
  readonly demands: Pick<Demands, 'serviceChanged' | 'sliceChanged' | 'nodesChanged'>;
  /** Whether a Service is to be planned when it changes. */
  readonly takesPart: (key: string) => boolean;
  /** A Service that takes part changed, or one of its slices, or it has just ceased to take part. */
  readonly enqueue: (key: string) => void;
  /** Something about nodes changed that a plan may depend on. */
  readonly nodesChanged: (next: NodeRecord | undefined) => void;
  /** Called once, when all three caches have synced. */
  readonly onSynced: () => void;
}

/**
 * The inputs of the controller: one reflector each for Services, EndpointSlices and Nodes, and the handlers that put
 * their changes into the state and notify the parts that depend on them.
 */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #services: Reflector<ServiceRecord>;
  readonly #slices: Reflector<SliceRecord>;
  readonly #nodes: Reflector<NodeRecord>;

  constructor(options: SourcesOptions) {
    this.#options = options;
    const { transport, clock, random, observer, namespace, transform } = options;
    const common = { transport, clock, random, observer };
    const onSynced = (): void => {
      if (this.synced) options.onSynced();
    };
    this.#services = new Reflector({
      ...common,
      ...this.#named('services'),
      path: servicesPath(namespace),
      transform: transform.service,
      events: { onChange: (key, next) => this.serviceChanged(key, next), onSynced },
    });
    this.#slices = new Reflector({
      ...common,
      ...this.#named('endpointslices'),
      path: slicesPath(namespace),
      labelSelector: SERVICE_NAME_LABEL,
      transform: transform.slice,
      events: { onChange: (key, next, previous, origin) => this.sliceChanged(key, next, previous, origin), onSynced },
    });
    this.#nodes = new Reflector({
      ...common,
      ...this.#named('nodes'),
      path: nodesPath(),
      transform: transform.node,
      events: { onChange: (key, next, previous) => this.nodeChanged(key, next, previous), onSynced },
    });
  }

  get reflectors(): readonly { readonly name: string; readonly synced: boolean; readonly lastContactMs: number }[] {
    return [this.#services, this.#slices, this.#nodes];
  }

  /** All three caches are filled. */
  get synced(): boolean {
    return this.reflectors.every((reflector) => reflector.synced);
  }

  /** Settles when the signal fires; never rejects for anything that a server does. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#services.run(signal), this.#slices.run(signal), this.#nodes.run(signal)]);
  }

  /**
   * Takes in a slice that a request brought, ahead of the watch: the `answer` to a patch, or the `refresh` after a
   * conflict. It is used only while the cache still holds `knownVersion`.
   * @returns the slice as it was brought; undefined when it cannot be used
   */
  applySlice(
    key: string,
    knownVersion: string,
    raw: unknown,
    origin: Exclude<ChangeOrigin, 'watch'>,
  ): SliceRecord | undefined {
    return this.#slices.applyLocal(key, knownVersion, raw, origin);
  }

  /** A slice of the cache, if the cache has it in this version. */
  sliceAt(slice: Identity): SliceRecord | undefined {
    return this.#slices.itemAt(slice);
  }

  /**
   * Handler of Services, and of policies that make something else of one.
   * @param own the Service as it was read; undefined: it is gone
   */
  serviceChanged(key: string, own: ServiceRecord | undefined): void {
    const { state, policies, contention, demands, takesPart, enqueue } = this.#options;
    const previous = state.services.get(key);
    const next = own && policies.effective(own);
    contention.serviceChanged(key, next, previous);
    demands.serviceChanged(key, next);
    // A first write may be under way, which neither the recorded verdicts nor the slices show yet: a Service that has
    // just stopped to take part is queued behind it.
    const tookPart = takesPart(key);
    state.applyService(key, next);
    if (tookPart || takesPart(key)) enqueue(key);
  }

  /**
   * Handler of slices. An `answer` needs no new plan: the server checked that nothing but the patch lies between the
   * version that was planned from and this one. Nor does the result of a write that the watch brings before its answer.
   */
  sliceChanged(
    key: string,
    next: SliceRecord | undefined,
    previous: SliceRecord | undefined,
    origin: ChangeOrigin,
  ): void {
    const { state, writes, contention, demands, takesPart, enqueue } = this.#options;
    const isOurs = origin === 'answer' || (origin === 'watch' && writes.explains(key, next, previous));
    if (!isOurs) contention.observed(next, previous);
    const touched = state.applySlice(key, next, previous);
    demands.sliceChanged(next, previous);
    if (isOurs) return;
    // A Service that took part by its hints alone is queued once more: it may be held back, or refused.
    const hadOurs = previous !== undefined && hasOursToRemove(previous);
    for (const serviceKey of touched) if (hadOurs || takesPart(serviceKey)) enqueue(serviceKey);
  }

  /** Handler of nodes. */
  nodeChanged(key: string, next: NodeRecord | undefined, previous: NodeRecord | undefined): void {
    const { state, demands, nodesChanged } = this.#options;
    if (!state.applyNode(key, next, previous)) return;
    demands.nodesChanged();
    nodesChanged(next);
  }

  #named(name: string): { name: string; logger: Logger } {
    return { name, logger: this.#options.logger.child({ component: 'reflector', resource: name }) };
  }
}
