import type { RequestListener } from 'node:http';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ControllerObserver } from '../controller/observer.js';
import type { Controller } from '../controller/controller.js';
import { metricsListener } from '../server/metricsListener.js';
import { FAST_SECONDS } from './buckets.js';
import { ClientMetrics } from './clientMetrics.js';
import { controllerObserver, watchController } from './controllerMetrics.js';
import { ForecastTally } from './forecastTally.js';
import { watchMeasured } from './measuredMetrics.js';

export interface MetricsOptions {
  readonly version: string;
  /** Series with namespace and Service as labels: many, so only where they are enabled. */
  readonly perService: boolean;
}

/**
 * Everything that `/metrics` shows: the names that every Kubernetes controller has (workqueue_, rest_client_,
 * leader_election_) and those of slicehints, prefixed slicehints_. Counters of fixed labels start at zero.
 */
export class Metrics {
  readonly registry = new Registry();
  /** For transports, reflectors and the Event recorder. */
  readonly client: ClientMetrics;
  readonly observer: ControllerObserver;
  readonly #reviews: Counter<'code'>;
  readonly #reviewSeconds: Histogram;
  readonly #perService: boolean;
  readonly #tally = new ForecastTally();

  constructor(options: MetricsOptions) {
    const registers = [this.registry];
    this.#perService = options.perService;
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'slicehints_build_info',
      help: 'Constant 1, labelled with the version.',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: options.version, node: process.version }, 1);
    this.client = new ClientMetrics(this.registry);
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
    this.observer = controllerObserver(this.registry, this.client, options.perService, this.#tally);
  }

  /** For the guard webhook. */
  readonly onReview = (answer: { readonly status: number; readonly ms: number }): void => {
    this.#reviews.inc({ code: String(answer.status) });
    this.#reviewSeconds.observe(answer.ms / 1000);
  };

  /** Gauges that are read from the controller at each scrape. */
  watchController(controller: Controller, monotonicMs: () => number): void {
    this.client.startAtZero(controller.reflectors.map(({ name }) => name));
    watchController(this.registry, controller, monotonicMs);
    watchMeasured(this.registry, controller, this.#tally, this.#perService);
  }

  listener(): RequestListener {
    return metricsListener(this.registry);
  }
}
