import type { EndpointTraffic, Traffic } from '../../analysis/traffic.js';
import type { AddressTypeForecast } from '../../hints/forecast.js';
import { isCounted } from '../../model/node.js';
import { isReady } from '../../model/readiness.js';
import { sentenceOf } from '../../hints/verdict.js';
import type { EndpointHints } from '../../model/hints.js';
import { NONE, percent, times, zoneName } from '../format.js';
import type { Moment, ReportModel, ServiceDetail } from '../reportModel.js';
import { element, figure, headRow, scrollable } from './elements.js';
import { flowPicture } from './flowPicture.js';
import { outcomeOf } from './serviceTable.js';

/** The page of one Service: why, from where, to which endpoints. */
export function servicePage(
  { row, forecast, traffic }: ServiceDetail,
  model: ReportModel,
  losses: HTMLElement,
  advice: HTMLElement,
): HTMLElement {
  const types = [...new Set([...forecast.today, ...forecast.planned].map(({ addressType }) => addressType))].sort();
  return element(
    'article',
    { 'aria-labelledby': 'service-title', 'data-service-page': row.key },
    element('p', {}, element('a', { href: '#/' }, '← All Services')),
    element('h2', { id: 'service-title', tabindex: -1 }, row.key),
    element('p', {}, `Mode ${row.mode}: `, outcomeOf(row)),
    ...[...row.verdicts, ...row.warnings].map((verdict) =>
      element(
        'p',
        { class: verdict.type === 'Warning' ? 'sentence warning' : 'sentence' },
        element('strong', {}, verdict.reason),
        `${verdict.addressType === '' ? '' : ` (${verdict.addressType})`}: ${sentenceOf(verdict)}.`,
      ),
    ),
    ...(types.length === 0 ? [element('p', {}, 'It has no EndpointSlices.')] : []),
    ...types.flatMap((type) => addressTypePart(type, forecast, traffic, model)),
    element('h3', {}, 'When a zone or node is lost'),
    losses,
    element('h3', {}, 'Recommendation'),
    advice,
  );
}

function addressTypePart(
  addressType: string,
  forecast: ServiceDetail['forecast'],
  traffic: ServiceDetail['traffic'],
  model: ReportModel,
): HTMLElement[] {
  const of = <T extends { readonly addressType: string }>(list: readonly T[]): T | undefined =>
    list.find((one) => one.addressType === addressType);
  const planned = of(traffic.planned);
  const heading = element('h3', {}, `${addressType} endpoints`);
  if (of(forecast.planned)?.steered === false || planned === undefined) {
    return [heading, element('p', {}, 'Hints do not steer this traffic, so nothing is forecast.')];
  }
  const moments: (readonly [Moment, string])[] = [
    ['today', 'Today'],
    ...(model.atOnce === undefined ? [] : ([['atOnce', 'At once']] as const)),
    ['planned', 'Planned'],
  ];
  return [
    heading,
    element(
      'div',
      { class: 'moments' },
      ...moments.map(([moment, title]) => momentPart(title, moment, of(forecast[moment]), of(traffic[moment]), model)),
    ),
    demandTable(of(forecast.today), of(forecast.planned), planned, model),
    endpointTable(of(traffic.today), planned),
  ];
}

function momentPart(
  title: string,
  moment: Moment,
  forecast: AddressTypeForecast | undefined,
  traffic: Traffic | undefined,
  { zones }: ReportModel,
): HTMLElement {
  const isUsed = forecast !== undefined && forecast.worstLoad > 0;
  return element(
    'div',
    { class: 'moment' },
    element(
      'h4',
      {},
      `${title}: `,
      ...(isUsed
        ? [
            figure(`service-${moment}-in-zone`, forecast.inZoneShare, `${percent(forecast.inZoneShare)} in zone`),
            ', busiest ',
            figure(`service-${moment}-busiest`, forecast.worstLoad, times(forecast.worstLoad)),
            ...(traffic?.meanCost === undefined
              ? []
              : [`, a unit of traffic costs ${Number(traffic.meanCost.toPrecision(3))}`]),
          ]
        : ['no endpoint takes traffic']),
    ),
    ...(isUsed && traffic !== undefined && traffic.flows.length > 0 ? [flowPicture(title, zones, traffic.flows)] : []),
  );
}

const SOURCE_WORDS: Readonly<Record<Traffic['demand']['source'], string>> = {
  cpu: 'by the allocatable CPU of the nodes',
  nodes: 'by the number of nodes',
  equal: 'every zone alike',
  endpoints: 'by where the pods of all Services run',
  clients: 'by where its clients run',
  zones: 'by the parts that the Service states',
  measured: 'as measured',
};

function demandTable(
  today: AddressTypeForecast | undefined,
  planned: AddressTypeForecast | undefined,
  { demand, addressType }: Traffic,
  { plan: { cluster } }: ReportModel,
): HTMLElement {
  const note = demand.words === demand.source ? '' : ` (${demand.words})`;
  const zoneOf = (
    forecast: AddressTypeForecast | undefined,
    zone: string,
  ): AddressTypeForecast['byZone'][number] | undefined => forecast?.byZone.find((one) => one.zone === zone);
  const rows = demand.zones.map(({ zone, share }) => {
    const before = zoneOf(today, zone);
    const after = zoneOf(planned, zone);
    const nodes = cluster.nodes.filter((node) => node.zone === zone && isCounted(node)).length;
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, zoneName(zone)),
      element('td', { class: 'number' }, String(nodes)),
      element('td', { class: 'number' }, percent(share)),
      element('td', { class: 'number' }, `${usable(before)} → ${usable(after)}`),
      element('td', { class: 'number' }, `${inZone(before)} → ${inZone(after)}`),
    );
  });
  return scrollable(
    `Nodes and demand, ${addressType}`,
    element(
      'table',
      {},
      element('caption', {}, `Nodes and demand, ${SOURCE_WORDS[demand.source]}${note}; a → b is today → planned`),
      headRow(
        ['Zone', 'Nodes', 'Of the traffic', 'Endpoints that a node uses', 'Stays in zone'],
        ['Nodes', 'Of the traffic', 'Endpoints that a node uses', 'Stays in zone'],
      ),
      element('tbody', {}, ...rows),
    ),
  );
}

function usable(zone: AddressTypeForecast['byZone'][number] | undefined): string {
  return zone === undefined ? NONE : zone.usableEndpoints.toFixed(1).replace(/\.0$/, '');
}

function inZone(zone: AddressTypeForecast['byZone'][number] | undefined): string {
  return zone === undefined ? NONE : percent(zone.inZoneShare);
}

function endpointTable(today: Traffic | undefined, planned: Traffic): HTMLElement {
  const before = new Map((today?.endpoints ?? []).map((one) => [one.endpoint.address, one]));
  const after = new Map(planned.endpoints.map((one) => [one.endpoint.address, one]));
  const addresses = [...new Set([...before.keys(), ...after.keys()])].sort();
  const rows = addresses.map((address) => endpointRow(address, before.get(address), after.get(address)));
  return scrollable(
    `Endpoints, ${planned.addressType}`,
    element(
      'table',
      { class: 'endpoints' },
      element('caption', {}, 'Endpoints; a → b is today → planned'),
      headRow(
        ['Address', 'Zone', 'Node', 'Ready', 'Hints', 'Load over the mean', 'Used by zones'],
        ['Load over the mean'],
      ),
      element('tbody', {}, ...rows),
    ),
  );
}

function endpointRow(
  address: string,
  before: EndpointTraffic | undefined,
  after: EndpointTraffic | undefined,
): HTMLElement {
  const { endpoint } = (after ?? before)!;
  const state = after === undefined ? 'gone' : before === undefined ? 'new' : isReady(endpoint) ? 'yes' : 'no';
  const load = (one: EndpointTraffic | undefined): string => (one?.consumed === true ? times(one.load) : NONE);
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, address === '' ? NONE : address),
    element('td', {}, zoneName(endpoint.zone)),
    element('td', {}, endpoint.nodeName || NONE),
    element('td', {}, state),
    element('td', {}, change(hintsText(before?.hints), hintsText(after?.hints))),
    element('td', { class: 'number' }, change(load(before), load(after))),
    element('td', {}, change(zonesText(before), zonesText(after))),
  );
}

function zonesText(one: EndpointTraffic | undefined): string {
  return one === undefined || one.usedBy.length === 0 ? NONE : one.usedBy.map(zoneName).join(', ');
}

function change(before: string, after: string): string {
  return before === after ? after : `${before} → ${after}`;
}

const MOST_NODES = 3;

function hintsText(hints: EndpointHints | undefined): string {
  const zones = hints?.forZones ?? [];
  const nodes = hints?.forNodes ?? [];
  const more = nodes.length - MOST_NODES;
  const parts = [...zones.map(zoneName), ...nodes.slice(0, MOST_NODES), ...(more > 0 ? [`${more} more nodes`] : [])];
  return parts.length === 0 ? NONE : parts.join(', ');
}
