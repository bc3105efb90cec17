import { beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../src/cli/command.js';
import { commandEntries } from '../../src/cli/commandEntries.js';
import { processIo } from '../../src/cli/output/terminal.js';
import { loadCommands } from './completion/script.js';

let commands: readonly Command[] = [];
beforeAll(async () => {
  commands = await loadCommands();
});

test('a command has the name by which it is loaded, and each name is there once', () => {
  const names = commandEntries(processIo()).map(({ name }) => name);
  expect(commands.map(({ name }) => name)).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
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
});
