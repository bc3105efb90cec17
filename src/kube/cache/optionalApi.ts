import type { Clock } from '../clock.js';
import type { ApiError } from '../rest/transport.js';
import type { ReflectorObserver } from './reflectorOptions.js';

/** What was never read counts as unreadable after this long without another answer than 401 or 403. */
export const FIRST_REFUSAL_MS = 10_000;
/** What was read before counts as unreadable only after this long; docs/coexistence.md states it. */
export const LATER_REFUSAL_MS = 30 * 60_000;

export interface OptionalApiOptions {
  readonly clock: Clock;
  /** For how long 401 and 403 are waited out; Infinity: for ever. */
  readonly refusalMs: () => number;
  /** The same for 404. */
  readonly absentMs: () => number;
  readonly onRefused: (error: ApiError) => void;
  readonly onAbsent: (error: ApiError) => void;
  /** Also hears everything. */
  readonly observer?: ReflectorObserver;
}

/**
 * Follows how lists of an API are answered that may be absent, or that may not be read. A 401, 403 or 404 counts only when it
 * lasts: API servers answer so for some seconds after their start, before they have loaded their roles and what they serve. A
 * server that fails or is silent has not answered.
 */
export class OptionalApi {
  readonly #options: OptionalApiOptions;
  #cancel: (() => void) | undefined;

  constructor(options: OptionalApiOptions) {
    this.#options = options;
  }

  /** For the reflectors of the API. */
  get observer(): ReflectorObserver {
    const { observer } = this.#options;
    return {
      ...observer,
      onList: (...report) => {
        this.settle();
        observer?.onList?.(...report);
      },
      onListFailed: (name, error) => {
        this.#failed(error);
        observer?.onListFailed?.(name, error);
      },
    };
  }

  /** Nothing is waited out any more. */
  settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #failed(error: ApiError): void {
    const { refusalMs, absentMs, onRefused, onAbsent } = this.#options;
    if (error.status === 404) this.#waitOut(absentMs(), () => onAbsent(error));
    else if (error.status === 401 || error.status === 403) this.#waitOut(refusalMs(), () => onRefused(error));
    else this.settle();
  }

  #waitOut(ms: number, act: () => void): void {
    if (ms === Infinity) return;
    if (ms > 0) {
      this.#cancel ??= this.#options.clock.after(ms, act);
      return;
    }
    this.settle();
    act();
  }
}
