import type { PlanGroup } from '../../analysis/planGroups.js';
import { listed } from '../../model/text/listed.js';
import type { Paint } from '../output/terminal.js';
import { wrap } from '../output/textTable.js';
import { counted } from '../../analysis/figures.js';

/** What keeps Services from hints, and what else is to be said of them: two lines each, the second with the way out. */
export function renderGroups(groups: readonly PlanGroup[], paint: Paint, columns: number | undefined): string {
  return groups
    .filter(({ kind, wayOut }) => kind === 'warning' || wayOut !== undefined)
    .map((group) => `${[wrap(headOf(group, paint), columns), ...wayOutOf(group, paint, columns)].join('\n')}\n`)
    .join('');
}

function headOf({ kind, type, reason, phrase, services, sentences }: PlanGroup, paint: Paint): string {
  const [first = phrase] = sentences;
  const example = `${sentences.length > 1 ? 'for example ' : ''}${kind === 'outcome' && reason !== '' ? `${reason}: ` : ''}${first}`;
  const many = `${counted(services.length, 'Service', 'Services')} (${listed(services)})`;
  if (kind === 'outcome') return `${many}: ${example}`;
  const mark = type === 'Warning' ? paint('yellow', 'Warning:') : paint('dim', 'Note:');
  return `${mark} ${services.length === 1 ? services.join() : many}: ${example}`;
}

function wayOutOf({ wayOut }: PlanGroup, paint: Paint, columns: number | undefined): string[] {
  if (wayOut === undefined) return [];
  return [`  ${paint('dim', '→')} ${wrap(wayOut, columns === undefined ? undefined : columns - 4)}`];
}
