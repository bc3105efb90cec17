import { Counter, Histogram, type Registry } from 'prom-client';
import type { EventDropReason, EventRecorderObserver } from '../kube/events/eventRecorder.js';
import type { ReflectorObserver } from '../kube/cache/reflectorOptions.js';
import type { WatchEndReason } from '../kube/cache/watchEnd.js';
import { LATENCY_SECONDS } from './buckets.js';

const EVENT_RESULTS = ['created', 'patched', 'retried'];
const EVENT_DROPS: readonly EventDropReason[] = ['spam', 'coalesced', 'queue-full', 'too-old', 'refused', 'failed'];
const WATCH_ENDS: readonly WatchEndReason[] = [
  'closed',
  'expired',
  'silent',
  'refused',
  'unmarked',
  'unfinished',
  'error',
];

/** Requests to the API server, reflectors and Events. */
export class ClientMetrics {
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

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server by method, host and status code; the code <error> means that there was no answer.',
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
      help: 'Changes that a handler of the controller failed to process: always a bug.',
      labelNames: ['resource'],
      registers,
    });
    this.#watchEnds = new Counter({
      name: 'slicehints_reflector_watch_ends_total',
      help: 'Watches that ended, by reason.',
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
      help: 'Kubernetes Events by outcome.',
      labelNames: ['result'],
      registers,
    });
    for (const result of [...EVENT_RESULTS, ...EVENT_DROPS.map((why) => `dropped_${why}`)]) {
      this.#recorded.inc({ result }, 0);
    }
  }

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

  /** Makes the counters of these resources begin at zero. */
  startAtZero(resources: Iterable<string>): void {
    for (const resource of resources) {
      this.#listFailures.inc({ resource }, 0);
      this.#handlerErrors.inc({ resource }, 0);
      this.#badEvents.inc({ resource }, 0);
      for (const reason of WATCH_ENDS) this.#watchEnds.inc({ resource, reason }, 0);
    }
  }

  /** A change that a handler failed to process. */
  handlerFailed(resource: string): void {
    this.#handlerErrors.inc({ resource });
  }
}
