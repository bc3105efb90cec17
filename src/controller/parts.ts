import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DEFAULT_DRAIN_LIMIT } from '../hints/drain/judgeDrain.js';
import type { Verdict } from '../hints/verdict.js';
import type { ReflectorSurroundings } from '../kube/cache/reflectorOptions.js';
import { AdaptiveBound } from '../kube/rest/adaptiveBound.js';
import { Coexistence } from './coexistence/coexistence.js';
import { Demands } from './demand/demands.js';
import { MeasuredWatch } from './demand/measuredWatch.js';
import { ZoneDrains } from './drains/zoneDrains.js';
import { LeaseFollower } from './leaseFollower.js';
import { NodeGrace } from './nodeGrace.js';
import { NodeResync } from './nodeResync.js';
import type { ControllerOptions } from './options.js';
import { Policies } from './policies/policies.js';
import { ServiceQueue, type Outcome } from './queue.js';
import { hintedEndpoints } from './rails/fuse.js';
import { Rails } from './rails/rails.js';
import { RetryLog } from './retryLog.js';
import { ServicePlanner } from './servicePlanner.js';
import { chooseShards } from './shards/chooseShards.js';
import type { Shards } from './shards/shards.js';
import { ShardWorker } from './shards/shardWorker.js';
import { ShardWorkers } from './shards/shardWorkers.js';
import { Sources } from './sources.js';
import { ClusterState } from './state.js';
import { Transform } from './transform.js';
import { WorkStretches } from './workStretches.js';
import { WritesUnderWay } from './writing/writesUnderWay.js';

/** A pass over all Services starts when node changes pause for the first time, at the latest after the second. */
const NODE_PAUSE_MS = 100;
const NODE_MAX_WAIT_MS = 2000;
/** A run for a Service whose shard has just gone to another replica. */
const NOTHING: Outcome = { kind: 'done' };
/** A dry run writes no Events. */
const NO_RECORDER: ControllerOptions['recorder'] = {
  record: () => undefined,
  run: () => Promise.resolve(),
  flush: () => Promise.resolve(),
};

/** What the parts need of the lifecycle that takes them through its phases. */
export interface Lifecycle {
  /** Whether Services are planned and written now: the phase is `workers`. */
  readonly isWorking: () => boolean;
  /** The caches are filled. */
  readonly onSynced: () => void;
  /** One of the `prerequisites` may be known now. */
  readonly onPrerequisite: () => void;
}

/** The parts of a controller, wired to each other. None of them runs yet. */
export interface Parts {
  /** Adds `dryRun` to each line of a dry run. */
  readonly logger: Logger;
  /** Drops all Events of a dry run. */
  readonly recorder: ControllerOptions['recorder'];
  readonly state: ClusterState;
  readonly sources: Sources;
  readonly coexistence: Coexistence;
  readonly policies: Policies;
  readonly drains: ZoneDrains;
  readonly measured: MeasuredWatch;
  readonly demands: Demands;
  readonly planner: ServicePlanner;
  readonly queue: ServiceQueue;
  readonly bound: AdaptiveBound;
  readonly rails: Rails;
  readonly resync: NodeResync;
  readonly grace: NodeGrace;
  readonly shards: Shards;
  readonly workers: ShardWorkers;
  /** Reads the Lease in a dry run; undefined: there is an election, or no Lease. */
  readonly follower: LeaseFollower | undefined;
  /** Services can be planned once all of these are known. */
  readonly prerequisites: readonly { readonly known: boolean }[];
}

/** What parts of all kinds are constructed from. */
interface Common {
  readonly options: ControllerOptions;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly recorder: ControllerOptions['recorder'];
  readonly watching: ReflectorSurroundings;
  readonly state: ClusterState;
  readonly stretches: WorkStretches;
  readonly shards: Shards;
}

/** Whose Services are queued, and what is recorded of them. */
interface Gates {
  /** Whether this process has the shard of a Service. */
  readonly owns: (key: string) => boolean;
  readonly enqueue: (key: string) => void;
  readonly recordWarning: (key: string, verdict: Verdict) => void;
}

/** Constructs the parts: sources fill the state, changes enter the queue, the workers of shards plan and write. */
export function assemble(options: ControllerOptions, lifecycle: Lifecycle): Parts {
  const common = commonOf(options, lifecycle);
  const { logger, recorder, watching, state, stretches, shards } = common;
  const { clock, dryRun, settings } = options;
  const { isWorking, onPrerequisite } = lifecycle;
  const transform = new Transform();
  const writes = new WritesUnderWay();

  const owns = (key: string): boolean => workers.of(key) !== undefined;
  /** Whether a Service is this process's to plan. */
  const takesPart = (key: string): boolean => owns(key) && planner.takesPart(key);
  /** Before the workers start, changes need no queue: every Service that takes part is queued then. */
  const enqueue = (key: string): void => {
    if (isWorking() && owns(key)) queue.add(key);
  };
  const gates: Gates = { owns, enqueue, recordWarning: warningRecorder(common) };
  /** Statuses have one writer: the holder of the first shard. */
  const mayWriteStatus = (): boolean => !dryRun && isWorking() && shards.holds(0);
  /** Nodes, drains or who else writes changed: many plans may be others now, which the fuse must not take for a mistake. */
  const replanAll = (): void => {
    rails.excuse();
    resync.schedule();
  };

  const rails = railsOf(common, gates);
  const coexistence: Coexistence = new Coexistence({
    ...watching,
    settings,
    policyVersion: options.guardPolicyVersion ?? 'v1',
    state,
    synced: () => sources.synced,
    // The guard, the in-tree controller or the storage of node hints came or went: paused and blocked Services may be
    // writable now, others not.
    onChange: () => {
      onPrerequisite();
      replanAll();
      workers.resetContention();
    },
  });
  const measured: MeasuredWatch = new MeasuredWatch({
    ...watching,
    logger: logger.child({ component: 'measured' }),
    configMap: options.measuredConfigMap,
    onChange: (keys) => demands.measuredChanged(keys),
    onKnown: onPrerequisite,
  });
  const demands: Demands = new Demands({
    clock,
    state,
    measured,
    demand: () => coexistence.settings.demand,
    participants: () => planner.participants(),
    enqueue: (key) => {
      if (takesPart(key)) enqueue(key);
    },
  });
  const planner: ServicePlanner = new ServicePlanner({
    state,
    clients: demands.clients,
    book: { has: (key) => workers.has(key) },
    owns,
    settings: () => drains.settings(coexistence.settings),
  });
  const policies: Policies = new Policies({
    ...watching,
    namespace: options.namespace,
    state,
    onChange: (key, own) => {
      rails.excuse();
      sources.serviceChanged(key, own);
    },
    onKnown: onPrerequisite,
    mayWriteStatus,
  });
  const drains: ZoneDrains = new ZoneDrains({
    ...watching,
    state,
    planner,
    stretches,
    settings: () => coexistence.settings,
    limit: options.drainLimit ?? DEFAULT_DRAIN_LIMIT,
    mayWrite: mayWriteStatus,
    onChange: replanAll,
    onKnown: onPrerequisite,
  });
  const sources: Sources = new Sources({
    ...watching,
    namespace: options.namespace,
    transform,
    policies,
    state,
    writes,
    contention: {
      serviceChanged: (...change) => workers.serviceChanged(...change),
      observed: (...change) => workers.observed(...change),
    },
    demands,
    takesPart,
    enqueue,
    nodesChanged: (next) => {
      grace.nodeChanged(next);
      replanAll();
    },
    onSynced: () => {
      coexistence.review();
      lifecycle.onSynced();
    },
  });
  const bound: AdaptiveBound = new AdaptiveBound({
    ceiling: options.concurrency,
    clock,
    // A Service that would wait for its write is better planned later, from newer objects.
    onChange: (limit) => queue.setConcurrency(limit),
  });
  const workers = workersOf(common, gates, { bound, coexistence, planner, rails, sources, writes });
  const queue = queueOf(common, { coexistence, workers });
  const resync = resyncOf(common, gates, { planner, workers });
  const grace = new NodeGrace({
    clock,
    expiresMs: () => state.cluster.expiresMs,
    onExpired: () => {
      demands.nodesChanged();
      replanAll();
    },
  });
  return {
    logger,
    recorder,
    state,
    sources,
    coexistence,
    policies,
    drains,
    measured,
    demands,
    planner,
    queue,
    bound,
    rails,
    resync,
    grace,
    shards,
    workers,
    follower: followerOf(common),
    prerequisites: [coexistence, policies, drains, measured],
  };
}

function commonOf(options: ControllerOptions, lifecycle: Lifecycle): Common {
  const { clock, random, transport, settings, dryRun } = options;
  const logger = dryRun ? options.logger.child({ dryRun: true }) : options.logger;
  return {
    options,
    lifecycle,
    logger,
    recorder: dryRun ? NO_RECORDER : options.recorder,
    watching: { transport, clock, random, logger, observer: options.reflectorObserver },
    state: new ClusterState(() => ({ nodeSelector: settings.nodeSelector, nowMs: clock.wallMs() })),
    stretches: new WorkStretches({ clock, yieldToEventLoop: setImmediate }),
    shards: chooseShards(options, logger),
  };
}

/** Warnings of Services that are still there become Events and log lines while Services are written. */
function warningRecorder({ state, recorder, logger, lifecycle }: Common): Gates['recordWarning'] {
  return (key, { type, reason, message }) => {
    const service = state.services.get(key);
    if (service === undefined || !lifecycle.isWorking()) return;
    recorder.record(service, type, reason, message);
    logger.warn({ namespace: service.namespace, service: service.name, reason }, message);
  };
}

function railsOf({ options, logger, state }: Common, { owns, enqueue, recordWarning }: Gates): Rails {
  const { clock, lease, leaseTransport, dryRun, maxWritesPerMinute } = options;
  return new Rails({
    clock,
    logger: logger.child({ component: 'rails' }),
    lease: dryRun ? undefined : lease && { ...lease, transport: leaseTransport },
    maxWritesPerMinute,
    dryRun,
    hintedEndpoints: (enough) => hintedEndpoints(state.allSlices(), owns, enough),
    enforcementOf: (key) => state.services.get(key)?.policy?.enforcement ?? 'Enforce',
    wake: enqueue,
    onFuseBlown: recordWarning,
  });
}

/** The workers of shards, which plan and write. */
function workersOf(
  { options, lifecycle, logger, recorder, shards }: Common,
  { enqueue, recordWarning }: Gates,
  parts: Pick<Parts, 'bound' | 'coexistence' | 'planner' | 'rails' | 'sources'> & { readonly writes: WritesUnderWay },
): ShardWorkers {
  const { transport, clock, dryRun, observer } = options;
  const { bound, coexistence, planner, rails, sources, writes } = parts;
  return new ShardWorkers(
    shards.count,
    (shard) =>
      new ShardWorker({
        transport,
        bound,
        holdsLease: () => lifecycle.isWorking() && shards.holds(shard) && rails.allowsWrites,
        dryRun,
        planner,
        rails,
        sources,
        writes,
        recorder,
        clock,
        logger,
        observer,
        enqueue,
        onNodeHintsDropped: () => coexistence.sawNodeHintsDropped(),
        onContended: recordWarning,
        onChange: (change) => {
          logger.info(change, 'slice written');
          options.onChange?.(change);
        },
      }),
  );
}

function queueOf(
  { options, logger, stretches }: Common,
  { coexistence, workers }: Pick<Parts, 'coexistence' | 'workers'>,
): ServiceQueue {
  const retries = new RetryLog(logger, options.clock);
  return new ServiceQueue({
    run: (key, firstEventMs) => workers.of(key)?.reconcile(key, firstEventMs) ?? Promise.resolve(NOTHING),
    concurrency: options.concurrency,
    coalesceMs: options.coalesceMs,
    quietMs: (key) => coexistence.quietMs(key),
    stretches,
    clock: options.clock,
    observer: options.observer.queue ?? {},
    onRetry: (key, error) => retries.note(key, error),
  });
}

function resyncOf(
  { options, logger, stretches }: Common,
  { enqueue }: Gates,
  { planner, workers }: Pick<Parts, 'planner' | 'workers'>,
): NodeResync {
  return new NodeResync({
    clock: options.clock,
    logger,
    pauseMs: NODE_PAUSE_MS,
    maxWaitMs: NODE_MAX_WAIT_MS,
    keys: () => planner.participants(),
    needsWork: (key) => workers.of(key)?.needsWork(key) ?? false,
    enqueue,
    stretches,
    onFailed: () => options.observer.onResyncFailed?.(),
  });
}

function followerOf({ options, logger }: Common): LeaseFollower | undefined {
  const { clock, dryRun, lease, leaseTransport } = options;
  if (lease === undefined || !dryRun) return undefined;
  return new LeaseFollower({ ...lease, transport: leaseTransport, clock, logger, pollMs: lease.retryPeriodMs });
}
