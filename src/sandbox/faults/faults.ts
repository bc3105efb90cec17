import type { Clock } from '../../kube/clock.js';
import { checkFault, parseFault } from './faultSpec.js';
import type { FaultName, FaultSpec } from './faultSpec.js';

/** What a fault is matched against. */
export interface FaultSubject {
  readonly resource: string;
  readonly verb: string;
  readonly userAgent: string;
  readonly fieldManager: string;
}

/** A fault that is switched on. */
export interface ActiveFault {
  readonly id: number;
  readonly spec: FaultSpec;
  /** How often it struck. */
  readonly fired: number;
}

interface Entry {
  readonly id: number;
  readonly spec: FaultSpec;
  fired: number;
  cancel: () => void;
}

/** Faults of one moment; they stay on only to be repeated (`everyMs`). */
const momentaryFaults: readonly FaultName[] = ['compact', 'restart'];

/** Which faults are on. The server consults it at every occasion; it changes no objects. */
export class FaultBoard {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #entries = new Map<number, Entry>();
  readonly #fired = new Map<FaultName, number>();
  #nextId = 1;
  readonly #firedListeners = new Set<(spec: FaultSpec) => void>();
  #onStrike: (spec: FaultSpec) => void = () => undefined;

  constructor(options: { readonly clock: Clock; readonly random: () => number }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Calls the listener each time a fault strikes; the value returned ends that. */
  onFired(listener: (spec: FaultSpec) => void): () => void {
    this.#firedListeners.add(listener);
    return () => void this.#firedListeners.delete(listener);
  }

  /** For the server: called when a fault is switched on and at each repetition. */
  onStrike(listener: (spec: FaultSpec) => void): void {
    this.#onStrike = listener;
  }

  /**
   * Switches a fault on, given as `name:key=value,…` or as an object.
   * @throws {Error} one sentence for a fault that is none
   */
  add(fault: string | FaultSpec): ActiveFault {
    const spec = typeof fault === 'string' ? parseFault(fault) : checkFault({ ...fault });
    const entry: Entry = { id: this.#nextId++, spec, fired: 0, cancel: () => undefined };
    const momentary =
      momentaryFaults.includes(spec.name) ||
      (spec.name === 'close-watches' && (spec.count ?? spec.durationMs) === undefined);
    if (!momentary || spec.everyMs !== undefined) this.#entries.set(entry.id, entry);
    const cancels: (() => void)[] = [];
    if (spec.durationMs !== undefined) cancels.push(this.#clock.after(spec.durationMs, () => this.remove(entry.id)));
    entry.cancel = () => cancels.forEach((cancel) => cancel());
    const strike = (): void => {
      if (momentary) this.#count(entry);
      this.#onStrike(spec);
    };
    if (spec.everyMs !== undefined) {
      const every = spec.everyMs;
      const again = (): void => {
        if (!this.#entries.has(entry.id)) return;
        strike();
        cancels.push(this.#clock.after(every, again));
      };
      cancels.push(this.#clock.after(every, again));
    } else {
      strike();
    }
    return snapshot(entry);
  }

  /** Switches off one fault by its id, or all of a name. @returns how many */
  remove(which: number | FaultName): number {
    const gone = [...this.#entries.values()].filter((entry) => entry.id === which || entry.spec.name === which);
    for (const entry of gone) {
      this.#entries.delete(entry.id);
      entry.cancel();
    }
    return gone.length;
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.remove(id);
  }

  list(): ActiveFault[] {
    return [...this.#entries.values()].map(snapshot);
  }

  /** How often each fault struck since the start, also those that are off again. */
  fired(): Readonly<Partial<Record<FaultName, number>>> {
    return Object.fromEntries(this.#fired);
  }

  /** The fault of that name that strikes now, if any; it is counted. */
  take(name: FaultName, subject: FaultSubject): FaultSpec | undefined {
    if (this.#entries.size === 0) return undefined;
    for (const entry of this.#entries.values()) {
      if (entry.spec.name !== name || !matches(entry.spec, subject)) continue;
      if (entry.spec.rate !== undefined && this.#random() >= entry.spec.rate) continue;
      this.#count(entry);
      if (entry.spec.count !== undefined && entry.fired >= entry.spec.count) this.remove(entry.id);
      return entry.spec;
    }
    return undefined;
  }

  /** Milliseconds that an answer is late by. */
  delayMs(subject: FaultSubject): number {
    const spec = this.take('latency', subject);
    return spec === undefined ? 0 : (spec.ms ?? 0) + this.#random() * (spec.jitterMs ?? 0);
  }

  #count(entry: Entry): void {
    entry.fired += 1;
    this.#fired.set(entry.spec.name, (this.#fired.get(entry.spec.name) ?? 0) + 1);
    for (const listener of this.#firedListeners) listener(entry.spec);
  }
}

export function matches(spec: FaultSpec, subject: FaultSubject): boolean {
  return (
    (spec.resource === undefined || spec.resource === subject.resource) &&
    (spec.verb === undefined || spec.verb === subject.verb) &&
    (spec.userAgent === undefined || subject.userAgent.startsWith(spec.userAgent)) &&
    (spec.fieldManager === undefined || spec.fieldManager === subject.fieldManager)
  );
}

function snapshot(entry: Entry): ActiveFault {
  return { id: entry.id, spec: entry.spec, fired: entry.fired };
}
