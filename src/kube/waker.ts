import type { Clock } from './clock.js';

/** A sleep that something which happens meanwhile can end. One sleep at a time. */
export class Waker {
  readonly #clock: Pick<Clock, 'after'>;
  #end: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Ends the sleep; without one it does nothing, and the next sleep is as long as ever. */
  wake(): void {
    this.#end?.();
  }

  /** Settles after `ms` (never by itself for Infinity), when it is woken, or when the signal fires; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = ms === Infinity ? undefined : this.#clock.after(ms, () => end());
      const end = (): void => {
        cancel?.();
        this.#end = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#end = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
