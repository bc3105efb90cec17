import { expect, test } from 'vitest';
import { defaultsOf, flag, list } from '../../../src/cli/flags/flag.js';
import { BOOLEAN, DURATION, text } from '../../../src/cli/flags/kinds.js';

test('without any flag a command has what the defaults mean', () => {
  const flags = {
    wait: flag(DURATION, { describe: '', default: '1m' }),
    dry: flag(BOOLEAN, { describe: '', default: 'false' }),
    name: flag(text('a name'), { describe: '' }),
    file: list(text('a file'), { describe: '' }),
  };
  expect(defaultsOf(flags)).toEqual({ wait: 60_000, dry: false, name: undefined, file: undefined });
});

test('only a list may be given several times', () => {
  expect([flag(BOOLEAN, { describe: '' }).repeatable, list(BOOLEAN, { describe: '' }).repeatable]).toEqual([
    false,
    true,
  ]);
});
