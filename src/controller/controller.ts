import type { Logger } from 'pino';
import { serviceKeyOf } from '../model/objectKey.js';
import type { Verdict } from '../hints/verdict.js';
import { sleep } from '../kube/clock.js';
import { AdaptiveBound } from '../kube/rest/adaptiveBound.js';
import { LeaderElector } from '../kube/leaderElection/leaderElector.js';
import { LeaseFollower } from './leaseFollower.js';
import { Refusals } from './refusals.js';
import { REFUSAL_MS } from './writeOutcome.js';
import { Coexistence } from './coexistence/coexistence.js';
import { LEASE_LABELS } from './leaseLabels.js';
import { Contention } from './contention/contention.js';
import { Demands } from './demand/demands.js';
import { NodeResync } from './nodeResync.js';
import { ServiceQueue } from './queue.js';
import { Reconciler } from './reconciler.js';
import { ServicePlanner } from './servicePlanner.js';
import { Sources } from './sources.js';
import { ClusterState } from './state.js';
import { Transform } from './transform.js';
import { VerdictBook } from './verdictBook.js';
import { WorkStretches } from './workStretches.js';
import { SliceWriter } from './writer.js';
import type { ControllerOptions } from './options.js';

/**
 * The phases of a controller, in order. Each starts when the one before has done its part:
 *
 * - `caches`: Services, slices and nodes are read.
 * - `coexistence`: it is found out whether the guard is in force.
 * - `election`: the process waits for the lease, with warm caches.
 * - `workers`: Services are planned and slices are written.
 * - `stopping`: no new write is sent; writes under way are answered, Events are written, the lease is released.
 * - `stopped`: the end, also after a lost lease.
 *
 * The servers (health, metrics, guard webhook) start before all of these and end after them; see cli/run.
 */
export const PHASES = ['caches', 'coexistence', 'election', 'workers', 'stopping', 'stopped'] as const;
export type Phase = (typeof PHASES)[number];

/** A pass over all Services starts when node changes pause for the first time, at the latest after the second. */
const NODE_PAUSE_MS = 100;
const NODE_MAX_WAIT_MS = 2000;
const EVENT_FLUSH_MS = 2000;
/** On SIGTERM writes under way are answered within this time or given up; then Events and the release of the lease. */
const DRAIN_MS = 1500;
const RELEASE_MS = 2000;
/** A dry run writes no Events. */
const NO_RECORDER: ControllerOptions['recorder'] = {
  record: () => undefined,
  run: () => Promise.resolve(),
  flush: () => Promise.resolve(),
};

/**
 * The lifecycle of the controller: wires its parts and takes them through the phases. Sources fill the state, changes
 * enter the queue, reconciles plan and write.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #state = new ClusterState();
  readonly #book: VerdictBook;
  readonly #sources: Sources;
  readonly #coexistence: Coexistence;
  readonly #contention: Contention;
  readonly #planner: ServicePlanner;
  readonly #demands: Demands;
  readonly #queue: ServiceQueue;
  readonly #bound: AdaptiveBound;
  readonly #resync: NodeResync;
  readonly #elector: LeaderElector | undefined;
  readonly #follower: LeaseFollower | undefined;
  readonly #recorder: ControllerOptions['recorder'];
  readonly #logger: Logger;
  readonly #refusals: Refusals;
  /** Fires when writes under way are not waited for any longer. */
  readonly #writes = new AbortController();
  /** Settled by the sources, the coexistence and the elector, each when its phase is done. */
  readonly #synced = new Milestone();
  readonly #known = new Milestone();
  readonly #elected = new Milestone();
  #phase: Phase = 'caches';

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { clock, random, transport, observer, settings, dryRun } = options;
    const logger = dryRun ? options.logger.child({ dryRun: true }) : options.logger;
    const recorder = dryRun ? NO_RECORDER : options.recorder;
    this.#recorder = recorder;
    this.#logger = logger;
    this.#book = new VerdictBook(clock);
    this.#refusals = new Refusals({ clock, lifeMs: REFUSAL_MS, wake: (key) => this.#enqueue(key) });
    const transform = new Transform();
    this.#contention = new Contention({
      clock,
      onContended: (key, verdict) => this.#recordContended(key, verdict),
      wake: (key) => this.#enqueue(key),
      onReverted: (kind) => observer.onReverted?.(kind),
    });
    this.#coexistence = new Coexistence({
      transport,
      clock,
      random,
      logger,
      settings,
      policyVersion: options.guardPolicyVersion ?? 'v1',
      state: this.#state,
      synced: () => this.synced,
      onChange: () => this.#coexistenceChanged(),
    });
    this.#demands = new Demands({
      clock,
      state: this.#state,
      demand: () => this.#coexistence.settings.demand,
      participants: () => this.#planner.participants(),
      enqueue: (key) => {
        if (this.#planner.takesPart(key)) this.#enqueue(key);
      },
    });
    this.#planner = new ServicePlanner({
      state: this.#state,
      clients: this.#demands.clients,
      book: this.#book,
      settings: () => this.#coexistence.settings,
    });
    this.#sources = new Sources({
      transport,
      clock,
      random,
      logger,
      observer: options.reflectorObserver,
      namespace: options.namespace,
      transform,
      state: this.#state,
      contention: this.#contention,
      demands: this.#demands,
      takesPart: (key) => this.#planner.takesPart(key),
      enqueue: (key) => this.#enqueue(key),
      nodesChanged: () => this.#resync.schedule(),
      onSynced: () => {
        this.#coexistence.review();
        this.#synced.reach();
      },
    });
    this.#bound = new AdaptiveBound({
      ceiling: options.concurrency,
      clock,
      // A Service that would wait for its write is better planned later, from newer objects.
      onChange: (limit) => this.#queue.setConcurrency(limit),
    });
    const writer = new SliceWriter({
      transport,
      bound: this.#bound,
      holdsLease: () => this.#phase === 'workers' && (this.#elector?.holdsLease() ?? true),
      signal: this.#writes.signal,
      dryRun,
      refusals: this.#refusals,
      onAnswer: (key, raw, knownVersion) => {
        const slice = transform.slice(raw);
        this.#contention.wrote(slice, this.#planner.asksForHints(serviceKeyOf(slice)));
        this.#sources.applySlice(key, knownVersion, raw, 'answer');
      },
      onNodeHintsDropped: () => this.#coexistence.sawNodeHintsDropped(),
      onFresh: (key, raw, knownVersion) => this.#sources.applySlice(key, knownVersion, raw, 'refresh'),
      onLost: (slice) => this.#contention.lost(slice),
      logger,
      onWrite: (result, moved) => observer.onWrite?.(result, moved),
    });
    const reconciler = new Reconciler({
      planner: this.#planner,
      book: this.#book,
      writer,
      pauseOf: (key) => this.#contention.pauseOf(key),
      refusals: this.#refusals,
      dryRun,
      onChange: (change) => {
        logger.info(change, 'slice written');
        options.onChange?.(change);
      },
      recorder,
      clock,
      logger,
      observer,
    });
    const stretches = new WorkStretches({
      clock,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.#queue = new ServiceQueue({
      run: (key, firstEventMs) => reconciler.reconcile(key, firstEventMs),
      concurrency: options.concurrency,
      coalesceMs: options.coalesceMs,
      quietMs: (key) => this.#coexistence.quietMs(key),
      stretches,
      clock,
      observer: observer.queue ?? {},
    });
    this.#resync = new NodeResync({
      clock,
      logger,
      pauseMs: NODE_PAUSE_MS,
      maxWaitMs: NODE_MAX_WAIT_MS,
      keys: () => this.#planner.participants(),
      needsWork: (key) => reconciler.needsWork(key),
      enqueue: (key) => this.#enqueue(key),
      stretches,
      onFailed: () => observer.onResyncFailed?.(),
    });
    const { lease, leaseTransport } = options;
    if (lease !== undefined && dryRun) {
      const pollMs = lease.retryPeriodMs;
      this.#follower = new LeaseFollower({ ...lease, transport: leaseTransport, clock, logger, pollMs });
    } else if (lease !== undefined) {
      this.#elector = new LeaderElector({
        ...lease,
        labels: LEASE_LABELS,
        transport: leaseTransport,
        clock,
        random,
        logger: logger.child({ component: 'election' }),
        onStartedLeading: () => this.#elected.reach(),
      });
    }
  }

  get phase(): Phase {
    return this.#phase;
  }

  get state(): ClusterState {
    return this.#state;
  }

  get book(): VerdictBook {
    return this.#book;
  }

  get reflectors(): Sources['reflectors'] {
    return this.#sources.reflectors;
  }

  get synced(): boolean {
    return this.#sources.synced;
  }

  /** Number of Services that are left alone because another writer keeps undoing their hints. */
  get contended(): number {
    return this.#contention.contended;
  }

  /** Whether the guard is in force and the in-tree controller is at work. */
  get coexistence(): Pick<Coexistence, 'guard' | 'inTree' | 'known' | 'settings'> {
    return this.#coexistence;
  }

  /** Age of the Service that has been queued or worked on for longest, in ms; 0 when there is none. */
  get oldestQueuedMs(): number {
    return this.#queue.oldestMs;
  }

  /** Patches that may be in flight: as many as Services may be worked on, or fewer while the API server is busy. */
  get writeLimit(): number {
    return this.#bound.limit;
  }

  /** Number of Services with a slice whose patch the API server refused at their last run. */
  get refused(): number {
    return this.#refusals.services;
  }

  /** Number of Services whose last run failed. */
  get failing(): number {
    return this.#queue.failing;
  }

  get elector(): LeaderElector | undefined {
    return this.#elector;
  }

  /** This process is the one that writes. */
  get leading(): boolean {
    if (this.#options.dryRun) return false;
    return this.#elector?.isLeader ?? (this.#phase === 'workers' || this.#phase === 'stopping');
  }

  /** All is synced, this process leads, and nothing is left to do. */
  get settled(): boolean {
    return this.#phase === 'workers' && this.#queue.idle && this.#demands.idle;
  }

  /** Settles when the Events recorded so far are written, or after a short time. */
  flushEvents(): Promise<void> {
    return this.#recorder.flush(EVENT_FLUSH_MS);
  }

  /**
   * Runs until the signal fires, then stops the writers first and releases the lease last.
   * @throws {LeaderLostError} when the lease is lost; the process must exit then, as others may be writing already
   */
  async run(signal: AbortSignal): Promise<void> {
    const background = new AbortController();
    const running = [
      this.#sources.run(background.signal),
      this.#recorder.run(background.signal),
      this.#follower?.run(background.signal) ?? Promise.resolve(),
      this.#coexistence.run(background.signal),
    ];
    const stopped = aborted(signal);
    try {
      await Promise.race([this.#synced.reached, stopped]);
      if (signal.aborted) return;
      this.#phase = 'coexistence';
      if (this.#coexistence.known) this.#known.reach();
      await Promise.race([this.#known.reached, stopped]);
      if (signal.aborted) return;
      this.#phase = 'election';
      await this.#lead(stopped);
    } finally {
      this.#phase = 'stopped';
      background.abort();
      this.#writes.abort();
      void this.#queue.stop();
      this.#contention.stop();
      this.#refusals.stop();
      await Promise.all(running);
    }
  }

  /** Election and workers. The lease is kept until the last write is answered, and released after that. */
  async #lead(stopped: Promise<void>): Promise<void> {
    const election = new AbortController();
    // Rejects when the lease is lost; `elected` takes part in each race below, so that nothing is waited for then.
    const elected = this.#elector?.run(election.signal) ?? new Promise<never>(() => undefined);
    if (this.#elector === undefined) this.#elected.reach();
    const stop = new AbortController();
    let replanning: Promise<unknown> | undefined;
    try {
      const isStopped = await Promise.race([
        this.#elected.reached.then(() => false),
        stopped.then(() => true),
        elected,
      ]);
      if (isStopped !== true) {
        this.#startWorkers();
        replanning = Promise.all([this.#resync.run(stop.signal), this.#demands.run(stop.signal)]);
        await Promise.race([stopped, elected]);
        this.#phase = 'stopping';
        this.#logger.info('stopping: no new write is sent, writes under way are finished');
        stop.abort();
        await Promise.race([this.#drain(), elected]);
      }
      await this.#stepDown(election, elected);
    } finally {
      stop.abort();
      await replanning;
    }
  }

  /** Runs under way see the phase between two slices; what a slow server has not answered in time is given up. */
  async #drain(): Promise<void> {
    const cancel = this.#options.clock.after(DRAIN_MS, () => this.#writes.abort());
    await this.#queue.stop();
    cancel();
  }

  /** The last Events and the release of the lease, side by side, since neither waits for the other. */
  async #stepDown(election: AbortController, elected: Promise<void>): Promise<void> {
    const flushed = this.#recorder.flush(EVENT_FLUSH_MS);
    const elector = this.#elector;
    if (elector !== undefined) {
      const leads = elector.isLeader;
      election.abort();
      await elected;
      const stop = new AbortController();
      if (leads) await Promise.race([elector.release(), sleep(this.#options.clock, RELEASE_MS, stop.signal)]);
      stop.abort();
    }
    await flushed;
  }

  #startWorkers(): void {
    this.#phase = 'workers';
    this.#book.clear();
    let services = 0;
    for (const key of this.#planner.participants()) {
      this.#queue.add(key);
      services++;
    }
    this.#logger.info(
      { services, nodes: this.#state.nodeCount, slices: this.#state.sliceCount },
      this.#options.dryRun ? 'caches synced: a dry run starts' : 'caches synced and leading: planning starts',
    );
    this.#queue.start();
  }

  /** Before the workers start, changes need no queue: every Service that takes part is queued then. */
  #enqueue(key: string): void {
    if (this.#phase === 'workers') this.#queue.add(key);
  }

  /** The guard, the in-tree controller or the storage of node hints came or went: paused and blocked Services may be writable now, others not. */
  #coexistenceChanged(): void {
    if (this.#coexistence.known) this.#known.reach();
    if (this.#phase !== 'workers') return;
    this.#contention.reset();
    this.#resync.schedule();
  }

  #recordContended(key: string, { type, reason, message }: Verdict): void {
    const service = this.#state.services.get(key);
    if (service === undefined || this.#phase !== 'workers') return;
    this.#recorder.record(service, type, reason, message);
    this.#logger.warn({ namespace: service.namespace, service: service.name, reason }, message);
  }
}

/** Something that happens once, and that others wait for. */
class Milestone {
  reach: () => void = () => undefined;
  readonly reached = new Promise<void>((resolve) => (this.reach = resolve));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
