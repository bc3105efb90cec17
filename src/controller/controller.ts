import { serviceKeyOf } from '../model/objectKey.js';
import type { Logger } from 'pino';
import { carriesOurs } from '../hints/ownership.js';
import { unknownAnnotations } from '../hints/annotations.js';
import { chooseMode } from '../hints/mode.js';
import type { Verdict } from '../hints/verdict.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events/eventRecorder.js';
import { LeaderElector, LeaderLostError } from '../kube/leaderElection/leaderElector.js';
import { Reflector } from '../kube/cache/reflector.js';
import type { ReflectorObserver } from '../kube/cache/reflectorOptions.js';
import type { Transport } from '../kube/rest/transport.js';
import type { NodeRecord } from '../model/node.js';
import type { ServiceRecord } from '../model/service.js';
import { SERVICE_NAME_LABEL, type SliceRecord } from '../model/slice.js';
import { Coexistence, type HintSettings } from './coexistence/coexistence.js';
import { Contention } from './contention/contention.js';
import { Transform } from './transform.js';
import { NodeResync } from './nodeResync.js';
import type { ControllerObserver } from './observer.js';
import { ServiceQueue } from './queue.js';
import { Reconciler } from './reconciler.js';
import { ClusterState } from './state.js';
import { VerdictBook } from './verdictBook.js';
import { SliceWriter } from './writer.js';

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

export interface ControllerOptions {
  readonly transport: Transport;
  /** Carries nothing but the lease, so that a busy API connection never costs the leadership. */
  readonly leaseTransport: Transport;
  readonly recorder: EventRecorder;
  readonly settings: HintSettings;
  /** Which version of MutatingAdmissionPolicy the guard is looked for in. By default v1. */
  readonly guardPolicyVersion?: 'v1' | 'v1beta1';
  /** undefined: no election, this process always writes. */
  readonly lease: LeaseOptions | undefined;
  /** Only this namespace; empty: all. */
  readonly namespace: string;
  readonly concurrency: number;
  readonly coalesceMs: number;
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly observer: ControllerObserver;
  readonly reflectorObserver: ReflectorObserver;
}

/** Node changes are looked at when they pause, at the latest after the longer time. */
const NODE_PAUSE_MS = 100;
const NODE_MAX_WAIT_MS = 2000;
const EVENT_FLUSH_MS = 2000;

/**
 * The controller: reflectors fill the state, changes enter the queue, reconciles plan and write. Order of start: caches,
 * then election, then workers; nothing is planned before all three caches have synced and it is known whether the guard
 * is in force, nothing is written without the lease. A standby keeps its caches warm. `run` settles when everything has stopped.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #state: ClusterState;
  readonly #book = new VerdictBook();
  readonly #queue: ServiceQueue;
  readonly #review: NodeResync;
  readonly #reconciler: Reconciler;
  readonly #contention: Contention;
  readonly #coexistence: Coexistence;
  readonly #transform = new Transform();
  readonly #services: Reflector<ServiceRecord>;
  readonly #slices: Reflector<SliceRecord>;
  readonly #nodes: Reflector<NodeRecord>;
  readonly #elector: LeaderElector | undefined;
  #leading = false;
  #working = false;
  #takingAnswer = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { clock, transport, logger, observer, settings, recorder } = options;
    this.#state = new ClusterState({
      serviceChanged: (key) => this.#serviceChanged(key),
      nodesChanged: () => {
        if (this.#working) this.#review.schedule();
      },
    });
    this.#contention = new Contention({
      clock,
      say: (key, verdict) => this.#sayContended(key, verdict),
      wake: (key) => this.#queue.add(key),
      observe: (kind) => observer.undone(kind),
    });
    this.#coexistence = new Coexistence({
      transport,
      clock,
      random: options.random,
      logger,
      settings,
      policyVersion: options.guardPolicyVersion ?? 'v1',
      state: this.#state,
      synced: () => this.synced,
      onChange: () => this.#othersChanged(),
    });
    this.#queue = new ServiceQueue({
      run: (key, firstEventMs) => this.#reconciler.reconcile(key, firstEventMs),
      concurrency: options.concurrency,
      coalesceMs: options.coalesceMs,
      quietMs: (key) => this.#coexistence.quietMs(key),
      clock,
      observer: observer.queue,
    });
    this.#elector =
      options.lease &&
      new LeaderElector({
        ...options.lease,
        transport: options.leaseTransport,
        clock,
        random: options.random,
        logger: logger.child({ component: 'election' }),
        onStartedLeading: () => {
          this.#leading = true;
          this.#startWork();
        },
      });
    const writer = new SliceWriter({
      transport,
      mayWrite: () => this.#working && (this.#elector?.holdsLease() ?? true),
      dryRun: options.dryRun,
      onAnswer: (key, raw, patchedVersion) => this.#takeAnswer(key, raw, patchedVersion),
      // What somebody else wrote is news, and the watch will not bring it a second time.
      onFresh: (key, raw, staleVersion) => void this.#slices.applyLocal(key, staleVersion, raw),
      onWritten: (raw) => {
        const slice = this.#transform.slice(raw);
        const service = this.#state.services.get(serviceKeyOf(slice));
        this.#contention.wrote(slice, service !== undefined && chooseMode(service).mode !== 'off');
      },
      onLost: (slice) => this.#contention.lost(slice),
      logger,
      observeWrite: (result, moved) => observer.wrote(result, moved),
    });
    this.#reconciler = new Reconciler({
      state: this.#state,
      settings: () => this.#coexistence.settings,
      book: this.#book,
      writer,
      mayWrite: (key) => this.#contention.mayWrite(key),
      recorder,
      clock,
      logger,
      observer,
    });
    this.#review = new NodeResync({
      clock,
      pauseMs: NODE_PAUSE_MS,
      maxWaitMs: NODE_MAX_WAIT_MS,
      keys: () => this.#participants(),
      needsWork: (key) => this.#reconciler.needsWork(key),
      queue: (key) => this.#queue.add(key),
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    });

    const transform = this.#transform;
    const scope = options.namespace === '' ? '' : `/namespaces/${encodeURIComponent(options.namespace)}`;
    const common = { transport, clock, random: options.random, observer: options.reflectorObserver };
    const part = (name: string): { name: string; logger: Logger } => ({
      name,
      logger: logger.child({ component: 'reflector', resource: name }),
    });
    const onSynced = (): void => {
      if (this.synced) this.#coexistence.review();
      this.#startWork();
    };
    this.#services = new Reflector({
      ...common,
      ...part('services'),
      path: `/api/v1${scope}/services`,
      transform: transform.service,
      events: {
        onChange: (key, next, previous) => {
          this.#contention.serviceChanged(key, next, previous);
          const tookPart = this.#takesPart(key);
          this.#state.applyService(key, next);
          // A first write may be under way, which neither the book nor the slices tell of yet.
          if (this.#working && tookPart && !this.#takesPart(key)) this.#queue.add(key);
        },
        onSynced,
      },
    });
    this.#slices = new Reflector({
      ...common,
      ...part('endpointslices'),
      path: `/apis/discovery.k8s.io/v1${scope}/endpointslices`,
      labelSelector: SERVICE_NAME_LABEL,
      transform: transform.slice,
      events: {
        onChange: (key, next, previous) => {
          // Our own answers have been noted as writes already.
          if (!this.#takingAnswer) this.#contention.observed(next, previous);
          this.#state.applySlice(key, next, previous);
        },
        onSynced,
      },
    });
    this.#nodes = new Reflector({
      ...common,
      ...part('nodes'),
      path: '/api/v1/nodes',
      transform: transform.node,
      events: { onChange: (key, next, previous) => this.#state.applyNode(key, next, previous), onSynced },
    });
  }

  get state(): ClusterState {
    return this.#state;
  }

  get book(): VerdictBook {
    return this.#book;
  }

  get reflectors(): readonly { readonly name: string; readonly synced: boolean; readonly lastContactMs: number }[] {
    return [this.#services, this.#slices, this.#nodes];
  }

  get synced(): boolean {
    return this.reflectors.every((reflector) => reflector.synced);
  }

  /** How many Services are left alone because another writer keeps undoing their hints. */
  get contended(): number {
    return this.#contention.contended;
  }

  /** Whether the guard is in force and in-tree at work. */
  get coexistence(): Pick<Coexistence, 'guard' | 'inTree' | 'known' | 'settings'> {
    return this.#coexistence;
  }

  /** How long the Service that has been queued or worked on for longest has been so, in ms; 0 when there is none. */
  get oldestQueuedMs(): number {
    return this.#queue.oldestMs;
  }

  /** How many Services could not be served at their last try. */
  get failing(): number {
    return this.#queue.failing;
  }

  get elector(): LeaderElector | undefined {
    return this.#elector;
  }

  /** This process is the one that writes. */
  get leading(): boolean {
    return this.#leading;
  }

  /** All is synced, this process leads, and nothing is left to do. */
  get settled(): boolean {
    return this.#working && this.#queue.idle;
  }

  /** Settles when the Events recorded so far are written, or after a short time. */
  flushEvents(): Promise<void> {
    return this.#options.recorder.flush(EVENT_FLUSH_MS);
  }

  /**
   * Runs until the signal fires, then stops the writers first and gives the lease back last.
   * @throws {LeaderLostError} when the lease is lost; the process must exit then, as others may be writing already
   */
  async run(signal: AbortSignal): Promise<void> {
    const { recorder, logger } = this.#options;
    const stop = new AbortController();
    const caches = [this.#services, this.#slices, this.#nodes].map((reflector) => reflector.run(stop.signal));
    const recording = recorder.run(stop.signal);
    const looking = this.#coexistence.run(stop.signal);
    // The elector outlives the signal until the last write is answered: the lease is ours for as long as we may write.
    const election = new AbortController();
    if (this.#elector === undefined) {
      this.#leading = true;
      this.#startWork();
    }
    const elected = this.#elector?.run(election.signal) ?? new Promise<void>(() => undefined);
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await Promise.race([elected, aborted]);
      logger.info('stopping: no new work is taken, writes under way are finished');
      this.#review.stop();
      await this.#queue.stop();
      await recorder.flush(EVENT_FLUSH_MS);
      this.#working = false;
      if (this.#elector !== undefined) {
        const leads = this.#elector.isLeader;
        election.abort();
        await elected;
        if (leads) await this.#elector.release();
      }
    } catch (error) {
      // Others may lead by now: nothing more may be written, not even what is under way is waited for.
      this.#working = false;
      if (error instanceof LeaderLostError) this.#leading = false;
      throw error;
    } finally {
      stop.abort();
      this.#contention.stop();
      this.#review.stop();
      await Promise.all([...caches, recording, looking]);
    }
  }

  #sayContended(key: string, { type, reason, message }: Verdict): void {
    const service = this.#state.services.get(key);
    if (service === undefined || !this.#working) return;
    this.#options.recorder.record(service, type, reason, message);
    this.#options.logger.warn({ namespace: service.namespace, service: service.name, reason }, message);
  }

  /** The guard or in-tree came or went: what was hopeless may be possible now, and the other way round. */
  #othersChanged(): void {
    const working = this.#working;
    this.#startWork();
    if (!working) return;
    this.#contention.reset();
    this.#review.schedule();
  }

  #startWork(): void {
    if (this.#working || !this.#leading || !this.synced || !this.#coexistence.known) return;
    this.#working = true;
    this.#book.clear();
    let services = 0;
    for (const key of this.#participants()) {
      this.#queue.add(key);
      services++;
    }
    this.#options.logger.info(
      { services, nodes: this.#state.nodeCount, slices: this.#state.sliceCount },
      'caches synced and leading: planning starts',
    );
    this.#queue.start();
  }

  /**
   * The answer to a write of ours is not news: the server checked that nothing but our patch lies between the version
   * it was made for and this one, so the plan that led to it stands.
   */
  #takeAnswer(key: string, raw: unknown, patchedVersion: string): void {
    this.#takingAnswer = true;
    try {
      this.#slices.applyLocal(key, patchedVersion, raw);
    } finally {
      this.#takingAnswer = false;
    }
  }

  #serviceChanged(key: string): void {
    if (this.#takingAnswer) return;
    if (this.#working && this.#takesPart(key)) this.#queue.add(key);
  }

  *#participants(): Iterable<string> {
    for (const key of this.#state.services.keys()) if (this.#takesPart(key)) yield key;
  }

  /** Services that ask for a mode, that carry hints of ours, or of which something was said before. */
  #takesPart(key: string): boolean {
    if (this.#book.has(key)) return true;
    const service = this.#state.services.get(key);
    if (service === undefined) return false;
    const { mode, problem } = chooseMode(service);
    if (mode !== 'off' || problem !== undefined || unknownAnnotations(service) !== undefined) return true;
    return this.#state.slicesOf(key).some(carriesOurs);
  }
}
