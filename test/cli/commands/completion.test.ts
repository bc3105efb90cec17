import { beforeAll, describe, expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll, runCommandLine, type Command } from '../../../src/cli/command.js';
import { commandEntries } from '../../../src/cli/commandEntries.js';
import { completionCommand } from '../../../src/cli/commands/completion.js';
import { processIo } from '../../../src/cli/output/terminal.js';
import { runCommand } from '../runPlan.js';

let commands: readonly Command[] = [];
beforeAll(async () => {
  commands = await loadAll(commandEntries(processIo()));
});

async function script(shell: string): Promise<string> {
  const entries = commands.map((command) => ({ name: command.name, load: () => Promise.resolve(command) }));
  return (await runCommand('completion', (io) => completionCommand(io, entries), [shell], {})).stdout;
}

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

describe('bash', () => {
  /** What bash offers for the last word. */
  async function offered(...words: string[]): Promise<string[]> {
    const line = words.map((word) => `'${word}'`).join(' ');
    const program = `${await script('bash')}\nCOMP_WORDS=(slicehints ${line}); COMP_CWORD=${words.length}; _slicehints; printf '%s\\n' "\${COMPREPLY[@]}"`;
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
  ])('%s', async (_, words, wanted) => {
    expect(await offered(...words)).toEqual(wanted);
  });

  test('every command with every flag', async () => {
    for (const { name, flags } of commands) {
      expect(await offered(name, '--')).toEqual([...Object.keys(flags).map((flag) => `--${flag}`), '--help']);
    }
  });
});

// Shells that a machine may lack; the workflow that runs the tests has bash only.
(has('zsh') ? describe : describe.skip)('zsh', () => {
  test('loads the script, which names every command and flag', async () => {
    const text = await script('zsh');
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

(has('fish') ? describe : describe.skip)('fish', () => {
  test.each<[string, string, string[]]>([
    ['commands', 'slicehints pl', ['plan']],
    ['values', 'slicehints plan --output j', ['json']],
    ['flags', 'slicehints cleanup --take', ['--take-over']],
    ['shells', 'slicehints completion f', ['fish']],
  ])('%s', async (_, line, wanted) => {
    const program = `${await script('fish')}\ncomplete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', program], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n').flatMap((found) => (found === '' ? [] : [found.split('\t')[0]]))).toEqual(wanted);
  });
});

test.each(['zsh', 'fish'])('%s: every command with every flag is in the script', async (shell) => {
  const text = await script(shell);
  for (const { name, flags } of commands) {
    expect(text).toContain(name);
    for (const flag of Object.keys(flags)) expect(text).toContain(shell === 'fish' ? `-l ${flag}` : `--${flag}`);
  }
});

test('another shell is refused in one sentence', async () => {
  expect(await runCommand('completion', (io) => completionCommand(io, []), ['tcsh'], {})).toEqual({
    stdout: '',
    stderr: 'slicehints completion: expected bash, zsh, fish, got "tcsh"\n',
    code: 1,
  });
});

describe('flags of the same name mean the same on each command', () => {
  const shared = ['filename', 'kubeconfig', 'context', 'all-namespaces', 'selector', 'service'];
  test.each(shared)('--%s', (name) => {
    const kinds = new Set<string>();
    const shorts = new Set<string | undefined>();
    for (const { flags } of commands) {
      const one = flags[name];
      if (one === undefined) continue;
      kinds.add(one.kind.expected);
      shorts.add(one.short);
    }
    expect([kinds.size, shorts.size]).toEqual([1, 1]);
  });

  test('a letter stands for one flag', () => {
    const flagOf = new Map<string, Set<string>>();
    for (const { flags } of commands) {
      for (const [name, { short }] of Object.entries(flags)) {
        if (short !== undefined) flagOf.set(short, (flagOf.get(short) ?? new Set()).add(name));
      }
    }
    expect([...flagOf].map(([short, names]) => `${short}: ${[...names].join()}`).sort()).toEqual([
      'A: all-namespaces',
      'f: filename',
      'l: selector',
      'n: namespace',
      'o: output',
      'v: v',
    ]);
  });

  test('-h, --help and help COMMAND show the same on every command', async () => {
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
        await runCommandLine(entries, args, { ...processIo(), stdout: stdout as never, columns: 100 });
        pages.add(text);
      }
      expect(pages.size).toBe(1);
      expect([...pages][0]).toContain(`slicehints ${command.name}`);
    }
  });
});
