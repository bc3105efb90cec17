import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../../src/cli/command.js';
import { fishCompletion } from '../../../src/cli/completion/fish.js';
import { has, loadCommands } from './script.js';

let commands: readonly Command[] = [];
beforeAll(async () => {
  commands = await loadCommands();
});

(has('fish') ? describe : describe.skip)('fish', () => {
  test.each<[string, string, string[]]>([
    ['commands', 'slicehints pl', ['plan']],
    ['values', 'slicehints plan --output j', ['json']],
    ['flags', 'slicehints cleanup --take', ['--take-over']],
    ['shells', 'slicehints completion f', ['fish']],
  ])('%s', (_, line, wanted) => {
    const program = `${fishCompletion(commands)}\ncomplete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', program], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n').flatMap((found) => (found === '' ? [] : [found.split('\t')[0]]))).toEqual(wanted);
  });
});

test('every command with every flag is in the script', () => {
  const text = fishCompletion(commands);
  for (const { name, flags } of commands) {
    expect(text).toContain(name);
    for (const flag of Object.keys(flags)) expect(text).toContain(`-l ${flag}`);
  }
});
