import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../../src/cli/command.js';
import { bashCompletion } from '../../../src/cli/completion/bash.js';
import { loadCommands } from './script.js';

let commands: readonly Command[] = [];
beforeAll(async () => {
  commands = await loadCommands();
});

describe('bash', () => {
  /** What bash offers for the last word. */
  function offered(...words: string[]): string[] {
    const line = words.map((word) => `'${word}'`).join(' ');
    const program = `${bashCompletion(commands)}\nCOMP_WORDS=(slicehints ${line}); COMP_CWORD=${words.length}; _slicehints; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  test.each<[string, string[], string[]]>([
    ['commands', ['p'], ['plan']],
    ['commands of help', ['help', 'do'], ['doctor']],
    ['flags of a command', ['cleanup', '--dry'], ['--dry-run']],
    ['values of a flag', ['plan', '--output', ''], ['table', 'json', 'yaml', 'patch']],
    ['values of a short flag', ['plan', '-o', 'j'], ['json']],
    ['values behind =', ['plan', '--output', '=', 'y'], ['yaml']],
    ['a flag after a boolean', ['view', '--diff', '--pl'], ['--planned']],
    ['shells', ['completion', 'z'], ['zsh']],
    ['files', ['plan', '-f', 'package.js'], ['package.json']],
  ])('%s', (_, words, wanted) => {
    expect(offered(...words)).toEqual(wanted);
  });

  test('every command with every flag', () => {
    for (const { name, flags } of commands) {
      expect(offered(name, '--')).toEqual([...Object.keys(flags).map((flag) => `--${flag}`), '--help']);
    }
  });
});
