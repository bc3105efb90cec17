import type { PlanSummary } from '../../analysis/planSummary.js';
import { counted } from '../../analysis/figures.js';
import { percent } from '../../analysis/figures.js';

export interface TruthOptions {
  /** The changes that are imagined, in words, and the plan of the cluster as it is. */
  readonly whatIf?: { readonly words: string; readonly today: PlanSummary } | undefined;
}

/** What a plan comes to, in at most five lines. */
export function truthOf(summary: PlanSummary, { whatIf }: TruthOptions = {}): readonly string[] {
  const rest = summary.services - summary.optedIn;
  return [
    ...(whatIf === undefined
      ? [`Cluster: ${figures(summary)}.`]
      : [`Today: ${figures(whatIf.today)}.`, `What if ${whatIf.words}: ${figures(summary)}.`]),
    ...(summary.optedIn === 0 ? [] : [`${outcomes(summary)}.`]),
    `${changesText(summary)}${rest === 0 ? '' : `; ${counted(rest, 'Service does', 'Services do')} not opt in`}.`,
    ...(summary.steered === 0 ? [] : [`${weights(summary)}.`]),
  ];
}

function figures({ steered, inZoneShare, busiest }: PlanSummary): string {
  if (steered === 0 || busiest === undefined) return 'no Service has traffic that hints can steer';
  const over = `over ${counted(steered, 'Service', 'Services')} that hints can steer`;
  const share =
    inZoneShare === undefined
      ? `no traffic was measured ${over}`
      : `${percent(inZoneShare.before)} → ${percent(inZoneShare.after)} in zone ${over}`;
  return `${share}; busiest endpoint ${busiest.after.load.toFixed(2)}x (${busiest.after.service})`;
}

const MOST_OUTCOMES = 6;

/** Services that have hints first, then by what keeps the others from them. */
function outcomes({ groups }: PlanSummary): string {
  const counts = new Map<string, number>();
  for (const { kind, phrase, services } of groups) {
    if (kind === 'outcome') counts.set(phrase, (counts.get(phrase) ?? 0) + services.length);
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => Number(b === 'hinted') - Number(a === 'hinted') || n - m);
  const shown = sorted.slice(0, MOST_OUTCOMES).map(([phrase, count]) => `${count} ${phrase}`);
  const others = sorted.slice(MOST_OUTCOMES).reduce((sum, [, count]) => sum + count, 0);
  return [...shown, ...(others === 0 ? [] : [`${others} for other reasons below`])].join(', ');
}

/** What would be written. */
export function changesText({
  changes: { services, endpointSlices, endpoints },
}: Pick<PlanSummary, 'changes'>): string {
  if (endpointSlices === 0) return 'Nothing would change';
  const slices = counted(endpointSlices, 'EndpointSlice', 'EndpointSlices');
  return `Would change the hints of ${counted(endpoints, 'endpoint', 'endpoints')} in ${slices} of ${counted(services, 'Service', 'Services')}`;
}

function weights({ demand, traffic }: PlanSummary): string {
  const [first] = demand;
  const sources =
    demand.length === 1 && first !== undefined
      ? first.source
      : demand.map(({ source, services }) => `${source} (${services})`).join(', ');
  const where = demand.length === 0 ? '' : `; demand: ${sources}`;
  if (traffic === undefined) return `Each Service counts alike${where}`;
  const { unit, measured, unmeasured, costPerMonth } = traffic;
  const without = unmeasured === 0 ? '' : `, ${unmeasured} without a measurement count for nothing`;
  const cost =
    costPerMonth === undefined
      ? ''
      : `; what crosses zones costs ${money(costPerMonth.before)} → ${money(costPerMonth.after)} a month at ${costPerMonth.pricePerGb} per GB`;
  return `${counted(measured, 'Service counts', 'Services count')} by measured ${unit}${without}${where}${cost}`;
}

/** In the unit of the price. */
function money(amount: number): string {
  return amount.toFixed(2);
}
