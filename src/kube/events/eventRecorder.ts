import type { Logger } from 'pino';
import { toApiError } from '../rest/apiStatus.js';
import { Backoff } from '../backoff.js';
import { sleep, type Clock } from '../clock.js';
import { countPatch, eventManifest, type EventSource } from './eventManifest.js';
import { EventCorrelator, type EventSeries, type EventType, type InvolvedService } from './eventCorrelator.js';
import { LogThrottle } from '../logThrottle.js';
import { Waker } from '../waker.js';
import { eventPath, eventsPath } from '../rest/paths.js';
import type { RateLimiter } from '../rest/rateLimiter.js';
import type { ApiError, Transport } from '../rest/transport.js';

export type { EventType, InvolvedService } from './eventCorrelator.js';

/**
 * Why an Event was not written. `spam` only delays the count; `coalesced` moves it to a later message of the same Service
 * and reason; the others are final.
 */
export type EventDropReason = 'spam' | 'coalesced' | 'queue-full' | 'too-old' | 'refused' | 'failed';

export interface EventRecorderObserver {
  onWritten?(how: 'created' | 'patched'): void;
  onDropped?(why: EventDropReason): void;
  /** A write failed and will be tried again. */
  onRetry?(error: ApiError): void;
}

export interface EventRecorderOptions extends EventSource {
  /** Not that of the slices, if that has a limit: Events never take a token of theirs. */
  readonly transport: Transport;
  /**
   * How many Events may be written, and that later ones take the place of those that wait. By default as many as the
   * server takes, and none replaces another, as with client-go.
   */
  readonly budget?: Pick<RateLimiter, 'acquire' | 'waitMs'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Event objects that may wait at once; the oldest goes first. */
  readonly maxQueue?: number;
  readonly observer?: EventRecorderObserver;
}

const defaults = {
  /** As many as a large cluster has Services that are hinted for the first time; client-go keeps 1000. */
  maxQueue: 10_000,
  requestTimeoutMs: 10_000,
  backoffBaseMs: 1_000,
  backoffMaxMs: 30_000,
  /** Answers of 5xx to one Event before it is given up; client-go tries 12 times. */
  maxServerErrors: 12,
  /** An API server answers 403 for some seconds after it starts, before it has loaded its roles. */
  forbiddenMs: 60_000,
  /** An API server keeps Events for an hour; an older one would report another time. */
  maxAgeMs: 60 * 60_000,
  /** Longer than any message of slicehints; events.k8s.io/v1 refuses more. */
  maxMessageLength: 1024,
} as const;

interface Waiting {
  readonly series: EventSeries;
  serverErrors: number;
  tries: number;
}

/**
 * Writes core/v1 Events about Services in the background. `record` only queues; `run` writes one Event at a time, within
 * its budget. While an Event waits for the budget or for the API server, a later one of the same Service, type, reason and
 * topic takes its place and adds its count, where there is a budget. The queue is bounded.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #backoff: Backoff;
  readonly #log: LogThrottle;
  /** By `#slotOf`, in the order in which they are written. */
  readonly #queue = new Map<string, Waiting>();
  readonly #flushers = new Set<() => void>();
  /** Ends the wait for an Event. */
  readonly #recorded: Waker;
  /** Ends a pause, so that `flush` need not wait for it. */
  readonly #hurry: Waker;
  #running = false;
  #writing = false;
  /** When the first of the last answers, all of them 403, came. */
  #forbiddenSinceMs: number | undefined;
  #named = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
    this.#log = new LogThrottle(options.clock);
    this.#recorded = new Waker(options.clock);
    this.#hurry = new Waker(options.clock);
    this.#backoff = new Backoff({
      baseMs: defaults.backoffBaseMs,
      maxMs: defaults.backoffMaxMs,
      random: options.random,
    });
  }

  /** Event objects that wait to be written. */
  get pending(): number {
    return this.#queue.size + (this.#writing ? 1 : 0);
  }

  /**
   * Records an occurrence. Never blocks and never throws; repetitions are counted.
   * @param topic keeps Events of one Service and reason apart that are both to be seen, such as of two address types
   */
  record(involved: InvolvedService, type: EventType, reason: string, message: string, topic = ''): void {
    const { observer } = this.#options;
    const text = message.length > defaults.maxMessageLength ? `${message.slice(0, 1000)}…` : message;
    const { series, spam } = this.#correlator.observe(involved, type, reason, text, topic);
    if (spam) {
      observer?.onDropped?.('spam');
      return;
    }
    const waiting = this.#queue.get(this.#slotOf(series));
    if (waiting?.series !== series) {
      if (waiting !== undefined) this.#coalesce(series, waiting.series);
      this.#queue.set(this.#slotOf(series), { series, serverErrors: 0, tries: 0 });
      this.#boundQueue();
    }
    this.#recorded.wake();
  }

  /** Writes until the signal fires; what still waits then is left for `flush`. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('The event recorder is running already.');
    this.#running = true;
    try {
      while (!signal.aborted) {
        if (this.#queue.size === 0) {
          await this.#recorded.sleep(Infinity, signal);
        } else {
          const budgetMs = this.#budgetMs;
          if (budgetMs > 0) this.#notifyFlushers();
          const waitMs = budgetMs > 0 ? budgetMs : await this.#writeNext(signal);
          if (waitMs > 0) await this.#hurry.sleep(waitMs, signal);
        }
      }
    } finally {
      this.#running = false;
      this.#notifyFlushers();
    }
  }

  /**
   * Settles when nothing waits any more, when the budget is used up, or after `deadlineMs`. Works beside `run` and after
   * it has been stopped, and then writes by itself. Never rejects.
   */
  async flush(deadlineMs: number): Promise<void> {
    const stop = new AbortController();
    const cancel = this.#options.clock.after(deadlineMs, () => stop.abort());
    try {
      while (this.#isFlushable && !stop.signal.aborted) {
        if (this.#running || this.#writing) {
          this.#backoff.reset();
          this.#hurry.wake();
          await this.#untilNotified(stop.signal);
        } else {
          const waitMs = await this.#writeNext(stop.signal);
          if (waitMs > 0) await sleep(this.#options.clock, waitMs, stop.signal);
        }
      }
    } finally {
      cancel();
      stop.abort();
    }
  }

  /** Milliseconds until the budget allows the next Event. */
  get #budgetMs(): number {
    return this.#options.budget?.waitMs ?? 0;
  }

  /** Series with the same slot do not wait beside each other. */
  #slotOf({ kind, key }: EventSeries): string {
    return this.#options.budget === undefined ? key : kind;
  }

  get #isFlushable(): boolean {
    return this.#writing || (this.#queue.size > 0 && this.#budgetMs === 0);
  }

  /** Until nothing waits, or `run` has ended. */
  #untilNotified(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#flushers.delete(done);
        resolve();
      };
      this.#flushers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #notifyFlushers(): void {
    for (const done of [...this.#flushers]) done();
  }

  #coalesce(latest: EventSeries, older: EventSeries): void {
    this.#correlator.absorb(latest, older);
    this.#options.observer?.onDropped?.('coalesced');
  }

  #boundQueue(): void {
    const { maxQueue, observer } = this.#options;
    if (this.#queue.size <= (maxQueue ?? defaults.maxQueue)) return;
    for (const oldest of this.#queue.keys()) {
      this.#queue.delete(oldest);
      observer?.onDropped?.('queue-full');
      this.#warn('the queue of events is full, the oldest is dropped', undefined);
      break;
    }
  }

  /** Writes the first that waits and answers how long to wait before the next. */
  async #writeNext(signal: AbortSignal): Promise<number> {
    const first = this.#queue.values().next();
    if (first.done === true) return 0;
    const waiting = first.value;
    this.#queue.delete(this.#slotOf(waiting.series));
    this.#writing = true;
    try {
      if (this.#options.clock.monotonicMs() - waiting.series.lastMs > defaults.maxAgeMs) {
        return this.#drop('too-old', waiting, undefined);
      }
      await this.#options.budget?.acquire(signal);
      await this.#write(waiting, signal);
      this.#backoff.reset();
      this.#forbiddenSinceMs = undefined;
      return 0;
    } catch (error) {
      return this.#failed(waiting, toApiError(error));
    } finally {
      this.#writing = false;
      if (this.#queue.size === 0 || !this.#running) this.#notifyFlushers();
    }
  }

  async #write(waiting: Waiting, signal: AbortSignal): Promise<void> {
    const { transport, observer } = this.#options;
    const { series } = waiting;
    const { namespace } = series.involved;
    const more = { deadlineMs: defaults.requestTimeoutMs, signal };
    waiting.tries += 1;
    const { count } = series;
    if (series.writtenCount > 0 && series.name !== undefined) {
      const body = countPatch(series);
      try {
        const contentType = 'application/strategic-merge-patch+json';
        await transport.send({ ...more, method: 'PATCH', path: eventPath(namespace, series.name), body, contentType });
        series.writtenCount = count;
        observer?.onWritten?.('patched');
        return;
      } catch (error) {
        if (toApiError(error).status !== 404) throw error;
        // The server has dropped it; it is created again, with its count.
        series.writtenCount = 0;
      }
    }
    series.name ??= this.#newName(series);
    try {
      await transport.send({
        ...more,
        method: 'POST',
        path: eventsPath(namespace),
        body: eventManifest(series, this.#options),
      });
    } catch (error) {
      if (toApiError(error).reason !== 'AlreadyExists') throw error;
      if (waiting.tries > 1) {
        // An earlier try got through and only its answer was lost.
        series.writtenCount = 1;
        if (count > 1) this.#requeue(waiting);
        return;
      }
      series.name = undefined;
      throw error;
    }
    series.writtenCount = count;
    observer?.onWritten?.('created');
  }

  #failed(waiting: Waiting, error: ApiError): number {
    const { status, kind } = error;
    if (error.reason === 'AlreadyExists') {
      // Another Event has that name; the next try takes a new one.
      return waiting.tries < defaults.maxServerErrors
        ? this.#again(waiting, error, true)
        : this.#drop('failed', waiting, error);
    }
    if (kind === 'malformed') {
      // The Event is stored; only the answer cannot be read.
      return this.#drop('failed', waiting, error);
    }
    if (error.isNamespaceTerminating) return this.#drop('refused', waiting, error);
    if (status === 403 && waiting.tries < defaults.maxServerErrors && this.#mayBeStarting()) {
      return this.#again(waiting, error, true);
    }
    if (kind === 'http' && status < 500 && status !== 429 && status !== 401 && status !== 408 && status !== 409) {
      return this.#drop('refused', waiting, error);
    }
    // 503 is a server that is not ready; any other 5xx may be about this very Event, so the others go first.
    const aboutThisOne = kind === 'http' && status >= 500 && status !== 503;
    if (aboutThisOne) waiting.serverErrors += 1;
    if (waiting.serverErrors >= defaults.maxServerErrors) return this.#drop('failed', waiting, error);
    return this.#again(waiting, error, aboutThisOne);
  }

  /** Whether a 403 may be that of a server that has just started. */
  #mayBeStarting(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    this.#forbiddenSinceMs ??= nowMs;
    return nowMs - this.#forbiddenSinceMs < defaults.forbiddenMs;
  }

  #again(waiting: Waiting, error: ApiError, last: boolean): number {
    this.#options.observer?.onRetry?.(error);
    this.#requeue(waiting, last);
    return this.#backoff.nextMs(error.retryAfterMs);
  }

  /** Puts back, by default at the front; what was recorded meanwhile for the same object is in its count. */
  #requeue(waiting: Waiting, last = false): void {
    const { series } = waiting;
    const later = this.#queue.get(this.#slotOf(series));
    if (later !== undefined && later.series !== series) return this.#coalesce(later.series, series);
    const others = [...this.#queue].filter(([kind]) => kind !== this.#slotOf(series));
    this.#queue.clear();
    if (!last) this.#queue.set(this.#slotOf(series), waiting);
    for (const [kind, other] of others) this.#queue.set(kind, other);
    if (last) this.#queue.set(this.#slotOf(series), waiting);
    this.#boundQueue();
  }

  #drop(why: EventDropReason, waiting: Waiting, error: ApiError | undefined): number {
    this.#options.observer?.onDropped?.(why);
    const { involved, reason } = waiting.series;
    this.#warn('an event was not written', {
      service: `${involved.namespace}/${involved.name}`,
      reason,
      error: error?.message,
    });
    return 0;
  }

  #warn(what: string, more: Record<string, unknown> | undefined): void {
    const suppressed = this.#log.pass();
    if (suppressed !== undefined) this.#options.logger.warn({ ...more, suppressed }, what);
  }

  /** `<service>.<hex>` as client-go: nanoseconds, here with a counter and chance where a millisecond ends. */
  #newName({ involved, firstWallMs }: EventSeries): string {
    this.#named = (this.#named + 1) % 1000;
    const belowMs = BigInt(this.#named * 1000 + Math.floor(this.#options.random() * 1000));
    return `${involved.name}.${(BigInt(Math.floor(firstWallMs)) * 1_000_000n + belowMs).toString(16)}`;
  }
}
