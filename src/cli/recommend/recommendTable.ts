import type { Candidate, ServiceRecommendation, SpreadAdvice } from '../../analysis/recommend/serviceRecommendation.js';
import { placeOf } from '../../analysis/recommend/reasons.js';
import { objectKey } from '../../model/objectKey.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, wrap, type Cell } from '../output/textTable.js';

const HEADER = ['SERVICE', 'ASKS FOR', 'SHOULD ASK FOR', 'IN ZONE', 'BUSIEST', 'WHY'];
const CANDIDATE_HEADER = ['CHOICE', 'IN ZONE', 'BUSIEST', 'WORST', 'LIMIT', 'HINTS CHANGED'];
const NONE = '-';
const SHRINKABLE = [0, 5];

/** What `slicehints recommend` prints: a line per Service, then what the guard and spreading pods would bring. */
export function renderRecommendations(
  services: readonly ServiceRecommendation[],
  paint: Paint,
  columns: number | undefined,
): string {
  const fit = columns === undefined ? undefined : { columns, shrinkable: SHRINKABLE };
  const shown = services.filter(({ reason }) => reason !== 'no-endpoints');
  const table = shown.length === 0 ? '' : `${renderTable(HEADER, shown.map(rowOf), paint, fit)}\n`;
  const changes = services.filter(isChange).length;
  const empty = services.length - shown.length;
  const lines = [
    ...shown.flatMap(furtherAdvice),
    `${changes} of ${services.length} ${services.length === 1 ? 'Service' : 'Services'} should ask for something else${changes === 0 ? '' : '; -o commands prints the kubectl lines, -o kustomize a patch'}.`,
    ...(empty === 0 ? [] : [`${empty} ${empty === 1 ? 'has' : 'have'} no endpoint that takes traffic.`]),
  ];
  return `${table}${lines.map((line) => wrap(line, columns)).join('\n')}\n`;
}

/** One Service with everything that was judged for it. */
export function renderRecommendation(
  service: ServiceRecommendation,
  paint: Paint,
  columns: number | undefined,
): string {
  const { advice, others, sentence, limit } = service;
  const title = `${paint('bold', objectKey(service))}: ${advice === null ? 'no hints' : choiceText(advice)}\n`;
  const why = `${wrap(`${sentence}.`, columns)}\n`;
  const judged = advice === null ? [] : [advice, ...others];
  const table =
    judged.length === 0
      ? ''
      : `\n${renderTable(
          CANDIDATE_HEADER,
          judged.map((one) => candidateRow(one, limit)),
          paint,
        )}`;
  const further = furtherAdvice(service);
  const lines = further.length === 0 ? '' : `\n${further.map((line) => wrap(line, columns)).join('\n')}\n`;
  return title + why + table + lines;
}

function isChange({ advice }: ServiceRecommendation): boolean {
  return advice !== null && Object.keys(advice.annotations).length > 0;
}

function rowOf(service: ServiceRecommendation): Cell[] {
  const { mode, advice, now, sentence } = service;
  const choice: Cell =
    advice === null
      ? { text: 'no hints', style: 'dim' }
      : isChange(service)
        ? { text: choiceText(advice), style: 'green' }
        : NONE;
  return [
    objectKey(service),
    mode,
    choice,
    now === null || advice === null ? NONE : `${percent(now.inZoneShare)} → ${percent(advice.inZoneShare)}`,
    now === null || advice === null ? NONE : `${now.busiest.toFixed(2)} → ${advice.busiest.toFixed(2)}`,
    sentence,
  ];
}

function candidateRow(one: Candidate, limit: number): Cell[] {
  const worst = one.situations.reduce((most, each) => (each.busiest > most.busiest ? each : most));
  return [
    choiceText(one),
    percent(one.inZoneShare),
    one.busiest.toFixed(2),
    `${worst.busiest.toFixed(2)} ${placeOf(worst)}`,
    one.overLimit ? { text: `above ${limit.toFixed(2)}`, style: 'yellow' } : { text: 'within', style: 'green' },
    String(one.endpointsChanged),
  ];
}

function furtherAdvice(service: ServiceRecommendation): string[] {
  const { withGuard, advice, spread } = service;
  const key = objectKey(service);
  const share = percent(advice?.inZoneShare ?? 0);
  return [
    ...(withGuard === undefined
      ? []
      : [
          `${key}: with the guard ${choiceText(withGuard)} would give ${share} → ${percent(withGuard.inZoneShare)} in zone.`,
        ]),
    ...spread.map((option) => `${key}: ${spreadText(option)}: ${share} → ${percent(option.inZoneShare)} in zone.`),
  ];
}

function spreadText({ maxSkew, replicas, scales, zones, action, overloadThreshold }: SpreadAdvice): string {
  const places = zones.map(({ zone, replicas: count }) => `${zone}:${count}`).join(' ');
  const pods = scales ? `${replicas} replicas` : `its ${replicas} replicas`;
  const asks =
    action === 'leave'
      ? ''
      : `, asking for ${choiceText({ action, ...(overloadThreshold === undefined ? {} : { overloadThreshold }) })}`;
  return `${pods} with topologySpreadConstraints over zones and maxSkew ${maxSkew} (${places})${asks}`;
}

const NAMES = { leave: 'as it is', off: 'off', auto: 'Auto', 'same-zone': 'same-zone', balanced: 'balanced' } as const;

function choiceText({ action, overloadThreshold }: Pick<Candidate, 'action' | 'overloadThreshold'>): string {
  return overloadThreshold === undefined ? NAMES[action] : `${NAMES[action]} at ${overloadThreshold}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
