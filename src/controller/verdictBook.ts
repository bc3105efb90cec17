import type { Mode } from '../hints/mode.js';
import type { Plan } from '../hints/plan.js';
import type { Verdict } from '../hints/verdict.js';

/** The part of a plan that is recorded. */
export type NotedPlan = Pick<Plan, 'mode' | 'verdicts' | 'warnings'>;

/** The verdicts of a Service as last recorded. */
interface Entry {
  readonly mode: Mode;
  readonly verdicts: readonly Verdict[];
  readonly signature: string;
}

function signatureOf(plan: NotedPlan): string {
  return JSON.stringify([plan.mode, plan.verdicts, plan.warnings]);
}

const sameVerdict = (a: Verdict, b: Verdict): boolean =>
  a.addressType === b.addressType && a.type === b.type && a.reason === b.reason && a.message === b.message;

/**
 * The verdicts of every Service that takes part, as last recorded: Events are written at transitions only, and metrics
 * count the entries. One entry per opted-in Service, so no bound of its own is needed.
 */
export class VerdictBook {
  readonly #entries = new Map<string, Entry>();

  /** Whether the verdicts of the plan differ from those last recorded. */
  differs(key: string, plan: NotedPlan): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return plan.mode !== 'off' || plan.warnings.length > 0;
    return entry.signature !== signatureOf(plan);
  }

  /**
   * Records the verdicts of a plan.
   * @param wrote whether slices were changed for it
   * @returns the verdicts to write as Events: each that was not the last one for its address type. A Service whose hints
   *   are in place when it is first seen (after a restart, or because the in-tree controller set them) gets no Event.
   */
  note(key: string, plan: NotedPlan, wrote: boolean): Verdict[] {
    const entry = this.#entries.get(key);
    const verdicts = [...plan.verdicts, ...plan.warnings];
    if (plan.mode === 'off' && plan.warnings.length === 0) this.#entries.delete(key);
    else this.#entries.set(key, { mode: plan.mode, verdicts, signature: signatureOf(plan) });
    const news = verdicts.filter((verdict) => entry?.verdicts.some((before) => sameVerdict(before, verdict)) !== true);
    return entry === undefined && !wrote ? news.filter((verdict) => verdict.type === 'Warning') : news;
  }

  /** There is a recorded verdict for this Service. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Number of Services by mode and verdict reason; one with two address types counts for each. */
  count(): { mode: Mode; reason: string; services: number }[] {
    const counts = new Map<string, { mode: Mode; reason: string; services: number }>();
    for (const { mode, verdicts } of this.#entries.values()) {
      for (const { reason } of verdicts) {
        const key = `${mode} ${reason}`;
        const count = counts.get(key);
        if (count === undefined) counts.set(key, { mode, reason, services: 1 });
        else count.services++;
      }
    }
    return [...counts.values()];
  }
}
