import { serviceKeyOf } from '../../model/objectKey.js';
import type { Verdict } from '../../hints/verdict.js';
import type { Clock } from '../../kube/clock.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';
import { RevertTracker, type Observation, type Pause } from './reverts.js';

export interface ContentionOptions {
  readonly clock: Clock;
  /** A Service has become contended; called once per episode. */
  readonly onContended: (serviceKey: string, verdict: Verdict) => void;
  /** Queues a Service again when its pause is over. */
  readonly wake: (serviceKey: string) => void;
  readonly onReverted: (kind: 'reverted' | 'rebuilt') => void;
}

/** Feeds the tracker of reverts with the controller's own writes and with what the watch brings, and keeps its pauses. */
export class Contention {
  readonly #options: ContentionOptions;
  readonly #tracker: RevertTracker;
  readonly #wakeUps = new Map<string, () => void>();

  constructor(options: ContentionOptions) {
    this.#options = options;
    this.#tracker = new RevertTracker(options.clock);
  }

  /** Number of Services that are paused now because another writer keeps undoing their hints. */
  get contended(): number {
    return this.#tracker.contended;
  }

  /** The pause of a Service, during which no hints are written for it. A Service whose pause was read is queued when it ends. */
  pauseOf(serviceKey: string): Pause | undefined {
    const pause = this.#tracker.pauseOf(serviceKey);
    if (pause !== undefined && !this.#wakeUps.has(serviceKey)) {
      const { clock, wake } = this.#options;
      const cancel = clock.after(Math.max(0, pause.untilMs - clock.monotonicMs()), () => {
        this.#wakeUps.delete(serviceKey);
        wake(serviceKey);
      });
      this.#wakeUps.set(serviceKey, cancel);
    }
    return pause;
  }

  /**
   * The API server accepted a patch and answered with this slice. For a Service that requests hints, a patch that
   * removes them is remembered too: another writer may keep giving them back. For any other Service it is not.
   */
  wrote(slice: SliceRecord, asks: boolean): void {
    if (!asks && !slice.endpoints.some(({ hints }) => hints !== undefined)) {
      this.#tracker.forgetSlice(slice);
      return;
    }
    const serviceKey = serviceKeyOf(slice);
    this.#judge(serviceKey, this.#tracker.noteWrite(serviceKey, slice));
  }

  /** A patch may have been applied or not: its answer never came. */
  lost(slice: Pick<SliceRecord, 'namespace' | 'name'>): void {
    this.#tracker.noteLost(slice);
  }

  /** A list or a watch brought this version, or took the slice away. */
  observed(next: SliceRecord | undefined, previous: SliceRecord | undefined): void {
    if (next !== undefined) this.#judge(serviceKeyOf(next), this.#tracker.noteObserved(next));
    else if (previous !== undefined) this.#tracker.forgetSlice(previous);
  }

  /** A Service that is deleted, created again or changed in what it requests starts without history. */
  serviceChanged(serviceKey: string, next: ServiceRecord | undefined, previous: ServiceRecord | undefined): void {
    if (previous === undefined || (next !== undefined && wishOf(next) === wishOf(previous))) return;
    this.#tracker.forgetService(serviceKey);
    this.#wakeUps.get(serviceKey)?.();
    this.#wakeUps.delete(serviceKey);
  }

  /** Conditions changed, for example the guard is in force now: all history is cleared, and paused Services are woken. */
  reset(): void {
    this.#tracker.reset();
    const waiting = [...this.#wakeUps.keys()];
    this.stop();
    for (const serviceKey of waiting) this.#options.wake(serviceKey);
  }

  stop(): void {
    for (const cancel of this.#wakeUps.values()) cancel();
    this.#wakeUps.clear();
  }

  #judge(serviceKey: string, observation: Observation): void {
    if (observation.kind !== 'reverted' && observation.kind !== 'rebuilt') return;
    this.#options.onReverted(observation.kind);
    if (observation.contended !== undefined) this.#options.onContended(serviceKey, observation.contended);
  }
}

function wishOf({ uid, annotations, trafficDistribution }: ServiceRecord): string {
  return JSON.stringify([uid, trafficDistribution, ...Object.entries(annotations).sort()]);
}
