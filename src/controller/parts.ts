import type { Logger } from 'pino';
import { DEFAULT_DRAIN_LIMIT } from '../hints/drain/judgeDrain.js';
import type { Verdict } from '../hints/verdict.js';
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
import { ServicePlanner } from './servicePlanner.js';
import { chooseShards } from './shards/chooseShards.js';
import type { Shards } from './shards/shards.js';
import { ShardWorker } from './shards/shardWorker.js';
import { ShardWorkers } from './shards/shardWorkers.js';
import { Sources } from './sources.js';
import { ClusterState } from './state.js';
import { Transform } from './transform.js';
import { WorkStretches } from './workStretches.js';

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

/** Constructs the parts: sources fill the state, changes enter the queue, the workers of shards plan and write. */
export function assemble(options: ControllerOptions, lifecycle: Lifecycle): Parts {
  const { clock, random, transport, lease, leaseTransport, observer, settings, dryRun } = options;
  const { isWorking, onPrerequisite } = lifecycle;
  const logger = dryRun ? options.logger.child({ dryRun: true }) : options.logger;
  const recorder = dryRun ? NO_RECORDER : options.recorder;
  const watching = { transport, clock, random, logger, observer: options.reflectorObserver };
  const transform = new Transform();
  const stretches = new WorkStretches({
    clock,
    yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const state = new ClusterState(() => ({ nodeSelector: settings.nodeSelector, nowMs: clock.wallMs() }));
  const shards = chooseShards(options, logger);

  /** Whether this process has the shard of a Service. */
  const owns = (key: string): boolean => workers.of(key) !== undefined;
  /** Whether a Service is this process's to plan. */
  const takesPart = (key: string): boolean => owns(key) && planner.takesPart(key);
  /** Before the workers start, changes need no queue: every Service that takes part is queued then. */
  const enqueue = (key: string): void => {
    if (isWorking() && owns(key)) queue.add(key);
  };
  const recordWarning = (key: string, { type, reason, message }: Verdict): void => {
    const service = state.services.get(key);
    if (service === undefined || !isWorking()) return;
    recorder.record(service, type, reason, message);
    logger.warn({ namespace: service.namespace, service: service.name, reason }, message);
  };
  /** Statuses have one writer: the holder of the first shard. */
  const mayWriteStatus = (): boolean => !dryRun && isWorking() && shards.holds(0);

  const rails: Rails = new Rails({
    clock,
    logger: logger.child({ component: 'rails' }),
    lease: dryRun ? undefined : lease && { ...lease, transport: leaseTransport },
    maxWritesPerMinute: options.maxWritesPerMinute,
    dryRun,
    hintedEndpoints: () => hintedEndpoints(state.allSlices(), owns),
    enforcementOf: (key) => state.services.get(key)?.policy?.enforcement ?? 'Enforce',
    wake: enqueue,
    onFuseBlown: recordWarning,
  });
  const coexistence: Coexistence = new Coexistence({
    transport,
    clock,
    random,
    logger,
    settings,
    policyVersion: options.guardPolicyVersion ?? 'v1',
    state,
    synced: () => sources.synced,
    // The guard, the in-tree controller or the storage of node hints came or went: paused and blocked Services may be
    // writable now, others not.
    onChange: () => {
      onPrerequisite();
      if (!isWorking()) return;
      rails.excuse();
      workers.resetContention();
      resync.schedule();
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
    onChange: () => {
      rails.excuse();
      resync.schedule();
    },
    onKnown: onPrerequisite,
  });
  const sources: Sources = new Sources({
    ...watching,
    namespace: options.namespace,
    transform,
    policies,
    state,
    contention: {
      serviceChanged: (...change) => workers.serviceChanged(...change),
      observed: (...change) => workers.observed(...change),
    },
    demands,
    takesPart,
    enqueue,
    nodesChanged: (next) => {
      rails.excuse();
      grace.nodeChanged(next);
      resync.schedule();
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
  const workers: ShardWorkers = new ShardWorkers(
    shards.count,
    (shard) =>
      new ShardWorker({
        transport,
        bound,
        holdsLease: () => isWorking() && shards.holds(shard) && rails.allowsWrites,
        dryRun,
        planner,
        rails,
        sources,
        transform,
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
  const queue: ServiceQueue = new ServiceQueue({
    run: (key, firstEventMs) => workers.of(key)?.reconcile(key, firstEventMs) ?? Promise.resolve(NOTHING),
    concurrency: options.concurrency,
    coalesceMs: options.coalesceMs,
    quietMs: (key) => coexistence.quietMs(key),
    stretches,
    clock,
    observer: observer.queue ?? {},
  });
  const resync = new NodeResync({
    clock,
    logger,
    pauseMs: NODE_PAUSE_MS,
    maxWaitMs: NODE_MAX_WAIT_MS,
    keys: () => planner.participants(),
    needsWork: (key) => workers.of(key)?.needsWork(key) ?? false,
    enqueue,
    stretches,
    onFailed: () => observer.onResyncFailed?.(),
  });
  const grace = new NodeGrace({
    clock,
    expiresMs: () => state.cluster.expiresMs,
    onExpired: () => {
      rails.excuse();
      demands.nodesChanged();
      resync.schedule();
    },
  });
  const follower =
    lease && dryRun
      ? new LeaseFollower({ ...lease, transport: leaseTransport, clock, logger, pollMs: lease.retryPeriodMs })
      : undefined;
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
    follower,
    prerequisites: [coexistence, policies, drains, measured],
  };
}
