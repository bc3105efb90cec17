import type { Clock } from '../../kube/clock.js';
import { Waker } from '../../kube/waker.js';

export interface ChangePacerOptions {
  readonly clock: Clock;
  /** A key is due when its changes pause for this long … */
  readonly pauseMs: number;
  /** … and at the latest after this long; in the long run also at most once in this time. */
  readonly intervalMs: number;
  /** Changes are due at once this many times before the interval counts. */
  readonly burst: number;
  readonly onDue: (key: string) => void;
}

/** How often a key may still be due at once; grows by one per interval. */
interface Allowance {
  left: number;
  atMs: number;
}

/** Times of the first and the last change of a key that is not due yet. */
interface Changes {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Turns changes that come in bursts into few calls, per key: after a pause, and not too often. */
export class ChangePacer {
  readonly #options: ChangePacerOptions;
  readonly #pending = new Map<string, Changes>();
  readonly #waker: Waker;
  readonly #allowances = new Map<string, Allowance>();
  #sleepsUntilMs = Infinity;

  constructor(options: ChangePacerOptions) {
    this.#options = options;
    this.#waker = new Waker(options.clock);
  }

  changed(key: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    const before = this.#pending.get(key);
    const changes = { firstMs: before?.firstMs ?? nowMs, lastMs: nowMs };
    this.#pending.set(key, changes);
    // A further change of a key only puts it off, and mostly another key is due before a new one.
    if (before === undefined && this.#dueMs(key, changes, nowMs) < this.#sleepsUntilMs) this.#waker.wake();
  }

  /** Nothing waits to be due. */
  get idle(): boolean {
    return this.#pending.size === 0;
  }

  /** Settles when the signal fires; never rejects. Changes before it runs are dropped: its caller plans all Services. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#pending.clear();
    while (!signal.aborted) {
      let nextMs = Infinity;
      const nowMs = clock.monotonicMs();
      // Comes to the changes that `onDue` brings, too.
      for (const [key, changes] of this.#pending) {
        const dueMs = this.#dueMs(key, changes, nowMs);
        if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
        else this.#fire(key, nowMs);
      }
      this.#forgetFull(nowMs);
      this.#sleepsUntilMs = nextMs;
      await this.#waker.sleep(nextMs - clock.monotonicMs(), signal);
    }
    this.#pending.clear();
  }

  #dueMs(key: string, { firstMs, lastMs }: Changes, nowMs: number): number {
    const { pauseMs, intervalMs } = this.#options;
    const allowedMs = nowMs + Math.ceil((1 - this.#allowanceOf(key, nowMs)) * intervalMs);
    return Math.max(Math.min(lastMs + pauseMs, firstMs + intervalMs), allowedMs);
  }

  #allowanceOf(key: string, nowMs: number): number {
    const { intervalMs, burst } = this.#options;
    const allowance = this.#allowances.get(key);
    return allowance === undefined ? burst : Math.min(burst, allowance.left + (nowMs - allowance.atMs) / intervalMs);
  }

  #fire(key: string, nowMs: number): void {
    this.#pending.delete(key);
    this.#allowances.set(key, { left: this.#allowanceOf(key, nowMs) - 1, atMs: nowMs });
    this.#options.onDue(key);
  }

  /** Keys that have their full allowance again need no memory. */
  #forgetFull(nowMs: number): void {
    for (const key of this.#allowances.keys()) {
      if (this.#allowanceOf(key, nowMs) >= this.#options.burst) this.#allowances.delete(key);
    }
  }
}
