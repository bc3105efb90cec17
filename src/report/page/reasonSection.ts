import type { PlanGroup } from '../../analysis/planGroups.js';
import { counted } from '../format.js';
import { element, headRow, scrollable, serviceLink } from './elements.js';

const MOST_LINKS = 5;

/** Why Services have hints, or none, and the way out. */
export function reasonSection(groups: readonly PlanGroup[]): HTMLElement {
  return element(
    'section',
    { 'aria-labelledby': 'reasons-title' },
    element('h2', { id: 'reasons-title' }, 'Reasons and ways out'),
    groups.length === 0
      ? element('p', {}, 'No Service asks for hints.')
      : scrollable(
          'Table of reasons',
          element(
            'table',
            {},
            element('caption', {}, 'Services that ask for hints by what comes of it; warnings after outcomes'),
            headRow(['Services', 'Outcome', 'Reason', 'Way out', 'Which'], ['Services']),
            element('tbody', {}, ...groups.map(rowOf)),
          ),
        ),
  );
}

function rowOf({ cause, kind, hinted, type, reason, phrase, wayOut, services, sentences }: PlanGroup): HTMLElement {
  const outcome = kind === 'warning' ? 'warning' : hinted ? 'hinted' : 'not hinted';
  const [sentence = ''] = sentences;
  return element(
    'tr',
    { 'data-cause': cause },
    element('td', { class: 'number' }, String(services.length)),
    element(
      'td',
      {},
      element('span', { class: type === 'Warning' ? 'badge bad' : hinted ? 'badge good' : 'badge' }, outcome),
    ),
    element(
      'td',
      {},
      phrase,
      ...(reason === '' ? [] : [element('br'), element('strong', {}, reason), sentence === '' ? '' : `: ${sentence}`]),
    ),
    element('td', {}, wayOut ?? ''),
    element('td', {}, ...linksTo(services)),
  );
}

export function linksTo(services: readonly string[]): (Node | string)[] {
  const shown = services.slice(0, MOST_LINKS).flatMap((key, i) => [...(i === 0 ? [] : [', ']), serviceLink(key)]);
  const more = services.length - MOST_LINKS;
  return more > 0 ? [...shown, `, and ${counted(more, 'more', 'more')}`] : shown;
}
