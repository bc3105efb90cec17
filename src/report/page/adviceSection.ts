import type { Candidate, ServiceRecommendation } from '../../analysis/recommend/serviceRecommendation.js';
import { objectKey } from '../../model/objectKey.js';
import { counted, NONE, percent, times, zoneName } from '../format.js';
import { element, headRow, scrollable, serviceLink } from './elements.js';

const FIRST_ROWS = 50;

/** What Services should ask for, those that gain most first. */
export function adviceTable(recommendations: readonly ServiceRecommendation[]): HTMLElement[] {
  const useful = recommendations.filter(isUseful).sort((a, b) => gainOf(b) - gainOf(a));
  if (useful.length === 0) return [element('p', {}, 'Every Service asks for what is best for it already.')];
  const rows = useful
    .slice(0, FIRST_ROWS)
    .map((recommendation) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, serviceLink(objectKey(recommendation))),
        element('td', {}, ...adviceWords(recommendation)),
        element('td', { class: 'number' }, sharesOf(recommendation)),
        element('td', {}, `${recommendation.sentence}.`),
      ),
    );
  const more = useful.length - rows.length;
  return [
    scrollable(
      'Table of recommendations',
      element(
        'table',
        {},
        element('caption', {}, 'What to ask for, judged today, on the loss of a zone, in rollouts and by two demands'),
        headRow(['Service', 'Advice', 'In zone', 'Why'], ['In zone']),
        element('tbody', {}, ...rows),
      ),
    ),
    ...(more > 0 ? [element('p', {}, `And ${counted(more, 'more', 'more')}: their pages have the advice.`)] : []),
  ];
}

/** The advice for one Service. */
export function adviceFor(recommendation: ServiceRecommendation): HTMLElement[] {
  const { sentence, withGuard } = recommendation;
  return [
    element('p', {}, ...adviceWords(recommendation), `. ${sentence}.`),
    ...(withGuard === undefined
      ? []
      : [
          element(
            'p',
            {},
            'With the guard: ',
            ...candidateWords(withGuard),
            `, ${percent(withGuard.inZoneShare)} in zone, busiest ${times(withGuard.busiest)}.`,
          ),
        ]),
    ...spreadList(recommendation),
  ];
}

function isUseful({ advice, spread, withGuard }: ServiceRecommendation): boolean {
  return (advice !== null && advice.action !== 'leave') || spread.length > 0 || withGuard !== undefined;
}

function gainOf({ now, advice, spread }: ServiceRecommendation): number {
  if (advice === null) return 0;
  return advice.inZoneShare - (now?.inZoneShare ?? 0) + Math.max(0, ...spread.map(({ gain }) => gain));
}

function sharesOf({ now, advice }: ServiceRecommendation): string {
  const share = (figures: { readonly inZoneShare: number } | null): string =>
    figures === null ? NONE : percent(figures.inZoneShare);
  return `${share(now)} → ${share(advice)}`;
}

function adviceWords({ advice }: ServiceRecommendation): (Node | string)[] {
  return advice === null ? ['Ask for no hints'] : candidateWords(advice);
}

function candidateWords({ action, annotations }: Candidate): (Node | string)[] {
  const changes = Object.entries(annotations).map(([key, value]) =>
    value === null ? `without ${key}` : `${key}: ${value}`,
  );
  if (changes.length === 0) return [action === 'leave' ? 'Leave it as it is' : action];
  return [`Ask for ${action}: `, element('code', {}, changes.join(', '))];
}

function spreadList({ spread }: ServiceRecommendation): HTMLElement[] {
  if (spread.length === 0) return [];
  const items = spread.map(({ maxSkew, replicas, scales, zones, inZoneShare, busiest, gain }) => {
    const places = zones.map(({ zone, replicas: pods }) => `${pods} in ${zoneName(zone)}`).join(', ');
    const pods = scales ? `${counted(replicas, 'pod', 'pods')} and ` : '';
    return element(
      'li',
      {},
      `${pods}topologySpreadConstraints with maxSkew ${maxSkew} over zones (${places}): ${percent(inZoneShare)} in zone, busiest ${times(busiest)}; ${percent(gain)} more stays in zone`,
    );
  });
  return [element('p', {}, 'Pods in other places bring more:'), element('ul', {}, ...items)];
}
