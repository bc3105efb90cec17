import type { Clock } from '../../kube/clock.js';

export interface InTreeQueueOptions {
  readonly clock: Clock;
  readonly retryMs: number;
  readonly longestRetryMs: number;
  readonly run: (key: string) => Promise<'done' | 'retry'>;
}

/** Keys with a time at which they are due, worked off one after the other; failed ones wait twice as long each time. */
export class InTreeQueue {
  readonly #options: InTreeQueueOptions;
  readonly #dueMs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #wake: () => void = () => undefined;
  #started = false;
  #busy = false;

  constructor(options: InTreeQueueOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return this.#started && !this.#busy && this.#dueMs.size === 0;
  }

  /** The earlier time counts when the key waits already. */
  add(key: string, delayMs: number): void {
    const dueMs = this.#options.clock.monotonicMs() + delayMs;
    this.#dueMs.set(key, Math.min(dueMs, this.#dueMs.get(key) ?? Infinity));
    this.#wake();
  }

  /** Nothing is worked off before. */
  start(): void {
    this.#started = true;
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      const key = this.#next();
      if (key === undefined) await this.#wait();
      else await this.#work(key);
    }
    signal.removeEventListener('abort', stop);
  }

  async #work(key: string): Promise<void> {
    const { run, retryMs, longestRetryMs } = this.#options;
    this.#dueMs.delete(key);
    this.#busy = true;
    const outcome = await run(key);
    this.#busy = false;
    if (outcome === 'done') {
      this.#failures.delete(key);
      return;
    }
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.add(key, Math.min(retryMs * 2 ** failures, longestRetryMs));
  }

  /** The key that has been due for longest. */
  #next(): string | undefined {
    if (!this.#started) return undefined;
    const first = [...this.#dueMs].sort((a, b) => a[1] - b[1])[0];
    return first !== undefined && first[1] <= this.#options.clock.monotonicMs() ? first[0] : undefined;
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#options;
      const earliest = Math.min(...this.#dueMs.values());
      const cancel =
        this.#started && Number.isFinite(earliest)
          ? clock.after(earliest - clock.monotonicMs(), () => this.#wake())
          : undefined;
      this.#wake = () => {
        cancel?.();
        this.#wake = () => undefined;
        resolve();
      };
    });
  }
}
