import type { Mode } from '../hints/mode.js';
import type { Plan } from '../hints/plan.js';
import type { Verdict } from '../hints/verdict.js';
import type { Clock } from '../kube/clock.js';

/** The part of a plan that is recorded. */
export type NotedPlan = Pick<Plan, 'mode' | 'verdicts' | 'warnings'> & {
  readonly forecast: readonly Pick<Plan['forecast'][number], 'addressType' | 'inZoneShare'>[];
};

/** The figures of an address type when its last Event was written. */
interface Figures {
  readonly inZoneShare: number;
  /** By the monotonic clock. */
  readonly atMs: number;
}

/** The verdicts of a Service as last recorded. */
interface Entry {
  readonly uid: string;
  readonly mode: Mode;
  readonly verdicts: readonly Verdict[];
  readonly warnings: readonly Verdict[];
  /** By address type. */
  readonly figures: ReadonlyMap<string, Figures>;
}

/** Figures alone are worth an Event when the in-zone share changed by this much, at most once in `FIGURES_MS`. */
const FIGURES_SHARE = 0.2;
const FIGURES_MS = 60 * 60_000;
/** Shares are sums of fractions. */
const ROUNDING = 1e-9;

/** Whether two verdicts are the same but for their figures. */
const sameVerdict = (a: Verdict, b: Verdict): boolean =>
  a.addressType === b.addressType &&
  a.type === b.type &&
  a.reason === b.reason &&
  a.hinted === b.hinted &&
  a.recordedInTree === b.recordedInTree;

/** Warnings hold no figures: another message is about another annotation or value. */
const sameWarning = (a: Verdict, b: Verdict): boolean => sameVerdict(a, b) && a.message === b.message;

/**
 * The verdicts of every Service that takes part, as last recorded: Events are written at transitions only, and metrics
 * count the entries. One entry per opted-in Service, so no bound of its own is needed.
 *
 * A transition is a change of reason, of type, or of whether there are hints. The figures in a message are those of the
 * moment of its Event; later ones are in metrics, and in one more Event when much less or more traffic stays in zone.
 */
export class VerdictBook {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Whether `note` would change anything that Events or metrics show. */
  differs(key: string, uid: string, plan: NotedPlan): boolean {
    const entry = this.#entries.get(key);
    if (entry?.uid !== uid) return entry !== undefined || !isNothing(plan);
    const shown = entry.verdicts.length + entry.warnings.length;
    const planned = plan.verdicts.length + plan.warnings.length;
    return entry.mode !== plan.mode || shown !== planned || this.#news(entry, plan).length > 0;
  }

  /**
   * Records the verdicts of a plan.
   * @param uid of the Service: one that is deleted and created again has no history
   * @param wrote whether slices were changed for it
   * @returns the verdicts to write as Events. A Service whose hints are in place when it is first seen (after a restart,
   *   or because the in-tree controller set them) gets no Event.
   */
  note(key: string, uid: string, plan: NotedPlan, wrote: boolean): readonly Verdict[] {
    const known = this.#entries.get(key);
    const entry = known?.uid === uid ? known : undefined;
    const news = this.#news(entry, plan);
    if (isNothing(plan)) this.#entries.delete(key);
    else this.#entries.set(key, this.#entry(entry, uid, plan, news));
    return entry === undefined && !wrote ? news.filter(({ type }) => type === 'Warning') : news;
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
    for (const { mode, verdicts, warnings } of this.#entries.values()) {
      for (const { reason } of [...verdicts, ...warnings]) {
        const key = `${mode} ${reason}`;
        const count = counts.get(key);
        if (count === undefined) counts.set(key, { mode, reason, services: 1 });
        else count.services++;
      }
    }
    return [...counts.values()];
  }

  #news(entry: Entry | undefined, { verdicts, warnings, forecast }: NotedPlan): readonly Verdict[] {
    if (entry === undefined) return [...verdicts, ...warnings];
    return [
      ...verdicts.filter(
        (verdict) =>
          !entry.verdicts.some((before) => sameVerdict(before, verdict)) ||
          this.#figuresChanged(entry.figures.get(verdict.addressType), shareOf(forecast, verdict.addressType)),
      ),
      ...warnings.filter((warning) => !entry.warnings.some((before) => sameWarning(before, warning))),
    ];
  }

  #figuresChanged(before: Figures | undefined, inZoneShare: number | undefined): boolean {
    if (before === undefined || inZoneShare === undefined) return false;
    const isLarge = Math.abs(inZoneShare - before.inZoneShare) >= FIGURES_SHARE - ROUNDING;
    return isLarge && this.#clock.monotonicMs() - before.atMs >= FIGURES_MS;
  }

  #entry(before: Entry | undefined, uid: string, plan: NotedPlan, news: readonly Verdict[]): Entry {
    const figures = new Map<string, Figures>();
    for (const { addressType } of plan.verdicts) {
      const inZoneShare = shareOf(plan.forecast, addressType);
      const isNew = news.some((verdict) => verdict.addressType === addressType);
      const kept = isNew ? undefined : before?.figures.get(addressType);
      if (kept !== undefined) figures.set(addressType, kept);
      else if (inZoneShare !== undefined) figures.set(addressType, { inZoneShare, atMs: this.#clock.monotonicMs() });
    }
    return { uid, mode: plan.mode, verdicts: plan.verdicts, warnings: plan.warnings, figures };
  }
}

/** A Service that requests nothing and for which nothing is recorded. */
function isNothing({ mode, verdicts, warnings }: NotedPlan): boolean {
  return mode === 'off' && verdicts.length === 0 && warnings.length === 0;
}

function shareOf(forecast: NotedPlan['forecast'], addressType: string): number | undefined {
  return forecast.find((one) => one.addressType === addressType)?.inZoneShare;
}
