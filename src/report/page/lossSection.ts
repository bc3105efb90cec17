import { lossesAbove, summariseAudit, type LoadOfService } from '../../analysis/audit/auditCluster.js';
import type { ServiceAudit } from '../../analysis/audit/serviceAudit.js';
import { counted, NONE, times, zoneName } from '../format.js';
import { element, figure, headRow, scrollable, serviceLink } from './elements.js';
import { linksTo } from './reasonSection.js';

const MOST_SERVICES = 10;
/** Below it the loss of a zone is felt by nobody. */
const NOTABLE_LOAD = 1.5;

/** What the loss of each zone does to all Services. */
export function lossTables(audits: readonly ServiceAudit[]): HTMLElement[] {
  const { zones } = summariseAudit(audits);
  const worst = lossesAbove(audits, NOTABLE_LOAD);
  const rows = zones.map(({ zone, lost, noneLeft, busiestAtOnce, busiestReplanned }) =>
    element(
      'tr',
      { 'data-zone': zone },
      element('th', { scope: 'row' }, zoneName(zone)),
      element('td', { class: 'number' }, figure('lost', lost, lost.toLocaleString('en'))),
      element('td', {}, ...(noneLeft.length === 0 ? ['none'] : linksTo(noneLeft))),
      element('td', {}, ...loadCell('at-once', busiestAtOnce)),
      element('td', {}, ...loadCell('replanned', busiestReplanned)),
    ),
  );
  return [
    scrollable(
      'Table of zones that may be lost',
      element(
        'table',
        {},
        element(
          'caption',
          {},
          'When a zone is lost, with the planned hints; loads over today’s mean, pods taken as equal',
        ),
        headRow(
          ['Zone', 'Endpoints lost', 'Services with none left', 'Busiest at once', 'Busiest planned again'],
          ['Endpoints lost'],
        ),
        element('tbody', {}, ...rows),
      ),
    ),
    element(
      'p',
      {},
      worst.length === 0
        ? `No loss of a zone loads an endpoint above ${times(NOTABLE_LOAD)}.`
        : `${counted(worst.length, 'Service has an endpoint', 'Services have an endpoint')} above ${times(NOTABLE_LOAD)}, or none left, when a zone is lost; the worst: `,
      ...worst
        .slice(0, MOST_SERVICES)
        .flatMap(({ service, zone, load }, i) => [
          i === 0 ? '' : ', ',
          serviceLink(service),
          ` (${load === Infinity ? 'none left' : times(load)} without ${zoneName(zone)})`,
        ]),
    ),
  ];
}

/** What the loss of each zone, and of the worst node, does to one Service. */
export function lossTable({ zones, worstNode, busiestToday }: ServiceAudit): HTMLElement {
  const losses = [
    ...zones.map((loss) => ({ name: `zone ${zoneName(loss.zone)}`, ...loss })),
    ...(worstNode === null ? [] : [{ name: `node ${worstNode.node}`, ...worstNode }]),
  ];
  const load = (value: number | null): string => (value === null ? NONE : times(value));
  const rows = losses.map(({ name, lost, left, busiestAtOnce, busiestReplanned }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', { class: 'number' }, String(lost)),
      element('td', { class: 'number' }, String(left)),
      element('td', { class: 'number' }, load(busiestAtOnce)),
      element('td', { class: 'number' }, load(busiestReplanned)),
    ),
  );
  const heads = ['Lost', 'Endpoints lost', 'Left', 'Busiest at once', 'Busiest planned again'];
  return scrollable(
    'Losses',
    element(
      'table',
      {},
      element(
        'caption',
        {},
        `With the planned hints; loads over the mean, which is ${load(busiestToday)} at the busiest now`,
      ),
      headRow(heads, heads.slice(1)),
      element('tbody', {}, ...rows),
    ),
  );
}

function loadCell(name: string, worst: LoadOfService | null): (Node | string)[] {
  if (worst === null) return [NONE];
  return [figure(`loss-${name}`, worst.load, times(worst.load)), ' ', serviceLink(worst.service)];
}
