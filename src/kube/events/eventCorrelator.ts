import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';

/** The Service that an Event is about. */
export interface InvolvedService {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

export type EventType = 'Normal' | 'Warning';

/** One Event object of the API and how often it happened; changes while it waits to be written. */
export interface EventSeries {
  readonly involved: InvolvedService;
  /** What it has in common with series of the same Service, type, reason and topic. */
  readonly kind: string;
  /** `kind`, and the message where that is not one of many. */
  readonly key: string;
  readonly type: EventType;
  readonly reason: string;
  message: string;
  count: number;
  firstWallMs: number;
  lastWallMs: number;
  lastMs: number;
  /** Name of the Event object; given when it is first written. */
  name: string | undefined;
  /** The part of `count` that the server has; above 0 there is an Event object, and the next write is a patch. */
  writtenCount: number;
}

/** The numbers of client-go's tools/record/events_cache.go. */
const defaults = {
  cacheSize: 4096,
  /** From this many different messages of one kind on they are put together… */
  similarMessages: 10,
  /** …when they come closer together than this. */
  similarWithinMs: 10 * 60_000,
  spamBurst: 25,
  spamRefillMs: 5 * 60_000,
  /** API servers forget Events after an hour (--event-ttl); a patch would then find nothing. */
  seriesMs: 60 * 60_000,
} as const;

const combinedPrefix = '(combined from similar events): ';

/**
 * Decides which Event object an occurrence belongs to, as client-go's EventCorrelator: the same message counts up, many
 * similar messages become one, and a Service that produces too many is cut short. Memory is bounded by LRU caches.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #series = new LRUCache<string, EventSeries>({ max: defaults.cacheSize });
  readonly #similar = new LRUCache<string, { messages: Set<string>; lastMs: number }>({ max: defaults.cacheSize });
  readonly #budgets = new LRUCache<string, { tokens: number; refilledMs: number }>({ max: defaults.cacheSize });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts one occurrence. `spam`: the Service has used up its share, so the Event is not written now; it is
   * still counted, and the next write shows the count.
   */
  observe(
    involved: InvolvedService,
    type: EventType,
    reason: string,
    message: string,
    topic = '',
  ): { series: EventSeries; spam: boolean } {
    const nowMs = this.#clock.monotonicMs();
    const kind = JSON.stringify([involved.namespace, involved.name, involved.uid, type, reason, topic]);
    const combined = this.#isOneOfMany(kind, message, nowMs);
    const key = combined ? kind : JSON.stringify([kind, message]);
    const text = combined ? combinedPrefix + message : message;
    const known = this.#series.get(key);
    const wallMs = this.#clock.wallMs();
    let series: EventSeries;
    if (known !== undefined && nowMs - known.lastMs <= defaults.seriesMs) {
      series = known;
      series.count += 1;
      series.message = text;
      series.lastWallMs = wallMs;
      series.lastMs = nowMs;
    } else {
      series = {
        involved,
        kind,
        key,
        type,
        reason,
        message: text,
        count: 1,
        firstWallMs: wallMs,
        lastWallMs: wallMs,
        lastMs: nowMs,
        name: undefined,
        writtenCount: 0,
      };
      this.#series.set(key, series);
    }
    return { series, spam: !this.#spend(involved, nowMs) };
  }

  /** Counts the occurrences of `older` that the server does not have for `latest` instead. */
  absorb(latest: EventSeries, older: EventSeries): void {
    latest.count += older.count - older.writtenCount;
    if (latest.writtenCount === 0) latest.firstWallMs = Math.min(latest.firstWallMs, older.firstWallMs);
    older.count = older.writtenCount;
    if (older.count === 0 && this.#series.get(older.key) === older) this.#series.delete(older.key);
  }

  #isOneOfMany(kind: string, message: string, nowMs: number): boolean {
    let similar = this.#similar.get(kind);
    if (similar === undefined || nowMs - similar.lastMs > defaults.similarWithinMs) {
      similar = { messages: new Set(), lastMs: nowMs };
      this.#similar.set(kind, similar);
    }
    similar.lastMs = nowMs;
    similar.messages.add(message);
    if (similar.messages.size < defaults.similarMessages) return false;
    // Bounded: one goes for the one that came.
    for (const oldest of similar.messages) {
      similar.messages.delete(oldest);
      break;
    }
    return true;
  }

  #spend(involved: InvolvedService, nowMs: number): boolean {
    const key = JSON.stringify([involved.namespace, involved.name, involved.uid]);
    let budget = this.#budgets.get(key);
    if (budget === undefined) {
      budget = { tokens: defaults.spamBurst, refilledMs: nowMs };
      this.#budgets.set(key, budget);
    }
    const refill = (nowMs - budget.refilledMs) / defaults.spamRefillMs;
    budget.tokens = Math.min(defaults.spamBurst, budget.tokens + refill);
    budget.refilledMs = nowMs;
    if (budget.tokens < 1) return false;
    budget.tokens -= 1;
    return true;
  }
}
