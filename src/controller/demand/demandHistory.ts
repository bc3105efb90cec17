import type { Plan } from '../../hints/plan.js';
import { Reason } from '../../hints/reasons.js';
import { verdict, type Verdict } from '../../hints/verdict.js';
import type { Demand } from '../../model/demand.js';
import { compareText } from '../../model/objectKey.js';

/** A zone's part of the demand must have changed by this much to be worth an Event. */
const LEAST_SHIFT = 0.2;
const MOST_ZONES = 3;
/** Shares are sums of fractions. */
const ROUNDING = 1e-9;

/** What is kept of a demand; little, because there is one for each Service. */
interface Noted extends Pick<Demand, 'words' | 'zones'> {
  readonly addressType: string;
  readonly byNodes: boolean;
}

interface Shift {
  readonly zone: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The demand of each Service as of its last Event about it: when hints were written because the clients are elsewhere
 * now, the Service gets an Event, once for each large change. Demand that goes by nodes before and after is passed over.
 */
export class DemandHistory {
  /** Mostly there is one address type. */
  readonly #last = new Map<string, Noted | Noted[]>();
  /** The last one by nodes, which is the same for most Services. */
  #byNodes: { readonly demand: Demand; readonly noted: Noted } | undefined;

  /**
   * @param wrote whether slices were changed for the plan
   * @returns the Events to write
   */
  note(key: string, { demand: demands }: Pick<Plan, 'demand'>, wrote: boolean): readonly Verdict[] {
    const before = [this.#last.get(key) ?? []].flat();
    if (demands.length === 0) {
      this.#last.delete(key);
      return [];
    }
    const events: Verdict[] = [];
    const kept = demands.map(({ addressType, demand }): Noted => {
      const now = this.#noted(addressType, demand);
      const last = before.find((noted) => noted.addressType === addressType);
      if (last === undefined || (last.byNodes && now.byNodes)) return now;
      const shifts = shiftsBetween(last, now);
      const largest = Math.abs((shifts[0]?.to ?? 0) - (shifts[0]?.from ?? 0));
      if (!wrote || largest < LEAST_SHIFT - ROUNDING) return last;
      const sentence = sentenceOn(last, now, shifts);
      events.push(verdict({ addressType, hinted: true, type: 'Normal', reason: Reason.DemandChanged, sentence }));
      return now;
    });
    const [only] = kept;
    this.#last.set(key, kept.length === 1 && only !== undefined ? only : kept);
    return events;
  }

  forget(key: string): void {
    this.#last.delete(key);
  }

  #noted(addressType: string, demand: Demand): Noted {
    const { source, words, zones } = demand;
    const byNodes = source === 'cpu' || source === 'nodes' || source === 'equal';
    const shared = this.#byNodes;
    if (shared?.demand === demand && shared.noted.addressType === addressType) return shared.noted;
    const noted = { addressType, words, zones, byNodes };
    if (byNodes) this.#byNodes = { demand, noted };
    return noted;
  }
}

/** Zones whose part changed, the largest change first. */
function shiftsBetween(before: Noted, now: Noted): Shift[] {
  const shares = ({ zones }: Noted): ReadonlyMap<string, number> =>
    new Map(zones.map(({ zone, share }) => [zone, share]));
  const [from, to] = [shares(before), shares(now)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .map((zone) => ({ zone, from: from.get(zone) ?? 0, to: to.get(zone) ?? 0 }))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || compareText(a.zone, b.zone));
}

/** In billionths, so that rounding does not decide the order. */
function sizeOf({ from, to }: Shift): number {
  return Math.round(Math.abs(to - from) * 1e9);
}

function sentenceOn(before: Noted, now: Noted, shifts: readonly Shift[]): string {
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  const listed = shifts.slice(0, MOST_ZONES).map(({ zone, from, to }) => `${zone} ${percent(from)} to ${percent(to)}`);
  const origin = before.words === now.words ? ` (${now.words})` : `, now ${now.words} instead of ${before.words}`;
  return `Hints follow the demand${origin}: zone ${listed.join(', ')}`;
}
