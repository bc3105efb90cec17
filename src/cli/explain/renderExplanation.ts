import { improvementText } from '../../analysis/explain/alternatives.js';
import type { Explanation } from '../../analysis/explain/explanation.js';
import { figuresText } from '../../analysis/explain/outcomeSteps.js';
import type { Paint } from '../output/terminal.js';
import { wrap } from '../output/textTable.js';

export interface RenderOptions {
  readonly paint: Paint;
  /** Width of the terminal; undefined: as wide as it gets. */
  readonly columns: number | undefined;
  /** The changes that are imagined, in words, and today's explanation. */
  readonly whatIf?: { readonly words: string; readonly today: Explanation } | undefined;
}

/** An explanation as text: a numbered step for each rule with its numbers and its source, then what would do better. */
export function renderExplanation(explanation: Explanation, { paint, columns, whatIf }: RenderOptions): string {
  const { namespace, name, steps, improvements } = explanation;
  const types = new Set(steps.map(({ addressType }) => addressType).filter((type) => type !== ''));
  const line = (text: string): string =>
    `   ${wrap(text, columns === undefined ? undefined : columns - 5).replaceAll('\n', '\n   ')}`;
  const blocks = [
    ...(whatIf === undefined
      ? []
      : [[...todayLines(whatIf.today), `What if ${whatIf.words}:`].map((one) => wrap(one, columns))]),
    ...steps.map(({ title, addressType, lines, source }, i) => [
      `${i + 1}. ${paint('bold', `${title}${addressType !== '' && types.size > 1 ? `, ${addressType}` : ''}`)} ${paint('dim', `[${source}]`)}`,
      ...lines.map(line),
    ]),
    [
      paint('bold', 'What would improve it'),
      ...(improvements.length === 0
        ? [line('Nothing that was tried')]
        : improvements.flatMap((one) => [
            line(improvementText(one)),
            ...(one.flags.length === 0 ? [] : [`     ${paint('dim', one.flags.join(' '))}`]),
          ])),
    ],
  ];
  return `${[[paint('bold', `Service ${namespace}/${name}`)], ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function todayLines({ steps }: Explanation): string[] {
  return steps.flatMap((step) =>
    step.id === 'choice'
      ? [`Today, ${step.addressType}: now ${figuresText(step.facts.before)}; planned ${figuresText(step.facts.after)}`]
      : [],
  );
}
