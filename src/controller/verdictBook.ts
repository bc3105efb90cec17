import type { Mode } from '../hints/mode.js';
import type { Plan } from '../hints/plan.js';
import type { Verdict } from '../hints/verdict.js';

/** What was last said of a Service. */
interface Entry {
  readonly mode: Mode;
  readonly said: readonly Verdict[];
  readonly signature: string;
}

/** Events are said once: the same words again only after other words. */
function signatureOf(plan: Plan): string {
  return JSON.stringify([plan.mode, plan.verdicts, plan.warnings]);
}

const sameVerdict = (a: Verdict, b: Verdict): boolean =>
  a.addressType === b.addressType && a.type === b.type && a.reason === b.reason && a.message === b.message;

/**
 * The verdict of every Service that takes part, as it was last said: what turns verdicts into Events at transitions
 * only, and what the metrics count. Holds the present, one entry per opted-in Service, so it needs no bound of its own.
 */
export class VerdictBook {
  readonly #entries = new Map<string, Entry>();

  /** Whether the plan says anything else than what was last said. */
  differs(key: string, plan: Plan): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return plan.mode !== 'off' || plan.warnings.length > 0;
    return entry.signature !== signatureOf(plan);
  }

  /**
   * Takes down what the plan says.
   * @param wrote whether slices were changed for it
   * @returns what is to be said as Events: every verdict that was not the last one for its address type. A Service that
   *   is met with its hints in place (after a restart, or because the in-tree controller set them) gets no Event.
   */
  note(key: string, plan: Plan, wrote: boolean): Verdict[] {
    const entry = this.#entries.get(key);
    const said = [...plan.verdicts, ...plan.warnings];
    if (plan.mode === 'off' && plan.warnings.length === 0) this.#entries.delete(key);
    else this.#entries.set(key, { mode: plan.mode, said, signature: signatureOf(plan) });
    const news = said.filter((verdict) => entry?.said.some((before) => sameVerdict(before, verdict)) !== true);
    return entry === undefined && !wrote ? news.filter((verdict) => verdict.type === 'Warning') : news;
  }

  /** Something was said of this Service that still stands. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** How many Services there are by mode and verdict reason; one with two address types counts for each. */
  count(): { mode: Mode; reason: string; services: number }[] {
    const counts = new Map<string, { mode: Mode; reason: string; services: number }>();
    for (const { mode, said } of this.#entries.values()) {
      for (const { reason } of said) {
        const key = `${mode} ${reason}`;
        const count = counts.get(key);
        if (count === undefined) counts.set(key, { mode, reason, services: 1 });
        else count.services++;
      }
    }
    return [...counts.values()];
  }
}
