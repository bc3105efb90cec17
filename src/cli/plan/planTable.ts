import { objectKey } from '../../model/objectKey.js';
import type { AddressTypeForecast } from '../../hints/forecast.js';
import { sentenceOf, type Verdict } from '../../hints/verdict.js';
import { type Plan } from '../../hints/plan.js';
import { gatherEndpoints } from '../../hints/endpoints.js';
import type { EndpointRecord } from '../../model/slice.js';
import { likeness, listed } from '../../operations/diagnosis/finding.js';
import { plannedSlices, type PlannedService } from '../../analysis/planCluster.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, wrap, type Cell } from '../output/textTable.js';

const HEADER = ['SERVICE', 'MODE', 'TYPE', 'VERDICT', 'HINTS', 'IN ZONE', 'BUSIEST', 'CHANGES', 'REASON'];
const NONE = '-';

/** Columns that give way on a narrow terminal: the Service, the hints and the reason. */
const SHRINKABLE = [0, 4, 8];
/** A reason with a longer sentence is told below the table on a terminal. */
const LONGEST_INLINE = 60;
/** How upstream's message begins when a node lacks zone or CPU. */
const ODD_NODES = 'Insufficient Node information';

export interface OverviewOptions {
  /** Width of the terminal; undefined: as wide as it gets. */
  readonly columns?: number | undefined;
  /** Counted nodes without a zone or allocatable CPU. */
  readonly oddNodes?: readonly string[];
}

/** The overview: a line per address type of every Service that opts in, and a sum of the others. */
export function renderOverview(
  services: readonly PlannedService[],
  paint: Paint,
  { columns, oddNodes = [] }: OverviewOptions = {},
): string {
  const shown = services.filter(isShown);
  const sentences = groupSentences(shown);
  const isInline = (sentence: string): boolean =>
    sentences.get(likeness(sentence))?.keys.size === 1 && (columns === undefined || sentence.length <= LONGEST_INLINE);
  const rows = shown.flatMap((service) => rowsOf(service, isInline));
  const fit = columns === undefined ? undefined : { columns, shrinkable: SHRINKABLE };
  const table = shown.length === 0 ? '' : `${renderTable(HEADER, rows, paint, fit)}\n`;
  const rest = services.length - shown.length;
  const grouped = [...sentences.values()].filter((group) => ![...group.sentences].every(isInline));
  const lines = [
    ...grouped.map((group) => wrap(groupText(exampleOf(group), [...group.keys]), columns)),
    ...(oddNodes.length > 0 && [...sentences.keys()].some((likeSentence) => likeSentence.includes(ODD_NODES))
      ? [
          wrap(
            `Without a zone or allocatable CPU: ${listed(oddNodes)}. Auto sets no hints in the whole cluster meanwhile.`,
            columns,
          ),
        ]
      : []),
    ...groupedWarnings(services, paint).map((line) => wrap(line, columns)),
    ...(shown.length === 0 ? [] : [changesOf(shown)]),
    ...(rest === 0 ? [] : [`${counted(rest, 'Service does', 'Services do')} not opt in.`]),
  ];
  return table + lines.map((line) => `${line}\n`).join('');
}

/** Services that do not opt in are worth a line only when hints of ours must go. */
function isShown({ plan }: PlannedService): boolean {
  return plan.mode !== 'off' || plan.slices.some(({ patch }) => patch !== undefined);
}

function rowsOf(service: PlannedService, isInline: (sentence: string) => boolean): Cell[][] {
  const { plan, before, after } = service;
  const name = objectKey(service);
  if (after.length === 0) return [[name, plan.mode, NONE, NONE, NONE, NONE, NONE, NONE, 'There are no EndpointSlices']];
  return after.map((forecast, i) => {
    const { addressType } = forecast;
    const verdict = plan.verdicts.find((candidate) => candidate.addressType === addressType);
    return [
      name,
      plan.mode,
      addressType,
      verdictCell(verdict, forecast),
      hintCounts(plannedEndpoints(plan, addressType)) || NONE,
      beforeAfter(before[i], forecast, inZoneText),
      beforeAfter(before[i], forecast, busiestText),
      movedText(plan, addressType),
      reasonText(plan, verdict, isInline),
    ];
  });
}

export function verdictCell(verdict: Verdict | undefined, forecast: AddressTypeForecast): Cell {
  if (verdict === undefined) return NONE;
  if (forecast.steered === false) return { text: 'not steered', style: 'dim' };
  if (verdict.hinted) return { text: 'hinted', style: 'green' };
  return { text: 'not hinted', style: verdict.type === 'Warning' ? 'yellow' : 'dim' };
}

/** What is wrong is said in full; for what is well the reason is enough (`--service` shows the whole sentence). */
function reasonText({ mode }: Plan, verdict: Verdict | undefined, isInline: (sentence: string) => boolean): string {
  if (verdict === undefined) {
    return mode === 'off'
      ? 'Opted out: the hints of slicehints go'
      : 'Kubernetes’ own EndpointSlice controller writes these hints';
  }
  const sentence = fullSentence(verdict);
  return verdict.type === 'Warning' && isInline(sentence) ? sentence : verdict.reason;
}

function fullSentence(verdict: Verdict): string {
  return `${verdict.reason}: ${sentenceOf(verdict)}`;
}

interface SentenceGroup {
  /** Alike but for names and numbers. */
  readonly sentences: Set<string>;
  readonly keys: Set<string>;
}

/** What is wrong, with the Services that it is wrong with; in the order of the Services. */
function groupSentences(services: readonly PlannedService[]): ReadonlyMap<string, SentenceGroup> {
  const groups = new Map<string, SentenceGroup>();
  for (const service of services) {
    for (const verdict of service.plan.verdicts) {
      if (verdict.type === 'Normal') continue;
      const sentence = fullSentence(verdict);
      const group = groups.get(likeness(sentence)) ?? { sentences: new Set(), keys: new Set() };
      groups.set(likeness(sentence), group);
      group.sentences.add(sentence);
      group.keys.add(objectKey(service));
    }
  }
  return groups;
}

function exampleOf({ sentences }: SentenceGroup): string {
  const [first = ''] = sentences;
  return sentences.size > 1 ? `for example ${first}` : first;
}

function groupText(sentence: string, keys: readonly string[]): string {
  return `${counted(keys.length, 'Service', 'Services')} (${listed(keys)}): ${sentence}`;
}

/** Equal warnings of many Services are one line. */
function groupedWarnings(services: readonly PlannedService[], paint: Paint): string[] {
  const groups = new Map<string, string[]>();
  for (const service of services) {
    for (const { message } of service.plan.warnings) {
      const keys = groups.get(message) ?? [];
      keys.push(objectKey(service));
      groups.set(message, keys);
    }
  }
  return [...groups].map(([message, keys]) => {
    const subject = keys.length === 1 ? keys[0] : groupText('', keys).replace(/: $/, '');
    return `${paint('yellow', 'Warning:')} ${subject}: ${message}`;
  });
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
    for (const zone of hints?.forZones ?? []) perZone.set(zone, (perZone.get(zone) ?? 0) + 1);
    for (const node of hints?.forNodes ?? []) nodes.add(node);
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
export function inZoneText({ inZoneShare, worstLoad }: AddressTypeForecast): string {
  return worstLoad === 0 ? NONE : percent(inZoneShare);
}

export function busiestText({ worstLoad }: AddressTypeForecast): string {
  return worstLoad === 0 ? NONE : worstLoad.toFixed(2);
}

/** With one decimal where it says something. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')}%`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
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
