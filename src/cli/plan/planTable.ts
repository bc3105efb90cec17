import { objectKey } from '../../model/objectKey.js';
import type { AddressTypeForecast } from '../../hints/forecast.js';
import { PLACEHOLDER } from '../../model/hints.js';
import type { Verdict } from '../../hints/verdict.js';
import { type Plan } from '../../hints/plan.js';
import { gatherEndpoints } from '../../hints/endpoints.js';
import type { EndpointRecord } from '../../model/slice.js';
import { plannedSlices, type PlannedService } from '../../analysis/planCluster.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, type Cell } from '../output/textTable.js';
import { counted, percent } from '../../analysis/figures.js';

const HEADER = ['SERVICE', 'MODE', 'TYPE', 'VERDICT', 'HINTS', 'IN ZONE', 'BUSIEST', 'CHANGES', 'REASON'];
const WHAT_IF_HEADER = [
  ...HEADER.slice(0, 5),
  'IN ZONE TODAY',
  'IN ZONE WHAT IF',
  'BUSIEST TODAY',
  'BUSIEST WHAT IF',
  ...HEADER.slice(7),
];
const NONE = '-';

export interface PlanTableOptions {
  /** Width of the terminal; undefined: as wide as it gets. */
  readonly columns?: number | undefined;
  /** By `namespace/name`: the plans of the cluster as it is, beside which those of an imagined one are shown. */
  readonly today?: ReadonlyMap<string, PlannedService> | undefined;
}

/** A line per address type of every Service that has hints or asks for them. */
export function renderPlanTable(
  services: readonly PlannedService[],
  paint: Paint,
  { columns, today }: PlanTableOptions = {},
): string {
  const shown = services.filter(isShown);
  if (shown.length === 0) return '';
  const header = today === undefined ? HEADER : WHAT_IF_HEADER;
  // The Service, the hints and the reason give way on a narrow terminal.
  const fit = columns === undefined ? undefined : { columns, shrinkable: [0, 4, header.length - 1] };
  return renderTable(
    header,
    shown.flatMap((service) => rowsOf(service, today)),
    paint,
    fit,
  );
}

/** Services that do not opt in are worth a line only when hints of ours must go. */
function isShown({ plan }: PlannedService): boolean {
  return plan.mode !== 'off' || plan.slices.some(({ patch }) => patch !== undefined);
}

function rowsOf(service: PlannedService, today: PlanTableOptions['today']): Cell[][] {
  const { plan, before, after } = service;
  const name = objectKey(service);
  if (after.length === 0) {
    const nothing = new Array<Cell>((today === undefined ? HEADER : WHAT_IF_HEADER).length - 3).fill(NONE);
    return [[name, plan.mode, ...nothing, 'There are no EndpointSlices']];
  }
  return after.map((forecast, i) => {
    const { addressType } = forecast;
    const verdict = plan.verdicts.find((candidate) => candidate.addressType === addressType);
    const figures = (text: (forecast: AddressTypeForecast) => string): string[] => [
      ...(today === undefined ? [] : [todayFigure(today.get(name), addressType, text)]),
      beforeAfter(before[i], forecast, text),
    ];
    return [
      name,
      plan.mode,
      addressType,
      verdictCell(verdict, forecast),
      hintCounts(plannedEndpoints(plan, addressType)) || NONE,
      ...figures(inZoneText),
      ...figures(busiestText),
      movedText(plan, addressType),
      reasonText(plan, verdict),
    ];
  });
}

/** What the plan of the cluster as it is comes to. */
export function todayFigure(
  today: PlannedService | undefined,
  addressType: string,
  text: (forecast: AddressTypeForecast) => string,
): string {
  const isIts = (forecast: AddressTypeForecast): boolean => forecast.addressType === addressType;
  const after = today?.after.find(isIts);
  return after === undefined ? NONE : beforeAfter(today?.before.find(isIts), after, text);
}

export function verdictCell(verdict: Verdict | undefined, forecast: AddressTypeForecast): Cell {
  if (verdict === undefined) return NONE;
  if (forecast.steered === false) return { text: 'not steered', style: 'dim' };
  if (verdict.hinted) return { text: 'hinted', style: 'green' };
  return { text: 'not hinted', style: verdict.type === 'Warning' ? 'yellow' : 'dim' };
}

/** What the verdict rests on; the groups above the table and `explain` have the sentences. */
function reasonText({ mode }: Plan, verdict: Verdict | undefined): string {
  if (verdict !== undefined) return verdict.reason;
  return mode === 'off'
    ? 'Opted out: the hints of slicehints go'
    : 'Kubernetes’ own EndpointSlice controller writes these hints';
}

/** The endpoints of one address type with the hints that are planned for them, each address once. */
export function plannedEndpoints(plan: Plan, addressType: string): readonly EndpointRecord[] {
  return gatherEndpoints(plannedSlices(plan).filter((slice) => slice.addressType === addressType)).endpoints;
}

/** How many ready endpoints are hinted for each zone (`a:2 b:2`); an endpoint for two zones counts in both. */
function hintCounts(endpoints: readonly EndpointRecord[]): string {
  const perZone = new Map<string, number>();
  const nodes = new Set<string>();
  for (const { ready, hints } of endpoints) {
    if (ready === false) continue;
    for (const zone of hints?.forZones ?? []) if (zone !== PLACEHOLDER) perZone.set(zone, (perZone.get(zone) ?? 0) + 1);
    for (const node of hints?.forNodes ?? []) if (node !== PLACEHOLDER) nodes.add(node);
  }
  const zones = [...perZone].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, count]) => `${zone}:${count}`);
  return [...zones, ...(nodes.size === 0 ? [] : [`(${counted(nodes.size, 'node', 'nodes')})`])].join(' ');
}

function movedText(plan: Plan, addressType: string): string {
  const slices = plan.slices.filter(({ slice, patch }) => patch !== undefined && slice.addressType === addressType);
  return slices.length === 0 ? NONE : String(slices.reduce((sum, { moved }) => sum + moved, 0));
}

export function beforeAfter(
  before: AddressTypeForecast | undefined,
  after: AddressTypeForecast,
  text: (forecast: AddressTypeForecast) => string,
): string {
  const then = text(after);
  if (before === undefined) return then;
  const now = text(before);
  return now === NONE && then === NONE ? NONE : `${now} → ${then}`;
}

/** `-` where nothing can be used: nothing stays in its zone then, and nothing leaves it. */
export function inZoneText({ inZoneShare, worstLoad, withoutNodeHints }: AddressTypeForecast): string {
  if (worstLoad === 0) return NONE;
  if (withoutNodeHints === undefined) return percent(inZoneShare);
  return `${percent(withoutNodeHints.inZoneShare)}, ${percent(inZoneShare)} with node hints`;
}

export function busiestText({ worstLoad }: AddressTypeForecast): string {
  return worstLoad === 0 ? NONE : worstLoad.toFixed(2);
}

export function warningsOf({ namespace, name, plan }: PlannedService, paint: Paint): string[] {
  return plan.warnings.map(({ type, message }) => {
    const mark = type === 'Warning' ? paint('yellow', 'Warning:') : paint('dim', 'Note:');
    return `${mark} ${namespace}/${name}: ${message}`;
  });
}

export function changesOf(services: readonly PlannedService[]): string {
  const slices = services.flatMap(({ plan }) => plan.slices).filter(({ patch }) => patch !== undefined);
  if (slices.length === 0) return 'Nothing would change.';
  const moved = slices.reduce((sum, slice) => sum + slice.moved, 0);
  const endpoints = counted(moved, 'endpoint', 'endpoints');
  return `Would change the hints of ${endpoints} in ${counted(slices.length, 'EndpointSlice', 'EndpointSlices')}.`;
}
