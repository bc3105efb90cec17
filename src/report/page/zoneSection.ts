import type { ZoneFlow } from '../../analysis/traffic.js';
import { percent, zoneName } from '../format.js';
import type { ReportModel } from '../reportModel.js';
import { element, figure, headRow, scrollable } from './elements.js';
import { flowPicture } from './flowPicture.js';

interface Shown {
  readonly id: string;
  readonly title: string;
  readonly inZoneShare: number | undefined;
  readonly flows: readonly ZoneFlow[];
}

/** The traffic between zones at each moment: a picture and a table. */
export function zoneSection({ zones, today, atOnce, planned }: ReportModel): HTMLElement {
  const moments: Shown[] = [
    { id: 'today', title: 'Today', ...today },
    ...(atOnce === undefined ? [] : [{ id: 'at-once', title: 'At once, with the hints of today', ...atOnce }]),
    { id: 'planned', title: 'Planned', ...planned },
  ];
  return element(
    'section',
    { 'aria-labelledby': 'zones-title' },
    element('h2', { id: 'zones-title' }, 'Traffic between zones'),
    element(
      'p',
      { class: 'legend' },
      element('span', { class: 'key in' }),
      ' stays in its zone  ',
      element('span', { class: 'key cross' }),
      ' goes to another zone. Mean over the Services that hints can steer, each counted alike.',
    ),
    element('div', { class: 'moments' }, ...moments.map((moment) => momentOf(moment, zones))),
  );
}

function momentOf({ id, title, inZoneShare, flows }: Shown, zones: readonly string[]): HTMLElement {
  const share = inZoneShare === undefined ? 'no traffic' : `${percent(inZoneShare)} in zone`;
  return element(
    'div',
    { class: 'moment' },
    element('h3', {}, `${title}: `, figure(`${id}-zone-share`, inZoneShare, share)),
    ...(flows.length === 0 ? [] : [flowPicture(title, zones, flows), matrix(id, title, zones, flows)]),
  );
}

/** Rows send, columns receive. */
export function matrix(id: string, title: string, zones: readonly string[], flows: readonly ZoneFlow[]): HTMLElement {
  const shareOf = (from: string, to: string): number =>
    flows.find((flow) => flow.from === from && flow.to === to)?.share ?? 0;
  const senders = zones.filter((zone) => zone !== '' || flows.some(({ from }) => from === ''));
  const rows = senders.map((from) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, zoneName(from)),
      ...zones.map((to) => {
        const share = shareOf(from, to);
        const cell = element('td', { class: from === to ? 'number in' : 'number cross' });
        cell.style.setProperty('--heat', `${Math.round(Math.sqrt(share) * 45)}%`);
        cell.append(figure(`${id}:${from}:${to}`, share, percent(share)));
        return cell;
      }),
    ),
  );
  const table = element(
    'table',
    { class: 'matrix' },
    element('caption', {}, `${title}: part of all traffic from zone (row) to zone (column)`),
    headRow(['From \\ to', ...zones.map(zoneName)], zones.map(zoneName)),
    element('tbody', {}, ...rows),
  );
  return scrollable(`${title}, zone by zone`, table);
}
