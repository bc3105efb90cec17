import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { hintsAreOurs } from '../hints/ownership.js';
import type { Plan, SlicePlan } from '../hints/plan.js';
import { Reason } from '../hints/reasons.js';
import { verdict } from '../hints/verdict.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events/eventRecorder.js';
import { ApiError } from '../kube/rest/transport.js';
import type { ServiceRecord } from '../model/service.js';
import { changeRecorder, type ChangeRecord } from './writing/changeRecord.js';
import { DemandHistory } from './demand/demandHistory.js';
import type { ControllerObserver } from './observer.js';
import type { Outcome } from './queue.js';
import type { Planned, PlanFailure, ServicePlanner } from './servicePlanner.js';
import type { NotedPlan, VerdictBook } from './verdictBook.js';
import type { Rails } from './rails/rails.js';
import type { Refusals } from './writing/refusals.js';
import type { Settling } from './writing/settling.js';
import type { SliceWriter, WriteResult } from './writing/writer.js';

export interface ReconcilerOptions {
  readonly planner: Pick<ServicePlanner, 'plan'>;
  readonly book: VerdictBook;
  readonly writer: Pick<SliceWriter, 'write'>;
  /** Which Services may be written now. */
  readonly rails: Pick<Rails, 'isHeldByPolicy' | 'holds' | 'admit' | 'mayGoOn' | 'settle' | 'forget'>;
  /** The pause of a Service while another writer keeps undoing its hints; undefined when hints may be written. */
  readonly pauseOf: (key: string) => object | undefined;
  readonly refusals: Pick<Refusals, 'settle'>;
  readonly settling: Pick<Settling, 'note' | 'has'>;
  /** In a dry run the verdicts are recorded as if the withheld patches had been written. */
  readonly dryRun: boolean;
  /** Called with every slice that was written. */
  readonly onChange: (change: ChangeRecord) => void;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: ControllerObserver;
}

/** This many conflicts in a row are answered by planning again at once; after that the key backs off. */
const IMMEDIATE_REPLANS = 3;
const MESSAGE_LENGTH = 500;

interface Rejected {
  readonly slice: string;
  readonly message: string;
  readonly known: boolean;
}

type Failure = Pick<Extract<WriteResult, { readonly kind: 'failed' }>, 'error' | 'retryAfterMs'>;

/** The answers to the patches of a plan. */
interface Written {
  readonly kinds: ReadonlySet<WriteResult['kind']>;
  readonly rejected: readonly Rejected[];
  /** The failure with the longest Retry-After. */
  readonly failure: Failure | undefined;
  readonly conflict: boolean;
}

/** Carries out the plan of one Service: has the patches written and records the verdicts. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #demands = new DemandHistory();
  readonly #conflicts = new LRUCache<string, number>({ max: 1000 });
  /** The plans that were logged instead of written. */
  readonly #heldBack = new LRUCache<string, string>({ max: 10_000 });

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Whether a reconcile of this Service would write or record anything, or tell otherwise what is held back. */
  needsWork(key: string): boolean {
    const { book, observer, rails } = this.#options;
    const isHeldByPolicy = rails.isHeldByPolicy(key);
    if (isHeldByPolicy && (book.has(key) || rails.holds(key))) return true;
    const planned = this.#plan(key);
    if (planned.kind === 'gone') return false;
    if (planned.kind === 'failed') return book.differs(key, planned.service.uid, failedPlan(planned.failure));
    const { plan } = planned;
    if (!isHeldByPolicy) observer.onForecast?.(plan.mode, plan.forecast, key);
    if (plan.slices.some(({ patch }) => patch !== undefined) || rails.holds(key)) return true;
    return !isHeldByPolicy && book.differs(key, planned.service.uid, plan);
  }

  #plan(key: string): Planned {
    const { planner, settling } = this.#options;
    return planner.plan(key, (service) => settling.has(key, service));
  }

  async reconcile(key: string, firstEventMs: number): Promise<Outcome> {
    const { book, clock, observer, rails, refusals } = this.#options;
    const startMs = clock.monotonicMs();
    const planned = this.#plan(key);
    if (planned.kind === 'gone') {
      rails.forget(key);
      refusals.settle(key, false);
      book.forget(key);
      this.#demands.forget(key);
      observer.onForgotten?.(key);
      return { kind: 'done' };
    }
    const { service } = planned;
    if (planned.kind === 'failed') {
      this.#recordFailure(service, key, planned.failure);
      return { kind: 'done' };
    }
    const { plan } = planned;
    const hold = rails.admit(key, plan, firstEventMs);
    if (hold !== undefined) {
      if (rails.isHeldByPolicy(key)) this.#holdBack(key, service, plan);
      return { kind: 'done' };
    }
    observer.onPlanned?.(plan.mode, (clock.monotonicMs() - startMs) / 1000, plan.forecast, key);

    // Hints of this controller may be removed during a pause.
    const writesHints = plan.slices.some((slice) => slice.patch !== undefined && !withdrawsOurs(slice));
    if (writesHints && this.#options.pauseOf(key) !== undefined) {
      rails.settle(key, false);
      return { kind: 'done' };
    }
    const written = await this.#write(key, service, plan);
    rails.settle(key, written.kinds.has('withheld'));
    if (written.kinds.has('written')) this.#options.settling.note(key, service);
    refusals.settle(key, written.rejected.length > 0);
    this.#recordRejected(service, written.rejected);
    if (written.failure !== undefined) {
      return { kind: 'retry', retryAfterMs: written.failure.retryAfterMs, error: written.failure.error };
    }
    if (written.conflict) return this.#replan(key);
    this.#conflicts.delete(key);
    const wrote = written.kinds.has('written');
    if (wrote) observer.onHinted?.((clock.monotonicMs() - firstEventMs) / 1000);
    if (written.rejected.length > 0) return { kind: 'done' };
    const withheld = written.kinds.has('withheld');
    if (withheld && !this.#options.dryRun) return { kind: 'done' };
    this.#record(service, key, plan, wrote || withheld);
    return { kind: 'done' };
  }

  /** Has the patches written, slice after slice; what one answer means for the others is in the table of writeOutcome. */
  async #write(key: string, service: ServiceRecord, plan: Plan): Promise<Written> {
    const kinds = new Set<WriteResult['kind']>();
    const rejected: Rejected[] = [];
    let failure: Failure | undefined;
    let conflict = false;
    const recordOf = changeRecorder(service, plan);
    for (const slicePlan of plan.slices) {
      if (slicePlan.patch === undefined) continue;
      if (!this.#options.rails.mayGoOn(key)) {
        kinds.add('withheld');
        break;
      }
      const result = await this.#options.writer.write(slicePlan);
      kinds.add(result.kind);
      if (result.kind === 'written') {
        this.#options.onChange(recordOf(slicePlan));
      } else if (result.kind === 'rejected') {
        rejected.push({ slice: slicePlan.slice.name, message: result.message, known: result.known });
      } else if (result.kind === 'failed') {
        const isLonger = (result.retryAfterMs ?? 0) > (failure?.retryAfterMs ?? 0);
        if (failure === undefined || isLonger) failure = result;
        if (result.others !== 'go-on') break;
      } else if (result.kind === 'conflict') {
        conflict = true;
        // A slice that another writer keeps changing must not keep the others from being written for ever.
        if ((this.#conflicts.get(key) ?? 0) < IMMEDIATE_REPLANS) break;
      }
    }
    return { kinds, rejected, failure, conflict };
  }

  /**
   * A policy lets nothing be written: what stands is left alone, no Event claims otherwise, and what would be written is
   * logged once for each plan. When writes are allowed again, the Service is as new.
   */
  #holdBack(key: string, service: ServiceRecord, plan: Plan): void {
    const { book, observer, refusals, logger } = this.#options;
    refusals.settle(key, false);
    book.forget(key);
    observer.onForgotten?.(key);
    const recordOf = changeRecorder(service, plan);
    const [first, ...others] = plan.slices.filter(({ patch }) => patch !== undefined);
    if (first === undefined) return;
    const change = recordOf(first);
    if (this.#heldBack.get(key) === change.plan) return;
    this.#heldBack.set(key, change.plan);
    const { enforcement, policies } = service.policy ?? {};
    for (const one of [change, ...others.map(recordOf)])
      logger.info({ ...one, enforcement, policies }, 'would write slice (held back by policy)');
  }

  #replan(key: string): Outcome {
    const conflicts = (this.#conflicts.get(key) ?? 0) + 1;
    this.#conflicts.set(key, conflicts);
    if (conflicts <= IMMEDIATE_REPLANS) return { kind: 'again' };
    this.#conflicts.delete(key);
    return { kind: 'retry', error: new ApiError('http', `${conflicts} conflicts in a row`, { status: 409 }) };
  }

  #record(service: ServiceRecord, key: string, plan: Plan, wrote: boolean): void {
    const { book, recorder, logger } = this.#options;
    const news = [...book.note(key, service.uid, plan, wrote), ...this.#demands.note(key, plan, wrote)];
    const recorded = new Map<string, number>();
    for (const { type, reason, message, addressType, recordedInTree } of news) {
      // Verdicts of one plan hold together, of each address type and warning; only those of a later plan replace them.
      const about = `${reason} ${addressType}`;
      const nth = recorded.get(about) ?? 0;
      recorded.set(about, nth + 1);
      if (recordedInTree !== true) recorder.record(service, type, reason, message, `${addressType} ${nth}`);
      logger.info({ namespace: service.namespace, service: service.name, mode: plan.mode, reason }, message);
    }
    if (plan.mode === 'off' && wrote) {
      const message = 'Hints of slicehints have been removed, because the Service no longer requests them';
      recorder.record(service, 'Normal', Reason.HintsRemoved, message);
      logger.info({ namespace: service.namespace, service: service.name, reason: Reason.HintsRemoved }, message);
    }
  }

  /** One Warning Event and one log line with the stack, until a plan of the Service succeeds. */
  #recordFailure(service: ServiceRecord, key: string, { error, id }: PlanFailure): void {
    const { book, recorder, logger, observer } = this.#options;
    observer.onPlanFailed?.(key);
    for (const { type, reason, message } of book.note(key, service.uid, failedPlan({ error, id }), false)) {
      recorder.record(service, type, reason, message);
      logger.error({ namespace: service.namespace, service: service.name, reason, id, err: error }, message);
    }
  }

  /** One Warning Event for all slices that are refused for the first time. */
  #recordRejected(service: ServiceRecord, rejected: readonly Rejected[]): void {
    const [first, ...others] = rejected.filter(({ known }) => !known);
    if (first === undefined) return;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    this.#options.recorder.record(
      service,
      'Warning',
      Reason.HintsRejected,
      `The API server refuses the hints for EndpointSlice ${first.slice}${more}: ${cut(first.message)}`,
    );
  }
}

/** Messages of admission policies and webhooks are foreign text of any length. */
function cut(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;
}

/** A plan that failed, as the recorded verdicts show it. */
function failedPlan({ id }: PlanFailure): NotedPlan {
  const failed = verdict({
    addressType: '',
    hinted: false,
    type: 'Warning',
    reason: Reason.PlanFailed,
    sentence: `Planning failed with an internal error, hints stay as they are; the log of slicehints has the details under id ${id}`,
  });
  return { mode: 'off', verdicts: [failed], warnings: [], forecast: [] };
}

function withdrawsOurs({ slice, hints }: SlicePlan): boolean {
  return hintsAreOurs(slice) && hints.every((hint) => hint === undefined);
}
