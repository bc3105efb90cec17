import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../../src/cli/command.js';
import { zshCompletion } from '../../../src/cli/completion/zsh.js';
import { has, loadCommands } from './script.js';

let commands: readonly Command[] = [];
beforeAll(async () => {
  commands = await loadCommands();
});

(has('zsh') ? describe : describe.skip)('zsh', () => {
  test('loads the script, which names every command and flag', () => {
    const text = zshCompletion(commands);
    const folder = mkdtempSync(join(tmpdir(), 'slicehints-'));
    try {
      writeFileSync(join(folder, '_slicehints'), text);
      const program = `autoload -Uz compinit; compinit -u -D; source ${folder}/_slicehints; whence -w _slicehints; print -r -- "$_comps[slicehints]"`;
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', program], { encoding: 'utf8' });
      expect({ stdout, stderr }).toEqual({ stdout: '_slicehints: function\n_slicehints\n', stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('every command with every flag is in the script', () => {
  const text = zshCompletion(commands);
  for (const { name, flags } of commands) {
    expect(text).toContain(name);
    for (const flag of Object.keys(flags)) expect(text).toContain(`--${flag}`);
  }
});
