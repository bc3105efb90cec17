import type { Clock } from '../../kube/clock.js';
import type { ServiceRecord } from '../../model/service.js';

/** A Service counts as just written for this long. */
export const SETTLING_MS = 60_000;

export interface SettlingOptions {
  readonly clock: Clock;
  /** Queues a Service again when its time is over. */
  readonly wake: (serviceKey: string) => void;
}

interface Entry {
  readonly service: ServiceRecord;
  /** It was planned meanwhile, so that something may have been left to gain. */
  planned: boolean;
  readonly cancel: () => void;
}

/**
 * Services whose hints were written a moment ago. Nodes that are replaced bring two changes within a minute, and what is
 * written for the gain after the first one is often undone by the second.
 */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** Hints of the Service were written now. */
  note(key: string, service: ServiceRecord): void {
    this.#entries.get(key)?.cancel();
    const cancel = this.#options.clock.after(SETTLING_MS, () => {
      const isPlanned = this.#entries.get(key)?.planned === true;
      this.#entries.delete(key);
      if (isPlanned) this.#options.wake(key);
    });
    this.#entries.set(key, { service, planned: false, cancel });
  }

  /** Whether the Service, which is planned now, was just written and requests the same as then. */
  has(key: string, service: ServiceRecord): boolean {
    const entry = this.#entries.get(key);
    if (entry?.service !== service) return false;
    entry.planned = true;
    return true;
  }

  /** Ends all timers. */
  stop(): void {
    for (const { cancel } of this.#entries.values()) cancel();
    this.#entries.clear();
  }
}
