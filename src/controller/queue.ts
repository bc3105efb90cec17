import PQueue from 'p-queue';
import type { Clock } from '../kube/clock.js';
import { parseObjectKey } from '../model/objectKey.js';
import { NamespaceTurns } from './namespaceTurns.js';
import type { WorkStretches } from './workStretches.js';

/** The result of one run for a key. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Run again at once with what is known by then, e.g. after a conflict. */
  | { readonly kind: 'again' }
  /** Run again after the key's back-off, or, where the server named a time, not before that. */
  | { readonly kind: 'retry'; readonly retryAfterMs?: number | undefined; readonly error: unknown };

export interface QueueObserver {
  onAdded?(): void;
  /** A run starts; the key has waited `queuedMs` for it. */
  onStarted?(queuedMs: number): void;
  onFinished?(workMs: number, outcome: Outcome['kind']): void;
}

export interface QueueOptions {
  /** Must not throw for ordinary failures; what it throws counts as `retry`. */
  readonly run: (key: string, firstEventMs: number) => Promise<Outcome>;
  readonly concurrency: number;
  /** A key that had work less than this ago waits until its events pause for this long. */
  readonly coalesceMs: number;
  /** A key of which events must have paused for some time before it runs at all. By default 0: the first runs at once. */
  readonly quietMs?: (key: string) => number;
  /** In which the beginnings of runs take place, up to where they first wait. */
  readonly stretches: Pick<WorkStretches, 'run'>;
  readonly clock: Clock;
  readonly observer: QueueObserver;
  /** A key backs off, because of this error. */
  readonly onRetry?: (key: string, error: unknown) => void;
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** A burst that does not pause is still planned, each time this many windows have passed. */
const LONGEST_BURST_WINDOWS = 20;

interface Entry {
  phase: 'queued' | 'running' | 'cooling' | 'backing-off';
  /** Something happened since the last run started. */
  dirty: boolean;
  firstEventMs: number;
  lastEventMs: number;
  queuedMs: number;
  failures: number;
  /** No run before this time, because the server requested a pause; 0 when it did not. */
  notBeforeMs: number;
  /** When a back-off ends. */
  backOffUntilMs: number;
  cancel: () => void;
  /** Settles when the last run that was begun has ended. */
  ended: Promise<unknown>;
}

/**
 * The work queue: Services by key, each at most once in the queue and never twice at a time (client-go's workqueue:
 * dedupe, dirty while processing, exponential back-off per key). The first event of a quiet key runs at once, unless
 * `quietMs` requires a pause first; those that follow are coalesced and run once more when they pause. Among keys that
 * wait the namespaces take turns by the time that their planning takes. p-queue keeps to the concurrency.
 */
export class ServiceQueue {
  readonly #options: QueueOptions;
  readonly #pool: PQueue;
  readonly #entries = new Map<string, Entry>();
  /** The keys in phase `queued`, one for each task that waits in the pool. */
  readonly #turns = new NamespaceTurns<string>();
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  #stopped = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#baseDelayMs = options.baseDelayMs ?? 1000;
    this.#maxDelayMs = options.maxDelayMs ?? 300_000;
    this.#pool = new PQueue({ concurrency: options.concurrency, autoStart: false });
  }

  /** Keys that wait for their run. */
  get waiting(): number {
    let waiting = 0;
    for (const { phase } of this.#entries.values()) if (phase === 'queued') waiting++;
    return waiting;
  }

  /** How long the key that has been queued or running for longest has been so, in ms; 0 when there is none. */
  get oldestMs(): number {
    let oldestMs = Infinity;
    for (const { phase, queuedMs } of this.#entries.values()) {
      if (phase === 'queued' || phase === 'running') oldestMs = Math.min(oldestMs, queuedMs);
    }
    return oldestMs === Infinity ? 0 : this.#options.clock.monotonicMs() - oldestMs;
  }

  /** Keys whose last run failed. */
  get failing(): number {
    let failing = 0;
    for (const { failures } of this.#entries.values()) if (failures > 0) failing++;
    return failing;
  }

  /** Nothing waits, runs, cools down or backs off. */
  get idle(): boolean {
    return this.#entries.size === 0;
  }

  /** From now on at most this many keys run at a time; those that run already go on. */
  setConcurrency(concurrency: number): void {
    this.#pool.concurrency = concurrency;
  }

  /** Until this is called, keys are taken in and wait. */
  start(): void {
    this.#pool.start();
  }

  /** At once: takes in nothing more, drops what waits, ends all timers. Settles when the runs under way have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pool.pause();
    this.#pool.clear();
    for (const entry of this.#entries.values()) entry.cancel();
    await this.#pool.onPendingZero();
    this.#entries.clear();
  }

  /** Drops keys with all that is remembered of them. Settles when the runs that are under way for them have ended. */
  async drop(belongs: (key: string) => boolean): Promise<void> {
    const running: Promise<unknown>[] = [];
    for (const [key, entry] of this.#entries) {
      if (!belongs(key)) continue;
      entry.cancel();
      this.#entries.delete(key);
      if (entry.phase === 'running') running.push(entry.ended);
    }
    await Promise.all(running);
  }

  /** Something about this key has changed. */
  add(key: string): void {
    if (this.#stopped) return;
    const now = this.#options.clock.monotonicMs();
    this.#options.observer.onAdded?.();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const fresh: Entry = {
        phase: 'queued',
        dirty: true,
        firstEventMs: now,
        lastEventMs: now,
        queuedMs: now,
        failures: 0,
        notBeforeMs: 0,
        backOffUntilMs: 0,
        cancel: () => undefined,
        ended: Promise.resolve(),
      };
      this.#entries.set(key, fresh);
      this.#enqueueWhenQuiet(key, fresh);
      return;
    }
    if (!entry.dirty) entry.firstEventMs = now;
    entry.dirty = true;
    entry.lastEventMs = now;
    // A change may resolve the failure: it shortens a long back-off, but not the pause that the server requested.
    if (entry.phase === 'backing-off') this.#backOff(key, entry, Math.max(this.#baseDelayMs, entry.notBeforeMs - now));
  }

  #quietMs(key: string): number {
    return this.#options.quietMs?.(key) ?? 0;
  }

  #enqueueWhenQuiet(key: string, entry: Entry): void {
    if (this.#quietMs(key) > 0) this.#coolDown(key, entry);
    else this.#enqueue(key, entry);
  }

  #enqueue(key: string, entry: Entry): void {
    entry.cancel();
    entry.phase = 'queued';
    entry.queuedMs = this.#options.clock.monotonicMs();
    this.#turns.push(parseObjectKey(key).namespace, key);
    // p-queue hands on what the task throws; #runNext throws nothing.
    void this.#pool.add(() => this.#runNext());
  }

  async #runNext(): Promise<void> {
    const { clock, observer, stretches } = this.#options;
    const started = await stretches.run(() => this.#start());
    if (started === undefined) return;
    const { key, entry, startMs } = started;
    const outcome = await started.outcome;
    const now = clock.monotonicMs();
    observer.onFinished?.(now - startMs, outcome.kind);
    if (this.#stopped || this.#entries.get(key) !== entry) return;
    if (outcome.kind === 'again') {
      entry.dirty = true;
      entry.lastEventMs = now;
      this.#enqueueWhenQuiet(key, entry);
    } else if (outcome.kind === 'retry') {
      this.#options.onRetry?.(key, outcome.error);
      entry.failures++;
      entry.notBeforeMs = outcome.retryAfterMs === undefined ? 0 : now + outcome.retryAfterMs;
      // A change during the run counts like one after it.
      const doublings = entry.dirty ? 0 : Math.min(entry.failures - 1, 30);
      entry.dirty = true;
      const delay = Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** doublings);
      this.#backOff(key, entry, Math.max(delay, outcome.retryAfterMs ?? 0));
    } else {
      entry.failures = 0;
      entry.notBeforeMs = 0;
      this.#coolDown(key, entry);
    }
  }

  /** Starts the key whose turn it is, and counts the time until its run first waits for the API server: its planning. */
  #start(): { key: string; entry: Entry; startMs: number; outcome: Promise<Outcome> } | undefined {
    const { clock, observer } = this.#options;
    const next = this.#stopped ? undefined : this.#turns.take();
    const entry = next && this.#entries.get(next.item);
    // Dropped while it waited, and maybe added again since.
    if (next === undefined || entry?.phase !== 'queued') return undefined;
    const { namespace, item: key } = next;
    const startMs = clock.monotonicMs();
    entry.phase = 'running';
    entry.dirty = false;
    observer.onStarted?.(startMs - entry.queuedMs);
    const outcome = this.#outcomeOf(key, entry.firstEventMs);
    entry.ended = outcome;
    this.#turns.charge(namespace, clock.monotonicMs() - startMs);
    return { key, entry, startMs, outcome };
  }

  async #outcomeOf(key: string, firstEventMs: number): Promise<Outcome> {
    try {
      return await this.#options.run(key, firstEventMs);
    } catch (error) {
      return { kind: 'retry', error };
    }
  }

  /** Waits `ms`; a wait that ends sooner stays, or a stream of events would put a key off without end. */
  #backOff(key: string, entry: Entry, ms: number): void {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + ms;
    if (entry.phase === 'backing-off' && entry.backOffUntilMs <= untilMs) return;
    entry.cancel();
    entry.phase = 'backing-off';
    entry.backOffUntilMs = untilMs;
    entry.cancel = clock.after(ms, () => this.#enqueue(key, entry));
  }

  #coolDown(key: string, entry: Entry): void {
    entry.phase = 'cooling';
    const { clock } = this.#options;
    const pauseMs = Math.max(this.#options.coalesceMs, this.#quietMs(key));
    const check = (): void => {
      if (!entry.dirty) {
        this.#entries.delete(key);
        return;
      }
      const now = clock.monotonicMs();
      const pauseEndsMs = entry.lastEventMs + pauseMs;
      const latestMs = entry.firstEventMs + pauseMs * LONGEST_BURST_WINDOWS;
      const waitMs = Math.min(pauseEndsMs, latestMs) - now;
      if (waitMs <= 0) this.#enqueue(key, entry);
      else entry.cancel = clock.after(waitMs, check);
    };
    entry.cancel = clock.after(pauseMs, check);
  }
}
