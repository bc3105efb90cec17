import { compareText } from '../../model/objectKey.js';
import { counted, NONE, percent, times } from '../format.js';
import type { ReportModel, ServiceFigures, ServiceRow } from '../reportModel.js';
import { drawn, element, figure, headRow, scrollable, serviceLink } from './elements.js';

const FIRST_ROWS = 50;

type Order = 'across' | 'busiest' | 'name';
const ORDERS: readonly (readonly [Order, string])[] = [
  ['across', 'traffic across zones'],
  ['busiest', 'busiest endpoint'],
  ['name', 'name'],
];

/** Services by what they send across zones, with a filter. */
export class ServiceTable {
  readonly section: HTMLElement;
  readonly #table = element('div');
  readonly #filter = element('input', { type: 'search', id: 'filter', autocomplete: 'off' });
  readonly #order = element(
    'select',
    { id: 'order' },
    ...ORDERS.map(([value, words]) => element('option', { value }, words)),
  );
  #rows: readonly ServiceRow[] = [];
  #showAll = false;

  constructor() {
    this.section = element(
      'section',
      { 'aria-labelledby': 'services-title' },
      element('h2', { id: 'services-title' }, 'Services'),
      element(
        'div',
        { class: 'tools' },
        element('label', { for: 'filter' }, 'Filter by name'),
        this.#filter,
        element('label', { for: 'order' }, 'Sort by'),
        this.#order,
      ),
      this.#table,
    );
    this.#filter.addEventListener('input', () => this.#draw());
    this.#order.addEventListener('change', () => this.#draw());
  }

  show({ services }: ReportModel): void {
    this.#rows = services;
    this.#draw();
  }

  /** A printed page has no button. */
  showAll(): void {
    if (this.#showAll) return;
    this.#showAll = true;
    this.#draw();
  }

  #draw(): void {
    const wanted = this.#filter.value.trim().toLowerCase();
    const matching = this.#rows.filter(({ key }) => key.toLowerCase().includes(wanted));
    const rows = sorted(matching, this.#order.value as Order);
    const shown = this.#showAll ? rows : rows.slice(0, FIRST_ROWS);
    const table = element(
      'table',
      { class: 'services' },
      element('caption', {}, `${counted(rows.length, 'Service', 'Services')}; a → b is today → planned`),
      headRow(
        ['Service', 'Mode', 'Endpoints', 'In zone', 'Across zones', 'Busiest', 'Outcome'],
        ['Endpoints', 'In zone', 'Busiest'],
      ),
      element('tbody', {}, ...shown.map(rowOf)),
    );
    const parts: Node[] = [scrollable('Table of Services', table)];
    if (shown.length < rows.length) {
      const button = element('button', { type: 'button' }, `Show all ${rows.length.toLocaleString('en')}`);
      button.addEventListener('click', () => this.showAll());
      parts.push(button);
    }
    this.#table.replaceChildren(...parts);
  }
}

function sorted(rows: readonly ServiceRow[], order: Order): readonly ServiceRow[] {
  if (order === 'name') return [...rows].sort((a, b) => compareText(a.key, b.key));
  if (order === 'busiest') return [...rows].sort((a, b) => (b.planned?.busiest ?? -1) - (a.planned?.busiest ?? -1));
  return rows;
}

function rowOf(row: ServiceRow): HTMLElement {
  const { key, mode, endpoints, today, planned } = row;
  return element(
    'tr',
    { 'data-service': key },
    element('th', { scope: 'row' }, serviceLink(key)),
    element('td', {}, mode),
    element('td', { class: 'number' }, String(endpoints)),
    element('td', { class: 'number' }, ...pair('in-zone', today, planned, ({ inZoneShare }) => inZoneShare, percent)),
    element('td', {}, acrossBar(today, planned)),
    element('td', { class: 'number' }, ...pair('busiest', today, planned, ({ busiest }) => busiest, times)),
    element('td', {}, outcomeOf(row)),
  );
}

function pair(
  name: string,
  today: ServiceFigures | undefined,
  planned: ServiceFigures | undefined,
  valueOf: (figures: ServiceFigures) => number,
  text: (value: number) => string,
): (Node | string)[] {
  const one = (moment: string, figures: ServiceFigures | undefined): HTMLElement => {
    const value = figures === undefined ? undefined : valueOf(figures);
    return figure(`${moment}-${name}`, value, value === undefined ? NONE : text(value));
  };
  return [one('today', today), ' → ', one('planned', planned)];
}

const BAR_WIDTH = 100;

/** Two bars: today's above, in outline, and the planned one. The numbers stand in the column before. */
function acrossBar(today: ServiceFigures | undefined, planned: ServiceFigures | undefined): Node {
  const width = (figures: ServiceFigures | undefined): string =>
    figures === undefined ? '0' : ((1 - figures.inZoneShare) * BAR_WIDTH).toFixed(1);
  return drawn(
    'svg',
    { class: 'across', viewBox: `0 0 ${BAR_WIDTH} 14`, width: BAR_WIDTH, height: 14, 'aria-hidden': 'true' },
    drawn('rect', { x: 0, y: 1, width: width(today), height: 4, class: 'before' }),
    drawn('rect', { x: 0, y: 6, width: width(planned), height: 7, class: 'cross' }),
  );
}

export function outcomeOf({ mode, verdicts }: ServiceRow): HTMLElement {
  const [verdict] = verdicts;
  if (mode === 'off') return element('span', { class: 'badge' }, 'does not ask');
  if (verdict === undefined) return element('span', { class: 'badge' }, 'left to Kubernetes');
  const { hinted, type, reason } = verdict;
  return element('span', { class: hinted ? 'badge good' : type === 'Warning' ? 'badge bad' : 'badge' }, reason);
}
