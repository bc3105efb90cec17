import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Controller } from '../controller/controller.js';
import type { ControllerObserver } from '../controller/observer.js';
import type { QueueObserver } from '../controller/queue.js';
import { FAST_SECONDS, LATENCY_SECONDS } from './buckets.js';
import type { ClientMetrics } from './clientMetrics.js';
import { ForecastMetrics } from './forecastMetrics.js';
import type { ForecastTally } from './forecastTally.js';

/** Name of the queue and the lease in metrics that other components have too. */
const NAME = 'slicehints';
const PLAN_SECONDS = [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.1, 1];

/** What the controller reports while it works: queue, plans, writes, forecasts. */
export function controllerObserver(
  registry: Registry,
  client: Pick<ClientMetrics, 'handlerFailed'>,
  perService: boolean,
  tally?: ForecastTally,
): ControllerObserver {
  const forecasts = new ForecastMetrics(registry, perService, tally);
  return {
    queue: queueObserver(registry),
    ...planObserver(registry, forecasts),
    ...writeObserver(registry),
    onResyncFailed: () => client.handlerFailed('nodes'),
  };
}

function queueObserver(registry: Registry): QueueObserver {
  const registers = [registry];
  const labelNames = ['name'] as const;
  const name = NAME;
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Events that queued a Service.',
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Services that were queued again after a failure or a conflict.',
    labelNames,
    registers,
  });
  const queueSeconds = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a Service waits in the queue.',
    labelNames,
    buckets: FAST_SECONDS,
    registers,
  });
  const workSeconds = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long a Service takes, writes included.',
    labelNames,
    buckets: FAST_SECONDS,
    registers,
  });
  const reconciles = new Counter({
    name: 'slicehints_reconcile_total',
    help: 'Reconciles by result.',
    labelNames: ['result'],
    registers,
  });
  adds.inc({ name }, 0);
  retries.inc({ name }, 0);
  for (const result of ['done', 'again', 'retry']) reconciles.inc({ result }, 0);
  return {
    onAdded: () => adds.inc({ name }),
    onStarted: (queuedMs) => queueSeconds.observe({ name }, queuedMs / 1000),
    onFinished: (workMs, outcome) => {
      workSeconds.observe({ name }, workMs / 1000);
      reconciles.inc({ result: outcome });
      if (outcome !== 'done') retries.inc({ name });
    },
  };
}

function planObserver(registry: Registry, forecasts: ForecastMetrics): ControllerObserver {
  const registers = [registry];
  const planSeconds = new Histogram({
    name: 'slicehints_plan_duration_seconds',
    help: 'Time to plan one Service.',
    labelNames: ['mode'],
    buckets: PLAN_SECONDS,
    registers,
  });
  const failures = new Counter({
    name: 'slicehints_plan_failures_total',
    help: 'Plans of a Service that failed with an internal error: always a bug.',
    registers,
  });
  return {
    onPlanned: (mode, seconds, forecast, key) => {
      planSeconds.observe({ mode }, seconds);
      forecasts.observe(mode, forecast);
      forecasts.set(mode, forecast, key);
    },
    onForecast: (mode, forecast, key) => forecasts.set(mode, forecast, key),
    onPlanFailed: () => failures.inc(),
    onForgotten: (key) => forecasts.forget(key),
    onShardLost: (belongs) => forecasts.forgetAll(belongs),
  };
}

function writeObserver(registry: Registry): ControllerObserver {
  const registers = [registry];
  const writes = new Counter({
    name: 'slicehints_slice_writes_total',
    help: 'Patches of EndpointSlices by result.',
    labelNames: ['result'],
    registers,
  });
  const moved = new Counter({
    name: 'slicehints_endpoints_moved_total',
    help: 'Endpoints whose hints were changed by written patches.',
    registers,
  });
  const hintSeconds = new Histogram({
    name: 'slicehints_event_to_hint_seconds',
    help: 'From the first event of a Service to the answered patch that follows from it.',
    buckets: LATENCY_SECONDS,
    registers,
  });
  const reverts = new Counter({
    name: 'slicehints_reverts_total',
    help: 'Times another writer undid hints of slicehints: of the same endpoints (reverted), or while changing them (rebuilt).',
    labelNames: ['kind'],
    registers,
  });
  for (const result of ['written', 'conflict', 'gone', 'rejected', 'withheld', 'failed']) writes.inc({ result }, 0);
  for (const kind of ['reverted', 'rebuilt']) reverts.inc({ kind }, 0);
  return {
    onWrite: (result, endpointsMoved) => {
      writes.inc({ result });
      if (result === 'written') moved.inc(endpointsMoved);
    },
    onHinted: (seconds) => hintSeconds.observe(seconds),
    onReverted: (kind) => reverts.inc({ kind }),
  };
}

/** Gauges that are read from the controller at each scrape. */
export function watchController(registry: Registry, controller: Controller, monotonicMs: () => number): void {
  const registers = [registry];
  new Gauge({
    name: 'leader_election_master_status',
    help: '1 on the replica that leads, 0 elsewhere; with --shards, 1 on each that holds a shard.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: NAME }, controller.leading ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_shard_held',
    help: '1 for each shard whose Lease this replica holds, 0 for the others; one shard without --shards.',
    labelNames: ['shard'],
    registers,
    collect() {
      const { shards } = controller;
      for (let shard = 0; shard < shards.count; shard++) this.set({ shard }, controller.holdsShard(shard) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_cache_synced',
    help: '1 once the cache of a resource has been filled.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const { name, synced } of controller.reflectors) this.set({ resource: name }, synced ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_cache_last_contact_seconds',
    help: 'Time since the API server last sent anything for a resource.',
    labelNames: ['resource'],
    registers,
    collect() {
      for (const { name, lastContactMs } of controller.reflectors) {
        this.set({ resource: name }, Math.max(0, monotonicMs() - lastContactMs) / 1000);
      }
    },
  });
  new Gauge({
    name: 'slicehints_guard_in_force',
    help: '1 while the guard keeps hints on slices that other writers update, else 0.',
    registers,
    collect() {
      this.set(controller.coexistence.guard.inForce ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_zone_drain_end_timestamp_seconds',
    help: 'When the drain of a zone ends, by the zone; only while it is in force.',
    labelNames: ['zone'],
    registers,
    collect() {
      this.reset();
      // Sorted by their end: of several drains of a zone the last counts.
      for (const { zone, untilMs } of controller.drains.inForce) this.set({ zone }, untilMs / 1000);
    },
  });
  new Gauge({
    name: 'workqueue_depth',
    help: 'Services that wait in the queue.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: NAME }, controller.queued);
    },
  });
  new Gauge({
    name: 'slicehints_queue_oldest_seconds',
    help: 'Age of the Service that has waited or been worked on for longest; 0 when there is none.',
    registers,
    collect() {
      this.set(controller.oldestQueuedMs / 1000);
    },
  });
  new Gauge({
    name: 'slicehints_write_concurrency_limit',
    help: 'Patches of EndpointSlices that may be in flight; below --concurrent-service-syncs while the API server is busy.',
    registers,
    collect() {
      this.set(controller.writeLimit);
    },
  });
  new Gauge({
    name: 'slicehints_services_failing',
    help: 'Services whose last run failed and that wait for the next one.',
    registers,
    collect() {
      this.set(controller.failing);
    },
  });
  new Gauge({
    name: 'slicehints_services_refused',
    help: 'Services with a slice whose patch the API server refused in their last run.',
    registers,
    collect() {
      this.set(controller.refused);
    },
  });
  new Gauge({
    name: 'slicehints_services_contended',
    help: 'Services that are paused because another writer keeps undoing their hints.',
    registers,
    collect() {
      this.set(controller.contended);
    },
  });
  new Gauge({
    name: 'slicehints_services_held_back',
    help: 'Services whose hints would change and are not written, by what holds them back.',
    labelNames: ['reason'],
    registers,
    collect() {
      for (const [reason, services] of controller.rails.held.count()) this.set({ reason }, services);
    },
  });
  new Gauge({
    name: 'slicehints_writes_stopped',
    help: '1 while all writes are stopped by the annotation of the Lease (stop) or because the fuse has blown (fuse), else 0.',
    labelNames: ['by'],
    registers,
    collect() {
      this.set({ by: 'stop' }, controller.rails.isStopped ? 1 : 0);
      this.set({ by: 'fuse' }, controller.rails.isFuseBlown ? 1 : 0);
    },
  });
  new Gauge({
    name: 'slicehints_write_budget_left',
    help: 'Writes of EndpointSlices that --max-writes-per-minute leaves now; +Inf without it.',
    registers,
    collect() {
      this.set(controller.rails.budgetLeft);
    },
  });
  new Gauge({
    name: 'slicehints_services',
    help: 'Services that take part, by mode and reason of their verdict.',
    labelNames: ['mode', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { mode, reason, services } of controller.book.count()) this.set({ mode, reason }, services);
    },
  });
}
