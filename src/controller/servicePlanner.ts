import { createHash } from 'node:crypto';
import { unknownAnnotations } from '../hints/annotations.js';
import { chooseMode } from '../hints/mode.js';
import type { ClientIndex } from '../hints/demand/clientIndex.js';
import { plan, type Plan } from '../hints/plan.js';
import { Scratch } from '../hints/scratch.js';
import type { Settings } from '../hints/settings.js';
import type { ServiceRecord } from '../model/service.js';
import type { ClusterState } from './state.js';
import type { VerdictBook } from './verdictBook.js';

/** A plan that threw. */
export interface PlanFailure {
  readonly error: unknown;
  /** Eight hex digits; the same for the same failure at the same place, so that Events and log lines can be matched. */
  readonly id: string;
}

/** The plan of a Service, or why there is none. */
export type Planned =
  | { readonly kind: 'planned'; readonly service: ServiceRecord; readonly plan: Plan }
  | { readonly kind: 'failed'; readonly service: ServiceRecord; readonly failure: PlanFailure }
  /** There is no such Service. */
  | { readonly kind: 'gone' };

export interface ServicePlannerOptions {
  readonly state: Pick<ClusterState, 'services' | 'slicesOf' | 'hasOursToRemove' | 'cluster'>;
  readonly book: Pick<VerdictBook, 'has'>;
  /** Whether a Service is this process's to plan; by default each is. */
  readonly owns?: (key: string) => boolean;
  /** Read for each plan: the guard may come or go while the controller runs. */
  readonly settings: () => Settings;
  /** Where the clients of Services run. */
  readonly clients?: ClientIndex | undefined;
  /** By default the planner of the library. */
  readonly functions?: { readonly plan: typeof plan; readonly chooseMode: typeof chooseMode };
}

/**
 * The only place where the controller calls planning code. Planning code must not throw; if it does, for whatever
 * annotation or object, the cost is bounded to the Service at hand: callers get a value, never an exception.
 */
export class ServicePlanner {
  readonly #options: ServicePlannerOptions;
  readonly #plan: typeof plan;
  readonly #chooseMode: typeof chooseMode;
  #scratch = new Scratch();

  constructor(options: ServicePlannerOptions) {
    this.#options = options;
    this.#plan = options.functions?.plan ?? plan;
    this.#chooseMode = options.functions?.chooseMode ?? chooseMode;
  }

  /**
   * Plans a Service (`namespace/name`) from the present state.
   * @param isSettling whether its hints were written a moment ago; by default not
   * @param settings by default those of now
   */
  plan(
    key: string,
    isSettling?: (service: ServiceRecord) => boolean,
    settings: Settings = this.#options.settings(),
  ): Planned {
    const { state } = this.#options;
    const service = state.services.get(key);
    if (service === undefined) return { kind: 'gone' };
    try {
      const { cluster } = state;
      const { clients } = this.#options;
      const scratch = this.#scratch;
      const settling = isSettling?.(service);
      const slices = state.slicesOf(key);
      const input = { service, slices, cluster, settings, clients, settling, scratch };
      return { kind: 'planned', service, plan: this.#plan(input) };
    } catch (error) {
      // What a plan leaves behind that did not end must not reach another Service.
      this.#scratch = new Scratch();
      return { kind: 'failed', service, failure: { error, id: failureId(error) } };
    }
  }

  /** Whether a Service requests a mode. One whose mode cannot be determined does not. */
  asksForHints(key: string): boolean {
    const service = this.#options.state.services.get(key);
    return service !== undefined && attempt(() => this.#chooseMode(service).mode !== 'off') === true;
  }

  /**
   * Whether a Service is to be planned: it requests a mode, carries hints of this controller, or has a recorded verdict.
   * One whose mode cannot be determined is planned too, so that the failure is reported.
   */
  takesPart(key: string): boolean {
    const { book, state } = this.#options;
    if (book.has(key)) return true;
    const service = state.services.get(key);
    if (service === undefined) return false;
    const asks = attempt(() => {
      const { mode, problem } = this.#chooseMode(service);
      return mode !== 'off' || problem !== undefined || unknownAnnotations(service) !== undefined;
    });
    if (asks !== false) return true;
    return state.hasOursToRemove(key);
  }

  /** Keys of all Services that take part and are this process's to plan. */
  *participants(): Iterable<string> {
    const { state, owns } = this.#options;
    for (const key of state.services.keys()) if (owns?.(key) !== false && this.takesPart(key)) yield key;
  }
}

/** @returns undefined when it throws */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** From the place of the throw: the message may hold figures, and the frames below depend on the caller. */
function failureId(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const place = stack.split('\n').find((line) => /^\s+at /.test(line)) ?? String(error);
  return createHash('sha256').update(place).digest('hex').slice(0, 8);
}
