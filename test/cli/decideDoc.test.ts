import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXAMPLES, runProgram } from './runPlan.js';

const PAGE = readFileSync(join(EXAMPLES, '..', 'docs', 'decide.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/```console\n\$ slicehints ([^\n]*)\n([^]*?)```/g)].map(
  ([, command = '', output = '']): [string, string] => [command, output],
);

test('docs/decide.md has commands', () => {
  expect(BLOCKS.length).toBeGreaterThan(2);
});

test.each(BLOCKS)('docs/decide.md: slicehints %s', async (command, output) => {
  const args = command.split(' ').map((arg) => arg.replace(/^examples(?=\/|$)/, EXAMPLES));
  const { stdout, stderr } = await runProgram(args);
  expect(stderr).toBe('');
  // A last line of … stands for the rest.
  const shown = output.endsWith('…\n') ? stdout.slice(0, output.length - 2) : stdout;
  expect(shown).toBe(output.replace(/…\n$/, ''));
});
