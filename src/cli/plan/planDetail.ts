import { type AddressTypeForecast } from '../../hints/forecast.js';
import { gatherEndpoints } from '../../hints/endpoints.js';
import { groupNodes } from '../../analysis/explain/nodeGroups.js';
import type { Reading } from '../../kubeproxy/reading.js';
import type { Cluster } from '../../model/cluster.js';
import type { NodeRecord } from '../../model/node.js';
import type { EndpointRecord } from '../../model/slice.js';
import type { EndpointHints } from '../../model/hints.js';
import type { PlannedService } from '../../analysis/planCluster.js';
import {
  beforeAfter,
  busiestText,
  changesOf,
  inZoneText,
  plannedEndpoints,
  todayFigure,
  verdictCell,
  warningsOf,
} from './planTable.js';
import { counted } from '../../analysis/figures.js';
import { percent } from '../../analysis/figures.js';
import type { Paint } from '../output/terminal.js';
import { renderTable, type Cell } from '../output/textTable.js';

const MOST_ADDRESSES = 8;
const MOST_NODES = 4;

/** One Service in full: per address type every endpoint, and what the nodes of each zone will use. */
export function renderDetail(
  service: PlannedService,
  cluster: Cluster,
  paint: Paint,
  whatIf?: { readonly words: string; readonly today: PlannedService | undefined },
): string {
  const { plan, before, after } = service;
  const sections = after.map(
    (forecast, i) =>
      todayLine(whatIf, forecast.addressType) + renderAddressType(service, forecast, before[i], cluster, paint),
  );
  const asked = plan.mode === 'off' ? 'off (it does not opt in)' : plan.mode;
  const lines = [
    `${paint('bold', `Service ${service.namespace}/${service.name}`)}, mode ${asked}`,
    ...(after.length === 0 ? ['There are no EndpointSlices of it.'] : []),
    ...warningsOf(service, paint),
  ];
  return [`${lines.join('\n')}\n`, ...sections, `${changesOf([service])}\n`].join('\n');
}

function todayLine(whatIf: Parameters<typeof renderDetail>[3], addressType: string): string {
  if (whatIf === undefined) return '';
  const figure = (text: (forecast: AddressTypeForecast) => string): string =>
    todayFigure(whatIf.today, addressType, text);
  return `Today: in zone ${figure(inZoneText)}, busiest endpoint ${figure(busiestText)} times the mean load\nWhat if ${whatIf.words}:\n`;
}

function renderAddressType(
  { plan, reading }: PlannedService,
  after: AddressTypeForecast,
  before: AddressTypeForecast | undefined,
  cluster: Cluster,
  paint: Paint,
): string {
  const { addressType } = after;
  const verdict = plan.verdicts.find((candidate) => candidate.addressType === addressType);
  const cell = verdictCell(verdict, after);
  const head =
    verdict === undefined || typeof cell === 'string'
      ? `${addressType}\n`
      : `${addressType}: ${paint(cell.style, cell.text)}, ${verdict.reason}\n${verdict.message}\n`;
  const now = gatherEndpoints(plan.slices.map(({ slice }) => slice).filter((s) => s.addressType === addressType));
  const planned = plannedEndpoints(plan, addressType);
  const endpointRows = planned.map((endpoint, i) => endpointRow(endpoint, now.endpoints[i]?.hints));
  return [
    head,
    `In zone ${beforeAfter(before, after, inZoneText)}, busiest endpoint ${beforeAfter(before, after, busiestText)} times the mean load\n`,
    ...(endpointRows.length === 0
      ? ['\nThere are no endpoints.\n']
      : ['\n', renderTable(['ADDRESS', 'ZONE', 'NODE', 'READY', 'HINTS'], endpointRows, paint)]),
    ...(endpointRows.length === 0 || cluster.nodes.length === 0 || after.byZone.length === 0
      ? []
      : [
          '\n',
          renderTable(['NODES', 'TRAFFIC', 'IN ZONE', 'WILL USE'], nodeRows(planned, after, cluster, reading), paint),
        ]),
  ].join('');
}

function endpointRow(endpoint: EndpointRecord, before: EndpointHints | undefined): Cell[] {
  const { address, zone, nodeName, ready, hints } = endpoint;
  const [was, is] = [hintText(before), hintText(hints)];
  return [
    address || '-',
    zone || '-',
    nodeName || '-',
    // An absent condition is not the same as true: Auto counts only endpoints that say that they are ready.
    ready === undefined ? 'unknown' : ready ? 'yes' : 'no',
    was === is ? is : { text: `${was} → ${is}`, style: 'cyan' },
  ];
}

function hintText(hints: EndpointHints | undefined): string {
  const zones = hints?.forZones ?? [];
  const nodes = (hints?.forNodes ?? []).map((node) => `node/${node}`);
  return [...zones, ...nodes].join(',') || '-';
}

/** A line per zone, or several where node hints tell its nodes apart. */
function nodeRows(
  endpoints: readonly EndpointRecord[],
  forecast: AddressTypeForecast,
  cluster: Cluster,
  reading: Reading,
): Cell[][] {
  return groupNodes(endpoints, cluster, reading).map(({ zone, nodes, usable }) => {
    const traffic = forecast.byZone.find((entry) => entry.zone === zone);
    const split = cluster.nodes.filter((node) => node.zone === zone).length > nodes.length;
    return [
      `${zone === '' ? 'without a zone' : `in ${zone}`}: ${split ? nodeNames(nodes) : counted(nodes.length, 'node', 'nodes')}`,
      traffic === undefined ? '-' : percent(traffic.share),
      traffic === undefined ? '-' : percent(traffic.inZoneShare),
      usableText(endpoints, usable),
    ];
  });
}

function nodeNames(nodes: readonly NodeRecord[]): string {
  if (nodes.length > MOST_NODES) return counted(nodes.length, 'node', 'nodes');
  return nodes.map(({ name }) => name).join(', ');
}

function usableText(endpoints: readonly EndpointRecord[], usable: readonly number[]): string {
  if (usable.length === 0) return 'nothing';
  const addresses = usable.slice(0, MOST_ADDRESSES).map((i) => endpoints[i]?.address ?? '');
  const rest = usable.length - addresses.length;
  return `${addresses.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
