import { counted, NONE, percent, times } from '../format.js';
import type { ClusterFigures, ReportModel } from '../reportModel.js';
import { element, figure, serviceLink, type Child } from './elements.js';

/** The answer in a few numbers. */
export function summarySection(model: ReportModel, imagined: readonly string[]): HTMLElement {
  const { today, atOnce, planned, summary } = model;
  const hinted = summary.reasons.reduce((sum, one) => (one.hinted ? sum + one.services : sum), 0);
  const { changes } = summary;
  return element(
    'section',
    { 'aria-labelledby': 'summary-title', class: 'summary' },
    element('h2', { id: 'summary-title' }, 'In short'),
    element(
      'p',
      { class: 'imagined' },
      imagined.length === 0 ? 'The cluster as it is.' : `As if: ${imagined.join(', ')}.`,
    ),
    element(
      'dl',
      { class: 'tiles' },
      tile(
        'Traffic in zone',
        [share('today', today), ...(atOnce ? [' → ', share('at-once', atOnce)] : []), ' → ', share('planned', planned)],
        [`today ${atOnce ? '→ at once ' : ''}→ planned`],
      ),
      tile(
        'Busiest endpoint',
        [load('today', today), ...(atOnce ? [' → ', load('at-once', atOnce)] : []), ' → ', load('planned', planned)],
        planned.busiest === undefined ? ['over the mean'] : ['over the mean; ', serviceLink(planned.busiest.service)],
      ),
      tile(
        'Services with hints',
        [figure('hinted', hinted, String(hinted)), ` of ${summary.services}`],
        [`${summary.optedIn} ask for hints, ${planned.steered} have traffic that hints can steer`],
      ),
      tile(
        'Would change',
        [figure('changes', changes.endpoints, changes.endpoints.toLocaleString('en'))],
        [
          `${changes.endpoints === 1 ? 'endpoint' : 'endpoints'} in ${counted(changes.endpointSlices, 'EndpointSlice', 'EndpointSlices')}`,
        ],
      ),
    ),
  );
}

function tile(name: string, value: readonly Child[], note: readonly Child[]): HTMLElement {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, name),
    element('dd', { class: 'value' }, ...value),
    element('dd', { class: 'note' }, ...note),
  );
}

function share(moment: string, { inZoneShare }: ClusterFigures): HTMLElement {
  return figure(`${moment}-in-zone`, inZoneShare, inZoneShare === undefined ? NONE : percent(inZoneShare));
}

function load(moment: string, { busiest }: ClusterFigures): HTMLElement {
  return figure(`${moment}-busiest`, busiest?.load, busiest === undefined ? NONE : times(busiest.load));
}
