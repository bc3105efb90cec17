import { describe, expect, test } from 'vitest';
import { runCommandLine, type Command } from '../../src/cli/command.js';
import { flag, list } from '../../src/cli/flags/flag.js';
import { BOOLEAN, oneOf, text } from '../../src/cli/flags/kinds.js';
import { renderCommandHelp, renderProgramHelp } from '../../src/cli/help.js';
import { processIo } from '../../src/cli/output/terminal.js';
import { loadCommands } from './completion/script.js';

const COMMAND: Command = {
  name: 'move',
  describe: 'Move things',
  usage: '$0 move THING\n\nMoves a thing.',
  flags: {
    dry: flag(BOOLEAN, { describe: 'Only show it', default: 'false', group: 'Safety:' }),
    to: list(text('a place'), { describe: 'Where to', short: 't' }),
    output: flag(oneOf(['table', 'json']), { describe: 'What is printed', default: 'table' }),
  },
  examples: [['$0 move a --to b', 'moves a']],
  epilogue: 'More in the docs.',
  run: () => Promise.resolve(),
};

describe('the help of a command', () => {
  const page = (columns?: number): Promise<string> => renderCommandHelp(COMMAND, 'kubectl slicehints', columns);

  test('names the program as it was called, in usage and examples', async () => {
    expect(await page()).toMatch(/^kubectl slicehints move THING\n/);
    expect(await page()).toContain('kubectl slicehints move a --to b');
    expect(await page()).not.toContain('$0');
  });

  test('shows each flag with its letter, its values, its default and whether it may be repeated', async () => {
    expect(await page()).toMatch(/-t, --to +Where to \(repeatable\)/);
    expect(await page()).toMatch(/--output +What is printed +\[choices: "table", "json"\] \[default: table\]/);
    expect(await page()).toMatch(/Safety:\n +--dry +Only show it +\[boolean\] \[default: false\]/);
    expect(await page()).toMatch(/-h, --help/);
    expect(await page()).toMatch(/More in the docs\.\n$/);
  });

  test.each([60, 100, 400])('fits %d columns, up to 120', async (columns) => {
    const longest = Math.max(...(await page(columns)).split('\n').map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(Math.min(columns, 120));
  });
});

test('the help of the program lists its commands', async () => {
  const page = await renderProgramHelp([COMMAND], 'slicehints', 100);
  expect(page).toMatch(/slicehints move +Move things/);
  expect(page).toContain('"slicehints help COMMAND" shows the flags of a command.');
  expect(page).toContain('--version');
});

test('-h, --help and help COMMAND show the same on every command', async () => {
  const io = processIo();
  const commands = await loadCommands();
  for (const command of commands) {
    const entries = [{ name: command.name, load: () => Promise.resolve(command) }];
    const pages = new Set<string>();
    for (const args of [
      [command.name, '-h'],
      [command.name, '--help'],
      ['help', command.name],
    ]) {
      let text = '';
      const stdout = { write: (part: string, done?: () => void) => ((text += part), done?.(), true) };
      await runCommandLine(entries, args, { ...io, stdout: stdout as never, columns: 100 });
      pages.add(text);
    }
    expect(pages.size).toBe(1);
    expect([...pages][0]).toContain(`slicehints ${command.name}`);
  }
});
