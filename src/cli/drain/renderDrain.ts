import { readZoneDrain, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import { listed } from '../../model/text/listed.js';
import { renderTable } from '../output/textTable.js';
import type { Paint } from '../output/terminal.js';
import type { AssessedDrain } from './assessDrain.js';

/** A drain with what the controller writes into its status and a plan does not read. */
export interface ListedDrain extends ZoneDrainManifest {
  readonly status?:
    | (ZoneDrainManifest['status'] & {
        readonly services?: { readonly drained?: number } | null;
        readonly busiest?: string | null;
        readonly notFollowing?: readonly string[] | null;
      })
    | null;
}

/** What a drain would do, for `--dry-run`. */
export function renderAssessment(zone: string, { judgement, figures, notFollowing }: AssessedDrain): string {
  const { accepted, reason, message } = judgement;
  const { inTree, blocked, unsteered } = figures;
  const named = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${what}: ${names.length} (${listed(names)})`];
  return [
    `A drain of zone ${zone} would be ${accepted ? 'accepted' : 'refused'} (${reason}): ${message}`,
    ...named('Not drained, because Kubernetes writes their hints', inTree),
    ...named('Not drained, because hints may not be written', blocked),
    ...named('Not drained, because hints do not steer them', unsteered),
    ...followers(notFollowing),
    '',
  ].join('\n');
}

function followers(notFollowing: readonly string[]): string[] {
  return notFollowing.length === 0 ? [] : ['What does not follow:', ...notFollowing.map((clause) => `  ${clause}`)];
}

/** What became of a drain, in a word: the last of the words that its conditions give it. */
export function stateOf(drain: ZoneDrainManifest, nowMs: number): 'Pending' | 'Refused' | 'Active' | 'Ended' {
  const { isJudged, conditions, untilMs } = readZoneDrain(drain);
  if (conditions.get('Refused')?.status === 'True') return isJudged ? 'Refused' : 'Pending';
  if (nowMs >= untilMs) return 'Ended';
  return conditions.get('Accepted')?.status === 'True' ? 'Active' : 'Pending';
}

/** The table of `drain status`. */
export function renderDrains(drains: readonly ListedDrain[], nowMs: number, paint: Paint): string {
  if (drains.length === 0) return 'No zone is drained.\n';
  const rows = drains.map((drain) => {
    const { name, zone, until, conditions } = readZoneDrain(drain);
    const state = stateOf(drain, nowMs);
    const { status } = drain;
    const style = ({ Active: 'green', Refused: 'red', Pending: 'yellow', Ended: 'dim' } as const)[state];
    return [
      name,
      zone,
      until,
      { text: state, style },
      String(status?.services?.drained ?? '-'),
      typeof status?.busiest === 'string' ? `${status.busiest}x` : '-',
      conditions.get('Accepted')?.message ?? 'No controller has judged it yet',
    ];
  });
  return renderTable(['NAME', 'ZONE', 'UNTIL', 'STATE', 'SERVICES', 'BUSIEST', 'MESSAGE'], rows, paint);
}

/** What uses the endpoints of a drained zone nevertheless, as the status has it. */
export function renderNotFollowing({ status }: ListedDrain): string {
  const lines = followers(status?.notFollowing ?? []);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
