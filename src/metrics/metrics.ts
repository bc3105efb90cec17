import type { RequestListener } from 'node:http';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ControllerObserver } from '../controller/observer.js';
import type { Controller } from '../controller/controller.js';
import type { EventDropReason, EventRecorderObserver } from '../kube/events/eventRecorder.js';
import type { ReflectorObserver } from '../kube/cache/reflectorOptions.js';
import type { WatchEndReason } from '../kube/cache/watchEnd.js';
import { NAME, watchController } from './controllerGauges.js';
import { ForecastTally } from './forecastTally.js';
import { requestUrl } from '../server/httpServer.js';

const FAST_SECONDS = [1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];
const LOADS = [1, 1.05, 1.1, 1.2, 1.3, 1.5, 2, 3, 5, 10, 40];
const EVENT_RESULTS = ['created', 'patched', 'retried'];
const EVENT_DROPS: readonly EventDropReason[] = ['spam', 'queue-full', 'too-old', 'refused', 'failed'];
const WATCH_ENDS: readonly WatchEndReason[] = [
  'closed',
  'expired',
  'silent',
  'refused',
  'unmarked',
  'unfinished',
  'error',
];

type ServiceForecast = Parameters<NonNullable<ControllerObserver['onPlanned']>>[2][number];

export interface MetricsOptions {
  readonly version: string;
  /** Series with namespace and Service as labels: many, so only where the operator asks for them. */
  readonly perService: boolean;
}

/**
 * Everything that `/metrics` shows: the names that every Kubernetes controller has (workqueue_, rest_client_,
 * leader_election_) and our own, prefixed slicehints_. Counters of fixed labels start at zero.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly observer: ControllerObserver;
  readonly #requests: Counter<'method' | 'host' | 'code'>;
  readonly #requestSeconds: Histogram<'method' | 'host'>;
  readonly #lists: Counter<'resource' | 'how'>;
  readonly #listSeconds: Histogram<'resource'>;
  readonly #listFailures: Counter<'resource'>;
  readonly #handlerErrors: Counter<'resource'>;
  readonly #watchEnds: Counter<'resource' | 'reason'>;
  readonly #watchEvents: Counter<'resource' | 'type'>;
  readonly #badEvents: Counter<'resource'>;
  readonly #recorded: Counter<'result'>;
  readonly #reviews: Counter<'code'>;
  readonly #reviewSeconds: Histogram;
  readonly #forecasts = new ForecastTally();

  constructor(options: MetricsOptions) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'slicehints_build_info',
      help: 'Constant 1, labelled with the version.',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: options.version, node: process.version }, 1);
    this.#requests = new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server by method, host and status code; <error> codes never reached an answer.',
      labelNames: ['method', 'host', 'code'],
      registers,
    });
    this.#requestSeconds = new Histogram({
      name: 'rest_client_request_duration_seconds',
      help: 'Time of requests to the API server, watches excepted.',
      labelNames: ['method', 'host'],
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.#lists = new Counter({
      name: 'slicehints_reflector_lists_total',
      help: 'Complete lists of a resource, streamed or in pages; all after the first are relists.',
      labelNames: ['resource', 'how'],
      registers,
    });
    this.#listSeconds = new Histogram({
      name: 'slicehints_reflector_list_duration_seconds',
      help: 'Time of complete lists.',
      labelNames: ['resource'],
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.#listFailures = new Counter({
      name: 'slicehints_reflector_list_failures_total',
      help: 'Lists that failed.',
      labelNames: ['resource'],
      registers,
    });
    this.#handlerErrors = new Counter({
      name: 'slicehints_reflector_handler_errors_total',
      help: 'Changes that our own code could not take in: always a bug.',
      labelNames: ['resource'],
      registers,
    });
    this.#watchEnds = new Counter({
      name: 'slicehints_reflector_watch_ends_total',
      help: 'Watches that ended, by what ended them.',
      labelNames: ['resource', 'reason'],
      registers,
    });
    this.#watchEvents = new Counter({
      name: 'slicehints_reflector_events_total',
      help: 'Events of watches by type.',
      labelNames: ['resource', 'type'],
      registers,
    });
    this.#badEvents = new Counter({
      name: 'slicehints_reflector_bad_objects_total',
      help: 'Objects or lines that could not be read and were skipped.',
      labelNames: ['resource'],
      registers,
    });
    this.#recorded = new Counter({
      name: 'slicehints_events_total',
      help: 'Kubernetes Events by what became of them.',
      labelNames: ['result'],
      registers,
    });
    this.#reviews = new Counter({
      name: 'slicehints_guard_reviews_total',
      help: 'Reviews that the guard webhook answered, by HTTP status.',
      labelNames: ['code'],
      registers,
    });
    this.#reviews.inc({ code: '200' }, 0);
    this.#reviewSeconds = new Histogram({
      name: 'slicehints_guard_review_duration_seconds',
      help: 'Time of the guard webhook for a review, from its head to the answer.',
      buckets: FAST_SECONDS,
      registers,
    });
    for (const result of [...EVENT_RESULTS, ...EVENT_DROPS.map((why) => `dropped_${why}`)]) {
      this.#recorded.inc({ result }, 0);
    }
    this.#watchForecasts();
    this.observer = this.#controllerObserver(options.perService);
  }

  /** For the guard webhook. */
  readonly onReview = (answer: { readonly status: number; readonly ms: number }): void => {
    this.#reviews.inc({ code: String(answer.status) });
    this.#reviewSeconds.observe(answer.ms / 1000);
  };

  /** For the transports. */
  readonly onRequest = (request: { method: string; host: string; code: string; seconds: number }): void => {
    this.#requests.inc({ method: request.method, host: request.host, code: request.code });
    this.#requestSeconds.observe({ method: request.method, host: request.host }, request.seconds);
  };

  /** For the Event recorder. */
  readonly recorderObserver: EventRecorderObserver = {
    onWritten: (how) => this.#recorded.inc({ result: how }),
    onDropped: (why) => this.#recorded.inc({ result: `dropped_${why}` }),
    onRetry: () => this.#recorded.inc({ result: 'retried' }),
  };

  /** For the reflectors. */
  readonly reflectorObserver: ReflectorObserver = {
    onList: (resource, { how, seconds }) => {
      this.#lists.inc({ resource, how });
      this.#listSeconds.observe({ resource }, seconds);
    },
    onListFailed: (resource) => this.#listFailures.inc({ resource }),
    onWatchEnd: (resource, reason) => this.#watchEnds.inc({ resource, reason }),
    onEvent: (resource, type) => this.#watchEvents.inc({ resource, type }),
    onBadEvent: (resource) => this.#badEvents.inc({ resource }),
    onHandlerError: (resource) => this.#handlerErrors.inc({ resource }),
  };

  /** Gauges that are read off the controller when somebody scrapes. */
  watchController(controller: Controller, monotonicMs: () => number): void {
    for (const { name: resource } of controller.reflectors) {
      this.#listFailures.inc({ resource }, 0);
      this.#handlerErrors.inc({ resource }, 0);
      this.#badEvents.inc({ resource }, 0);
      for (const reason of WATCH_ENDS) this.#watchEnds.inc({ resource, reason }, 0);
    }
    watchController(this.registry, controller, monotonicMs);
  }

  listener(): RequestListener {
    return (request, response) => {
      if (requestUrl(request)?.pathname !== '/metrics') {
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('not found\n');
        return;
      }
      this.registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': this.registry.contentType }).end(text),
        (error: unknown) =>
          response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${String(error)}\n`),
      );
    };
  }

  #watchForecasts(): void {
    const registers = [this.registry];
    const forecasts = this.#forecasts;
    new Gauge({
      name: 'slicehints_services_in_zone_share',
      help: 'Forecast part of traffic that stays in its zone, mean over Services by their last plans.',
      labelNames: ['mode'],
      registers,
      collect() {
        this.reset();
        for (const { mode, inZoneShare } of forecasts.summarise()) this.set({ mode }, inZoneShare);
      },
    });
    new Gauge({
      name: 'slicehints_services_worst_load',
      help: 'Forecast load of the busiest endpoint over the mean, of the worst Service by their last plans.',
      labelNames: ['mode'],
      registers,
      collect() {
        this.reset();
        for (const { mode, worstLoad } of forecasts.summarise()) this.set({ mode }, worstLoad);
      },
    });
  }

  #controllerObserver(perService: boolean): ControllerObserver {
    const registers = [this.registry];
    const labelNames = ['name'] as const;
    const name = NAME;
    const depth = new Gauge({
      name: 'workqueue_depth',
      help: 'Services that wait in the queue.',
      labelNames,
      registers,
    });
    const adds = new Counter({
      name: 'workqueue_adds_total',
      help: 'Events that asked for a Service to be looked at.',
      labelNames,
      registers,
    });
    const retries = new Counter({
      name: 'workqueue_retries_total',
      help: 'Services that had to be tried again.',
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
    const planSeconds = new Histogram({
      name: 'slicehints_plan_duration_seconds',
      help: 'Time to plan one Service.',
      labelNames: ['mode'],
      buckets: [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.1, 1],
      registers,
    });
    const planFailures = new Counter({
      name: 'slicehints_plan_failures_total',
      help: 'Plans of a Service that failed with an internal error: always a bug.',
      registers,
    });
    const hintSeconds = new Histogram({
      name: 'slicehints_event_to_hint_seconds',
      help: 'From the first event of a Service to the answered patch that follows from it.',
      buckets: LATENCY_SECONDS,
      registers,
    });
    const inZone = new Histogram({
      name: 'slicehints_forecast_in_zone_share',
      help: 'Forecast part of traffic that stays in its zone, per plan.',
      labelNames: ['mode'],
      buckets: SHARES,
      registers,
    });
    const worst = new Histogram({
      name: 'slicehints_forecast_worst_load',
      help: 'Forecast load of the busiest endpoint over the mean, per plan.',
      labelNames: ['mode'],
      buckets: LOADS,
      registers,
    });
    const serviceLabels = ['namespace', 'service', 'address_type'] as const;
    const perServiceGauges = perService
      ? {
          inZone: new Gauge({
            name: 'slicehints_service_in_zone_share',
            help: 'Forecast in-zone share of a Service.',
            labelNames: serviceLabels,
            registers,
          }),
          worst: new Gauge({
            name: 'slicehints_service_worst_load',
            help: 'Forecast worst load of a Service.',
            labelNames: serviceLabels,
            registers,
          }),
        }
      : undefined;

    depth.set({ name }, 0);
    adds.inc({ name }, 0);
    retries.inc({ name }, 0);
    for (const result of ['done', 'again', 'retry']) reconciles.inc({ result }, 0);
    for (const result of ['written', 'conflict', 'gone', 'rejected', 'withheld', 'failed']) writes.inc({ result }, 0);

    const undone = new Counter({
      name: 'slicehints_reverts_total',
      help: 'Times another writer undid our hints: of the same endpoints (reverted), or while changing them (rebuilt).',
      labelNames: ['kind'],
      registers,
    });
    for (const kind of ['reverted', 'rebuilt']) undone.inc({ kind }, 0);

    const clearGauges = (key: string): void => {
      const [namespace = '', service = ''] = key.split('/');
      for (const address_type of ['IPv4', 'IPv6', 'FQDN']) {
        perServiceGauges?.inZone.remove({ namespace, service, address_type });
        perServiceGauges?.worst.remove({ namespace, service, address_type });
      }
    };
    const foreseen = (mode: string, forecast: readonly ServiceForecast[], key: string): void => {
      this.#forecasts.note(key, mode, forecast);
      if (perServiceGauges === undefined) return;
      clearGauges(key);
      const [namespace = '', service = ''] = key.split('/');
      for (const { addressType, inZoneShare, worstLoad, steered } of forecast) {
        if (steered === false) continue;
        perServiceGauges.inZone.set({ namespace, service, address_type: addressType }, inZoneShare);
        perServiceGauges.worst.set({ namespace, service, address_type: addressType }, worstLoad);
      }
    };
    return {
      queue: {
        onAdded: () => adds.inc({ name }),
        onStarted: (queuedMs) => queueSeconds.observe({ name }, queuedMs / 1000),
        onFinished: (workMs, outcome) => {
          workSeconds.observe({ name }, workMs / 1000);
          reconciles.inc({ result: outcome });
          if (outcome !== 'done') retries.inc({ name });
        },
        onDepth: (waiting) => depth.set({ name }, waiting),
      },
      onPlanned: (mode, seconds, forecast, key) => {
        planSeconds.observe({ mode }, seconds);
        for (const { inZoneShare, worstLoad, steered } of forecast) {
          if (steered === false) continue;
          inZone.observe({ mode }, inZoneShare);
          worst.observe({ mode }, worstLoad);
        }
        foreseen(mode, forecast, key);
      },
      onForecast: foreseen,
      onPlanFailed: () => planFailures.inc(),
      onResyncFailed: () => this.#handlerErrors.inc({ resource: 'nodes' }),
      onWrite: (result, endpointsMoved) => {
        writes.inc({ result });
        if (result === 'written') moved.inc(endpointsMoved);
      },
      onHinted: (seconds) => hintSeconds.observe(seconds),
      onForgotten: (key) => {
        this.#forecasts.forget(key);
        clearGauges(key);
      },
      onReverted: (kind) => undone.inc({ kind }),
    };
  }
}
