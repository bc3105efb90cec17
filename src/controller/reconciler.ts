import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { isOurs } from '../hints/ownership.js';
import type { Plan, SlicePlan } from '../hints/plan.js';
import { Reason } from '../hints/reasons.js';
import { verdict } from '../hints/verdict.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events/eventRecorder.js';
import type { ServiceRecord } from '../model/service.js';
import type { ControllerObserver } from './observer.js';
import type { Outcome } from './queue.js';
import type { PlanFailure, ServicePlanner } from './servicePlanner.js';
import type { NotedPlan, VerdictBook } from './verdictBook.js';
import type { SliceWriter } from './writer.js';

export interface ReconcilerOptions {
  readonly planner: Pick<ServicePlanner, 'plan'>;
  readonly book: VerdictBook;
  readonly writer: Pick<SliceWriter, 'write'>;
  /** The pause of a Service while another writer keeps undoing its hints; undefined when hints may be written. */
  readonly pauseOf: (key: string) => object | undefined;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: ControllerObserver;
}

/** This many conflicts in a row are answered by planning again at once; after that the key backs off. */
const IMMEDIATE_REPLANS = 3;

/** Carries out the plan of one Service: has the patches written and records the verdicts. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #conflicts = new LRUCache<string, number>({ max: 1000 });

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Whether a reconcile of this Service would write or record anything. */
  needsWork(key: string): boolean {
    const { planner, book, observer } = this.#options;
    const planned = planner.plan(key);
    if (planned.kind === 'gone') return false;
    if (planned.kind === 'failed') return book.differs(key, failedPlan(planned.failure));
    const { plan } = planned;
    observer.onForecast?.(plan.mode, plan.forecast, key);
    return plan.slices.some(({ patch }) => patch !== undefined) || book.differs(key, plan);
  }

  async reconcile(key: string, firstEventMs: number): Promise<Outcome> {
    const { planner, book, writer, clock, observer } = this.#options;
    const startMs = clock.monotonicMs();
    const planned = planner.plan(key);
    if (planned.kind === 'gone') {
      book.forget(key);
      observer.onForgotten?.(key);
      return { kind: 'done' };
    }
    const { service } = planned;
    if (planned.kind === 'failed') {
      this.#recordFailure(service, key, planned.failure);
      return { kind: 'done' };
    }
    const { plan } = planned;
    observer.onPlanned?.(plan.mode, (clock.monotonicMs() - startMs) / 1000, plan.forecast, key);

    // Hints of this controller may be removed during a pause.
    const writesHints = plan.slices.some((slice) => slice.patch !== undefined && !withdrawsOurs(slice));
    if (writesHints && this.#options.pauseOf(key) !== undefined) return { kind: 'done' };
    let wrote = false;
    let withheld = false;
    for (const slicePlan of plan.slices) {
      if (slicePlan.patch === undefined) continue;
      const result = await writer.write(slicePlan);
      switch (result.kind) {
        case 'written':
          wrote = true;
          break;
        case 'gone':
          // The watch brings the deletion too; the other slices are planned again then.
          break;
        case 'withheld':
          // A dry run shows the patches of all slices.
          withheld = true;
          break;
        case 'conflict':
          return this.#replan(key);
        case 'rejected':
          if (!result.known) this.#recordRejected(service, slicePlan.slice.name, result.message);
          return { kind: 'done' };
        case 'failed':
          return { kind: 'retry', retryAfterMs: result.retryAfterMs, error: result.error };
      }
    }
    if (withheld) return { kind: 'done' };
    this.#conflicts.delete(key);
    if (wrote) observer.onHinted?.((clock.monotonicMs() - firstEventMs) / 1000);
    this.#record(service, key, plan, wrote);
    return { kind: 'done' };
  }

  #replan(key: string): Outcome {
    const conflicts = (this.#conflicts.get(key) ?? 0) + 1;
    this.#conflicts.set(key, conflicts);
    if (conflicts <= IMMEDIATE_REPLANS) return { kind: 'again' };
    this.#conflicts.delete(key);
    return { kind: 'retry', error: new Error(`${conflicts} conflicts in a row`) };
  }

  #record(service: ServiceRecord, key: string, plan: Plan, wrote: boolean): void {
    const { book, recorder, logger } = this.#options;
    for (const { type, reason, message } of book.note(key, plan, wrote)) {
      recorder.record(service, type, reason, message);
      logger.info({ namespace: service.namespace, service: service.name, mode: plan.mode, reason }, message);
    }
    if (plan.mode === 'off' && wrote) {
      const message = 'Hints of slicehints have been removed, because the Service no longer asks for them';
      recorder.record(service, 'Normal', Reason.HintsRemoved, message);
      logger.info({ namespace: service.namespace, service: service.name, reason: Reason.HintsRemoved }, message);
    }
  }

  /** One Warning Event and one log line with the stack, until the Service's plan succeeds or fails in another way. */
  #recordFailure(service: ServiceRecord, key: string, { error, id }: PlanFailure): void {
    const { book, recorder, logger, observer } = this.#options;
    observer.onPlanFailed?.(key);
    for (const { type, reason, message } of book.note(key, failedPlan({ error, id }), false)) {
      recorder.record(service, type, reason, message);
      logger.error({ namespace: service.namespace, service: service.name, reason, id, err: error }, message);
    }
  }

  #recordRejected(service: ServiceRecord, slice: string, message: string): void {
    this.#options.recorder.record(
      service,
      'Warning',
      Reason.HintsRejected,
      `The API server refuses the hints for EndpointSlice ${slice}: ${message}`,
    );
  }
}

/** A plan that failed, as the recorded verdicts show it. */
function failedPlan({ id }: PlanFailure): NotedPlan {
  return {
    mode: 'off',
    verdicts: [],
    warnings: [
      verdict({
        addressType: '',
        hinted: false,
        type: 'Warning',
        reason: Reason.PlanFailed,
        sentence: `Planning failed with an internal error, hints stay as they are; the log of slicehints has the details under id ${id}`,
      }),
    ],
  };
}

function withdrawsOurs({ slice, hints }: SlicePlan): boolean {
  return isOurs(slice) && hints.every((hint) => hint === undefined);
}
