import { counted, NONE, percent } from '../format.js';
import { differenceOf, PARTED, type MeasuredRow } from '../measuredRows.js';
import { element, headRow, scrollable, serviceLink } from './elements.js';

const FIRST_ROWS = 50;

/** Forecast beside measured, the Services first where they part. */
export function measuredSection(rows: readonly MeasuredRow[]): HTMLElement {
  const parted = rows.filter((row) => differenceOf(row) > PARTED).length;
  const body = rows
    .slice(0, FIRST_ROWS)
    .map((row) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, serviceLink(row.key)),
        element('td', { class: 'number' }, row.forecast === undefined ? NONE : percent(row.forecast)),
        element('td', { class: 'number' }, percent(row.measured)),
        element('td', { class: 'number' }, row.forecast === undefined ? NONE : points(differenceOf(row))),
      ),
    );
  const more = rows.length - body.length;
  return element(
    'section',
    { 'aria-labelledby': 'measured-title' },
    element('h2', { id: 'measured-title' }, 'Forecast beside measured'),
    element(
      'p',
      {},
      `${counted(parted, 'Service differs', 'Services differ')} by more than 10 points. `,
      element('code', {}, 'slicehints verify'),
      ' names the likely causes.',
    ),
    scrollable(
      'Table of measured Services',
      element(
        'table',
        {},
        element('caption', {}, 'Traffic that stays in its zone with the hints of today'),
        headRow(['Service', 'Forecast', 'Measured', 'Difference'], ['Forecast', 'Measured', 'Difference']),
        element('tbody', {}, ...body),
      ),
    ),
    ...(more > 0 ? [element('p', {}, `And ${counted(more, 'more', 'more')}, which differ less.`)] : []),
  );
}

function points(difference: number): string {
  return `${Math.round(difference * 100)} points`;
}
