import { serviceKeyOf } from '../../model/objectKey.js';
import type { Verdict } from '../../hints/verdict.js';
import type { Clock } from '../../kube/clock.js';
import type { ServiceRecord } from '../../model/service.js';
import type { SliceRecord } from '../../model/slice.js';
import { RevertTracker, type Observation } from './reverts.js';

export interface ContentionOptions {
  readonly clock: Clock;
  /** Tells the Service that it is contended; once per episode. */
  readonly say: (serviceKey: string, verdict: Verdict) => void;
  /** Looks at a Service again when its pause is over. */
  readonly wake: (serviceKey: string) => void;
  readonly observe: (kind: 'reverted' | 'rebuilt') => void;
}

/** The tracker of reverts at work: feeds it what we write and what the watch brings, and keeps its pauses. */
export class Contention {
  readonly #options: ContentionOptions;
  readonly #tracker: RevertTracker;
  readonly #wakeUps = new Map<string, () => void>();

  constructor(options: ContentionOptions) {
    this.#options = options;
    this.#tracker = new RevertTracker(options.clock);
  }

  /** How many Services are left alone now because somebody keeps undoing their hints. */
  get contended(): number {
    return this.#tracker.contended().length;
  }

  /**
   * Asked before hints are written for a Service. Where the answer is no, the Service is woken when its pause is over.
   */
  mayWrite(serviceKey: string): boolean {
    const permission = this.#tracker.mayWrite(serviceKey);
    if (permission.ok) return true;
    if (!this.#wakeUps.has(serviceKey)) {
      const { clock, wake } = this.#options;
      const cancel = clock.after(Math.max(0, permission.untilMs - clock.monotonicMs()), () => {
        this.#wakeUps.delete(serviceKey);
        wake(serviceKey);
      });
      this.#wakeUps.set(serviceKey, cancel);
    }
    return false;
  }

  /**
   * The API server took a patch of ours and answered with this slice. To a Service that asks for hints, that there are
   * none may matter as much; one that does not ask may be given hints by anybody.
   */
  wrote(slice: SliceRecord, asks: boolean): void {
    if (!asks && !slice.endpoints.some(({ hints }) => hints !== undefined)) {
      this.#tracker.forgetSlice(slice);
      return;
    }
    const serviceKey = serviceKeyOf(slice);
    this.#judge(serviceKey, this.#tracker.noteWrite(serviceKey, slice));
  }

  /** A patch of ours may have been taken or not: its answer never came. */
  lost(slice: Pick<SliceRecord, 'namespace' | 'name'>): void {
    this.#tracker.noteLost(slice);
  }

  /** A list or a watch brought this version, or took the slice away. */
  observed(next: SliceRecord | undefined, previous: SliceRecord | undefined): void {
    if (next !== undefined) this.#judge(serviceKeyOf(next), this.#tracker.noteObserved(next));
    else if (previous !== undefined) this.#tracker.forgetSlice(previous);
  }

  /** A Service that is gone or asks for something else starts anew. */
  serviceChanged(serviceKey: string, next: ServiceRecord | undefined, previous: ServiceRecord | undefined): void {
    if (previous === undefined || (next !== undefined && asksFor(next) === asksFor(previous))) return;
    this.#tracker.forgetService(serviceKey);
    this.#wakeUps.get(serviceKey)?.();
    this.#wakeUps.delete(serviceKey);
  }

  /** The rules of the game have changed, as when the guard comes into force: every Service gets a new start. */
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
    this.#options.observe(observation.kind);
    if (observation.contended !== undefined) this.#options.say(serviceKey, observation.contended);
  }
}

function asksFor({ annotations, trafficDistribution }: ServiceRecord): string {
  return JSON.stringify([trafficDistribution, ...Object.entries(annotations).sort()]);
}
