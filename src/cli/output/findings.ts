import { SUBJECTS, type Finding, type Subject } from '../../operations/diagnosis/finding.js';
import { wrap } from './textTable.js';
import type { Paint, Style } from './terminal.js';

const MARKS: Readonly<Record<Finding['level'], { readonly mark: string; readonly style: Style }>> = {
  ok: { mark: '✓', style: 'green' },
  info: { mark: '·', style: 'dim' },
  warning: { mark: '!', style: 'yellow' },
  problem: { mark: '✗', style: 'red' },
};

const TITLES: Readonly<Record<Subject, string>> = {
  server: 'API server',
  installation: 'Installation',
  guard: 'Guard',
  nodes: 'Nodes',
  consumers: 'What reads hints',
  slices: 'EndpointSlices',
  policies: 'Policies',
  drains: 'Drains',
  services: 'Services',
};

/** What `doctor` prints: a heading for each subject, a mark and a sentence for each finding, and a sum. */
export function renderFindings(findings: readonly Finding[], paint: Paint, columns: number | undefined): string {
  const sections = SUBJECTS.flatMap((subject) => {
    const own = findings.filter((finding) => finding.subject === subject);
    return own.length === 0
      ? []
      : [[paint('bold', TITLES[subject]), ...own.flatMap((one) => linesOf(one, paint, columns))]];
  });
  const count = (wanted: Finding['level']): number => findings.filter(({ level }) => level === wanted).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const sum =
    problems + warnings === 0
      ? 'Nothing stands in the way of hints.'
      : `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}. docs/troubleshooting.md explains each code.`;
  return `${[...sections.map((lines) => lines.join('\n')), sum].join('\n\n')}\n`;
}

function linesOf({ level, code, message, advice }: Finding, paint: Paint, columns: number | undefined): string[] {
  const { mark, style } = MARKS[level];
  const isFault = level === 'problem' || level === 'warning';
  const sentence = wrap(`${message}${isFault ? ` [${code}]` : ''}`, columns === undefined ? undefined : columns - 2);
  const said = `${paint(style, mark)} ${sentence}`;
  return advice === undefined || level === 'ok'
    ? [said]
    : [said, `  ${paint('dim', '→')} ${wrap(advice, columns === undefined ? undefined : columns - 4)}`];
}
