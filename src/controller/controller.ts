import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { DEFAULT_DRAIN_LIMIT } from '../hints/drain/judgeDrain.js';
import type { Verdict } from '../hints/verdict.js';
import { aborted } from '../kube/aborted.js';
import { sleep } from '../kube/clock.js';
import { AdaptiveBound } from '../kube/rest/adaptiveBound.js';
import { LeaseFollower } from './leaseFollower.js';
import { Coexistence } from './coexistence/coexistence.js';
import { ZoneDrains } from './drains/zoneDrains.js';
import { Demands } from './demand/demands.js';
import { MeasuredWatch } from './demand/measuredWatch.js';
import { Policies } from './policies/policies.js';
import { NodeGrace } from './nodeGrace.js';
import { NodeResync } from './nodeResync.js';
import { hintedEndpoints } from './rails/fuse.js';
import { Rails } from './rails/rails.js';
import { ServiceQueue, type Outcome } from './queue.js';
import { ServicePlanner } from './servicePlanner.js';
import { Sources } from './sources.js';
import { ClusterState } from './state.js';
import { Transform } from './transform.js';
import { chooseShards } from './shards/chooseShards.js';
import { ShardWorker } from './shards/shardWorker.js';
import { ShardWorkers } from './shards/shardWorkers.js';
import type { Shards } from './shards/shards.js';
import { WorkStretches } from './workStretches.js';
import type { ControllerOptions } from './options.js';

/**
 * The phases of a controller, in order. Each starts when the one before has done its part:
 *
 * - `caches`: Services, slices and nodes are read.
 * - `coexistence`: it is found out whether the guard is in force, which policies there are, and what is measured.
 * - `election`: the process waits for the lease, or for that of a shard, with warm caches.
 * - `workers`: Services are planned and slices are written; with shards, those of the shards that this process holds.
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
/** A run for a Service whose shard has just gone to another replica. */
const NOTHING: Outcome = { kind: 'done' };
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
  readonly #state: ClusterState;
  readonly #sources: Sources;
  readonly #coexistence: Coexistence;
  readonly #planner: ServicePlanner;
  readonly #demands: Demands;
  readonly #measured: MeasuredWatch;
  readonly #policies: Policies;
  readonly #drains: ZoneDrains;
  readonly #queue: ServiceQueue;
  readonly #bound: AdaptiveBound;
  readonly #resync: NodeResync;
  readonly #grace: NodeGrace;
  readonly #rails: Rails;
  readonly #shards: Shards;
  readonly #workers: ShardWorkers;
  readonly #follower: LeaseFollower | undefined;
  readonly #recorder: ControllerOptions['recorder'];
  readonly #logger: Logger;
  /** Settled by the sources and the coexistence, each when its phase is done. */
  readonly #synced = new Milestone();
  readonly #known = new Milestone();
  #phase: Phase = 'caches';

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { clock, random, transport, observer, settings, dryRun } = options;
    const logger = dryRun ? options.logger.child({ dryRun: true }) : options.logger;
    const recorder = dryRun ? NO_RECORDER : options.recorder;
    this.#recorder = recorder;
    this.#state = new ClusterState(() => ({ nodeSelector: settings.nodeSelector, nowMs: clock.wallMs() }));
    this.#logger = logger;
    this.#shards = chooseShards(options, logger);
    const transform = new Transform();
    const { lease, leaseTransport } = options;
    this.#rails = new Rails({
      clock,
      logger: logger.child({ component: 'rails' }),
      lease: dryRun ? undefined : lease && { ...lease, transport: leaseTransport },
      maxWritesPerMinute: options.maxWritesPerMinute,
      dryRun,
      hintedEndpoints: () => hintedEndpoints(this.#state.allSlices(), (key) => this.#workers.of(key) !== undefined),
      enforcementOf: (key) => this.#state.services.get(key)?.policy?.enforcement ?? 'Enforce',
      wake: (key) => this.#enqueue(key),
      onFuseBlown: (key, blown) => this.#recordWarning(key, blown),
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
    this.#measured = new MeasuredWatch({
      transport,
      clock,
      random,
      logger: logger.child({ component: 'measured' }),
      observer: options.reflectorObserver,
      configMap: options.measuredConfigMap,
      onChange: (keys) => this.#demands.measuredChanged(keys),
      onKnown: () => this.#prerequisitesChanged(),
    });
    this.#demands = new Demands({
      clock,
      state: this.#state,
      measured: this.#measured,
      demand: () => this.#coexistence.settings.demand,
      participants: () => this.#planner.participants(),
      enqueue: (key) => {
        if (this.#takesPart(key)) this.#enqueue(key);
      },
    });
    this.#planner = new ServicePlanner({
      state: this.#state,
      clients: this.#demands.clients,
      book: { has: (key) => this.#workers.has(key) },
      owns: (key) => this.#workers.of(key) !== undefined,
      settings: () => this.#drains.settings(this.#coexistence.settings),
    });
    const mayWriteStatus = (): boolean => !dryRun && this.#phase === 'workers' && this.#shards.holds(0);
    this.#policies = new Policies({
      transport,
      clock,
      random,
      logger,
      observer: options.reflectorObserver,
      namespace: options.namespace,
      state: this.#state,
      onChange: (key, own) => {
        this.#rails.excuse();
        this.#sources.serviceChanged(key, own);
      },
      onKnown: () => this.#prerequisitesChanged(),
      mayWriteStatus,
    });
    this.#sources = new Sources({
      policies: this.#policies,
      transport,
      clock,
      random,
      logger,
      observer: options.reflectorObserver,
      namespace: options.namespace,
      transform,
      state: this.#state,
      contention: {
        serviceChanged: (...change) => this.#workers.serviceChanged(...change),
        observed: (...change) => this.#workers.observed(...change),
      },
      demands: this.#demands,
      takesPart: (key) => this.#takesPart(key),
      enqueue: (key) => this.#enqueue(key),
      nodesChanged: (next) => {
        this.#rails.excuse();
        this.#grace.nodeChanged(next);
        this.#resync.schedule();
      },
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
    this.#workers = new ShardWorkers(
      this.#shards.count,
      (shard) =>
        new ShardWorker({
          transport,
          bound: this.#bound,
          holdsLease: () => this.#phase === 'workers' && this.#shards.holds(shard) && this.#rails.allowsWrites,
          dryRun,
          planner: this.#planner,
          rails: this.#rails,
          sources: this.#sources,
          transform,
          recorder,
          clock,
          logger,
          observer,
          enqueue: (key) => this.#enqueue(key),
          onNodeHintsDropped: () => this.#coexistence.sawNodeHintsDropped(),
          onContended: (key, verdict) => this.#recordWarning(key, verdict),
          onChange: (change) => {
            logger.info(change, 'slice written');
            options.onChange?.(change);
          },
        }),
    );
    const stretches = new WorkStretches({
      clock,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.#drains = new ZoneDrains({
      transport,
      clock,
      random,
      logger,
      observer: options.reflectorObserver,
      state: this.#state,
      planner: this.#planner,
      stretches,
      settings: () => this.#coexistence.settings,
      limit: options.drainLimit ?? DEFAULT_DRAIN_LIMIT,
      mayWrite: mayWriteStatus,
      onChange: () => {
        this.#rails.excuse();
        this.#resync.schedule();
      },
      onKnown: () => this.#prerequisitesChanged(),
    });
    this.#queue = new ServiceQueue({
      run: (key, firstEventMs) => this.#workers.of(key)?.reconcile(key, firstEventMs) ?? Promise.resolve(NOTHING),
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
      needsWork: (key) => this.#workers.of(key)?.needsWork(key) ?? false,
      enqueue: (key) => this.#enqueue(key),
      stretches,
      onFailed: () => observer.onResyncFailed?.(),
    });
    this.#grace = new NodeGrace({
      clock,
      expiresMs: () => this.#state.cluster.expiresMs,
      onExpired: () => {
        this.#rails.excuse();
        this.#demands.nodesChanged();
        this.#resync.schedule();
      },
    });
    if (lease !== undefined && dryRun) {
      const pollMs = lease.retryPeriodMs;
      this.#follower = new LeaseFollower({ ...lease, transport: leaseTransport, clock, logger, pollMs });
    }
  }

  get phase(): Phase {
    return this.#phase;
  }

  get state(): ClusterState {
    return this.#state;
  }

  /** The recorded verdicts of the Services that this process writes. */
  get book(): Pick<ShardWorkers, 'count'> {
    return this.#workers;
  }

  /** Which part of the Services this process writes. */
  get shards(): Pick<Shards, 'count' | 'describe'> {
    return this.#shards;
  }

  get reflectors(): Sources['reflectors'] {
    return this.#sources.reflectors;
  }

  get synced(): boolean {
    return this.#sources.synced;
  }

  /** Number of Services that are left alone because another writer keeps undoing their hints. */
  get contended(): number {
    return this.#workers.contended;
  }

  /** Whether the guard is in force and the in-tree controller is at work. */
  get coexistence(): Pick<Coexistence, 'guard' | 'inTree' | 'known' | 'settings'> {
    return this.#coexistence;
  }

  /** The drains of zones. */
  get drains(): Pick<ZoneDrains, 'inForce'> {
    return this.#drains;
  }

  /** What is measured of the traffic of Services. */
  get measured(): Pick<MeasuredWatch, 'states'> {
    return this.#measured;
  }

  /** Age of the Service that has been queued or worked on for longest, in ms; 0 when there is none. */
  get oldestQueuedMs(): number {
    return this.#queue.oldestMs;
  }

  /** Patches that may be in flight: as many as Services may be worked on, or fewer while the API server is busy. */
  get writeLimit(): number {
    return this.#bound.limit;
  }

  /** What keeps Services from being written: policies, the stop, the fuse, the budget. */
  get rails(): Pick<Rails, 'held' | 'budgetLeft' | 'isStopped' | 'isFuseBlown' | 'describe'> {
    return this.#rails;
  }

  /** Number of Services with a slice whose patch the API server refused at their last run. */
  get refused(): number {
    return this.#workers.refused;
  }

  /** Number of Services whose last run failed. */
  get failing(): number {
    return this.#queue.failing;
  }

  /** This process is the one that writes, or one of them. */
  get leading(): boolean {
    return Array.from({ length: this.#shards.count }, (_, shard) => shard).some((shard) => this.holdsShard(shard));
  }

  /** This process writes the Services of the shard. */
  holdsShard(shard: number): boolean {
    return !this.#options.dryRun && this.#phase !== 'stopped' && this.#shards.has(shard);
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
    // Every part, each of its requests and each of its waits listens to it.
    setMaxListeners(0, background.signal);
    const running = [
      this.#sources.run(background.signal),
      this.#recorder.run(background.signal),
      this.#follower?.run(background.signal) ?? Promise.resolve(),
      this.#coexistence.run(background.signal),
      this.#policies.run(background.signal),
      this.#drains.run(background.signal),
      this.#grace.run(background.signal),
      this.#measured.run(background.signal),
    ];
    const stopped = aborted(signal);
    try {
      await Promise.race([this.#synced.reached, stopped]);
      if (signal.aborted) return;
      this.#phase = 'coexistence';
      this.#prerequisitesChanged();
      await Promise.race([this.#known.reached, stopped]);
      if (signal.aborted) return;
      this.#phase = 'election';
      await this.#lead(stopped);
    } finally {
      this.#phase = 'stopped';
      background.abort();
      this.#workers.stopAll();
      void this.#queue.stop();
      await Promise.all(running);
    }
  }

  /** Election and workers. The lease is kept until the last write is answered, and released after that. */
  async #lead(stopped: Promise<void>): Promise<void> {
    const election = new AbortController();
    const stop = new AbortController();
    let replanning: Promise<unknown> | undefined;
    // Rejects when the lease is lost; takes part in each race below, so that nothing is waited for then.
    const holding = this.#shards.run(
      {
        gained: (shard) => {
          if (this.#phase === 'election') replanning = this.#startWorkers(stop.signal);
          this.#startShard(shard);
        },
        lost: (shard) => {
          this.#workers.stop(shard);
          this.#rails.drop(this.#workers.belongsTo(shard));
          void this.#queue.drop(this.#workers.belongsTo(shard));
        },
        drained: (shard) => this.#queue.drop(this.#workers.belongsTo(shard)),
      },
      election.signal,
    );
    try {
      await Promise.race([stopped, holding]);
      if (this.#phase === 'workers') {
        this.#phase = 'stopping';
        this.#logger.info('stopping: no new write is sent, writes under way are finished');
        stop.abort();
        await Promise.race([this.#drain(), holding]);
      }
      await this.#stepDown(election, holding);
    } finally {
      stop.abort();
      await replanning;
    }
  }

  /** Runs under way see the phase between two slices; what a slow server has not answered in time is given up. */
  async #drain(): Promise<void> {
    const cancel = this.#options.clock.after(DRAIN_MS, () => this.#workers.abortWrites());
    await this.#queue.stop();
    cancel();
  }

  /** The last Events and the release of the lease, side by side, since neither waits for the other. */
  async #stepDown(election: AbortController, holding: Promise<void>): Promise<void> {
    const flushed = this.#recorder.flush(EVENT_FLUSH_MS);
    election.abort();
    await holding;
    const stop = new AbortController();
    await Promise.race([this.#shards.release(), sleep(this.#options.clock, RELEASE_MS, stop.signal)]);
    stop.abort();
    await flushed;
  }

  /** Settles when the signal fires. */
  #startWorkers(signal: AbortSignal): Promise<unknown> {
    this.#phase = 'workers';
    this.#logger.info(
      { services: this.#state.services.size, nodes: this.#state.nodeCount, slices: this.#state.sliceCount },
      this.#options.dryRun ? 'caches synced: a dry run starts' : 'caches synced and leading: planning starts',
    );
    this.#queue.start();
    return Promise.all([this.#resync.run(signal), this.#demands.run(signal), this.#rails.run(signal)]);
  }

  #startShard(shard: number): void {
    if (this.#phase !== 'workers') return;
    this.#workers.start(shard);
    // What another replica has left behind is written now.
    this.#rails.excuse();
    const belongs = this.#workers.belongsTo(shard);
    let services = 0;
    for (const key of this.#planner.participants()) {
      if (!belongs(key)) continue;
      this.#queue.add(key);
      services++;
    }
    this.#logger.info({ shard, shards: this.#shards.count, services }, 'planning the Services that take part');
  }

  /** Whether a Service is this process's to plan. */
  #takesPart(key: string): boolean {
    return this.#workers.of(key) !== undefined && this.#planner.takesPart(key);
  }

  /** Before the workers start, changes need no queue: every Service that takes part is queued then. */
  #enqueue(key: string): void {
    if (this.#phase === 'workers' && this.#workers.of(key) !== undefined) this.#queue.add(key);
  }

  /** The guard, the in-tree controller or the storage of node hints came or went: paused and blocked Services may be writable now, others not. */
  #coexistenceChanged(): void {
    this.#prerequisitesChanged();
    if (this.#phase !== 'workers') return;
    this.#rails.excuse();
    this.#workers.resetContention();
    this.#resync.schedule();
  }

  /** The guard, the policies, the drains and what is measured are known: Services can be planned. */
  #prerequisitesChanged(): void {
    const parts = [this.#coexistence, this.#policies, this.#drains, this.#measured];
    if (parts.every(({ known }) => known)) this.#known.reach();
  }

  #recordWarning(key: string, { type, reason, message }: Verdict): void {
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
