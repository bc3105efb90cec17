import type { AuditedCluster, LoadOfService, ZoneSummary } from '../../analysis/audit/auditCluster.js';
import type { LossFigures, ServiceAudit, ZoneLoss } from '../../analysis/audit/serviceAudit.js';
import { objectKey } from '../../model/objectKey.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, wrap, type Cell } from '../output/textTable.js';

const ZONE_HEADER = ['LOST ZONE', 'ENDPOINTS', 'NONE LEFT', 'BUSIEST AT ONCE', 'PLANNED AGAIN'];
const HEADER = [
  'SERVICE',
  'MODE',
  'ENDPOINTS',
  'TODAY',
  'WORST ZONE',
  'LOST',
  'AT ONCE',
  'PLANNED AGAIN',
  'WORST NODE',
  'AT ONCE',
  'PLANNED AGAIN',
];
const DETAIL_HEADER = ['LOST', 'ENDPOINTS LOST', 'LEFT', 'AT ONCE', 'PLANNED AGAIN'];
const NONE = '-';
/** The columns of names give way on a narrow terminal. */
const SHRINKABLE = [0, 4, 8];

export interface AuditTableOptions {
  /** Width of the terminal; undefined: as wide as it gets. */
  readonly columns: number | undefined;
  /** The audit of the cluster as it is, where `audited` is of an imagined one. */
  readonly today: AuditedCluster | undefined;
  /** Every zone of each Service. */
  readonly detailed: boolean;
}

const EQUAL_PODS =
  'Loads are multiples of the mean load that an endpoint of the Service has today. Endpoints count as equal: what a pod can carry, and whether lost pods start again elsewhere, is not known.';

/** What `slicehints audit` prints: the zones, then a line per Service with what is worst for it. */
export function renderAudit(audited: AuditedCluster, paint: Paint, options: AuditTableOptions): string {
  const { columns, today, detailed } = options;
  const before = new Map(today?.services.map((audit) => [objectKey(audit), audit]));
  const withEndpoints = audited.services.filter(({ endpoints }) => endpoints > 0);
  const empty = audited.services.length - withEndpoints.length;
  const zones = renderTable(
    ZONE_HEADER,
    audited.summary.zones.map((zone) => zoneRow(zone, today?.summary.zones)),
    paint,
  );
  const fit = columns === undefined ? undefined : { columns, shrinkable: SHRINKABLE };
  const sections = detailed
    ? withEndpoints.map((audit) => renderService(audit, before.get(objectKey(audit)), paint))
    : withEndpoints.length === 0
      ? []
      : [
          zones,
          renderTable(
            HEADER,
            withEndpoints.map((audit) => serviceRow(audit, before.get(objectKey(audit)))),
            paint,
            fit,
          ),
        ];
  const lines = [
    ...(withEndpoints.length === 0 ? [] : [EQUAL_PODS]),
    ...(today === undefined ? [] : ['a → b is today → what if, planned for both.']),
    ...(empty === 0
      ? []
      : [`${empty} ${empty === 1 ? 'Service has' : 'Services have'} no endpoint that takes traffic.`]),
  ];
  return [...sections, `${lines.map((line) => wrap(line, columns)).join('\n')}\n`].join('\n');
}

function zoneRow(zone: ZoneSummary, today: readonly ZoneSummary[] | undefined): Cell[] {
  const now = today?.find((one) => one.zone === zone.zone);
  const text = (part: (one: ZoneSummary) => string): string =>
    beside(now === undefined ? undefined : part(now), part(zone));
  const none = text(({ noneLeft }) => servicesText(noneLeft));
  return [
    zone.zone,
    text(({ lost }) => String(lost)),
    zone.noneLeft.length === 0 ? none : { text: none, style: 'red' },
    text(({ busiestAtOnce }) => loadOfService(busiestAtOnce)),
    text(({ busiestReplanned }) => loadOfService(busiestReplanned)),
  ];
}

function servicesText(keys: readonly string[]): string {
  const [first = NONE, ...others] = keys;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function loadOfService(worst: LoadOfService | null): string {
  return worst === null ? NONE : `${worst.load.toFixed(2)} (${worst.service})`;
}

function serviceRow(audit: ServiceAudit, today: ServiceAudit | undefined): Cell[] {
  const zone = worstZone(audit);
  const zoneToday = today === undefined ? undefined : worstZone(today);
  const { worstNode } = audit;
  const text = (part: (one: ServiceAudit) => string): string =>
    beside(today === undefined ? undefined : part(today), part(audit));
  return [
    objectKey(audit),
    audit.mode,
    text(({ endpoints }) => String(endpoints)),
    audit.unsteered === undefined ? text(({ busiestToday }) => number(busiestToday)) : unsteeredCell(audit.unsteered),
    zone?.zone ?? NONE,
    zone === undefined ? NONE : beside(zoneToday && String(zoneToday.lost), String(zone.lost)),
    zone === undefined ? NONE : loadCell(zone, zoneToday, 'busiestAtOnce'),
    zone === undefined ? NONE : loadCell(zone, zoneToday, 'busiestReplanned'),
    worstNode?.node ?? NONE,
    worstNode === null ? NONE : loadCell(worstNode, today?.worstNode ?? undefined, 'busiestAtOnce'),
    worstNode === null ? NONE : loadCell(worstNode, today?.worstNode ?? undefined, 'busiestReplanned'),
  ];
}

function unsteeredCell(reason: string): Cell {
  return { text: `not steered: ${reason}`, style: 'dim' };
}

/** All zones and the worst node of one Service. */
function renderService(audit: ServiceAudit, today: ServiceAudit | undefined, paint: Paint): string {
  const { zones, worstNode, mode, endpoints, unplaced, busiestToday, unsteered } = audit;
  const rows = zones.map((zone): Cell[] =>
    lossRow(
      `zone ${zone.zone}`,
      zone,
      today?.zones.find((one) => one.zone === zone.zone),
    ),
  );
  if (worstNode !== null) {
    const same = today?.worstNode?.node === worstNode.node ? today.worstNode : undefined;
    rows.push(lossRow(`node ${worstNode.node}, the worst`, worstNode, same));
  }
  const steering =
    unsteered === undefined
      ? `busiest ${number(busiestToday)}`
      : `not steered by hints: ${unsteered}, so that no load is known`;
  const place = unplaced === 0 ? '' : `; the zone of ${unplaced} is not known, and they count as left`;
  const title = `${paint('bold', objectKey(audit))}: ${mode}, ${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'}, ${steering}${place}\n`;
  return title + renderTable(DETAIL_HEADER, rows, paint);
}

function lossRow(name: string, loss: LossFigures, today: LossFigures | undefined): Cell[] {
  return [
    name,
    beside(today && String(today.lost), String(loss.lost)),
    beside(today && String(today.left), String(loss.left)),
    loadCell(loss, today, 'busiestAtOnce'),
    loadCell(loss, today, 'busiestReplanned'),
  ];
}

function loadCell(
  loss: LossFigures,
  today: LossFigures | undefined,
  which: 'busiestAtOnce' | 'busiestReplanned',
): Cell {
  const textOf = (one: LossFigures): string => (one.left === 0 ? 'none left' : number(one[which]));
  const text = beside(today === undefined ? undefined : textOf(today), textOf(loss));
  return loss.left === 0 ? { text, style: 'red' } : text;
}

/** The zone whose loss is worst: none left, then the higher load, then more endpoints, then the first by name. */
export function worstZone({ zones }: ServiceAudit): ZoneLoss | undefined {
  const load = ({ lost, left, busiestAtOnce, busiestReplanned }: ZoneLoss): number =>
    lost > 0 && left === 0 ? Infinity : Math.max(busiestAtOnce ?? 0, busiestReplanned ?? 0);
  let worst: ZoneLoss | undefined;
  for (const zone of zones) {
    if (worst === undefined || load(zone) > load(worst) || (load(zone) === load(worst) && zone.lost > worst.lost)) {
      worst = zone;
    }
  }
  return worst;
}

function number(load: number | null): string {
  return load === null ? NONE : load.toFixed(2);
}

function beside(today: string | undefined, then: string): string {
  return today === undefined || today === then ? then : `${today} → ${then}`;
}
