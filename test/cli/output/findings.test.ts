import { describe, expect, test } from 'vitest';
import { renderFindings } from '../../../src/cli/output/findings.js';
import type { Finding } from '../../../src/operations/diagnosis/finding.js';

const plain = (_: unknown, text: string): string => text;
const finding = (parts: Partial<Finding>): Finding =>
  ({ subject: 'server', level: 'ok', code: 'Code', message: 'A sentence.', ...parts }) as Finding;
const rendered = (findings: Partial<Finding>[], columns?: number): string => renderFindings(findings.map(finding), plain, columns); // prettier-ignore

describe('what doctor prints', () => {
  test('a heading for each subject, in their order, and a sum', () => {
    expect(rendered([{ subject: 'nodes' }, {}, { subject: 'nodes', level: 'info', message: 'Another.' }])).toBe(
      'API server\n✓ A sentence.\n\nNodes\n✓ A sentence.\n· Another.\n\nNothing stands in the way of hints.\n',
    );
  });

  test.each<[string, Partial<Finding>[], string]>([
    ['a warning has its code', [{ level: 'warning' }], '! A sentence. [Code]'],
    ['so has a problem', [{ level: 'problem' }], '✗ A sentence. [Code]'],
    ['what to do stands below', [{ level: 'problem', advice: 'Do it.' }], '✗ A sentence. [Code]\n  → Do it.'],
    ['of what is well nothing is to be done', [{ advice: 'Do it.' }], '✓ A sentence.\n\n'],
  ])('%s', (_, findings, text) => {
    expect(rendered(findings)).toContain(text);
  });

  test.each<[Partial<Finding>[], string]>([
    [[{ level: 'problem' }], '1 problem, 0 warnings.'],
    [[{ level: 'problem' }, { level: 'problem' }, { level: 'warning' }], '2 problems, 1 warning.'],
    [[], 'Nothing stands in the way of hints.'],
  ])('the sum of %j is %s', (findings, sum) => {
    expect(rendered(findings).split('\n').at(-2)).toContain(sum);
  });

  test('fits the terminal', () => {
    const message = 'One two three four five six seven eight nine ten.';
    for (const line of rendered([{ level: 'problem', message, advice: message }], 30)
      .split('\n')
      .slice(0, -2)) {
      expect(line.length).toBeLessThanOrEqual(30);
    }
  });
});
