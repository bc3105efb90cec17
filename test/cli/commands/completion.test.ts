import { expect, test } from 'vitest';
import { bashCompletion } from '../../../src/cli/completion/bash.js';
import { fishCompletion } from '../../../src/cli/completion/fish.js';
import { zshCompletion } from '../../../src/cli/completion/zsh.js';
import { completionCommand } from '../../../src/cli/commands/completion.js';
import { loadCommands } from '../completion/script.js';
import { runCommand } from '../runPlan.js';

test.each([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
] as const)('prints the script for %s', async (shell, completionOf) => {
  const commands = await loadCommands();
  const entries = commands.map((command) => ({ name: command.name, load: () => Promise.resolve(command) }));
  const ran = await runCommand('completion', (io) => completionCommand(io, entries), [shell], {});
  expect(ran).toEqual({ stdout: completionOf(commands), stderr: '', code: undefined });
});

test('another shell is refused in one sentence', async () => {
  expect(await runCommand('completion', (io) => completionCommand(io, []), ['tcsh'], {})).toEqual({
    stdout: '',
    stderr: 'slicehints completion: expected bash, zsh, fish, got "tcsh"\n',
    code: 1,
  });
});
