import { toApiError } from '../rest/apiStatus.js';
import { sleep } from '../clock.js';
import { LogThrottle } from '../logThrottle.js';
import { asRecord } from '../json.js';
import { microTime } from '../metaTime.js';
import { checkOptions, JITTER_FACTOR, type LeaderElectorOptions } from './leaderElectorOptions.js';
import { nextTryMs } from './nextTry.js';
import { readLease, shownHolder, withLabels, type ObservedLease } from './leaseRecord.js';
import { sendInTime } from './sendInTime.js';
import { leasePath, leasesPath } from '../rest/paths.js';
import { ApiError, type ApiRequest } from '../rest/transport.js';

/** Leadership is lost; the process must not write any more, and should exit. */
export class LeaderLostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LeaderLostError';
  }
}

type Attempt =
  /** By a request that was sent at `sinceMs`, or by another process later than that. */
  | { readonly result: 'held'; readonly sinceMs: number }
  /** Another process holds the lease, or has just taken it. */
  | { readonly result: 'taken'; readonly by: string }
  | { readonly result: 'failed'; readonly error: ApiError };

/**
 * Leader election on a Lease by client-go's algorithm (tools/leaderelection): the holder renews the lease, the
 * others watch the record and take it when it has not changed for the lease's duration. Both sides measure with their
 * own monotonic clocks, from the safe end: the holder from before it sends a renewal, the others from after they have
 * seen one. Wall clocks are only written for people to read.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #failures: LogThrottle;
  #state: 'new' | 'standby' | 'taken' | 'leading' | 'lost' | 'stopped' | 'released' = 'new';
  #lease: ObservedLease | undefined;
  /** When the record was first seen as it is now. */
  #observedMs = -Infinity;
  /** When the request was sent that brought the record: no later than the server had it. */
  #askedMs = -Infinity;
  #renewedMs = -Infinity;
  #reportedHolder: string | undefined;

  constructor(options: LeaderElectorOptions) {
    checkOptions(options);
    this.#options = options;
    // Failed renewals are tried again several times in a retry period, for each of the Leases of a process.
    this.#failures = new LogThrottle(options.clock, options.retryPeriodMs);
  }

  /** This process was elected and has neither lost nor released the lease; writes check `holdsLease`. */
  get isLeader(): boolean {
    const state = this.#state;
    return state === 'taken' || state === 'leading' || (state === 'stopped' && this.#renewedMs > -Infinity);
  }

  /** The last observed holder of the lease; empty when it is free. */
  get leaderIdentity(): string {
    return this.#lease?.record.holder ?? '';
  }

  /**
   * Whether, by the monotonic clock of this process, no other process can hold the lease now. Checked right before every
   * write, so that a blocked event loop does not write after its lease expired. Stays true after `run` was stopped, so that the last
   * writes can finish before `release`.
   */
  holdsLease(): boolean {
    return this.isLeader && this.#options.clock.monotonicMs() < this.#validUntilMs;
  }

  /**
   * The holder whose lease has not expired, as far as this process has observed; empty when the lease is free, and before
   * the first answer.
   */
  get liveHolder(): string {
    return this.#options.clock.monotonicMs() < this.expiresMs ? this.leaderIdentity : '';
  }

  /** When the lease of the last observed holder ends, by the monotonic clock of this process; -Infinity when it is free. */
  get expiresMs(): number {
    if (this.isLeader) return this.#validUntilMs;
    if (this.leaderIdentity === '') return -Infinity;
    return this.#observedMs + (this.#lease?.record.durationMs ?? this.#options.leaseDurationMs);
  }

  /**
   * Waits for the lease, then keeps it. Resolves when the signal fires.
   * @throws {LeaderLostError} once leadership is lost; the elector is of no use after that
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'new') throw new Error('A leader elector runs only once.');
    this.#state = 'standby';
    // What `observe` has seen was not logged.
    this.#reportedHolder = undefined;
    await this.#acquire(signal);
    if (signal.aborted) {
      this.#state = 'stopped';
      return;
    }
    await this.#keep(signal);
  }

  /**
   * Reads the Lease and notes since when its record stands unchanged; for those that do not wait in `run`, or not yet.
   * @throws {ApiError} when the Lease cannot be read
   */
  async observe(signal: AbortSignal): Promise<void> {
    await this.#find(this.#options.clock.monotonicMs() + this.#options.renewDeadlineMs, signal);
  }

  /** One try to take the lease, if it is free or expired by what `observe` has seen. Never rejects. */
  async tryTake(signal: AbortSignal): Promise<boolean> {
    if (this.#state !== 'new') throw new Error('A leader elector takes its lease only once.');
    this.#state = 'standby';
    const taken = await this.#take(signal);
    this.#state = taken === 'held' ? 'taken' : 'new';
    return taken === 'held';
  }

  /**
   * Keeps the lease that `tryTake` took. Resolves when the signal fires, or when the lease is released.
   * @throws {LeaderLostError} once leadership is lost; the elector is of no use after that
   */
  async keep(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'taken') throw new Error('A leader elector keeps what it has taken.');
    await this.#keep(signal);
  }

  /**
   * Gives the lease back, so that a standby need not wait for its end. Call it after the last write; from then on
   * `holdsLease` is false. Does nothing when this process does not hold it; a failure is only logged.
   */
  async release(): Promise<void> {
    const { logger, renewDeadlineMs } = this.#options;
    const held = this.isLeader;
    if (this.#state !== 'lost') this.#state = 'released';
    if (!held) return;
    const untilMs = this.#options.clock.monotonicMs() + renewDeadlineMs;
    const never = new AbortController().signal;
    try {
      // The second try is for a renewal that was cut off by the stop and may have changed the version.
      for (let fresh = false; ; fresh = true) {
        if (fresh || this.#lease === undefined) this.#observe(await this.#get(untilMs, never));
        if (this.leaderIdentity !== this.#options.identity) return;
        try {
          this.#observe(await this.#put({ holderIdentity: '', leaseDurationSeconds: 1 }, false, untilMs, never));
          logger.info({ lease: this.#options.name }, 'released the lease');
          return;
        } catch (error) {
          if (fresh || !(error instanceof ApiError && error.status === 409)) throw error;
        }
      }
    } catch (error) {
      logger.warn(
        { lease: this.#options.name, error: toApiError(error).message },
        'could not release the lease; it expires by itself',
      );
    }
  }

  get #isReleased(): boolean {
    return this.#state === 'released';
  }

  get #validUntilMs(): number {
    return this.#renewedMs + this.#options.leaseDurationMs;
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { clock, random, retryPeriodMs } = this.#options;
    while (!signal.aborted) {
      const taken = await this.#take(signal);
      if (taken === 'held') return;
      if (taken === 'not') await sleep(clock, retryPeriodMs * (1 + random() * JITTER_FACTOR), signal);
    }
  }

  /** One try. `late`: the lease was taken, by an answer that was delayed for longer than the lease. */
  async #take(signal: AbortSignal): Promise<'held' | 'late' | 'not'> {
    const { clock, renewDeadlineMs, leaseDurationMs, logger } = this.#options;
    const startedMs = clock.monotonicMs();
    const attempt = await this.#attempt(startedMs + renewDeadlineMs, signal);
    if (attempt.result === 'held') {
      if (clock.monotonicMs() >= attempt.sinceMs + leaseDurationMs) return 'late';
      this.#renewedMs = attempt.sinceMs;
      return 'held';
    }
    if (attempt.result === 'failed' && !signal.aborted) {
      logger.warn({ lease: this.#options.name, error: attempt.error.message }, 'could not read or take the lease');
    }
    return 'not';
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { logger, identity, name } = this.#options;
    this.#state = 'leading';
    logger.info({ lease: name, identity }, 'became the leader');
    try {
      this.#options.onStartedLeading();
      await this.#renew(signal);
      if (!this.#isReleased) this.#state = 'stopped';
    } catch (error) {
      this.#state = 'lost';
      logger.error({ lease: name, identity, err: error }, 'leadership is lost');
      throw error;
    }
  }

  /** Settles when stopped, throws when lost. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, name, retryPeriodMs, renewDeadlineMs, logger } = this.#options;
    let waitMs = retryPeriodMs;
    for (;;) {
      await sleep(clock, waitMs, signal);
      if (signal.aborted || this.#isReleased) return;
      const startedMs = clock.monotonicMs();
      const untilMs = this.#renewedMs + renewDeadlineMs;
      this.#lostIfOverdue(startedMs, untilMs);
      const attempt = await this.#attempt(untilMs, signal);
      const nowMs = clock.monotonicMs();
      if (this.#isReleased) return;
      if (attempt.result === 'taken') {
        const by = attempt.by === '' ? 'another process' : shownHolder(attempt.by);
        throw new LeaderLostError(`The lease ${name} was taken by ${by}.`);
      }
      // Asked before the answer counts: a renewal that arrives after the end of the lease renews nothing.
      if (nowMs >= this.#validUntilMs) this.#lostIfOverdue(nowMs, untilMs);
      if (signal.aborted) return;
      if (attempt.result === 'held') {
        this.#renewedMs = Math.max(this.#renewedMs, attempt.sinceMs);
        waitMs = retryPeriodMs;
        continue;
      }
      const suppressed = this.#failures.pass();
      const log = { lease: name, error: attempt.error.message, suppressed };
      if (suppressed !== undefined) logger.warn(log, 'could not renew the lease');
      this.#lostIfOverdue(nowMs, untilMs);
      waitMs = nextTryMs(attempt.error, retryPeriodMs, untilMs - nowMs);
    }
  }

  #lostIfOverdue(nowMs: number, untilMs: number): void {
    if (nowMs < untilMs) return;
    const seconds = ((nowMs - this.#renewedMs) / 1000).toFixed(1);
    throw new LeaderLostError(`The lease ${this.#options.name} could not be renewed for ${seconds} s.`);
  }

  /** One try to take or to renew, as client-go's tryAcquireOrRenew. Never rejects. */
  async #attempt(untilMs: number, signal: AbortSignal): Promise<Attempt> {
    try {
      return await this.#takeOrRenew(untilMs, signal);
    } catch (error) {
      return { result: 'failed', error: toApiError(error) };
    }
  }

  async #takeOrRenew(untilMs: number, signal: AbortSignal, isSecond = false): Promise<Attempt> {
    const { identity, clock, isShared = false } = this.#options;
    const startedMs = clock.monotonicMs();
    const [before, beforeMs] = [this.#lease?.fingerprint, this.#askedMs];
    if (!isShared && this.#state === 'leading' && this.leaderIdentity === identity) {
      // The fast path: the last write still stands unless another process interfered.
      try {
        this.#observe(await this.#put({}, false, untilMs, signal), startedMs);
        return { result: 'held', sinceMs: startedMs };
      } catch (error) {
        if (!(error instanceof ApiError && error.kind === 'http')) throw error;
      }
    }
    const found = await this.#find(untilMs, signal);
    // Released while this renewal was under way: to renew it now would take back what others wait for.
    if (this.#isReleased) throw new ApiError('aborted', 'the lease was released');
    if (found === undefined) {
      const by = this.#state === 'leading' ? '' : this.liveHolder;
      if (by !== '' && by !== identity) return { result: 'taken', by };
      await this.#create(untilMs, signal);
      return { result: 'held', sinceMs: startedMs };
    }
    const { holder, durationMs } = found.record;
    if (holder !== '' && holder !== identity) {
      const expiresMs = this.#observedMs + (durationMs ?? this.#options.leaseDurationMs);
      // Who leads and finds another name there has lost, even if that other one is late itself.
      if (this.#state === 'leading' || clock.monotonicMs() < expiresMs) return { result: 'taken', by: holder };
    }
    // Another holder has renewed it since this process last asked; if all insisted on a write of their own, each would be
    // in the way of the others.
    if (isShared && holder === identity && before !== undefined && before !== found.fingerprint) {
      return { result: 'held', sinceMs: beforeMs };
    }
    try {
      this.#observe(await this.#put({}, holder !== identity, untilMs, signal), startedMs);
      return { result: 'held', sinceMs: startedMs };
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      // Somebody was faster, most likely another one that holds it too.
      if (isShared && !isSecond) return this.#takeOrRenew(untilMs, signal, true);
      if (this.#state === 'leading') throw error;
      return { result: 'taken', by: '' };
    }
  }

  /** Undefined when there is no such Lease. */
  async #find(untilMs: number, signal: AbortSignal): Promise<ObservedLease | undefined> {
    const askedMs = this.#options.clock.monotonicMs();
    try {
      return this.#observe(await this.#get(untilMs, signal), askedMs);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      // Whoever held a Lease that is deleted writes on until its next renewal, which creates it again.
      if (!this.isLeader && this.liveHolder === '') this.#lease = undefined;
      return undefined;
    }
  }

  async #create(untilMs: number, signal: AbortSignal): Promise<void> {
    const { namespace, name, labels } = this.#options;
    // Whoever deletes a Lease that is held does not end what its annotations stand for, such as a stop of all writes.
    const { annotations } = asRecord(this.#lease?.raw.metadata);
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name, labels, annotations },
      spec: { ...this.#claim(), acquireTime: this.#now(), leaseTransitions: 0 },
    };
    const askedMs = this.#options.clock.monotonicMs();
    this.#observe(await this.#request({ method: 'POST', path: leasesPath(namespace), body }, untilMs, signal), askedMs);
  }

  #get(untilMs: number, signal: AbortSignal): Promise<unknown> {
    const { namespace, name } = this.#options;
    return this.#request({ method: 'GET', path: leasePath(namespace, name) }, untilMs, signal);
  }

  /** Writes the claim of this process over the observed Lease; the server refuses with 409 when it is not the latest. */
  #put(change: Record<string, unknown>, isNewHolder: boolean, untilMs: number, signal: AbortSignal): Promise<unknown> {
    const lease = this.#lease;
    if (lease === undefined) return Promise.reject(new ApiError('malformed', 'there is no Lease to update'));
    const { acquireTime, transitions } = lease.record;
    const spec = {
      ...lease.spec,
      ...this.#claim(),
      acquireTime: isNewHolder || acquireTime === undefined ? this.#now() : acquireTime,
      leaseTransitions: isNewHolder ? transitions + 1 : transitions,
      ...change,
    };
    const { namespace, name, labels } = this.#options;
    const body = { ...withLabels(lease.raw, labels), spec };
    return this.#request({ method: 'PUT', path: leasePath(namespace, name), body }, untilMs, signal);
  }

  #claim(): Record<string, unknown> {
    const { identity, leaseDurationMs } = this.#options;
    // Rounded up: others must never assume a shorter lease than the holder does.
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      renewTime: this.#now(),
    };
  }

  #now(): string {
    return microTime(this.#options.clock.wallMs());
  }

  #observe(answer: unknown, askedMs = this.#options.clock.monotonicMs()): ObservedLease {
    const lease = readLease(answer);
    if (lease === undefined)
      throw new ApiError('malformed', `The answer for the lease ${this.#options.name} is not a Lease.`);
    if (lease.fingerprint !== this.#lease?.fingerprint) this.#observedMs = this.#options.clock.monotonicMs();
    this.#lease = lease;
    this.#askedMs = askedMs;
    const { holder } = lease.record;
    if (holder !== this.#reportedHolder) {
      this.#reportedHolder = holder;
      this.#logHolder(shownHolder(holder));
    }
    return lease;
  }

  #logHolder(holder: string): void {
    const { logger, namespace, name, identity } = this.#options;
    if (this.#state !== 'standby' || holder === identity) return;
    const lease = `${namespace}/${name}`;
    if (holder === '') logger.info({ lease }, 'the lease is free');
    else logger.info({ lease, holder }, 'waiting for the lease, which another process holds');
  }

  #request(request: ApiRequest, untilMs: number, signal: AbortSignal): Promise<unknown> {
    const { transport, clock, renewDeadlineMs } = this.#options;
    // client-go's timeout for the lease.
    const deadlineMs = Math.min(Math.max(1000, renewDeadlineMs / 2), Math.max(1, untilMs - clock.monotonicMs()));
    return sendInTime({ transport, clock, deadlineMs, signal }, request);
  }
}
