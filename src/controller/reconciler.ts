import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { isOurs } from '../hints/ownership.js';
import { plan, type Plan, type SlicePlan } from '../hints/plan.js';
import { Reason } from '../hints/reasons.js';
import type { Settings } from '../hints/settings.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events/eventRecorder.js';
import type { ServiceRecord } from '../model/service.js';
import type { ControllerObserver } from './observer.js';
import type { Outcome } from './queue.js';
import type { ClusterState } from './state.js';
import type { VerdictBook } from './verdictBook.js';
import type { SliceWriter } from './writer.js';

export interface ReconcilerOptions {
  readonly state: ClusterState;
  /** Asked for each plan: the guard may come or go while the controller runs. */
  readonly settings: () => Settings;
  readonly book: VerdictBook;
  readonly writer: SliceWriter;
  /** Whether hints may be written for a Service now; false while another writer keeps undoing them. */
  readonly mayWrite: (key: string) => boolean;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: ControllerObserver;
}

/** So many conflicts in a row are answered by planning again at once; after that the key backs off. */
const IMMEDIATE_REPLANS = 3;

/** The shell around `plan`: reads the state, has the patches written, and says what became of it. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #conflicts = new LRUCache<string, number>({ max: 1000 });

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** What would be done for a Service now; undefined when it is gone. */
  planFor(key: string): Plan | undefined {
    const { state, settings } = this.#options;
    const service = state.services.get(key);
    if (service === undefined) return undefined;
    return plan({ service, slices: state.slicesOf(key), cluster: state.cluster, settings: settings() });
  }

  /** Whether a reconcile of this Service would write or say anything. */
  needsWork(key: string): boolean {
    const planned = this.planFor(key);
    if (planned === undefined) return false;
    this.#options.observer.foreseen?.(planned.mode, planned.forecast, key);
    return planned.slices.some(({ patch }) => patch !== undefined) || this.#options.book.differs(key, planned);
  }

  async reconcile(key: string, firstEventMs: number): Promise<Outcome> {
    const { state, book, writer, clock, observer } = this.#options;
    const service = state.services.get(key);
    const startMs = clock.monotonicMs();
    const planned = this.planFor(key);
    if (service === undefined || planned === undefined) {
      book.forget(key);
      observer.forgot(key);
      return { kind: 'done' };
    }
    observer.planned(planned.mode, (clock.monotonicMs() - startMs) / 1000, planned.forecast, key);

    // Taking our own hints away needs no permission.
    const asks = planned.slices.some((slice) => slice.patch !== undefined && !withdrawsOurs(slice));
    if (asks && !this.#options.mayWrite(key)) return { kind: 'done' };
    let wrote = false;
    let withheld = false;
    for (const slicePlan of planned.slices) {
      if (slicePlan.patch === undefined) continue;
      const result = await writer.write(slicePlan);
      switch (result.kind) {
        case 'written':
          wrote = true;
          break;
        case 'gone':
          // The watch will say so too; the other slices are planned again then.
          break;
        case 'withheld':
          // Every slice is asked about: a dry run shows all that would be written.
          withheld = true;
          break;
        case 'conflict':
          return this.#replan(key);
        case 'rejected':
          if (!result.known) this.#sayRejected(service, slicePlan.slice.name, result.message);
          return { kind: 'done' };
        case 'failed':
          return { kind: 'retry', retryAfterMs: result.retryAfterMs, error: result.error };
      }
    }
    if (withheld) return { kind: 'done' };
    this.#conflicts.delete(key);
    if (wrote) observer.hinted((clock.monotonicMs() - firstEventMs) / 1000);
    this.#say(service, key, planned, wrote);
    return { kind: 'done' };
  }

  #replan(key: string): Outcome {
    const conflicts = (this.#conflicts.get(key) ?? 0) + 1;
    this.#conflicts.set(key, conflicts);
    if (conflicts <= IMMEDIATE_REPLANS) return { kind: 'again' };
    this.#conflicts.delete(key);
    return { kind: 'retry', error: new Error(`${conflicts} conflicts in a row`) };
  }

  #say(service: ServiceRecord, key: string, planned: Plan, wrote: boolean): void {
    const { book, recorder, logger } = this.#options;
    for (const { type, reason, message } of book.note(key, planned, wrote)) {
      recorder.record(service, type, reason, message);
      logger.info({ namespace: service.namespace, service: service.name, mode: planned.mode, reason }, message);
    }
    if (planned.mode === 'off' && wrote) {
      const message = 'Hints of slicehints have been removed, because the Service no longer asks for them';
      recorder.record(service, 'Normal', Reason.HintsRemoved, message);
      logger.info({ namespace: service.namespace, service: service.name, reason: Reason.HintsRemoved }, message);
    }
  }

  #sayRejected(service: ServiceRecord, slice: string, message: string): void {
    this.#options.recorder.record(
      service,
      'Warning',
      Reason.HintsRejected,
      `The API server refuses the hints for EndpointSlice ${slice}: ${message}`,
    );
  }
}

function withdrawsOurs({ slice, hints }: SlicePlan): boolean {
  return isOurs(slice) && hints.every((hint) => hint === undefined);
}
