import { setMaxListeners } from 'node:events';
import { aborted } from '../kube/aborted.js';
import { sleep } from '../kube/clock.js';
import type { Coexistence } from './coexistence/coexistence.js';
import type { MeasuredWatch } from './demand/measuredWatch.js';
import type { ZoneDrains } from './drains/zoneDrains.js';
import type { ControllerOptions } from './options.js';
import { assemble, type Parts } from './parts.js';
import type { Rails } from './rails/rails.js';
import type { Shards } from './shards/shards.js';
import type { ShardWorkers } from './shards/shardWorkers.js';
import type { Sources } from './sources.js';
import type { ClusterState } from './state.js';

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
export type Phase = 'caches' | 'coexistence' | 'election' | 'workers' | 'stopping' | 'stopped';

const EVENT_FLUSH_MS = 2000;
/** On SIGTERM writes under way are answered within this time or given up; then Events and the release of the lease. */
const DRAIN_MS = 1500;
const RELEASE_MS = 2000;

/** The lifecycle of the controller: takes its parts, which `assemble` has wired, through the phases. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #parts: Parts;
  /** Settled by the sources and the prerequisites, each when its phase is done. */
  readonly #synced = new Milestone();
  readonly #known = new Milestone();
  #phase: Phase = 'caches';

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#parts = assemble(options, {
      isWorking: () => this.#phase === 'workers',
      onSynced: () => this.#synced.reach(),
      onPrerequisite: () => this.#prerequisitesChanged(),
    });
  }

  get phase(): Phase {
    return this.#phase;
  }

  get state(): ClusterState {
    return this.#parts.state;
  }

  /** The recorded verdicts of the Services that this process writes. */
  get book(): Pick<ShardWorkers, 'count'> {
    return this.#parts.workers;
  }

  /** Which part of the Services this process writes. */
  get shards(): Pick<Shards, 'count' | 'describe'> {
    return this.#parts.shards;
  }

  get reflectors(): Sources['reflectors'] {
    return this.#parts.sources.reflectors;
  }

  get synced(): boolean {
    return this.#parts.sources.synced;
  }

  /** Number of Services that are left alone because another writer keeps undoing their hints. */
  get contended(): number {
    return this.#parts.workers.contended;
  }

  /** Whether the guard is in force and the in-tree controller is at work. */
  get coexistence(): Pick<Coexistence, 'guard' | 'inTree' | 'known' | 'settings'> {
    return this.#parts.coexistence;
  }

  /** What else is to be known before Services can be planned, beside `coexistence`. */
  get prerequisites(): Readonly<Record<'policies' | 'drains' | 'measured', { readonly known: boolean }>> {
    const { policies, drains, measured } = this.#parts;
    return { policies, drains, measured };
  }

  /** The drains of zones. */
  get drains(): Pick<ZoneDrains, 'inForce'> {
    return this.#parts.drains;
  }

  /** What is measured of the traffic of Services. */
  get measured(): Pick<MeasuredWatch, 'states'> {
    return this.#parts.measured;
  }

  /** Number of Services that wait in the queue. */
  get queued(): number {
    return this.#parts.queue.waiting;
  }

  /** Age of the Service that has been queued or worked on for longest, in ms; 0 when there is none. */
  get oldestQueuedMs(): number {
    return this.#parts.queue.oldestMs;
  }

  /** Patches that may be in flight: as many as Services may be worked on, or fewer while the API server is busy. */
  get writeLimit(): number {
    return this.#parts.bound.limit;
  }

  /** What keeps Services from being written: policies, the stop, the fuse, the budget. */
  get rails(): Pick<Rails, 'held' | 'budgetLeft' | 'isStopped' | 'isFuseBlown' | 'describe'> {
    return this.#parts.rails;
  }

  /** Number of Services with a slice whose patch the API server refused at their last run. */
  get refused(): number {
    return this.#parts.workers.refused;
  }

  /** Number of Services whose last run failed. */
  get failing(): number {
    return this.#parts.queue.failing;
  }

  /** This process is the one that writes, or one of them. */
  get leading(): boolean {
    const { count } = this.#parts.shards;
    return Array.from({ length: count }, (_, shard) => shard).some((shard) => this.holdsShard(shard));
  }

  /** This process writes the Services of the shard. */
  holdsShard(shard: number): boolean {
    return !this.#options.dryRun && this.#phase !== 'stopped' && this.#parts.shards.has(shard);
  }

  /** All is synced, this process leads, and nothing is left to do. */
  get settled(): boolean {
    const { rails, queue, demands } = this.#parts;
    return this.#phase === 'workers' && rails.known && queue.idle && demands.idle;
  }

  /** Settles when the Events recorded so far are written, or after a short time. */
  flushEvents(): Promise<void> {
    return this.#parts.recorder.flush(EVENT_FLUSH_MS);
  }

  /**
   * Runs until the signal fires, then stops the writers first and releases the lease last.
   * @throws {LeaderLostError} when the lease is lost; the process must exit then, as others may be writing already
   */
  async run(signal: AbortSignal): Promise<void> {
    const { sources, recorder, follower, coexistence, policies, drains, grace, measured, workers, queue, shards } =
      this.#parts;
    const background = new AbortController();
    const standby = new AbortController();
    // Every part, each of its requests and each of its waits listens to it.
    setMaxListeners(0, background.signal, standby.signal);
    const parts = [sources, recorder, follower, coexistence, policies, drains, grace, measured];
    const running = parts.map(async (part) => part?.run(background.signal));
    // A lease expires once its record was seen unchanged for its duration: begin to look while the caches sync.
    const observing = shards.observe(standby.signal);
    const stopped = aborted(signal);
    try {
      await Promise.race([this.#synced.reached, stopped]);
      if (signal.aborted) return;
      this.#phase = 'coexistence';
      this.#prerequisitesChanged();
      await Promise.race([this.#known.reached, stopped]);
      if (signal.aborted) return;
      this.#phase = 'election';
      standby.abort();
      await observing;
      await this.#lead(stopped);
    } finally {
      this.#phase = 'stopped';
      standby.abort();
      background.abort();
      workers.stopAll();
      void queue.stop();
      await Promise.all([observing, ...running]);
    }
  }

  /** Election and workers. The lease is kept until the last write is answered, and released after that. */
  async #lead(stopped: Promise<void>): Promise<void> {
    const { shards, workers, rails, queue, logger } = this.#parts;
    const election = new AbortController();
    const stop = new AbortController();
    let replanning: Promise<unknown> | undefined;
    // Rejects when the lease is lost; takes part in each race below, so that nothing is waited for then.
    const holding = shards.run(
      {
        gained: (shard) => {
          if (this.#phase === 'election') replanning = this.#startWorkers(stop.signal);
          this.#startShard(shard);
        },
        lost: (shard) => {
          const belongs = workers.belongsTo(shard);
          workers.stop(shard);
          rails.drop(belongs);
          void queue.drop(belongs);
          this.#options.observer.onShardLost?.(belongs);
        },
        drained: (shard) => queue.drop(workers.belongsTo(shard)),
      },
      election.signal,
    );
    try {
      await Promise.race([stopped, holding]);
      if (this.#phase === 'workers') {
        this.#phase = 'stopping';
        logger.info('stopping: no new write is sent, writes under way are finished');
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
    const cancel = this.#options.clock.after(DRAIN_MS, () => this.#parts.workers.abortWrites());
    await this.#parts.queue.stop();
    cancel();
  }

  /** The last Events and the release of the lease, side by side, since neither waits for the other. */
  async #stepDown(election: AbortController, holding: Promise<void>): Promise<void> {
    const flushed = this.#parts.recorder.flush(EVENT_FLUSH_MS);
    election.abort();
    await holding;
    const stop = new AbortController();
    await Promise.race([this.#parts.shards.release(), sleep(this.#options.clock, RELEASE_MS, stop.signal)]);
    stop.abort();
    await flushed;
  }

  /** Settles when the signal fires. */
  #startWorkers(signal: AbortSignal): Promise<unknown> {
    const { state, queue, resync, demands, rails, logger } = this.#parts;
    this.#phase = 'workers';
    logger.info(
      { services: state.services.size, nodes: state.nodeCount, slices: state.sliceCount },
      this.#options.dryRun ? 'caches synced: a dry run starts' : 'caches synced and leading: planning starts',
    );
    queue.start();
    return Promise.all([resync.run(signal), demands.run(signal), rails.run(signal)]);
  }

  #startShard(shard: number): void {
    if (this.#phase !== 'workers') return;
    const { workers, rails, planner, queue, shards, logger } = this.#parts;
    workers.start(shard);
    // What another replica has left behind is written now.
    rails.excuse();
    const belongs = workers.belongsTo(shard);
    let services = 0;
    for (const key of planner.participants()) {
      if (!belongs(key)) continue;
      queue.add(key);
      services++;
    }
    logger.info({ shard, shards: shards.count, services }, 'planning the Services that take part');
  }

  /** Once the guard, the policies, the drains and what is measured are known, Services can be planned. */
  #prerequisitesChanged(): void {
    if (this.#parts.prerequisites.every(({ known }) => known)) this.#known.reach();
  }
}

/** Something that happens once, and that others wait for. */
class Milestone {
  reach: () => void = () => undefined;
  readonly reached = new Promise<void>((resolve) => (this.reach = resolve));
}
